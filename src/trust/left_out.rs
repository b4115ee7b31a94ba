//! Controls that import left out: what moved along with another column, and what never moved.

use super::{
    Judgement, Reason, Verdict,
    judge::{Asked, never_moved},
    log::Log,
    suggest,
};
use crate::data::{Channel, Dataset, Role};

/// Square of the correlation from which on a column says what another does.
const COPY: f64 = 0.999;

/// The check of a control with which another one moved all the time.
pub(super) const MOVED_ALONG: &str = "moved-along";

/// The columns that look like inputs, were left out at import as copies, and moved along with a channel.
/// Where a person said to leave one out, it is the same quantity twice.
fn companions(dataset: &Dataset, log: &Log<'_>, channel: usize) -> Vec<usize> {
    let is_left_out = |info: &Channel| {
        let is_guess = info.role == Role::Ignore && info.role_confidence < 1.0;
        is_guess
            && info
                .findings
                .iter()
                .any(|code| code == Channel::MOVES_ALONG)
    };
    (0..dataset.channels.len())
        .filter(|&other| is_left_out(&dataset.channels[other]) && is_copy(log, channel, other))
        .collect()
}

fn is_copy(log: &Log<'_>, left: usize, right: usize) -> bool {
    let (left, right) = (log.normed_rows_of(left).0, log.normed_rows_of(right).0);
    let pairs = left.iter().flatten().zip(right.iter().flatten());
    let product: f64 = pairs.map(|(a, b)| a * b).sum();
    (product / log.n_steps().max(1) as f64).powi(2) > COPY
}

/// The reason against a control with which columns moved that were left out.
pub(super) fn moved_along(dataset: &Dataset, log: &Log<'_>, channel: usize) -> Option<Reason> {
    let others = companions(dataset, log, channel);
    (!others.is_empty()).then(|| reason(dataset, channel, &others))
}

fn reason(dataset: &Dataset, channel: usize, others: &[usize]) -> Reason {
    let names = others.iter().map(|&at| dataset.channels[at].name.as_str());
    let args = vec![("others", names.collect::<Vec<_>>().join(", "))];
    let name = &dataset.channels[channel].name;
    Reason::new(MOVED_ALONG, Verdict::NotFromThisLog, (0.0, 0.2), name, args)
}

/// Judges a question about a channel that import left out because it never moved, or because it says
/// what an input says.
///
/// `size_of` is the mean size of the asked change from a value of it. `None` of any other channel.
pub fn judge_left_out(
    dataset: &Dataset,
    channel: usize,
    size_of: impl Fn(f64) -> f64,
) -> Option<Judgement> {
    let info = &dataset.channels[channel];
    let episodes = dataset.episodes.iter();
    let mut values = episodes.flat_map(|episode| &episode.columns[channel]);
    let usual = *values.find(|value| value.is_finite())?;
    if info.role != Role::Ignore {
        return None;
    }
    let log = Log::of(dataset);
    let (low, high) = log.extremes_of(channel);
    if low < high {
        let mut inputs = dataset.channels_where(Role::is_input);
        inputs.retain(|&input| is_copy(&log, input, channel));
        return (!inputs.is_empty()).then(|| {
            let reasons = vec![reason(dataset, channel, &inputs)];
            let suggestions = suggest::suggestions(dataset, None, &reasons, &[], 1);
            Judgement {
                verdict: Verdict::NotFromThisLog,
                reasons,
                suggestions,
            }
        });
    }
    let size = size_of(usual);
    let reasons = vec![never_moved(info, (low, high), size)];
    let block = log.memory_steps().clamp(3, 60);
    let asked = Asked::still(channel, size, usual);
    let suggestions = suggest::suggestions(dataset, None, &reasons, &[asked], block);
    Some(Judgement {
        verdict: Verdict::NotFromThisLog,
        reasons,
        suggestions,
    })
}
