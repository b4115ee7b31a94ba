//! Tests of import: Arrow files and streams as pyarrow writes them.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may give up and say so"
)]

use std::{io::Write as _, path::Path};

use gemba::{
    base::read_file,
    import::{ImportError, Imported, preview},
};

use crate::{imports, support::write};

fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/arrow");
    read_file(&folder.join(name)).unwrap()
}

fn load(name: &str, bytes: &[u8]) -> Result<Imported, ImportError> {
    let dir = tempfile::tempdir().unwrap();
    imports::load(&[write(dir.path(), name, bytes)], None)
}

#[test]
fn one_log_as_file_stream_and_packed_is_the_same_dataset_whatever_its_name() {
    let expected = load("log.dat", &golden("uncompressed.feather")).unwrap();
    let dataset = &expected.dataset;
    let level = dataset.channel_idx("level").unwrap();
    let columns = &dataset.episodes[0].columns;
    assert_eq!(columns[level].len(), 40);
    assert!((columns[level][9] - 50.25).abs() < 1e-12);
    assert!(dataset.channel_idx("valve").is_some());
    let nested = expected.issues.as_slice().iter();
    let nested: Vec<_> = nested
        .filter(|issue| issue.code == "nested-columns")
        .collect();
    assert_eq!(nested.len(), 1);
    assert_eq!(nested[0].args["columns"], "deep");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&golden("lz4.feather")).unwrap();
    let packed = packer.finish().unwrap();
    for (name, bytes) in [
        ("log.dat", golden("lz4.feather")),
        ("log.dat", golden("log.arrows")),
        ("log.dat", packed),
        ("log.feather", golden("lz4.feather")),
        ("log.arrows", golden("log.arrows")),
    ] {
        let found = load(name, &bytes).unwrap();
        assert_eq!(found.dataset.channels, dataset.channels, "{name}");
        let same = &found.dataset.episodes[0].columns[level];
        assert_eq!(same, &columns[level], "{name}");
    }
}

#[test]
fn an_arrow_file_is_shown_before_it_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let path = write(dir.path(), "log.arrows", golden("log.arrows"));
    let shown = preview(&path, None);
    assert!(shown.is_ok(), "{shown:?}");
}

#[test]
fn cut_damaged_and_otherwise_packed_files_are_refused_with_a_next_step() {
    let bare = golden("uncompressed.feather");
    let stream = golden("log.arrows");
    let mut endless = stream.clone();
    // The length of the first part.
    endless[4..8].copy_from_slice(&0x0100_0000_u32.to_le_bytes());
    let cases = [
        ("cut.feather", bare[..3000].to_vec(), "copy or export it"),
        ("magic.arrow", b"ARROW1".to_vec(), "copy or export it"),
        ("cut.arrows", stream[..3000].to_vec(), "copy or export it"),
        ("endless.arrows", endless, "copy or export it"),
        ("zstd.feather", golden("zstd.feather"), "compression="),
    ];
    for (name, bytes, words) in cases {
        let error = load(name, &bytes).expect_err(name).to_string();
        assert!(error.contains(words), "{name}: {error}");
    }
}
