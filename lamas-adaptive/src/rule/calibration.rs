//! How far a confidence can be trusted.

use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::confidence::Calibrated;
use super::watched::Watched;
use crate::policy::training::{folds, others};

/// How well probabilities fit what turned out, on rows that were held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The Brier score, mean of (p - y)^2; lower is better.
    pub brier: f64,
    /// The Brier score of always saying how many of the rows trained on were right.
    pub uninformed: f64,
    /// Mean gap between what was said and what turned out, over the bins.
    pub gap: f64,
    /// The reliability plot, lowest probability first. Bins in which nothing fell are left out.
    pub bins: Vec<Bin>,
}

/// What was said with about one probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// The mean probability.
    pub said: f64,
    /// How often it was right.
    pub right: f64,
    /// The share of all that was said.
    pub share: f64,
}

/// Bins of the reliability plot, of equal width.
const BINS: usize = 10;

/// Fits a confidence to all but one part of the rows at a time, and holds what it says of that part against what is right.
/// Every row counts alike.
#[must_use]
pub fn calibration(watched: &Watched, parts: usize, ridge: f64, seed: Seed) -> Calibration {
    let mut said: Vec<(f64, f64, f64)> = Vec::new();
    let (mut uninformed, mut total) = (0.0, 0.0);
    let parts = folds(watched.rows(), parts, seed);
    for part in &parts {
        let others = others(&parts, part);
        let fitted = Calibrated::fit(watched, &others, ridge);
        let (right, weight) =
            watched.led(&others).fold((0.0, 0.0), |(r, w), (step, weight)| (r + weight * step.stop.score, w + weight));
        for (step, weight_here) in watched.led(part) {
            said.push((fitted.of_numbers(&step.numbers), step.stop.score, weight_here));
            uninformed += weight_here * (right / weight - step.stop.score).powi(2);
            total += weight_here;
        }
    }
    Calibration { uninformed: uninformed / total, ..summary(&said) }
}

/// Of what was said, what turned out, and how much it counts.
fn summary(said: &[(f64, f64, f64)]) -> Calibration {
    let total: f64 = said.iter().map(|(_, _, weight)| weight).sum();
    let brier = said.iter().map(|(p, y, weight)| weight * (p - y).powi(2)).sum::<f64>() / total;
    let bin = |bin: usize| {
        let within = |p: f64| ((p * BINS as f64) as usize).min(BINS - 1) == bin;
        let inside = said.iter().filter(|(p, ..)| within(*p));
        let (share, sum, right) = inside.fold((0.0, 0.0, 0.0), |(share, sum, right), (p, y, weight)| {
            (share + weight, sum + weight * p, right + weight * y)
        });
        (share > 0.0).then(|| Bin { said: sum / share, right: right / share, share: share / total })
    };
    let bins: Vec<Bin> = (0..BINS).filter_map(bin).collect();
    let gap = bins.iter().map(|bin| bin.share * (bin.said - bin.right).abs()).sum();
    Calibration { brier, uninformed: f64::NAN, gap, bins }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_counts_by_weight() {
        let said = [(0.95, 1.0, 1.0), (0.95, 0.0, 1.0), (0.15, 0.0, 2.0)];
        let summary = summary(&said);
        assert!((summary.brier - (0.0025 + 0.9025 + 2.0 * 0.0225) / 4.0).abs() < 1e-12);
        assert_eq!(summary.bins.len(), 2);
        assert!((summary.bins[1].right - 0.5).abs() < 1e-12 && (summary.bins[1].share - 0.5).abs() < 1e-12);
        assert!((summary.gap - (0.5 * 0.45 + 0.5 * 0.15)).abs() < 1e-12);
    }
}
