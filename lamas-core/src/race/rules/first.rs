//! `first: m`: short-m@k (arXiv 2505.17813).

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::race::{Rule, Standing, Verdict, Votes};

/// The first m answers are there; most of their votes win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct First(pub NonZeroU32);

impl Rule for First {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let answers = (0..seen.arrivals.len()).filter(|&place| seen.arrivals[place].class.is_some());
        let deciders: Vec<usize> = answers.take(self.0.get() as usize).collect();
        if deciders.len() < self.0.get() as usize {
            return Verdict::Wait;
        }
        Verdict::Decided { deciders, winner: seen.votes().first().map(Votes::first) }
    }
}
