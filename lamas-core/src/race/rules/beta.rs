//! `beta: p`: Adaptive-Consistency (arXiv 2305.11860, section 3).

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::race::{Rule, Standing, Verdict, Votes};

/// The leading answer beats the second with probability p or more.
///
/// ```text
/// P(x > 1/2) >= p,  x ~ Beta(v1 + 1, v2 + 1)
/// ```
///
/// where v1 and v2 are the votes of the two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Beta(f64);

impl Beta {
    /// The rule for a probability from 0 to 1; `None` for anything else.
    #[must_use]
    pub fn new(probability: f64) -> Option<Self> {
        (0.0..=1.0).contains(&probability).then_some(Self(probability))
    }

    /// The probability that it asks for.
    #[must_use]
    pub fn asked(&self) -> f64 {
        self.0
    }

    /// `P(x > 1/2)` for `x ~ Beta(leader + 1, second + 1)`: the chance of at most `leader` heads in `leader + second + 1`
    /// tosses of a coin.
    #[must_use]
    pub fn probability(leader: usize, second: usize) -> f64 {
        let tosses = leader + second + 1;
        let mut term = 0.5_f64.powi(i32::try_from(tosses).unwrap_or(i32::MAX));
        let mut sum = term;
        for heads in 1..=leader {
            term *= (tosses - heads + 1) as f64 / heads as f64;
            sum += term;
        }
        sum
    }
}

impl<'de> Deserialize<'de> for Beta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let probability = f64::deserialize(deserializer)?;
        let wrong = || D::Error::custom(format_args!("{probability} is no probability; write a number from 0 to 1"));
        Self::new(probability).ok_or_else(wrong)
    }
}

impl Rule for Beta {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let votes = seen.votes();
        let Some(leader) = votes.first() else { return Verdict::Wait };
        let probability = Self::probability(leader.count(), votes.get(1).map_or(0, Votes::count));
        if probability >= self.0 { seen.decided_by_all(Some(leader.first())) } else { Verdict::Wait }
    }
}
