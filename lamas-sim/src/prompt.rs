//! A conversation as one text, with the known statement told apart from the rest.

use std::borrow::Cow;
use std::ops::Range;

use lamas_core::chat::Message;

use super::statement::{Found, Statements};

/// A conversation about a known problem.
#[derive(Debug)]
pub(super) struct Prompt<'a> {
    /// Which statement of the catalogue it is about.
    pub entry: usize,
    /// All messages, one after another.
    pub text: Cow<'a, str>,
    /// The text without the statement, a line break in its place.
    pub rest: String,
    /// Where the statement first stood, in bytes of `rest`.
    pub asked: usize,
}

impl<'a> Prompt<'a> {
    /// Reads a conversation; `None` where no statement of the catalogue occurs in it.
    pub(super) fn read(messages: &'a [Message], statements: &Statements) -> Option<Self> {
        let text: Cow<'a, str> = match messages {
            [only] => Cow::Borrowed(&only.content),
            _ => Cow::Owned(messages.iter().map(|message| &*message.content).collect::<Vec<_>>().join("\n\n")),
        };
        let Found { entry, spans } = statements.find(&text)?;
        let (rest, asked) = without(&text, &spans);
        Some(Self { entry, text, rest, asked })
    }

    /// What follows the statement, or the whole rest where nothing does.
    pub(super) fn after(&self) -> &str {
        let after = &self.rest[self.asked..];
        if after.trim().is_empty() { &self.rest } else { after }
    }
}

/// A text without some spans, and where the first of them was.
fn without(text: &str, spans: &[Range<usize>]) -> (String, usize) {
    let mut rest = String::with_capacity(text.len());
    let mut from = 0;
    let mut asked = None;
    for span in spans {
        rest.push_str(&text[from..span.start]);
        asked.get_or_insert(rest.len());
        rest.push('\n');
        from = span.end;
    }
    rest.push_str(&text[from..]);
    (rest, asked.unwrap_or(0))
}

/// The parts of a text inside and outside of fences of three backticks, in order; `true` is inside.
pub(super) fn fences(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let parts: Vec<&str> = text.split("```").collect();
    // An odd number of fences leaves the last one open: what follows it is plain text.
    let closed = parts.len() - usize::from(parts.len().is_multiple_of(2));
    parts.into_iter().enumerate().map(move |(at, part)| (at % 2 == 1 && at < closed, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_together_and_the_statement_is_cut_out() {
        let statements = Statements::new(["How many ducks swim in the pond?".into()].into_iter());
        let messages = [Message::system("Be brief."), Message::user("Q: How many ducks\nswim in the pond?\nGo.")];
        let prompt = Prompt::read(&messages, &statements).expect("the statement is there");
        assert_eq!(prompt.rest, "Be brief.\n\nQ: \n\nGo.");
        assert_eq!(prompt.after(), "\n\nGo.");
    }

    #[test]
    fn an_open_fence_is_plain_text() {
        let parts: Vec<_> = fences("a```py\nb```c```d").collect();
        assert_eq!(parts, [(false, "a"), (true, "py\nb"), (false, "c"), (false, "d")]);
    }
}
