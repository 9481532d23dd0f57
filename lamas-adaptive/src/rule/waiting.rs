//! What waiting brings and costs, by how a race stands: regression backwards from the last arrival, as options are priced
//! (Longstaff and Schwartz 2001).
//!
//! ```text
//! dS = S at the end - S now        dT = T at the end - T now        dC = C at the end - C now
//! ```
//!
//! where the end is where the same rule stops later. With one entrant out the end is its arrival; with two it is what the models
//! for one say; and so on. The differences are paired on one replay: where the leader stays, dS is 0 and holds no noise.

use serde::{Deserialize, Serialize};

use super::confidence::Calibrated;
use super::logistic::Scale;
use super::watched::{Step, Watched};
use crate::linear::{add_outer, dot, solve};
use crate::prices::{Mean, Prices};

/// What a model of waiting reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stand {
    /// The probability that the leader is right.
    pub right: f64,
    /// Its votes ahead of the second.
    pub lead: usize,
    /// Mean output tokens of all that have arrived.
    pub pace: f64,
    /// How many are out.
    pub outstanding: usize,
}

impl Stand {
    fn numbers(&self) -> [f64; 4] {
        [self.right, self.right * self.right, self.lead as f64, self.pace]
    }
}

/// A line through samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    weights: Vec<f64>,
}

/// What to expect of waiting, at given prices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// The prices that it was fitted for.
    pub prices: Prices,
    /// `[outstanding - 1]`.
    models: Vec<Model>,
}

/// dS, dT and dC with so many outstanding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Model {
    scale: Scale,
    score: Line,
    length: Line,
    usd: Line,
}

impl Model {
    /// Fitted to stands with what waiting brought, each with its weight.
    fn fit(samples: &[(Stand, Mean, f64)], ridge: f64) -> Self {
        let numbers: Vec<[f64; 4]> = samples.iter().map(|(stand, ..)| stand.numbers()).collect();
        let weighted = numbers.iter().zip(samples).map(|(x, (.., weight))| (&x[..], *weight));
        let scale = Scale::of(weighted, 4);
        let total: f64 = samples.iter().map(|(.., weight)| weight).sum();
        let mut matrix = vec![vec![0.0; 5]; 5];
        let mut sides = [vec![0.0; 5], vec![0.0; 5], vec![0.0; 5]];
        for (x, (_, gained, weight)) in numbers.iter().zip(samples) {
            let (x, share) = (scale.scaled(x), weight / total);
            add_outer(&mut matrix, &x, share);
            for (side, y) in sides.iter_mut().zip([gained.score, gained.length, gained.usd]) {
                side.iter_mut().zip(&x).for_each(|(side, x)| *side += share * y * x);
            }
        }
        let ridges = [0.0, ridge, ridge, ridge, ridge];
        let [score, length, usd] = sides.map(|side| Line { weights: solve(matrix.clone(), &ridges, &side) });
        Self { scale, score, length, usd }
    }

    /// What waiting brings.
    fn expected(&self, stand: &Stand) -> Mean {
        let x = self.scale.scaled(&stand.numbers());
        let at = |line: &Line| dot(&line.weights, &x);
        Mean { score: at(&self.score), length: at(&self.length).max(0.0), seconds: 0.0, usd: at(&self.usd).max(0.0) }
    }
}

impl Waiting {
    /// Fitted to some rows of what was watched, with a confidence that was fitted to them.
    #[must_use]
    pub fn fit(watched: &Watched, confidence: &Calibrated, rows: &[usize], prices: Prices, ridge: f64) -> Self {
        let replays: Vec<&Vec<Step>> = rows.iter().flat_map(|&row| watched.row(row)).collect();
        let stands: Vec<Vec<Option<Stand>>> =
            replays.iter().map(|steps| steps.iter().map(|step| stand(step, confidence)).collect()).collect();
        let most = replays.iter().map(|steps| steps.len()).max().unwrap_or(0);
        let mut ends: Vec<usize> = replays.iter().map(|steps| steps.len().saturating_sub(1)).collect();
        let mut waiting = Self { prices, models: Vec::new() };
        for outstanding in 1..most {
            let at = |steps: &Vec<Step>| steps.len().checked_sub(1 + outstanding);
            let mut samples = Vec::new();
            for ((steps, stands), &end) in replays.iter().zip(&stands).zip(&ends) {
                let Some(now) = at(steps) else { continue };
                let Some(stand) = stands[now] else { continue };
                samples.push((stand, steps[end].stop.plus(steps[now].stop, -1.0), 1.0));
            }
            // Nobody ever led with so many out: whoever does waits.
            if samples.is_empty() {
                break;
            }
            waiting.models.push(Model::fit(&samples, ridge));
            for ((steps, stands), end) in replays.iter().zip(&stands).zip(&mut ends) {
                if let Some(now) = at(steps)
                    && stands[now].is_some_and(|stand| waiting.is_over(&stand))
                {
                    *end = now;
                }
            }
        }
        waiting
    }

    /// Whether waiting is not worth what it costs: `E[dS] <= lambda_t E[dT] + lambda_c E[dC]`.
    #[must_use]
    pub fn is_over(&self, stand: &Stand) -> bool {
        if stand.outstanding == 0 {
            return true;
        }
        let model = self.models.get(stand.outstanding - 1);
        model.is_some_and(|model| model.expected(stand).worth(self.prices) <= 0.0)
    }

    /// Where a race that was watched stops.
    #[must_use]
    pub fn stop<'s>(&self, steps: &'s [Step], confidence: &Calibrated) -> Option<&'s Step> {
        let over = |step: &&Step| stand(step, confidence).is_some_and(|stand| self.is_over(&stand));
        steps.iter().find(over).or(steps.last())
    }
}

/// How a race stands; `None` while nobody leads.
fn stand(step: &Step, confidence: &Calibrated) -> Option<Stand> {
    let lead = step.lead?;
    let right = confidence.of_numbers(&step.numbers);
    Some(Stand { right, lead, pace: step.pace, outstanding: step.outstanding })
}
