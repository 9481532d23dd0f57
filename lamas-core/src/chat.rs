//! The chat model as a trait: messages in, text with its usage and timing out.

use std::ops::AddAssign;
use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::meter::CallMeter;
use crate::units::{Seconds, Tokens};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The request.
    User,
    /// An earlier answer of the model.
    Assistant,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: Arc<str>,
}

impl Message {
    /// A message of the user.
    pub fn user(content: impl Into<Arc<str>>) -> Self {
        Self { role: Role::User, content: content.into() }
    }

    /// A message of the system.
    pub fn system(content: impl Into<Arc<str>>) -> Self {
        Self { role: Role::System, content: content.into() }
    }
}

/// How the model is to sample. What is not said is left to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Softmax temperature; 1 in the paper.
    pub temperature: f64,
    /// Nucleus mass.
    pub top_p: Option<f64>,
    /// The most output tokens a call may produce.
    pub max_tokens: Option<u32>,
    /// Texts that end the output.
    pub stop: Vec<String>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 1.0, top_p: None, max_tokens: None, stop: Vec::new() }
    }
}

/// Which of several samples of one and the same request is meant.
///
/// The replicate stands for the experiment's seed and pass; the ordinal counts identical requests within an episode.
/// Both are part of a response store's key, so that three chain-of-thought samples never collapse into one.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SampleIndex {
    /// Derived from the experiment's seed and the pass over the data.
    pub replicate: u64,
    /// The how-manieth identical request of its episode.
    pub ordinal: u32,
}

/// One request to a chat model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// Which sample of this request.
    pub sample: SampleIndex,
}

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

/// Why a call gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ChatError {
    /// Nothing will succeed until the user acts (bad key, no quota, unknown model): the run ends.
    #[error("{0}")]
    Fatal(String),
    /// Nobody may be asked, and no answer is recorded: whatever needs it cannot be had, and the rest can.
    #[error("{0}")]
    Unrecorded(String),
    /// This call failed for good; its episode is unscored.
    #[error("{message} (after {attempts} {})", if *attempts == 1 { "attempt" } else { "attempts" })]
    Exhausted {
        /// What the last attempt said.
        message: String,
        /// Attempts made.
        attempts: u32,
        /// What they have used nevertheless.
        #[serde(default, skip_serializing_if = "Lost::is_nothing")]
        lost: Lost,
    },
    /// The request cannot be answered (too long, refused by the server): its episode is unscored.
    #[error("request was rejected: {message}")]
    Rejected {
        /// What the server said.
        message: String,
        /// What the attempts have used nevertheless.
        #[serde(default, skip_serializing_if = "Lost::is_nothing")]
        lost: Lost,
    },
}

impl ChatError {
    /// A rejection that cost nothing.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::Rejected { message: message.into(), lost: Lost::default() }
    }

    /// Whether what asked cannot go on: the whole run, or where an answer is not recorded, the part that needs it.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Fatal(_) | Self::Unrecorded(_))
    }
}

/// Anything that answers chat messages: an endpoint, a store of recorded answers, the simulated model.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// Answers one request, and says in the meter what the call has used so far: whoever drops the future bills it by that.
    /// A model that asks another one hands the meter on. Time passes on tokio's clock.
    ///
    /// # Errors
    /// When no answer can be had; see [`ChatError`].
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError>;

    /// Answers one request for somebody who will wait for the answer.
    ///
    /// # Errors
    /// As [`Self::chat_metered`] does.
    async fn chat(&self, request: &ChatRequest) -> Result<ChatResponse, ChatError> {
        self.chat_metered(request, &CallMeter::default()).await
    }
}
