//! The rooms that read files, without the rest of the program, and what a case may take.

#![allow(
    missing_docs,
    unreachable_pub,
    unused,
    reason = "the crate itself is where these are held"
)]

use std::time::{Duration, Instant};

/// The longest that a case may take.
const MOST_TIME: Duration = Duration::from_secs(1);

/// Runs a case. One that takes too long ends the run as a crash does; on a busy machine the
/// processor's time counts, on an idle one with many cores the clock's.
pub fn timed(case: fn(&[u8]), bytes: &[u8]) {
    let (began, used) = (Instant::now(), processor_time());
    case(bytes);
    let (took, used) = (began.elapsed(), processor_time() - used);
    if took.min(used) > MOST_TIME {
        eprintln!(
            "SLOW: {took:.1?} by the clock, {used:.1?} of the processor, at most {MOST_TIME:?}"
        );
        std::process::abort();
    }
}

/// The processor's time of all threads so far.
fn processor_time() -> Duration {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live value of the type that the call fills.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) };
    assert_eq!(failed, 0, "the system counts the processor's time");
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

#[path = "../../src/base/mod.rs"]
pub mod base;
#[path = "../../src/data/mod.rs"]
pub mod data;
#[path = "../../src/import/mod.rs"]
pub mod import;
