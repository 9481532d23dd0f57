//! A text out of the pieces of a stream.

/// How often a piece must repeat the whole of the one before and go on, and how many words it must have in the end, to be taken
/// for a repetition: no model says the like in pieces of its own.
const REPEATED: usize = 2;
const WORDS: usize = 3;

/// The pieces so far. There are servers that say in each piece all that they have said before.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    joined: String,
    /// Where the last piece begins.
    last: usize,
    /// How often a piece was the one before with something behind it.
    grown: usize,
    /// A piece did not begin with the one before.
    differs: bool,
}

impl Pieces {
    pub(super) fn push(&mut self, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let before = &self.joined[self.last..];
        if !before.is_empty() {
            self.differs |= !piece.starts_with(before);
            self.grown += usize::from(piece.len() > before.len());
        }
        self.last = self.joined.len();
        self.joined.push_str(piece);
    }

    /// Bytes that have come.
    pub(super) fn length(&self) -> usize {
        self.joined.len()
    }

    /// What was said, once; `tokens` is how many the server says it generated.
    pub(super) fn once(&self, tokens: Option<u64>) -> &str {
        if self.repeats(tokens) { &self.joined[self.last..] } else { &self.joined }
    }

    /// Whether every piece holds all of the text so far. Where the last one has fewer bytes than the answer has tokens, there
    /// is more to the answer than that.
    fn repeats(&self, tokens: Option<u64>) -> bool {
        let last = &self.joined[self.last..];
        !self.differs
            && self.grown >= REPEATED
            && last.split_whitespace().count() >= WORDS
            && tokens.is_none_or(|tokens| tokens <= last.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn once(pieces: &[&str], tokens: Option<u64>) -> String {
        let mut all = Pieces::default();
        pieces.iter().for_each(|piece| all.push(piece));
        all.once(tokens).to_owned()
    }

    #[test]
    fn what_is_repeated_in_every_piece_is_said_once() {
        let cumulative = ["", "The", "The total", "The total is 12.", "The total is 12."];
        for tokens in [None, Some(5), Some(16)] {
            assert_eq!(once(&cumulative, tokens), "The total is 12.", "{tokens:?}");
        }
    }

    #[test]
    fn what_a_model_may_say_itself_stays() {
        for pieces in [
            &["The total", " is", " 12 or so."][..],
            &["The total", "The total is 12."],
            &["1", "10", "100", "1000"],
            &[" ", "  ", "    ", "        "],
            &["ha ha ha ", "ha ha ha ", "ha ha ha ", "ha ha ha "],
            &["a b c", "a b c d", "a b c d e", "!"],
        ] {
            assert_eq!(once(pieces, None), pieces.concat());
        }
        let short = ["a", "a b", "a b c"];
        assert_eq!(once(&short, Some(9)), short.concat(), "the server says that there is more");
    }
}
