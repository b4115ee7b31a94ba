//! Ctrl-C and its like: the first one asks a command to end, the second one ends it.

use std::{
    path::Path,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use signal_hook::{consts::TERM_SIGNALS, flag};

use super::ExitStatus;
use crate::base::{StopToken, read_text};

static ASKED: OnceLock<StopToken> = OnceLock::new();

/// Takes signals over for the command that is about to run; without this call they end the program at once.
pub fn listen_to_signals() {
    let asked = Arc::new(AtomicBool::new(false));
    let status = i32::from(ExitStatus::Stopped.code());
    let ignored = ignored_signals();
    for &signal in TERM_SIGNALS {
        // Who started the program may want it to go on: a shell does, of jobs in the background.
        if ignored >> (signal - 1) & 1 == 1 {
            continue;
        }
        // In this order: what the second signal finds is what the first one left. A signal that cannot
        // be taken over ends the program as it always did.
        let second = flag::register_conditional_shutdown(signal, status, Arc::clone(&asked));
        second
            .and_then(|_| flag::register(signal, Arc::clone(&asked)))
            .ok();
    }
    ASKED.get_or_init(|| StopToken::of_flag(asked));
}

/// What signals ask to end.
pub(super) fn asked_by_signals() -> StopToken {
    ASKED.get().cloned().unwrap_or_default()
}

/// The signals that are ignored from the start, one bit each; none where the system does not tell.
fn ignored_signals() -> u64 {
    let status = read_text(Path::new("/proc/self/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
