//! What a progress display may see of a call.

use std::sync::Arc;

use lamas_core::units::Seconds;

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// A free slot of the endpoint's `concurrency`.
    Slot,
    /// The endpoint's requests per minute.
    Requests,
    /// The endpoint's tokens per minute.
    Tokens,
    /// The pause before another attempt.
    BackOff,
    /// The pause that the server asked for.
    RetryAfter,
}

impl WaitReason {
    /// The reason in a few words, for a progress line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slot => "a free slot",
            Self::Requests => "requests per minute",
            Self::Tokens => "tokens per minute",
            Self::BackOff => "back-off",
            Self::RetryAfter => "retry-after",
        }
    }
}

/// A turn in a call's life.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEvent {
    /// The call starts to wait.
    Waiting {
        /// The endpoint's name.
        endpoint: Arc<str>,
        /// What for.
        reason: WaitReason,
        /// How long, where that is known beforehand.
        expected: Option<Seconds>,
    },
    /// The wait is over.
    Resumed {
        /// The endpoint's name.
        endpoint: Arc<str>,
        /// What it waited for.
        reason: WaitReason,
    },
    /// An attempt failed.
    Failed {
        /// The endpoint's name.
        endpoint: Arc<str>,
        /// The attempt, from 1.
        attempt: u32,
        /// What went wrong, without secrets.
        message: String,
    },
}

/// Receives the events of all calls, from any thread. It must not block.
pub trait CallObserver: Send + Sync {
    /// Takes note of one event.
    fn observe(&self, event: &CallEvent);
}

/// Nobody watches.
impl CallObserver for () {
    fn observe(&self, _event: &CallEvent) {}
}
