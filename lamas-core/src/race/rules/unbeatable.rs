//! `unbeatable`.

use crate::race::{Rule, Standing, Verdict, Votes};

/// The leading answer has more votes ahead of the second than are still out: what comes cannot change the vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unbeatable;

impl Rule for Unbeatable {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let votes = seen.votes();
        let Some(leader) = votes.first() else { return Verdict::Wait };
        let lead = leader.count() - votes.get(1).map_or(0, Votes::count);
        if lead > seen.outstanding.len() { seen.decided_by_all(Some(leader.first())) } else { Verdict::Wait }
    }
}
