#!/usr/bin/env python3
"""Writes the Arrow files of tests/golden/arrow: one log in every form it may come in.

Needs: pip install pyarrow      Usage: make_arrow.py
"""

import datetime as dt
import decimal
import pathlib

import pyarrow as pa
import pyarrow.feather as feather

HERE = pathlib.Path(__file__).parent / "arrow"
ROWS = 40
START = dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc)


def table() -> pa.Table:
    """Rows every ten seconds; the last cell of most columns is empty."""

    def column(cell, kind):
        cells = [cell(row) for row in range(ROWS - 1)]
        return pa.array([*cells, None], kind)

    times = [START + dt.timedelta(seconds=10 * row) for row in range(ROWS)]
    return pa.table(
        {
            "time": pa.array(times, pa.timestamp("us", tz="Europe/Berlin")),
            "level": pa.array([50 + row % 7 / 8 for row in range(ROWS)], pa.float64()),
            "valve": pa.array([40 + row // 10 % 3 * 10 for row in range(ROWS)], pa.int16()),
            "mode": column(lambda row: ["auto", "手動"][row % 2], pa.dictionary(pa.int8(), pa.string())),
            "runs": column(lambda row: row % 3 > 0, pa.bool_()),
            "single": column(lambda row: 0.1 * row, pa.float32()),
            "price": column(lambda row: decimal.Decimal(row) / 4, pa.decimal128(9, 2)),
            "day": column(lambda row: START.date(), pa.date32()),
            "shift": column(lambda row: dt.time(6, 0, row), pa.time64("us")),
            "local": column(lambda row: times[row].replace(tzinfo=None), pa.timestamp("s")),
            "note": column(lambda row: f"a\tb {row}", pa.large_string()),
            "view": column(lambda row: f"a longer word than fits {row}", pa.string_view()),
            "took": column(lambda row: dt.timedelta(milliseconds=row), pa.duration("ms")),
            "none": pa.nulls(ROWS),
            "deep": column(lambda row: [row], pa.list_(pa.int32())),
            "count": column(lambda row: 2**63 + row, pa.uint64()),
        }
    )


def main() -> None:
    """Writes every form."""
    log = table()
    for method in ["uncompressed", "lz4", "zstd"]:
        feather.write_feather(log, HERE / f"{method}.feather", compression=method, chunksize=25)
    with pa.ipc.new_stream(HERE / "log.arrows", log.schema) as stream:
        stream.write_table(log, max_chunksize=25)


main()
