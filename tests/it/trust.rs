//! Tests of trust.
