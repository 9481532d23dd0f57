//! What is asked for, and what of it a choice of plans brings.

use std::fmt;

use lamas_core::random::Seed;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::prices::{Mean, Prices};
use crate::values::Values;
use crate::{AdaptiveError, Result};

/// What a query may take, in one measure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The path of 95 of 100 queries, in seconds.
    LatencyP95S,
    /// The mean path, in tokens.
    CpLen,
    /// The mean cost, in USD.
    UsdPerQuery,
}

/// A target: exactly one of the three measures, and a score that must not be fallen below.
///
/// ```
/// use lamas_adaptive::budget::Target;
///
/// let budget = Target { latency_p95_s: Some(3.0), floor: Some(0.9), ..Target::default() };
/// assert!(budget.check().is_ok());
/// let both = Target { cp_len: Some(500.0), ..budget };
/// assert_eq!(both.check().unwrap_err().to_string(), "`target` is 2 measures: must name exactly one of `latency_p95_s`, `cp_len`, `usd_per_query`");
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// The path of 95 of 100 queries, in seconds.
    pub latency_p95_s: Option<f64>,
    /// The mean path, in tokens.
    pub cp_len: Option<f64>,
    /// The mean cost, in USD.
    pub usd_per_query: Option<f64>,
    /// The least mean score, from 0 to 1; none.
    pub floor: Option<f64>,
}

impl Target {
    /// The measure that it names, and how much of it there may be.
    ///
    /// # Errors
    /// When it names none or several, or a number that is no quantity.
    pub fn check(&self) -> Result<(Measure, f64)> {
        let named = [
            (Measure::LatencyP95S, self.latency_p95_s),
            (Measure::CpLen, self.cp_len),
            (Measure::UsdPerQuery, self.usd_per_query),
        ];
        let named: Vec<(Measure, f64)> =
            named.into_iter().filter_map(|(measure, most)| Some((measure, most?))).collect();
        let &[(measure, most)] = &named[..] else {
            let expected = "must name exactly one of `latency_p95_s`, `cp_len`, `usd_per_query`";
            return Err(AdaptiveError::Setting { key: "target", value: format!("{} measures", named.len()), expected });
        };
        if !(most.is_finite() && most > 0.0) {
            return Err(AdaptiveError::Setting { key: "target", value: most.to_string(), expected: "must be above 0" });
        }
        match self.floor {
            Some(floor) if !(0.0..=1.0).contains(&floor) => {
                let expected = "must be a score from 0 to 1";
                Err(AdaptiveError::Setting { key: "target.floor", value: floor.to_string(), expected })
            }
            _ => Ok((measure, most)),
        }
    }
}

/// A plan for every row, at some prices, for a share of the queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The share of the queries that it is for.
    pub share: f64,
    /// The prices that the plans were chosen at.
    pub prices: Prices,
    /// `[rows]`.
    pub plans: Vec<usize>,
}

/// What choices bring.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Means over rows.
    pub mean: Mean,
    /// The path that 95 of 100 queries keep to, in seconds; NaN where no seconds are known.
    pub latency_p95_s: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mean { score, length, usd, .. } = self.mean;
        write!(
            f,
            "score {score:.4}, cp_len {length:.1}, usd_per_query {usd:.6}, latency_p95_s {:.3}",
            self.latency_p95_s
        )
    }
}

impl Measured {
    /// What choices bring on some rows of a table of values.
    #[must_use]
    pub fn of(values: &Values, rows: &[usize], choices: &[Choice]) -> Self {
        let mean = |choice: &Choice| Mean::of(rows.iter().map(|&row| values.row(row)[choice.plans[row]]));
        let mean = choices.iter().fold(Mean::default(), |sum, choice| sum.plus(mean(choice), choice.share));
        let mut taken: Vec<(f32, f64)> = Vec::new();
        for choice in choices {
            for &row in rows {
                let seconds = values.seconds(row, choice.plans[row]);
                taken.extend(seconds.iter().map(|&s| (s, choice.share / seconds.len() as f64)));
            }
        }
        Self { mean, latency_p95_s: quantile(&mut taken, 0.95) }
    }

    /// How much it is in a measure.
    #[must_use]
    pub fn in_measure(&self, measure: Measure) -> f64 {
        match measure {
            Measure::LatencyP95S => self.latency_p95_s,
            Measure::CpLen => self.mean.length,
            Measure::UsdPerQuery => self.mean.usd,
        }
    }

    /// What choices bring in a measure, with an interval of this level over rows that might as well have been there, by
    /// bootstrap.
    #[must_use]
    pub fn interval(
        values: &Values,
        choices: &[Choice],
        measure: Measure,
        level: f64,
        resamples: usize,
        seed: Seed,
    ) -> (f64, f64) {
        let count = values.rows();
        let resample = |index: usize| {
            let mut random = seed.stream("bootstrap", &[index as u64]);
            let rows: Vec<usize> = (0..count).map(|_| random.random_range(0..count)).collect();
            (Self::of(values, &rows, choices).in_measure(measure) as f32, 1.0)
        };
        let mut drawn: Vec<(f32, f64)> = (0..resamples).map(resample).collect();
        let tail = (1.0 - level) / 2.0;
        (quantile(&mut drawn, tail), quantile(&mut drawn, 1.0 - tail))
    }
}

/// The least of weighted values that this share of the weight does not exceed; NaN of nothing.
fn quantile(values: &mut [(f32, f64)], share: f64) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut reached = 0.0;
    for (value, weight) in values.iter() {
        reached += weight;
        if reached >= share * total * (1.0 - 1e-12) {
            return f64::from(*value);
        }
    }
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_counts_weights() {
        let mut values = [(3.0, 1.0), (1.0, 18.0), (2.0, 1.0)];
        assert_eq!(quantile(&mut values, 0.5), 1.0);
        assert_eq!(quantile(&mut values, 0.95), 2.0);
        assert_eq!(quantile(&mut values, 0.96), 3.0);
        assert!(quantile(&mut [], 0.5).is_nan());
    }
}
