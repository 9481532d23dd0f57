//! The learned rule.

use std::sync::Arc;

use lamas_core::race::{Rule, Standing, Verdict};
use lamas_core::random::Seed;

use super::confidence::{Calibrated, Confidence};
use super::state::{lead, pace};
use super::waiting::{Stand, Waiting};
use super::watched::Watched;
use crate::policy::training::{folds, others};
use crate::prices::{Mean, Prices};

/// When a leader is enough.
#[derive(Debug, Clone)]
pub enum Enough {
    /// It is right with this probability.
    Sure(f64),
    /// Waiting is not worth what it costs.
    Worth(Arc<Waiting>),
}

/// A rule that asks a model.
///
/// With [`super::confidence::Majority`] and [`Enough::Sure`] it is `beta` of the fixed rules: thresholds are its special case.
#[derive(Debug, Clone)]
pub struct LearnedRule {
    /// How probable it is that the leader is right.
    pub confidence: Arc<dyn Confidence>,
    /// When that is enough.
    pub enough: Enough,
    /// Further numbers about the query, if the confidence was fitted with some.
    pub known: Arc<[f64]>,
}

impl Rule for LearnedRule {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let votes = seen.votes();
        let Some(lead) = lead(&votes) else { return Verdict::Wait };
        let right = self.confidence.right(seen, &votes, &self.known);
        let over = match &self.enough {
            Enough::Sure(asked) => right >= *asked,
            Enough::Worth(waiting) => {
                waiting.is_over(&Stand { right, lead, pace: pace(seen), outstanding: seen.outstanding.len() })
            }
        };
        if over { seen.decided_by_all(Some(votes[0].first())) } else { Verdict::Wait }
    }
}

/// How the weights of the models are held down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ridges {
    /// Of the confidence.
    pub confidence: f64,
    /// Of the models of waiting.
    pub waiting: f64,
}

impl Default for Ridges {
    fn default() -> Self {
        Self { confidence: 0.01, waiting: 0.01 }
    }
}

/// A confidence and a model of waiting, fitted to some rows.
#[must_use]
pub fn fit(watched: &Watched, rows: &[usize], prices: Prices, ridges: Ridges) -> (Calibrated, Waiting) {
    let confidence = Calibrated::fit(watched, rows, ridges.confidence);
    let waiting = Waiting::fit(watched, &confidence, rows, prices, ridges.waiting);
    (confidence, waiting)
}

/// `[rows]`: what the rule brings on every row when it was fitted to the other parts alone.
#[must_use]
pub fn held_out(watched: &Watched, prices: Prices, ridges: Ridges, parts: usize, seed: Seed) -> Vec<Mean> {
    let parts = folds(watched.rows(), parts, seed);
    let mut means = vec![Mean::default(); watched.rows()];
    for part in &parts {
        let (confidence, waiting) = fit(watched, &others(&parts, part), prices, ridges);
        for &row in part {
            let stops = watched.row(row).iter().filter_map(|steps| waiting.stop(steps, &confidence));
            means[row] = Mean::of(stops.map(|step| step.stop));
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use lamas_core::operator::OperatorName;
    use lamas_core::race::Arrival;
    use lamas_core::race::rules::Beta;
    use lamas_core::units::{Seconds, Tokens};
    use lamas_testing::races::problem;
    use proptest::prelude::*;

    use super::super::confidence::Majority;
    use super::*;

    proptest! {
        #[test]
        fn a_threshold_on_the_majority_is_the_fixed_rule(
            classes in prop::collection::vec(prop::option::of(0_usize..3), 1..9),
            out in 0_usize..5,
            asked in 0.5_f64..1.0,
        ) {
            let arrival = |(entrant, class): (usize, &Option<usize>)| Arrival {
                entrant,
                operator: "generate".into(),
                solution: None,
                class: *class,
                ran: None,
                output: Tokens(100),
                at: Seconds::ZERO,
            };
            let arrivals: Vec<Arrival> = classes.iter().enumerate().map(arrival).collect();
            let name = OperatorName::from("generate");
            let outstanding = vec![&name; out];
            let problem = problem();
            let seen = Standing { problem: &problem, arrivals: &arrivals, outstanding: &outstanding };
            let rule =
                LearnedRule { confidence: Arc::new(Majority), enough: Enough::Sure(asked), known: Arc::new([]) };
            prop_assert_eq!(rule.verdict(&seen), Beta::new(asked).unwrap().verdict(&seen));
        }
    }
}
