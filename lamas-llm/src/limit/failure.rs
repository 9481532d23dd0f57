//! What one attempt at one endpoint gives.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{ChatRequest, FinishReason, Usage};
use lamas_core::units::Seconds;

use super::meter::Meter;

/// What an attempt that succeeded gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The text.
    pub text: Arc<str>,
    /// What it used.
    pub usage: Usage,
    /// Why it ended.
    pub finish: FinishReason,
    /// From sending to the end of the answer: nothing that is done with it afterwards.
    pub working: Seconds,
    /// Time to the first token; `None` where the answer came in one piece.
    pub first_token: Option<Seconds>,
    /// Whose answer it is.
    pub author: Author,
}

/// Whose answer it is, as far as the server says.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Author {
    /// A model's; the server says nothing else.
    #[default]
    Model,
    /// A simulated model's.
    Simulated,
    /// A simulated model's that did not know what it was asked about.
    Filler,
}

/// Why an attempt failed. Messages carry no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Another attempt may succeed: server errors, resets, time-outs, cut streams, malformed answers.
    Passing {
        /// What went wrong.
        message: String,
    },
    /// The endpoint takes no calls for a while (429, or another status that passes, with `Retry-After`).
    Busy {
        /// What it said.
        message: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// This request cannot be answered.
    Rejected(String),
    /// No request can be answered until the user acts.
    Fatal(String),
}

impl Failure {
    /// What went wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Self::Passing { message } | Self::Busy { message, .. } | Self::Rejected(message) | Self::Fatal(message) => {
                message
            }
        }
    }
}

/// Answers a request in one attempt, without retries or limits of its own.
#[async_trait]
pub trait Endpoint: Send + Sync {
    /// Makes one attempt, and tells the meter what it uses while it does: an attempt that fails or is dropped is billed
    /// by what the meter was told.
    ///
    /// # Errors
    /// When it fails; the [`Failure`] says whether another attempt makes sense.
    async fn attempt(&self, request: &ChatRequest, meter: &Meter<'_>) -> Result<Answer, Failure>;
}
