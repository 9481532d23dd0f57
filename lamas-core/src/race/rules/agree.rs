//! `agree: m`.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::race::{Rule, Standing, Verdict};

/// m answers are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Agree(pub NonZeroU32);

impl Rule for Agree {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let enough = self.0.get() as usize;
        match seen.votes().into_iter().next() {
            Some(votes) if votes.count() >= enough => {
                Verdict::Decided { winner: Some(votes.first()), deciders: votes.by[..enough].to_vec() }
            }
            _ => Verdict::Wait,
        }
    }
}
