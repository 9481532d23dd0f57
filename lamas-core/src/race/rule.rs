//! What a rule sees after every arrival, and what it says.

use std::fmt;

use crate::operator::OperatorName;
use crate::problem::Problem;
use crate::race::tally::tally;
use crate::race::{Arrival, Votes};

/// How a race stands after an arrival, or after an entrant has failed for good.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The query.
    pub problem: &'a Problem,
    /// Who has arrived, first one first.
    pub arrivals: &'a [Arrival],
    /// Who is still out, in declared order.
    pub outstanding: &'a [&'a OperatorName],
}

impl Standing<'_> {
    /// The votes, most of them first; of equally many those that came first.
    #[must_use]
    pub fn votes(&self) -> Vec<Votes> {
        tally(self.arrivals.iter().map(|arrival| arrival.class))
    }

    /// All who have arrived decide together, and this one wins.
    #[must_use]
    pub fn decided_by_all(&self, winner: Option<usize>) -> Verdict {
        Verdict::Decided { deciders: (0..self.arrivals.len()).collect(), winner }
    }
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Not yet.
    Wait,
    /// The answer is decided.
    Decided {
        /// The arrivals that it needed, by their place among the arrivals. What follows depends on these alone.
        deciders: Vec<usize>,
        /// Whose solution stands; `None` leaves the last of them in declared order.
        winner: Option<usize>,
    },
}

/// Says when a race is decided: a pure function of how it stands.
pub trait Rule: fmt::Debug + Send + Sync {
    /// What it says to this standing.
    fn verdict(&self, seen: &Standing<'_>) -> Verdict;

    /// Whether it never decides before all have arrived, so that their order need not be found out before.
    fn waits_for_all(&self) -> bool {
        false
    }
}
