//! Why no answer came.

use serde_json::Value;

/// The longest text that is kept of an answer, reasoning included, in bytes.
pub const LONGEST_TEXT: usize = 16 << 20;

/// Why no answer came of what the server sent. Texts are the server's own and may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The server says that it failed.
    #[error("the server says: {0}")]
    Said(Value),
    /// JSON was due and something else came.
    #[error("the answer is malformed: {0}; look at the server's log, and at what stands before the server")]
    Malformed(String),
    /// Something else altogether came, such as a page, or nothing.
    #[error(
        "the answer is neither JSON nor a stream of events; check `base_url` and what stands before the server ({0})"
    )]
    Foreign(String),
    /// An answer without a choice.
    #[error("the answer holds no choice; check that `base_url` leads to chat completions")]
    NoChoice,
    /// The stream ended before the answer did.
    #[error("the stream was cut before the answer ended; look at the server's log, and at the time-outs of any proxy")]
    Cut,
    /// An answer in one piece, or a stream with its `[DONE]`, that does not say why it ended, so that nobody knows whether it did.
    #[error("the answer has no finish reason, so that it may be a part of one; look at the server's log")]
    Open,
    /// The server names an end that leaves no answer, or that nobody knows.
    #[error("the server ended the answer with `{0}`; look at its log")]
    Ended(String),
    /// No text, no thought and no usage.
    #[error("the answer is empty: no text and no usage; look at the server's log")]
    Empty,
    /// More than can be an answer.
    #[error("{what} is longer than {limit} bytes; if the model does not stop, set `max_tokens`")]
    TooLong {
        /// What is.
        what: &'static str,
        /// In bytes.
        limit: usize,
    },
}

impl Broken {
    pub(super) fn too_long(what: &'static str, limit: usize) -> Self {
        Self::TooLong { what, limit }
    }
}

/// What a value is that should be another, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
