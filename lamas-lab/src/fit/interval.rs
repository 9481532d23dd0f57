//! Intervals of an estimator by resampling problems.

use lamas_core::random::Seed;
use rand::RngExt;
use rayon::prelude::*;

use lamas_report::bootstrap::Estimate;
use lamas_report::series::quantile;

const RESAMPLES: u64 = 400;

/// An estimator's value, and its percentiles 2.5 and 97.5 over resampled problems.
pub fn over<T: Clone + Sync>(problems: &[T], estimator: impl Fn(&[T]) -> f64 + Sync) -> Estimate {
    let draw = |resample: u64| {
        let mut random = Seed(0).stream("fit/resample", &[resample]);
        let drawn: Vec<T> =
            (0..problems.len()).map(|_| problems[random.random_range(0..problems.len())].clone()).collect();
        estimator(&drawn)
    };
    let mut draws: Vec<f64> = (0..RESAMPLES).into_par_iter().map(draw).filter(|value| value.is_finite()).collect();
    draws.sort_by(f64::total_cmp);
    Estimate { value: estimator(problems), low: quantile(&draws, 0.025), high: quantile(&draws, 0.975) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_theory_says() {
        let values: Vec<f64> = (0..400).map(|index| f64::from(index % 2)).collect();
        let estimate = over(&values, |values| values.iter().sum::<f64>() / values.len() as f64);
        // 1.96 standard errors of 0.5 / 20.
        assert_eq!(estimate.value, 0.5);
        assert!((estimate.high - estimate.low - 2.0 * 1.96 * 0.025).abs() < 0.02, "{estimate:?}");
    }
}
