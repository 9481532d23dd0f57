//! Trains a network, and finds by cross-validation how far it may leave the best single plan.

use candle_core::DType;
use lamas_controller::adam::Adam;
use lamas_core::race::Race;
use lamas_core::random::Seed;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::network::{Known, Network};
use super::objective::{Objective, probabilities};
use super::settings::PolicySettings;
use crate::Result;
use crate::prices::Prices;
use crate::values::{Values, best};

/// What a policy is learned from.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// The plans.
    pub plans: &'a [Race],
    /// What each brings on every training row.
    pub values: &'a Values,
    /// `[rows][D]`: the training queries' embeddings.
    pub queries: &'a [&'a [f32]],
    /// The prices that are trained together.
    pub prices: &'a [Prices],
}

/// How far a policy may leave the best single plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Freedom {
    /// How many directions of the queries' embeddings it reads.
    pub components: usize,
    /// The weight of the pull towards the best single plan.
    pub weight: f64,
}

/// What a freedom gains on held-out rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// The freedom; `None` is the best single plan alone.
    pub freedom: Option<Freedom>,
    /// The mean gain over the best single plan of the rows trained on, in units of reward, over all prices.
    pub gain: f64,
    /// Its standard error over rows.
    pub error: f64,
}

/// Prices that one step sees. Steps take turns through all of them.
const PRICES_A_STEP: usize = 2;

impl Lesson<'_> {
    /// A network trained on some of the rows.
    ///
    /// # Errors
    /// When the rows do not fit together.
    pub fn train(&self, rows: &[usize], freedom: Freedom, settings: &PolicySettings, seed: Seed) -> Result<Network> {
        self.trained(self.known(rows, freedom.components), rows, freedom.weight, settings, seed)
    }

    fn known(&self, rows: &[usize], components: usize) -> Known {
        Known::new(self.plans, self.values.means(rows), &self.queries(rows), components)
    }

    fn queries(&self, rows: &[usize]) -> Vec<&[f32]> {
        rows.iter().map(|&row| self.queries[row]).collect()
    }

    fn trained(
        &self,
        known: Known,
        rows: &[usize],
        weight: f64,
        settings: &PolicySettings,
        seed: Seed,
    ) -> Result<Network> {
        let network = Network::new(known, settings, DType::F32, seed)?;
        let queries = network.queries(&self.queries(rows))?;
        let turns = self.prices.len().div_ceil(PRICES_A_STEP).max(1);
        let objective = |turn: usize| {
            let prices: Vec<Prices> = self.prices.iter().copied().skip(turn).step_by(turns).collect();
            Objective::new(&network, self.values, rows, &prices)
        };
        let objectives = (0..turns).map(objective).collect::<Result<Vec<_>>>()?;
        let mut adam = Adam::new(&network.parameters(), settings.learning_rate)?;
        for objective in objectives.iter().cycle().take(settings.steps) {
            adam.step(&objective.loss(&network, &queries, weight)?.backward()?)?;
        }
        Ok(network)
    }

    /// What every freedom gains on rows that were not trained on, and at last the one that is taken.
    ///
    /// # Errors
    /// As [`Lesson::train`].
    pub fn validate(&self, settings: &PolicySettings, seed: Seed) -> Result<(Vec<Shrinkage>, Option<Freedom>)> {
        let folds = folds(self.values.rows(), settings.folds, seed);
        let (counts, weights) = (&settings.components, &settings.shrinkage);
        let jobs: Vec<(usize, usize)> =
            (0..counts.len()).flat_map(|count| (0..folds.len()).map(move |fold| (count, fold))).collect();
        // `[components, folds][weights][rows]`
        let gains: Vec<Vec<Vec<f64>>> = jobs
            .par_iter()
            .map(|&(count, fold)| {
                let rows = others(&folds, &folds[fold]);
                let known = self.known(&rows, counts[count]);
                let gains = |&weight: &f64| {
                    let network = self.trained(known.clone(), &rows, weight, settings, seed)?;
                    self.gains(&network, &folds[fold])
                };
                weights.iter().map(gains).collect::<Result<_>>()
            })
            .collect::<Result<_>>()?;
        let mut curve = Vec::new();
        for (&components, of_folds) in counts.iter().zip(gains.chunks(folds.len().max(1))) {
            for (place, &weight) in weights.iter().enumerate() {
                let gains: Vec<f64> = of_folds.iter().flat_map(|of_fold| of_fold[place].iter().copied()).collect();
                let (gain, error) = mean_and_error(&gains);
                curve.push(Shrinkage { freedom: Some(Freedom { components, weight }), gain, error });
            }
        }
        curve.push(Shrinkage { freedom: None, gain: 0.0, error: 0.0 });
        let taken = taken(&curve, settings.caution);
        Ok((curve, taken))
    }

    /// What the most probable plan gains over the network's best single one on each of these rows, over all prices.
    fn gains(&self, network: &Network, rows: &[usize]) -> Result<Vec<f64>> {
        let probabilities = probabilities(network, &self.queries(rows), self.prices)?;
        let gain = |(&row, of_row): (&usize, &Vec<Vec<f64>>)| {
            let at = |(of_price, &prices): (&Vec<f64>, &Prices)| {
                let worth = |plan: usize| self.values.row(row)[plan].worth(prices);
                worth(most_probable(of_price)) - worth(best(&network.known().means, prices))
            };
            of_row.iter().zip(self.prices).map(at).sum::<f64>() / self.prices.len() as f64
        };
        Ok(rows.iter().zip(&probabilities).map(gain).collect())
    }
}

