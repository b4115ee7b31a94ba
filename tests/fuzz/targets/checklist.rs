//! Any bytes as a checklist.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gemba_fuzz::timed(gemba_fuzz::import::fuzzing::checklist, bytes));
