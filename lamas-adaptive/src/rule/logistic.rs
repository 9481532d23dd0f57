//! Logistic regression with a ridge, by Newton's method.

use serde::{Deserialize, Serialize};

use crate::linear::{add_outer, dot, solve};

/// Newton's method ends after so many steps, or once no weight moves by more than this.
const STEPS: usize = 25;
const CLOSE: f64 = 1e-8;

/// Numbers on one scale: each column brought to mean 0 and deviation 1 of what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Scale {
    /// The scale of weighted samples.
    pub(crate) fn of<'s>(samples: impl Iterator<Item = (&'s [f64], f64)> + Clone, columns: usize) -> Self {
        let total: f64 = samples.clone().map(|(_, weight)| weight).sum();
        let mut mean = vec![0.0; columns];
        for (x, weight) in samples.clone() {
            mean.iter_mut().zip(x).for_each(|(mean, x)| *mean += weight * x / total);
        }
        let mut variance = vec![0.0; columns];
        for (x, weight) in samples {
            let gaps = x.iter().zip(&mean).map(|(x, mean)| (x - mean).powi(2));
            variance.iter_mut().zip(gaps).for_each(|(variance, gap)| *variance += weight * gap / total);
        }
        Self { mean, deviation: variance.into_iter().map(f64::sqrt).collect() }
    }

    /// `[1, columns + 1]`: numbers on this scale, after a 1.
    pub(crate) fn scaled(&self, x: &[f64]) -> Vec<f64> {
        let of =
            |((x, mean), deviation): ((&f64, &f64), &f64)| if *deviation > 1e-9 { (x - mean) / deviation } else { 0.0 };
        [1.0].into_iter().chain(x.iter().zip(&self.mean).zip(&self.deviation).map(of)).collect()
    }
}

/// A probability that depends on numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Logistic {
    scale: Scale,
    /// The first one stands alone.
    weights: Vec<f64>,
}

/// What a regression is fitted to.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'s> {
    /// The numbers.
    pub x: &'s [f64],
    /// From 0 to 1.
    pub y: f64,
    /// How much it counts.
    pub weight: f64,
}

impl Logistic {
    /// The model that loses least, in nats over the samples' total weight:
    ///
    /// ```text
    /// -(sum of w (y log p + (1 - y) log(1 - p))) / (sum of w) + (ridge / 2) |weights but the first|^2
    /// ```
    #[must_use]
    pub fn fit(samples: &[Sample<'_>], columns: usize, ridge: f64) -> Self {
        let total: f64 = samples.iter().map(|sample| sample.weight).sum();
        let scale = Scale::of(samples.iter().map(|sample| (sample.x, sample.weight)), columns);
        let rows: Vec<Vec<f64>> = samples.iter().map(|sample| scale.scaled(sample.x)).collect();
        let mut ridges = vec![ridge; columns + 1];
        ridges[0] = 0.0;
        let mut weights = vec![0.0; columns + 1];
        for _ in 0..STEPS {
            let mut hessian = vec![vec![0.0; columns + 1]; columns + 1];
            let mut slope: Vec<f64> = weights.iter().zip(&ridges).map(|(weight, ridge)| -ridge * weight).collect();
            for (sample, x) in samples.iter().zip(&rows) {
                let p = sigmoid(dot(&weights, x));
                let share = sample.weight / total;
                slope.iter_mut().zip(x).for_each(|(slope, x)| *slope += share * (sample.y - p) * x);
                add_outer(&mut hessian, x, share * (p * (1.0 - p)).max(1e-9));
            }
            let step = solve(hessian, &ridges, &slope);
            // A step of Newton's may leap where all answers are right or wrong.
            let longest = step.iter().fold(0.0_f64, |most, step| most.max(step.abs()));
            let damped = if longest > 4.0 { 4.0 / longest } else { 1.0 };
            weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += damped * step);
            if longest < CLOSE {
                break;
            }
        }
        Self { scale, weights }
    }

    /// The probability.
    #[must_use]
    pub fn probability(&self, x: &[f64]) -> f64 {
        sigmoid(dot(&self.weights, &self.scale.scaled(x)))
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_weights_that_the_samples_were_made_with() {
        // Every x with both outcomes, weighed by their probabilities: the fit is exact.
        let xs: Vec<[f64; 2]> = (0..40).map(|i| [f64::from(i) / 10.0 - 2.0, f64::from(i * 7 % 11) - 5.0]).collect();
        let truth = |x: &[f64]| sigmoid(0.4 + 1.5 * x[0] - 0.3 * x[1]);
        let both = |x| [(1.0, truth(x)), (0.0, 1.0 - truth(x))].map(|(y, weight)| Sample { x, y, weight });
        let samples: Vec<Sample<'_>> = xs.iter().flat_map(|x| both(x)).collect();
        let fitted = Logistic::fit(&samples, 2, 0.0);
        for x in &xs {
            assert!((fitted.probability(x) - truth(x)).abs() < 1e-6);
        }
    }

    #[test]
    fn samples_that_agree_entirely_give_a_probability_near_theirs() {
        let x = [[0.0], [1.0]];
        let samples = x.each_ref().map(|x| Sample { x, y: 1.0, weight: 1.0 });
        let fitted = Logistic::fit(&samples, 1, 1e-3);
        assert!(fitted.probability(&[0.5]) > 0.99 && fitted.probability(&[0.5]) <= 1.0);
    }
}
