//! What a call gave: a text, with what it used and what it took.

use std::ops::AddAssign;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::units::{Seconds, Tokens};

/// Tokens that one call used, and how they are known.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens.
    pub input: Tokens,
    /// Generated tokens, reasoning tokens among them.
    pub output: Tokens,
    /// True when the server left the usage out and we counted it ourselves.
    pub counted: bool,
}

/// What failed attempts of a call have used. A provider bills them, though nothing came of them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// Attempts that failed and are billed.
    pub attempts: u32,
    /// Their prompt tokens.
    pub input: Tokens,
    /// What they generated.
    pub output: Tokens,
    /// True when the server did not say what one of them used, and we estimated it.
    pub estimated: bool,
}

impl Lost {
    /// Whether no failed attempt is billed.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.input += other.input;
        self.output += other.output;
        self.estimated |= other.estimated;
    }
}

/// Where a duration comes from.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatencySource {
    /// Measured while it happened.
    #[default]
    Live,
    /// Measured earlier and played back.
    Recorded,
    /// Drawn from a profile, in this process or by a server that says so. It stays so when it is played back.
    Simulated,
}

impl LatencySource {
    /// What it becomes when it is played back: what was simulated stays so.
    #[must_use]
    pub fn replayed(self) -> Self {
        match self {
            Self::Live | Self::Recorded => Self::Recorded,
            Self::Simulated => Self::Simulated,
        }
    }
}

/// How the `system_fingerprint` of an answer over HTTP begins where no real model gave it. A server of simulated answers
/// sets it, and our client labels such answers [`LatencySource::Simulated`], however long they really took.
pub const SIMULATED_FINGERPRINT: &str = "simulated_";

/// How it begins where the answer is filler besides: the request held no problem that the simulated model knows. Any client
/// may live with that, but not an experiment, whose episode is then unscored.
pub const FILLER_FINGERPRINT: &str = "simulated_filler_";

/// How long a call took, waiting and working kept apart.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Until the first token of the attempt that succeeded.
    pub first_token: Seconds,
    /// Working time of the attempt that succeeded.
    pub working: Seconds,
    /// Waiting: for a slot, a rate limit, a back-off, and attempts that failed.
    pub waiting: Seconds,
    /// Attempts made, at least 1.
    pub attempts: u32,
    /// Where these durations come from.
    pub source: LatencySource,
}

/// Why the model stopped.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done.
    #[default]
    Stop,
    /// It ran into the token limit.
    Length,
    /// A content filter of the server stopped it: what it says is not what the model would have said.
    Filtered,
    /// Anything else that ends an answer, such as a call of a tool.
    Other,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatResponse {
    /// The text.
    pub text: Arc<str>,
    /// What it used.
    pub usage: Usage,
    /// What it took.
    pub timing: Timing,
    /// Why it ended.
    pub finish: FinishReason,
    /// What attempts that failed before have used beside `usage`.
    #[serde(default, skip_serializing_if = "Lost::is_nothing")]
    pub lost: Lost,
}
