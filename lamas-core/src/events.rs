//! What happens in an episode, told while it happens: for progress, live views, records and endpoints.

use crate::operator::Solution;
use crate::problem::ProblemId;
use crate::race::WaveReport;
use crate::trace::{Span, SpanId};

/// Something that has happened in an episode.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A step, a layer, an operator, a call or a program began.
    Started(Span),
    /// It came to its end: an operator has arrived, a call has given its answer or failed.
    Ended(Span),
    /// It was ended because its race was decided. Its work says what it had used by then; a call that would have begun only
    /// after the decision has none.
    Cancelled(Span),
    /// A wave of a race is decided, or all have arrived.
    Decided {
        /// The layer.
        layer: SpanId,
        /// How it went.
        wave: WaveReport,
    },
    /// The episode has its answer. What runs on behind it is still to be paid.
    Answered(Option<Solution>),
}

/// An event with the episode that it belongs to. Spans have the numbers in which they were opened, as do their parents and
/// what they wait for; the trace at the end numbers them in declared order.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// Which problem.
    pub problem: ProblemId,
    /// Which of its episodes.
    pub replicate: u64,
    /// What has happened.
    pub event: Event,
}

/// Whoever wants to know. It is called in the middle of the work, and must not block.
pub trait Sink: Send + Sync {
    /// Takes an event.
    fn tell(&self, told: Told);
}
