//! How large the parts of an entry may be.

use std::ops::RangeInclusive;

/// A size that an entry sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Its key below the entry.
    pub key: &'static str,
    /// What it is.
    pub size: usize,
    /// What it may be.
    pub range: RangeInclusive<usize>,
}

impl Limit {
    /// A size of 1 to `most`.
    #[must_use]
    pub fn new(key: &'static str, size: usize, most: usize) -> Self {
        Self { key, size, range: 1..=most }
    }

    /// What is wrong with it, where something is.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let (least, most) = (self.range.start(), self.range.end());
        (!self.range.contains(&self.size)).then(|| format!("{} is not between {least} and {most}", self.size))
    }
}
