//! Counting votes.

use std::cmp::Reverse;

/// The votes for one class of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Votes {
    /// Which class.
    pub class: usize,
    /// Who gave it, by their place among those who were counted, first one first.
    pub by: Vec<usize>,
}

impl Votes {
    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by.len()
    }

    /// Who gave it first.
    #[must_use]
    pub fn first(&self) -> usize {
        self.by[0]
    }
}

/// The votes, most of them first; of equally many those that came first. Each has given an answer of this class, or none.
pub fn tally(classes: impl IntoIterator<Item = Option<usize>>) -> Vec<Votes> {
    let mut votes: Vec<Votes> = Vec::new();
    for (place, class) in classes.into_iter().enumerate() {
        let Some(class) = class else { continue };
        match votes.iter_mut().find(|votes| votes.class == class) {
            Some(votes) => votes.by.push(place),
            None => votes.push(Votes { class, by: vec![place] }),
        }
    }
    votes.sort_by_key(|votes| (Reverse(votes.count()), votes.first()));
    votes
}
