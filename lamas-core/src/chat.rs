//! The chat model as a trait: messages in, text with its usage and timing out.

mod response;

use std::sync::Arc;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::response::{
    ChatResponse, FILLER_FINGERPRINT, FinishReason, LatencySource, Lost, SIMULATED_FINGERPRINT, Timing, Usage,
};
use crate::meter::CallMeter;

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
    /// How many identical requests of its episode came before.
    pub ordinal: u32,
}

/// One request to a chat model.
///
/// ```
/// use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};
///
/// let messages = vec![Message::system("Answer with a number."), Message::user("What is 7 times 8?")];
/// let request = ChatRequest { messages, sampling: Sampling::default(), sample: SampleIndex::default() };
/// assert_eq!(request.sampling.temperature, 1.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// Which sample of this request.
    pub sample: SampleIndex,
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
///
/// ```
/// use async_trait::async_trait;
/// use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Lost, Timing, Usage};
/// use lamas_core::meter::CallMeter;
///
/// /// Says what it was told.
/// struct Echo;
///
/// #[async_trait]
/// impl ChatModel for Echo {
///     async fn chat_metered(&self, request: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
///         let last = request.messages.last().ok_or_else(|| ChatError::rejected("there is no message"))?;
///         Ok(ChatResponse {
///             text: last.content.clone(),
///             usage: Usage::default(),
///             timing: Timing::default(),
///             finish: FinishReason::Stop,
///             lost: Lost::default(),
///         })
///     }
/// }
/// ```
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
