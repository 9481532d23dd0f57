//! What has come of an answer.

use lamas_core::chat::FinishReason;
use serde_json::Value;

use super::completion::{Completion, Finish, Told};
use super::{Broken, LONGEST_TEXT, surrogate};
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
    text: String,
    reasoning: String,
    usage: Option<Told>,
    finish: Option<Finish>,
    any_choice: bool,
    /// Text has come as deltas: what a message says beside them is the same once more.
    has_deltas: bool,
    author: Author,
}

impl Gathered {
    /// Takes one event of a stream.
    pub(super) fn add(&mut self, object: &Value) -> Result<(), Broken> {
        let completion = Completion(object);
        // The usage first: what a server used before it failed is billed too. A running usage comes with every event, and
        // the last one counts.
        self.usage = completion.usage().or(self.usage);
        self.author = self.author.max(completion.author());
        if let Some(error) = completion.error() {
            return Err(Broken::Said(error.clone()));
        }
        self.any_choice |= completion.has_choices();
        let Some(choice) = completion.choice() else { return Ok(()) };
        if let Some(error) = choice.error() {
            return Err(Broken::Said(error.clone()));
        }
        let (delta, message) = (choice.delta(), choice.message());
        let (mut text, mut reasoning) = (delta.text(), delta.reasoning());
        self.has_deltas |= !(text.is_empty() && reasoning.is_empty());
        if !self.has_deltas {
            (text, reasoning) = (message.text(), message.reasoning());
            if text.is_empty() {
                text = choice.plain();
            }
        }
        self.finish = choice.finish().or(self.finish.take());
        self.say(&text, &reasoning)
    }

    /// Takes an event after the answer was whole: nothing but a later usage counts.
    pub(super) fn correct(&mut self, object: &Value) -> Result<(), Broken> {
        self.usage = Completion(object).usage().or(self.usage);
        Ok(())
    }

    fn say(&mut self, text: &str, reasoning: &str) -> Result<(), Broken> {
        self.text.push_str(text);
        self.reasoning.push_str(reasoning);
        if self.text.len() + self.reasoning.len() > LONGEST_TEXT {
            return Err(Broken::too_long("the text", LONGEST_TEXT));
        }
        Ok(())
    }

    pub(super) fn has_token(&self) -> bool {
        !(self.text.is_empty() && self.reasoning.is_empty())
    }

    /// Bytes of text and thoughts.
    pub(super) fn generated(&self) -> usize {
        self.text.len() + self.reasoning.len()
    }

    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn has_finish(&self) -> bool {
        self.finish.is_some()
    }

    pub(super) fn usage(&self) -> Option<Told> {
        self.usage
    }

    /// The answer, at the end of its stream.
    pub(super) fn streamed(&mut self) -> Result<Whole, Broken> {
        if !self.any_choice {
            return Err(Broken::NoChoice);
        }
        self.judged(Broken::Cut)
    }

    /// An answer in one piece. Its own end is an end: servers that name none are believed, unless they say that it has not
    /// ended.
    pub(super) fn whole(&mut self, object: &Value) -> Result<Whole, Broken> {
        let completion = Completion(object);
        (self.usage, self.author) = (completion.usage(), completion.author());
        if let Some(error) = completion.error() {
            return Err(Broken::Said(error.clone()));
        }
        let choice = completion.choice().ok_or(Broken::NoChoice)?;
        if let Some(error) = choice.error() {
            return Err(Broken::Said(error.clone()));
        }
        let texts = [choice.message().text(), choice.delta().text(), choice.plain()];
        let text = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        self.say(&text, &choice.message().reasoning())?;
        self.finish = choice.finish();
        if self.finish.is_none() && !choice.is_open() {
            self.finish = Some(Finish::Model(FinishReason::Stop));
        }
        self.judged(Broken::Open)
    }

    fn judged(&self, unfinished: Broken) -> Result<Whole, Broken> {
        let finish = match &self.finish {
            Some(Finish::Model(finish)) => *finish,
            Some(Finish::Other(reason)) => return Err(Broken::Ended(reason.clone())),
            None => return Err(unfinished),
        };
        let text = surrogate::joined(&self.text);
        let says_nothing = text.trim().is_empty() && self.reasoning.is_empty() && self.usage.is_none();
        if says_nothing && finish != FinishReason::Filtered {
            return Err(Broken::Empty);
        }
        let reasoning = surrogate::joined(&self.reasoning);
        Ok(Whole { text, reasoning, usage: self.usage, finish, author: self.author })
    }
}
