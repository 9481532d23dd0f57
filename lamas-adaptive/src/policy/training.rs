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

/// What one weight of the pull towards the best single plan gains on held-out rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shrinkage {
    /// The weight; `None` is the best single plan alone.
    pub weight: Option<f64>,
    /// The mean gain over the best single plan of the rows trained on, in units of reward, over all prices.
    pub gain: f64,
    /// Its standard error over rows.
    pub error: f64,
}

impl Lesson<'_> {
    /// A network trained on some of the rows with a pull of this weight.
    ///
    /// # Errors
    /// When the rows do not fit together.
    pub fn train(&self, rows: &[usize], weight: f64, settings: &PolicySettings, seed: Seed) -> Result<Network> {
        let queries: Vec<&[f32]> = rows.iter().map(|&row| self.queries[row]).collect();
        let known = Known::new(self.plans, self.values.means(rows), &queries);
        let network = Network::new(known, settings, DType::F32, seed)?;
        let queries = network.queries(&queries)?;
        let objective = Objective::new(&network, self.values, rows, self.prices)?;
        let mut adam = Adam::new(&network.parameters(), settings.learning_rate)?;
        for _ in 0..settings.steps {
            adam.step(&objective.loss(&network, &queries, weight)?.backward()?)?;
        }
        Ok(network)
    }

    /// What every weight gains on rows that were not trained on, and at last the weight that is taken.
    ///
    /// # Errors
    /// As [`Lesson::train`].
    pub fn validate(&self, settings: &PolicySettings, seed: Seed) -> Result<(Vec<Shrinkage>, Option<f64>)> {
        let folds = folds(self.values.rows(), settings.folds, seed);
        let weights = &settings.shrinkage;
        let jobs: Vec<(usize, usize)> =
            (0..weights.len()).flat_map(|weight| (0..folds.len()).map(move |fold| (weight, fold))).collect();
        let gains: Vec<Vec<f64>> = jobs
            .par_iter()
            .map(|&(weight, fold)| {
                let others: Vec<usize> = folds
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != fold)
                    .flat_map(|(_, rows)| rows.clone())
                    .collect();
                let network = self.train(&others, weights[weight], settings, seed)?;
                self.gains(&network, &folds[fold])
            })
            .collect::<Result<_>>()?;
        let of_weight = |(weight, gains): (&f64, &[Vec<f64>])| {
            let gains: Vec<f64> = gains.iter().flatten().copied().collect();
            let (gain, error) = mean_and_error(&gains);
            Shrinkage { weight: Some(*weight), gain, error }
        };
        let mut curve: Vec<Shrinkage> = weights.iter().zip(gains.chunks(folds.len().max(1))).map(of_weight).collect();
        curve.push(Shrinkage { weight: None, gain: 0.0, error: 0.0 });
        let taken = taken(&curve, settings.caution);
        Ok((curve, taken))
    }

    /// What the most probable plan gains over the network's best single one on each of these rows, over all prices.
    fn gains(&self, network: &Network, rows: &[usize]) -> Result<Vec<f64>> {
        let queries: Vec<&[f32]> = rows.iter().map(|&row| self.queries[row]).collect();
        let probabilities = probabilities(network, &queries, self.prices)?;
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

/// The mean and its standard error.
pub(crate) fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (variance / n).sqrt())
}

/// Of the weights that gain as much as the best one, within its error, the one nearest to the best single plan; that plan
/// itself where nothing gains for sure.
fn taken(curve: &[Shrinkage], caution: f64) -> Option<f64> {
    let best = curve.iter().copied().reduce(|best, next| if next.gain > best.gain { next } else { best })?;
    if best.gain <= caution * best.error {
        return None;
    }
    let equal =
        |point: &&Shrinkage| point.gain >= best.gain - caution * best.error && point.gain > caution * point.error;
    let weights = curve.iter().filter(equal).filter_map(|point| point.weight);
    weights.reduce(f64::max)
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
            let point = |weight, (gain, error)| Shrinkage { weight, gain, error };
            [point(Some(0.1), gains[0]), point(Some(0.5), gains[1]), point(None, (0.0, 0.0))]
        };
        assert_eq!(taken(&curve([(0.01, 0.02), (-0.01, 0.001)]), 1.0), None);
        assert_eq!(taken(&curve([(0.05, 0.02), (0.04, 0.01)]), 1.0), Some(0.5), "as good, and nearer");
        assert_eq!(taken(&curve([(0.05, 0.02), (0.01, 0.001)]), 1.0), Some(0.1));
    }
}
