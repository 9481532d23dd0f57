//! What of a race's standing a model reads.

use lamas_core::operator::OperatorName;
use lamas_core::race::{Arrival, Standing, Votes};
use serde::{Deserialize, Serialize};

/// Reads a race's standing as numbers.
///
/// In this order: the leading answer's votes by generator, the second's by generator, how many answers differ, how many have
/// arrived, how many are out, the leader's share of the votes, its votes ahead of the second, how long its outputs are beside
/// all that have arrived, the share of its programs that ran and that failed, and the share of its outputs that pass the public
/// examples and that do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The generators whose votes are counted apart.
    pub generators: Vec<OperatorName>,
}

impl Reading {
    /// How many numbers a standing is.
    #[must_use]
    pub fn len(&self) -> usize {
        2 * self.generators.len() + 10
    }

    /// Whether a standing is no number; never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers of a standing whose votes, most of them first, are these; of one without any vote all are about nobody.
    #[must_use]
    pub fn numbers(&self, seen: &Standing<'_>, votes: &[Votes]) -> Vec<f64> {
        let by = |place: usize| votes.get(place).map_or(&[][..], |votes| &votes.by);
        let (leader, second) = (by(0), by(1));
        let arrival = |place: &usize| &seen.arrivals[*place];
        let of_generator = |by: &[usize], name: &OperatorName| {
            by.iter().filter(|place| arrival(place).operator == *name).count() as f64
        };
        let share = |holds: &dyn Fn(&Arrival) -> bool| {
            leader.iter().filter(|place| holds(arrival(place))).count() as f64 / leader.len().max(1) as f64
        };
        let passes = |arrival: &Arrival| arrival.solution.as_ref().and_then(|solution| solution.passes_examples);
        let mean = |tokens: &mut dyn Iterator<Item = u64>| {
            let (sum, count) = tokens.fold((0.0, 0.0), |(sum, count), tokens| (sum + tokens as f64, count + 1.0));
            if count > 0.0 { sum / count } else { 1.0 }
        };
        let own = mean(&mut leader.iter().map(|place| arrival(place).output.0));
        let all = mean(&mut seen.arrivals.iter().map(|arrival| arrival.output.0));
        let total: usize = votes.iter().map(Votes::count).sum();
        let mut numbers: Vec<f64> = self.generators.iter().map(|name| of_generator(leader, name)).collect();
        numbers.extend(self.generators.iter().map(|name| of_generator(second, name)));
        numbers.extend([
            votes.len() as f64,
            seen.arrivals.len() as f64,
            seen.outstanding.len() as f64,
            leader.len() as f64 / total.max(1) as f64,
            leader.len() as f64 - second.len() as f64,
            own / all.max(1.0),
            share(&|arrival| arrival.ran == Some(true)),
            share(&|arrival| arrival.ran == Some(false)),
            share(&|arrival| passes(arrival) == Some(true)),
            share(&|arrival| passes(arrival) == Some(false)),
        ]);
        numbers
    }
}

/// Mean output tokens of all that have arrived: a query whose answers are long has long ones to come.
#[must_use]
pub fn pace(seen: &Standing<'_>) -> f64 {
    let total: u64 = seen.arrivals.iter().map(|arrival| arrival.output.0).sum();
    total as f64 / seen.arrivals.len().max(1) as f64
}

/// The leader's votes ahead of the second; `None` where no answer has a vote.
#[must_use]
pub fn lead(votes: &[Votes]) -> Option<usize> {
    let leader = votes.first()?;
    Some(leader.count() - votes.get(1).map_or(0, Votes::count))
}
