//! What a server answers, read from its bytes. Pure: no clock, no connection, and nothing that depends on how the bytes are
//! split. Whatever they are, nothing here panics, and no answer comes of a stream that has no end.
//!
//! Parts: `events` (bytes to events), `surrogate` (halves of characters), `completion` (one JSON object), `pieces` (text
//! out of events), `gathered` (what has come of an answer, and whether it is one), `broken` (why none came).
//!
//! Known servers differ in ways that are listed in `docs/endpoints.md`, a test each in `tests/suite/openai/cases.rs`.

mod broken;
mod completion;
mod events;
mod gathered;
mod pieces;
mod surrogate;

use serde_json::Value;

use broken::kind;
pub use broken::{Broken, LONGEST_TEXT};
pub use completion::Told;
use events::Events;
use gathered::Gathered;
pub use gathered::Whole;

/// The longest body that is read of an answer in one piece, in bytes.
pub const LONGEST_BODY: usize = 32 << 20;

/// The longest stream that is read, in bytes. A token of a few bytes comes in an event of a few hundred.
const LONGEST_STREAM: usize = 1 << 30;

/// How much is kept of a body without events, to tell what the server says instead, in bytes; and what of it is not told
/// where it was cut off, since half a secret is not recognised.
const HEAD: usize = 64 << 10;
const CUT: usize = 4 << 10;

/// An answer on its way. What comes says itself whether it is a stream of events or one piece: there are servers that send the
/// one where the other was asked for.
#[derive(Debug, Default)]
pub struct Incoming {
    form: Form,
    /// The whole of a piece; of a stream the first bytes, for as long as they hold no event.
    body: Vec<u8>,
    events: Events,
    gathered: Gathered,
    any_event: bool,
    length: usize,
    /// `[DONE]` has come: nothing more will.
    done: bool,
    broken: Option<Broken>,
}

/// What the first byte that is no white space tells.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Form {
    #[default]
    Unknown,
    Piece,
    Events,
}

impl Incoming {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When no answer can come of it any more.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Broken> {
        if self.done || self.broken.is_some() {
            return self.so_far();
        }
        self.length = self.length.saturating_add(piece.len());
        let piece = if self.form == Form::Unknown { without_lead(piece) } else { piece };
        if let (Form::Unknown, Some(first)) = (self.form, piece.first()) {
            self.form = form(*first);
        }
        match self.form {
            Form::Events => self.feed(piece),
            Form::Piece | Form::Unknown => self.body.extend_from_slice(piece),
        }
        let (what, limit) = match self.form {
            Form::Events => ("the stream", LONGEST_STREAM),
            Form::Piece | Form::Unknown => ("the answer", LONGEST_BODY),
        };
        if self.length > limit {
            self.spoil(Broken::too_long(what, limit));
        }
        self.so_far()
    }

    /// Whether it is a stream in which the model has said or thought something.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.gathered.has_token()
    }

    /// Whether nothing more is due.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the answer is whole, so that no failure that follows can spoil it: it has its finish reason, and the server's
    /// `[DONE]` or a usage. Should the server say more nevertheless, it is not whole any more. Of an answer in one piece only
    /// its end tells.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        (self.done && self.gathered.has_finish()) || self.gathered.is_whole()
    }

    /// Whether nothing that counts can follow but another usage.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.done || self.gathered.is_closed()
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

    /// The connection ended as it should. What is known of the usage stays known.
    ///
    /// # Errors
    /// When this is no answer.
    pub fn ended(&mut self) -> Result<Whole, Broken> {
        self.so_far()?;
        match self.form {
            Form::Unknown => Err(Broken::Foreign("it is empty".to_owned())),
            Form::Piece => self.gathered.whole(&object(text(&self.body)?)?),
            Form::Events => {
                self.events.end();
                self.read();
                self.so_far()?;
                // The server's `[DONE]` says that nothing was lost on the way.
                let unfinished = if self.done { Broken::Open } else { Broken::Cut };
                if self.any_event { self.gathered.streamed(unfinished) } else { Err(foreign(&self.body)) }
            }
        }
    }

    /// The connection broke.
    ///
    /// # Errors
    /// Unless the answer was whole by then.
    pub fn torn(&mut self) -> Result<Whole, Broken> {
        self.so_far()?;
        if self.is_whole() { self.gathered.streamed(Broken::Cut) } else { Err(Broken::Cut) }
    }

    fn so_far(&self) -> Result<(), Broken> {
        self.broken.clone().map_or(Ok(()), Err)
    }

    fn feed(&mut self, piece: &[u8]) {
        if !self.any_event {
            self.body.extend_from_slice(&piece[..piece.len().min(HEAD - self.body.len())]);
        }
        self.events.push(piece);
        self.read();
    }

    fn read(&mut self) {
        while !self.done && self.broken.is_none() {
            let Some(event) = self.events.next() else { break };
            self.any_event = true;
            let taken = event.and_then(|event| self.take(&event));
            if let Err(broken) = taken {
                self.spoil(broken);
                break;
            }
        }
        if self.any_event {
            self.body = Vec::new();
        }
    }

    /// A failure ends the reading: the answer too, unless it is whole.
    fn spoil(&mut self, broken: Broken) {
        if self.is_whole() {
            self.done = true;
        } else {
            self.broken = Some(broken);
        }
        self.body = Vec::new();
    }

    fn take(&mut self, event: &events::Event) -> Result<(), Broken> {
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
        self.gathered.add(&object)
    }
}

/// What may come before the first byte that tells: white space, and a byte order mark.
fn without_lead(piece: &[u8]) -> &[u8] {
    let byte_order_mark = "\u{feff}".as_bytes();
    let is_lead = |byte: &u8| byte.is_ascii_whitespace() || byte_order_mark.contains(byte);
    let lead = piece.iter().take_while(|byte| is_lead(byte)).count();
    &piece[lead..]
}

/// JSON in one piece begins with a bracket; nothing that a stream of events may begin with does.
fn form(first: u8) -> Form {
    if matches!(first, b'{' | b'[') { Form::Piece } else { Form::Events }
}

fn text(body: &[u8]) -> Result<&str, Broken> {
    std::str::from_utf8(body).map_err(|error| Broken::Malformed(format!("it is not UTF-8: {error}")))
}

fn foreign(head: &[u8]) -> Broken {
    let head = if head.len() == HEAD { &head[..HEAD - CUT] } else { head };
    Broken::Foreign(String::from_utf8_lossy(head).into_owned())
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

#[cfg(test)]
mod tests;
