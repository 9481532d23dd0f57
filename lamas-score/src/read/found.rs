//! A part of a text that is taken for its answer.

use std::borrow::Cow;

/// A part of a text that is taken for its answer, and the rule that found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The part, as written; of several boxes in a row, all of them between commas.
    pub text: Cow<'a, str>,
    /// The rule.
    pub how: &'static str,
}

impl<'a> Found<'a> {
    pub(super) fn new(text: &'a str, how: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), how }
    }

    /// Whether it stood in a box, which says exactly where the answer begins and ends.
    #[must_use]
    pub fn is_boxed(&self) -> bool {
        self.how == BOXED
    }
}

pub(super) const BOXED: &str = "boxed";
