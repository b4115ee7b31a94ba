//! Cases that break a limit each, so that scripts/fuzz can see whether they would be noticed.

#![no_main]

use std::time::{Duration, Instant};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gemba_fuzz::timed(broken, bytes));

fn broken(bytes: &[u8]) {
    match bytes {
        b"crash" => panic!("as asked"),
        b"slow" => {
            let began = Instant::now();
            // Busy for two seconds of the processor, however little of it there is.
            let mut sum = 0_u64;
            while began.elapsed() < Duration::from_secs(2) || sum < 1 << 31 {
                sum = std::hint::black_box(sum + 1);
            }
        }
        b"large" => {
            let block = std::hint::black_box(vec![1_u8; 700 << 20]);
            // The size is looked at once a second.
            std::thread::sleep(Duration::from_secs(3));
            drop(block);
        }
        // Waiting is no work.
        b"waits" => std::thread::sleep(Duration::from_secs(2)),
        _ => {}
    }
}
