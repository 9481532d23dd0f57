//! How probable it is that the leading answer is right.

use std::fmt;

use lamas_core::race::rules::Beta;
use lamas_core::race::{Standing, Votes};
use serde::{Deserialize, Serialize};

use super::logistic::{Logistic, Sample};
use super::state::Reading;
use super::watched::Watched;

/// Says how probable it is that the leading answer is right.
pub trait Confidence: fmt::Debug + Send + Sync {
    /// The probability. `votes` are those of the standing, most of them first, and there is at least one; `known` are further
    /// numbers about the query.
    fn right(&self, seen: &Standing<'_>, votes: &[Votes], known: &[f64]) -> f64;
}

/// That the leader has the majority, by its votes and the second's alone (arXiv 2305.11860).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Majority;

impl Confidence for Majority {
    fn right(&self, _: &Standing<'_>, votes: &[Votes], _: &[f64]) -> f64 {
        Beta::probability(votes[0].count(), votes.get(1).map_or(0, Votes::count))
    }
}

/// Fitted to a bank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    reading: Reading,
    logistic: Logistic,
}

impl Calibrated {
    /// Fitted to some rows of what was watched. `ridge` holds its weights down.
    #[must_use]
    pub fn fit(watched: &Watched, rows: &[usize], ridge: f64) -> Self {
        let sample = |(step, weight): (&'_ super::watched::Step, f64)| (step.numbers.clone(), step.stop.score, weight);
        let samples: Vec<_> = watched.led(rows).map(sample).collect();
        let samples: Vec<Sample<'_>> =
            samples.iter().map(|(x, y, weight)| Sample { x, y: *y, weight: *weight }).collect();
        Self { reading: watched.reading.clone(), logistic: Logistic::fit(&samples, watched.columns(), ridge) }
    }

    /// The probability for numbers as [`Watched`] has them.
    #[must_use]
    pub fn of_numbers(&self, numbers: &[f64]) -> f64 {
        self.logistic.probability(numbers)
    }
}

impl Confidence for Calibrated {
    fn right(&self, seen: &Standing<'_>, votes: &[Votes], known: &[f64]) -> f64 {
        let mut numbers = self.reading.numbers(seen, votes);
        numbers.extend_from_slice(known);
        self.of_numbers(&numbers)
    }
}
