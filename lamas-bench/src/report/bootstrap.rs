//! Intervals by a bootstrap of two levels: queries are resampled in pairs across methods, then training seeds.
//!
//! Resample r draws queries and seeds once for all series of a dataset, so that the difference of two series in resample r
//! is a difference on the same queries and seeds. Percentiles 2.5 and 97.5 bound the interval.

use lamas_core::random::Seed;
use rand::RngExt;
use rayon::prelude::*;

use super::measure::Measure;
use super::series::{Series, quantile};
use crate::run::manifest::DatasetRecord;

/// A mean with its interval of 95%.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean over all scored episodes.
    pub value: f64,
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// The resampled means of one measure for all series of one dataset: `[series][resamples]`.
#[derive(Debug, Clone)]
pub struct Resampled {
    means: Vec<f64>,
    draws: Vec<Vec<f64>>,
}

impl Resampled {
    /// Resamples the series of one dataset.
    #[must_use]
    pub fn new(series: &[&Series], measure: Measure, resamples: usize) -> Self {
        let values: Vec<Vec<Vec<f64>>> = series.iter().map(|series| matrix(series, measure)).collect();
        Self::of(&values, resamples)
    }

    /// Resamples `[series][seeds][queries]`, NaN where an episode is unscored.
    #[must_use]
    pub fn of(values: &[Vec<Vec<f64>>], resamples: usize) -> Self {
        let by_resample: Vec<Vec<f64>> =
            (0..resamples as u64).into_par_iter().map(|resample| resampled_means(values, resample)).collect();
        let draws = (0..values.len()).map(|s| by_resample.iter().map(|means| means[s]).collect()).collect();
        Self { means: values.iter().map(|series| mean(series)).collect(), draws }
    }

    /// The mean of one series.
    #[must_use]
    pub fn mean(&self, series: usize) -> Estimate {
        estimate(self.means[series], self.draws[series].clone())
    }

    /// One series less another, paired.
    #[must_use]
    pub fn difference(&self, series: usize, other: usize) -> Estimate {
        let pairs = self.draws[series].iter().zip(&self.draws[other]);
        estimate(self.means[series] - self.means[other], pairs.map(|(a, b)| a - b).collect())
    }

    /// One series relative to another in percent, paired: -40 is 40% less.
    #[must_use]
    pub fn relative(&self, series: usize, other: usize) -> Estimate {
        let pairs = self.draws[series].iter().zip(&self.draws[other]);
        let percent = |a: f64, b: f64| 100.0 * (a / b - 1.0);
        estimate(percent(self.means[series], self.means[other]), pairs.map(|(&a, &b)| percent(a, b)).collect())
    }
}

/// One dataset's series with their resampled means, which tables and figures share.
pub struct Comparison<'a> {
    /// Which dataset.
    pub data: &'a DatasetRecord,
    /// Its series, in the order of the experiment.
    pub series: Vec<&'a Series>,
    measures: Vec<(Measure, Resampled)>,
}

impl<'a> Comparison<'a> {
    /// Resamples every measure of a dataset's series.
    #[must_use]
    pub fn new(data: &'a DatasetRecord, all: &'a [Series], resamples: usize) -> Self {
        let series: Vec<&Series> = all.iter().filter(|series| series.dataset == data.name).collect();
        let measures = Measure::ALL.map(|measure| (measure, Resampled::new(&series, measure, resamples)));
        Self { data, measures: measures.into(), series }
    }

    /// One measure of all series.
    ///
    /// # Panics
    /// Never: all measures are there.
    #[must_use]
    pub fn of(&self, measure: Measure) -> &Resampled {
        let found = self.measures.iter().find(|(other, _)| *other == measure);
        &found.expect("all measures were resampled").1
    }
}

/// The mean over all scored episodes.
fn mean(series: &[Vec<f64>]) -> f64 {
    let scored = series.iter().flatten().filter(|value| !value.is_nan());
    let (sum, count) = scored.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

fn estimate(value: f64, mut draws: Vec<f64>) -> Estimate {
    // A resample without any scored episode has no mean.
    draws.retain(|draw| draw.is_finite());
    draws.sort_by(f64::total_cmp);
    Estimate { value, low: quantile(&draws, 0.025), high: quantile(&draws, 0.975) }
}

/// `[seeds][queries]`, unscored episodes as NaN.
fn matrix(series: &Series, measure: Measure) -> Vec<Vec<f64>> {
    let value = |point: &Option<super::series::Point>| point.map_or(f64::NAN, |point| point.get(measure));
    series.episodes.iter().map(|seed| seed.iter().map(value).collect()).collect()
}

fn resampled_means(values: &[Vec<Vec<f64>>], resample: u64) -> Vec<f64> {
    let queries = values.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let weights = counts(queries, &[resample, 0]);
    values
        .iter()
        .map(|seeds| {
            let seed_weights = counts(seeds.len(), &[resample, 1]);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (seed, by) in seeds.iter().zip(&seed_weights).filter(|(_, by)| **by > 0.0) {
                for (value, times) in seed.iter().zip(&weights).filter(|(value, _)| !value.is_nan()) {
                    sum += by * times * value;
                    weight += by * times;
                }
            }
            sum / weight
        })
        .collect()
}

/// How often each of n things comes up in n draws with replacement.
fn counts(n: usize, keys: &[u64]) -> Vec<f64> {
    let mut counts = vec![0.0; n];
    let mut random = Seed(0).stream("bootstrap", keys);
    for _ in 0..n {
        counts[random.random_range(0..n)] += 1.0;
    }
    counts
}
