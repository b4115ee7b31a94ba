//! Tests of plots.
