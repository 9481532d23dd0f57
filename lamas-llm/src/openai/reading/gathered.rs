//! What has come of an answer.

use lamas_core::chat::FinishReason;
use serde_json::Value;

use super::broken::{Broken, LONGEST_TEXT};
use super::completion::{Choice, Completion, Finish, Told};
use super::pieces::Pieces;
use super::surrogate;
use crate::limit::Author;

/// An answer with its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// What the model says.
    pub text: String,
    /// What it thinks, where the server shows it.
    pub reasoning: String,
    /// What the server says that it used.
    pub usage: Option<Told>,
    /// Why it ended.
    pub finish: FinishReason,
    /// Whose answer it is, as far as the server says.
    pub author: Author,
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    text: Pieces,
    reasoning: Pieces,
    usage: Option<Told>,
    finish: Option<Finish>,
    any_choice: bool,
    /// Text has come as deltas: what a message says beside them is the same once more.
    has_deltas: bool,
    /// Text has come after a finish reason. There are servers that name one in every event: it is no end then.
    went_on: bool,
    /// After the finish reason a usage has come in an event of its own, which is the last one.
    closed: bool,
    author: Author,
}

impl Gathered {
    /// Takes one event of a stream.
    pub(super) fn add(&mut self, object: &Value) -> Result<(), Broken> {
        let completion = Completion(object);
        let is_last = self.finish.is_some() && !completion.has_choices() && completion.usage().is_some();
        // The usage first: what a server used before it failed is billed too. A running usage comes with every event, and
        // the last one counts.
        self.usage = completion.usage().map(|told| told.after(self.usage)).or(self.usage);
        self.closed |= is_last;
        if self.is_whole() && !self.goes_on(completion) {
            return Ok(());
        }
        self.author = self.author.max(completion.author());
        if let Some(error) = completion.error() {
            return Err(Broken::Said(error.clone()));
        }
        self.any_choice |= completion.has_choices();
        let Some(choice) = completion.choice() else { return Ok(()) };
        choice.check()?;
        let (delta, message) = (choice.delta(), choice.message());
        let (mut text, mut reasoning) = (delta.text(), delta.reasoning());
        self.has_deltas |= !(text.is_empty() && reasoning.is_empty());
        if !self.has_deltas {
            (text, reasoning) = (message.text(), message.reasoning());
            if text.is_empty() {
                text = choice.plain();
            }
        }
        self.went_on |= self.finish.is_some() && !(text.is_empty() && reasoning.is_empty());
        self.finish = choice.finish().or(self.finish.take());
        self.say(&text, &reasoning)
    }

    /// Whether an event says more of an answer that seemed to be whole.
    fn goes_on(&self, completion: Completion<'_>) -> bool {
        let says = |choice: Choice<'_>| !(choice.delta().text().is_empty() && choice.delta().reasoning().is_empty());
        !self.closed && completion.choice().is_some_and(says)
    }

    fn say(&mut self, text: &str, reasoning: &str) -> Result<(), Broken> {
        self.text.push(text);
        self.reasoning.push(reasoning);
        if self.generated() > LONGEST_TEXT {
            return Err(Broken::too_long("the text", LONGEST_TEXT));
        }
        Ok(())
    }

    pub(super) fn has_token(&self) -> bool {
        self.generated() > 0
    }

    /// Bytes of text and thoughts.
    pub(super) fn generated(&self) -> usize {
        self.text.length() + self.reasoning.length()
    }

    pub(super) fn has_finish(&self) -> bool {
        self.finish.is_some()
    }

    /// Whether the answer has its end without the server's `[DONE]`: a finish reason and a usage, and nothing was said after
    /// them; or a last usage of its own.
    pub(super) fn is_whole(&self) -> bool {
        self.finish.is_some() && (self.closed || (self.usage.is_some() && !self.went_on))
    }

    /// Whether nothing that counts can follow but another usage.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn usage(&self) -> Option<Told> {
        self.usage
    }

    /// The answer, at the end of its stream; what is wrong where it has no finish reason by then.
    pub(super) fn streamed(&mut self, unfinished: Broken) -> Result<Whole, Broken> {
        if !self.any_choice {
            return Err(Broken::NoChoice);
        }
        self.judged(unfinished)
    }

    /// An answer in one piece.
    pub(super) fn whole(&mut self, object: &Value) -> Result<Whole, Broken> {
        let completion = Completion(object);
        (self.usage, self.author) = (completion.usage(), completion.author());
        if let Some(error) = completion.error() {
            return Err(Broken::Said(error.clone()));
        }
        let choice = completion.choice().ok_or(Broken::NoChoice)?;
        choice.check()?;
        let texts = [choice.message().text(), choice.delta().text(), choice.plain()];
        let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        self.say(&text, &choice.message().reasoning())?;
        self.finish = choice.finish();
        self.judged(Broken::Open)
    }

    fn judged(&self, unfinished: Broken) -> Result<Whole, Broken> {
        let finish = match &self.finish {
            Some(Finish::Model(finish)) => *finish,
            Some(Finish::Other(reason)) => return Err(Broken::Ended(reason.clone())),
            None => return Err(unfinished),
        };
        let tokens = self.usage.map(|told| told.output);
        let [text, reasoning] = [&self.text, &self.reasoning].map(|pieces| surrogate::joined(pieces.once(tokens)));
        let says_nothing = text.trim().is_empty() && reasoning.is_empty() && self.usage.is_none();
        if says_nothing && finish != FinishReason::Filtered {
            return Err(Broken::Empty);
        }
        Ok(Whole { text, reasoning, usage: self.usage, finish, author: self.author })
    }
}