/// The most probable plan; of equals the first.
pub(crate) fn most_probable(probabilities: &[f64]) -> usize {
    (1..probabilities.len()).fold(0, |best, next| if probabilities[next] > probabilities[best] { next } else { best })
}

/// Rows cut into parts of equal size, at random.
pub(crate) fn folds(rows: usize, folds: usize, seed: Seed) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut seed.stream("folds", &[]));
    let folds = folds.min(rows).max(1);
    (0..folds).map(|fold| order.iter().copied().skip(fold).step_by(folds).collect()).collect()
}

/// All rows but those of one part.
pub(crate) fn others(parts: &[Vec<usize>], part: &[usize]) -> Vec<usize> {
    parts.iter().flatten().copied().filter(|row| !part.contains(row)).collect()
}

/// The mean and its standard error.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// Of the freedoms that gain as much as the best one, within its error, the one nearest to the best single plan: the strongest
/// pull, then the fewest directions. None where nothing gains for sure.
fn taken(curve: &[Shrinkage], caution: f64) -> Option<Freedom> {
    let best = curve.iter().copied().reduce(|best, next| if next.gain > best.gain { next } else { best })?;
    let equal =
        |point: &&Shrinkage| point.gain >= best.gain - caution * best.error && point.gain > caution * point.error;
    let freedoms = curve.iter().filter(equal).filter_map(|point| point.freedom);
    let nearer = |one: &Freedom, other: &Freedom| {
        one.weight.total_cmp(&other.weight).then(other.components.cmp(&one.components))
    };
    freedoms.max_by(nearer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_held_out_once() {
        let folds = folds(17, 5, Seed(3));
        assert_eq!(folds.len(), 5);
        assert!(folds.iter().all(|rows| (3..=4).contains(&rows.len())));
        let mut all: Vec<usize> = folds.concat();
        all.sort_unstable();
        assert_eq!(all, (0..17).collect::<Vec<_>>());
    }

    #[test]
    fn a_gain_within_its_error_is_none() {
        let curve = |gains: [(f64, f64); 2]| {
            let point = |weight, (gain, error)| {
                let freedom = Some(Freedom { components: 4, weight });
                Shrinkage { freedom, gain, error }
            };
            let none = Shrinkage { freedom: None, gain: 0.0, error: 0.0 };
            [point(0.1, gains[0]), point(0.5, gains[1]), none]
        };
        let weight = |gains| taken(&curve(gains), 1.0).map(|freedom| freedom.weight);
        assert_eq!(weight([(0.01, 0.02), (-0.01, 0.001)]), None);
        assert_eq!(weight([(0.05, 0.02), (0.04, 0.01)]), Some(0.5), "as good, and nearer");
        assert_eq!(weight([(0.05, 0.02), (0.01, 0.001)]), Some(0.1));
    }
}
