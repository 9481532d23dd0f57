//! Counting votes.

use crate::race::Arrival;

/// The votes for one class of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Votes {
    /// Which class.
    pub class: usize,
    /// Who gave it, by their place among the arrivals, first one first.
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

/// The votes, most of them first; of equally many those that came first.
pub(crate) fn tally(arrivals: &[Arrival]) -> Vec<Votes> {
    let mut votes: Vec<Votes> = Vec::new();
    for (place, arrival) in arrivals.iter().enumerate() {
        let Some(class) = arrival.class else { continue };
        match votes.iter_mut().find(|votes| votes.class == class) {
            Some(votes) => votes.by.push(place),
            None => votes.push(Votes { class, by: vec![place] }),
        }
    }
    votes.sort_by_key(|votes| (std::cmp::Reverse(votes.count()), votes.first()));
    votes
}
