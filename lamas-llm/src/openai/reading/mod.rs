//! What a server answers, read from its bytes. Pure: no clock, no connection, and nothing that depends on how the bytes are
//! split. Whatever they are, nothing here panics, and no answer comes of a stream that has no end.
//!
//! Parts: `events` (bytes to events), `surrogate` (halves of characters), `completion` (one JSON object), `gathered` (what has
//! come of an answer, and whether it is one).
//!
//! Known servers differ in ways that are listed in `docs/endpoints.md`, a test each in `tests/openai_cases`.

mod completion;
mod events;
mod gathered;
mod surrogate;

use serde_json::Value;

pub use completion::Told;
use events::Events;
use gathered::Gathered;
pub use gathered::Whole;

/// The longest text that is kept of an answer, reasoning included, in bytes.
pub const LONGEST_TEXT: usize = 16 << 20;

/// The longest body that is read of an answer in one piece, in bytes.
pub const LONGEST_BODY: usize = 32 << 20;

/// The longest stream that is read, in bytes. A token of a few bytes comes in an event of a few hundred.
const LONGEST_STREAM: usize = 1 << 30;

/// How much is kept of a body without events, to tell what the server says instead, in bytes; and what of it is not told
/// where it was cut off, since half a secret is not recognised.
const HEAD: usize = 64 << 10;
const CUT: usize = 4 << 10;

/// Why no answer came of what the server sent. Texts are the server's own and may hold anything.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The server says that it failed.
    #[error("the server says: {0}")]
    Said(Value),
    /// JSON was due and something else came.
    #[error("the answer is malformed: {0}")]
    Malformed(String),
    /// Something else altogether came, such as a page.
    #[error("the answer is not JSON; check `base_url` and what stands before the server ({0})")]
    Foreign(String),
    /// A stream without events.
    #[error("the stream holds no event; if the server cannot stream, set `stream: false` ({0})")]
    NoEvent(String),
    /// An answer without a choice.
    #[error("the answer holds no choice")]
    NoChoice,
    /// The stream ended before the answer did.
    #[error("the stream was cut before the answer ended")]
    Cut,
    /// A whole answer that says that it has not ended.
    #[error("the answer has no finish reason")]
    Open,
    /// The server names an end that leaves no answer, or that nobody knows.
    #[error("the server ended the answer with `{0}`")]
    Ended(String),
    /// No text, no thought and no usage.
    #[error("the answer is empty: no text and no usage")]
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

/// A streamed answer on its way.
#[derive(Debug, Default)]
pub struct Stream {
    events: Events,
    gathered: Gathered,
    /// The first bytes, for as long as they hold no event.
    head: Vec<u8>,
    any_event: bool,
    length: usize,
    /// `[DONE]` has come: nothing more will.
    done: bool,
    broken: Option<Broken>,
}

impl Stream {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When no answer can come of it any more.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Broken> {
        if self.done {
            return Ok(());
        }
        self.length = self.length.saturating_add(piece.len());
        if !self.any_event {
            self.head.extend_from_slice(&piece[..piece.len().min(HEAD - self.head.len())]);
        }
        self.events.push(piece);
        self.read();
        if self.length > LONGEST_STREAM {
            self.spoil(Broken::too_long("the stream", LONGEST_STREAM));
        }
        self.broken.clone().map_or(Ok(()), Err)
    }

    /// Whether the model has said or thought something.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.gathered.has_token()
    }

    /// Whether nothing more is due.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the answer is whole, so that nothing that follows can spoil it: it has its finish reason, and the server's
    /// `[DONE]` or a usage.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.gathered.has_finish() && (self.done || self.gathered.usage().is_some())
    }

    /// Bytes of text and thoughts that have come.
    #[must_use]
    pub fn generated(&self) -> usize {
        self.gathered.generated()
    }

    /// What the server said last that it used.
    #[must_use]
    pub fn usage(&self) -> Option<Told> {
        self.gathered.usage()
    }

    /// The connection ended as it should.
    ///
    /// # Errors
    /// When this is no answer.
    pub fn ended(mut self) -> Result<Whole, Broken> {
        self.events.end();
        self.read();
        if let Some(broken) = self.broken {
            return Err(broken);
        }
        if !self.any_event {
            return Err(without_events(&self.head));
        }
        self.gathered.streamed()
    }

    /// The connection broke.
    ///
    /// # Errors
    /// Unless the answer was whole by then.
    pub fn torn(self) -> Result<Whole, Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None if self.is_whole() => self.gathered.streamed(),
            None => Err(Broken::Cut),
        }
    }

    fn read(&mut self) {
        while !self.done && self.broken.is_none() {
            let Some(event) = self.events.next() else { break };
            self.any_event = true;
            let whole = self.is_whole();
            let taken = event.and_then(|event| self.take(&event, whole));
            if let Err(broken) = taken {
                self.spoil(broken);
                break;
            }
        }
        if self.any_event {
            self.head = Vec::new();
        }
    }

    /// A failure ends the stream: the answer too, unless it is whole.
    fn spoil(&mut self, broken: Broken) {
        if self.is_whole() {
            self.done = true;
        } else {
            self.broken = Some(broken);
        }
    }

    fn take(&mut self, event: &events::Event, whole: bool) -> Result<(), Broken> {
        let data = event.data.trim();
        if data.eq_ignore_ascii_case("[DONE]") {
            self.done = true;
            return Ok(());
        }
        // Signs of life.
        if data.is_empty() || data == "null" || event.name == "ping" {
            return Ok(());
        }
        let is_error = event.name == "error";
        let object = match object(data) {
            Err(_) if is_error => return Err(Broken::Said(data.into())),
            object => object?,
        };
        if is_error {
            return Err(Broken::Said(object));
        }
        if whole { self.gathered.correct(&object) } else { self.gathered.add(&object) }
    }
}

/// Reads an answer in one piece.
///
/// # Errors
/// When it is none.
pub fn whole(body: &[u8]) -> Result<Whole, Broken> {
    let text = std::str::from_utf8(body).map_err(|error| Broken::Malformed(format!("it is not UTF-8: {error}")))?;
    let object = match object(text) {
        Err(_) if !text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with(['{', '[']) => {
            return Err(Broken::Foreign(text.to_owned()));
        }
        object => object?,
    };
    Gathered::whole(&object)
}

/// What the server says that it used, whatever else a body in one piece says.
#[must_use]
pub fn usage(body: &[u8]) -> Option<Told> {
    let object = object(std::str::from_utf8(body).ok()?).ok()?;
    completion::Completion(&object).usage()
}

/// What a server says that was asked for a stream and sent something else.
fn without_events(head: &[u8]) -> Broken {
    let head = if head.len() == HEAD { &head[..HEAD - CUT] } else { head };
    let text = String::from_utf8_lossy(head).into_owned();
    match object(&text).map(|object| completion::Completion(&object).error().cloned()) {
        Ok(Some(error)) => Broken::Said(error),
        _ => Broken::NoEvent(if text.trim().is_empty() { "it is empty".to_owned() } else { text }),
    }
}

/// JSON, an object of which a server may have made a list.
fn object(text: &str) -> Result<Value, Broken> {
    let json = surrogate::kept(text.trim_start_matches('\u{feff}').trim());
    let value: Value = serde_json::from_str(&json).map_err(|error| Broken::Malformed(error.to_string()))?;
    match value {
        Value::Object(_) => Ok(value),
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            Ok(items.into_iter().next().unwrap_or_default())
        }
        other => Err(Broken::Malformed(format!("an object was due and {} came", kind(&other)))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
