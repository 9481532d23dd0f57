//! Intervals by a bootstrap of two levels: queries are resampled in pairs across methods, then training seeds.
//!
//! Resample r draws queries and seeds once for all series of a dataset, so that the difference of two series in resample r
//! is a difference on the same queries and seeds. Percentiles 2.5 and 97.5 bound the interval.
//!
//! How often resample r holds each query is a column of weights. The sums of all series under all resamples are one product
//! of matrices, `[series x measures x seeds, queries] x [queries, resamples]`, taken for a few resamples at a time.

use lamas_core::random::Seed;
use rand::RngExt;
use rayon::prelude::*;

use super::measure::Measure;
use super::series::{Series, quantile};
use lamas_record::manifest::DatasetRecord;

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
    /// Resamples one quantity of several series, `[series][seeds][queries]`, NaN where an episode is unscored.
    ///
    /// # Panics
    /// Never: one quantity has one result.
    #[must_use]
    pub fn of(values: &[Vec<Vec<f64>>], resamples: usize) -> Self {
        let queries = values.iter().flatten().map(Vec::len).max().unwrap_or(0);
        let rows: Vec<Rows> = values.iter().map(|series| Rows::of(series)).collect();
        let means = values.iter().map(|series| mean(series)).collect();
        resample_rows(&rows, queries, vec![means], resamples).pop().expect("one quantity has one result")
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
    resamples: usize,
}

