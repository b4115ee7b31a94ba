//! Ctrl-C and its like: the first one asks a command to end, the second one ends it.

use std::sync::{Arc, OnceLock, atomic::AtomicBool};

use signal_hook::{consts::TERM_SIGNALS, flag};

use super::ExitStatus;
use crate::base::StopToken;

static ASKED: OnceLock<StopToken> = OnceLock::new();

/// Takes signals over for the command that is about to run; without this call they end the program at once.
pub fn listen_to_signals() {
    let asked = Arc::new(AtomicBool::new(false));
    let status = i32::from(ExitStatus::Stopped.code());
    for &signal in TERM_SIGNALS {
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