impl<'a> Comparison<'a> {
    /// Resamples every measure of a dataset's series.
    #[must_use]
    pub fn new(data: &'a DatasetRecord, all: &'a [Series], resamples: usize) -> Self {
        let series: Vec<&Series> = all.iter().filter(|series| series.dataset == data.name).collect();
        let measures = Measure::ALL.into_iter().zip(resample(&series, &Measure::ALL, resamples)).collect();
        Self { data, measures, series, resamples }
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

    /// A function of the series' mean scores and paths, with the interval of its values over the resamples. The function
    /// reads series by their place in this comparison.
    pub fn derived<F: Fn(&dyn Fn(Measure, usize) -> f64) -> f64 + Sync>(&self, function: F) -> Derived {
        let value = function(&|measure, series| self.of(measure).means[series]);
        let draws = (0..self.resamples)
            .into_par_iter()
            .map(|resample| function(&|measure, series| self.of(measure).draws[series][resample]));
        let draws: Vec<f64> = draws.collect();
        let finite = draws.iter().filter(|draw| draw.is_finite()).count();
        let reached = finite as f64 / self.resamples as f64;
        let mut sorted: Vec<f64> = draws.into_iter().filter(|draw| !draw.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let estimate = Estimate { value, low: quantile(&sorted, 0.025), high: quantile(&sorted, 0.975) };
        Derived { estimate, reached }
    }
}

/// A derived quantity: infinite where it is not reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Derived {
    /// Its value and interval; ends may be infinite.
    pub estimate: Estimate,
    /// The share of resamples in which it is finite.
    pub reached: f64,
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

/// Resamples taken at once, so that a row of values is read once for all of them.
const LANES: usize = 16;

/// The means of each measure of each series in each resample.
fn resample(series: &[&Series], measures: &[Measure], resamples: usize) -> Vec<Resampled> {
    let queries = series.iter().flat_map(|series| &series.episodes).map(Vec::len).max().unwrap_or(0);
    let rows: Vec<Rows> = series.iter().map(|series| Rows::new(series, measures)).collect();
    let means = measures.iter().map(|&measure| series.iter().map(|series| series.mean(measure)).collect());
    resample_rows(&rows, queries, means.collect(), resamples)
}

/// The same of rows, whose means over all episodes are `[measures][series]`.
fn resample_rows(rows: &[Rows], queries: usize, means: Vec<Vec<f64>>, resamples: usize) -> Vec<Resampled> {
    let starts: Vec<u64> = (0..resamples as u64).step_by(LANES).collect();
    // [blocks][series][measures][lanes]
    let blocks: Vec<Vec<Vec<[f64; LANES]>>> = starts
        .into_par_iter()
        .map(|start| {
            let weights = query_weights(queries, start);
            rows.iter().map(|rows| rows.means(&weights, start)).collect()
        })
        .collect();
    let of = |(measure, means): (usize, Vec<f64>)| Resampled {
        means,
        draws: (0..rows.len())
            .map(|s| blocks.iter().flat_map(|block| block[s][measure]).take(resamples).collect())
            .collect(),
    };
    means.into_iter().enumerate().map(of).collect()
}

/// How often each of the resamples from `start` on holds each query: `[queries][lanes]`.
fn query_weights(queries: usize, start: u64) -> Vec<[f64; LANES]> {
    let mut weights = vec![[0.0; LANES]; queries];
    for lane in 0..LANES {
        for (weight, count) in weights.iter_mut().zip(counts(queries, &[start + lane as u64, 0])) {
            weight[lane] = count;
        }
    }
    weights
}

/// The values of one series, unscored episodes as 0.
struct Rows {
    /// `[seeds][measures][queries]`
    values: Vec<Vec<Vec<f64>>>,
    /// For each seed: which queries are scored, as 0 and 1; `None` where all are.
    scored: Vec<Option<Vec<f64>>>,
    measures: usize,
}

impl Rows {
    fn new(series: &Series, measures: &[Measure]) -> Self {
        let value = |measure: Measure| {
            move |point: &Option<super::series::Point>| point.map_or(0.0, |point| point.get(measure))
        };
        let row = |seed: &Vec<_>| measures.iter().map(|&measure| seed.iter().map(value(measure)).collect()).collect();
        let mask = |seed: &Vec<Option<super::series::Point>>| {
            let scored = || seed.iter().map(|point| f64::from(u8::from(point.is_some()))).collect();
            seed.iter().any(Option::is_none).then(scored)
        };
        Self {
            values: series.episodes.iter().map(row).collect(),
            scored: series.episodes.iter().map(mask).collect(),
            measures: measures.len(),
        }
    }

    /// One quantity, NaN where an episode is unscored.
    fn of(seeds: &[Vec<f64>]) -> Self {
        let known = |value: &f64| if value.is_nan() { 0.0 } else { *value };
        let mask = |seed: &Vec<f64>| {
            let scored = || seed.iter().map(|value| f64::from(u8::from(!value.is_nan()))).collect();
            seed.iter().any(|value| value.is_nan()).then(scored)
        };
        Self {
            values: seeds.iter().map(|seed| vec![seed.iter().map(known).collect()]).collect(),
            scored: seeds.iter().map(mask).collect(),
            measures: 1,
        }
    }

    /// The mean of each measure in each of the resamples from `start` on.
    fn means(&self, weights: &[[f64; LANES]], start: u64) -> Vec<[f64; LANES]> {
        let seeds = self.values.len();
        let by_lane: Vec<Vec<f64>> = (0..LANES).map(|lane| counts(seeds, &[start + lane as u64, 1])).collect();
        let mut sums = vec![[0.0; LANES]; self.measures];
        let mut weight = [0.0; LANES];
        for (seed, (values, scored)) in self.values.iter().zip(&self.scored).enumerate() {
            let length = values.first().map_or(0, Vec::len);
            // A query is drawn as often as there are queries, where none is unscored.
            let total = match scored {
                Some(scored) => product(scored, weights),
                None if length == weights.len() => [length as f64; LANES],
                None => product(&vec![1.0; length], weights),
            };
            for lane in 0..LANES {
                weight[lane] += by_lane[lane][seed] * total[lane];
            }
            for (sum, values) in sums.iter_mut().zip(values) {
                let part = product(values, weights);
                for lane in 0..LANES {
                    sum[lane] += by_lane[lane][seed] * part[lane];
                }
            }
        }
        for sum in &mut sums {
            for lane in 0..LANES {
                sum[lane] /= weight[lane];
            }
        }
        sums
    }
}

/// The sum of the values under the weights of each lane. Each lane adds in the order of the queries, so the result is the
/// same on every machine, and the lanes run side by side in vector registers.
fn product(values: &[f64], weights: &[[f64; LANES]]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (value, weights) in values.iter().zip(weights) {
        for (sum, weight) in sums.iter_mut().zip(weights) {
            *sum += value * weight;
        }
    }
    sums
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

#[cfg(test)]
mod tests {
    use super::super::series::Point;
    use super::*;

    /// The definition, one resample and one episode at a time.
    fn by_hand(series: &Series, measure: Measure, queries: usize, resample: u64) -> f64 {
        let (weights, seeds) = (counts(queries, &[resample, 0]), counts(series.episodes.len(), &[resample, 1]));
        let (mut sum, mut weight) = (0.0, 0.0);
        for (episodes, by) in series.episodes.iter().zip(seeds) {
            for (point, times) in episodes.iter().zip(&weights) {
                if let Some(point) = point {
                    sum += by * times * point.get(measure);
                    weight += by * times;
                }
            }
        }
        sum / weight
    }

    fn series(method: &str, seeds: usize, queries: usize, unscored: usize) -> Series {
        let point = |seed: usize, query: usize| {
            let x = ((seed * 31 + query * 17 + method.len()) % 97) as f64;
            let point = Point { score: f64::from(u8::from(x > 40.0)), path: 300.0 + x * x, latency: x, cost: x * 1e-5 };
            (query % 11 != unscored).then_some(point)
        };
        let episodes = (0..seeds).map(|seed| (0..queries).map(|query| point(seed, query)).collect());
        let (dataset, method) = ("words".to_owned(), method.to_owned());
        Series {
            dataset,
            method,
            seeds: (0..seeds as u64).collect(),
            episodes: episodes.collect(),
            ..Series::default()
        }
    }

    #[test]
    fn every_resample_has_the_mean_of_its_definition() {
        let (whole, partly, few) = (series("a", 5, 70, 99), series("bb", 5, 70, 3), series("ccc", 2, 70, 99));
        let resampled = resample(&[&whole, &partly, &few], &[Measure::Score, Measure::Path], 37);
        for (index, series) in [&whole, &partly, &few].into_iter().enumerate() {
            for (measure, resampled) in [Measure::Score, Measure::Path].into_iter().zip(&resampled) {
                assert_eq!(resampled.draws[index].len(), 37);
                for (r, draw) in resampled.draws[index].iter().enumerate() {
                    let expected = by_hand(series, measure, 70, r as u64);
                    assert!((draw - expected).abs() < 1e-9 * expected.abs(), "{draw} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_difference_is_taken_on_the_same_queries_and_seeds() {
        let (one, shifted) = (series("a", 3, 50, 99), series("a", 3, 50, 99));
        let mut shifted = shifted;
        shifted.episodes.iter_mut().flatten().flatten().for_each(|point| point.path += 10.0);
        let path = &resample(&[&one, &shifted], &[Measure::Path], 200)[0];
        let difference = path.difference(1, 0);
        assert!((difference.low - 10.0).abs() < 1e-9 && (difference.high - 10.0).abs() < 1e-9, "{difference:?}");
        let mean = path.mean(0);
        assert!(mean.low < mean.value && mean.value < mean.high);
    }
}
