//! How well a statement's length and number of quantities predict success.

use super::recorded::Verdict;

/// A regression of success on two standardised features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regression {
    /// Change of success for a standard deviation of length, and of quantities.
    pub weights: [f64; 2],
    /// Correlation of the two features.
    pub correlation: f64,
    /// Share of the variance of success that they explain.
    pub r_squared: f64,
}

impl Regression {
    /// What it predicts above or below the mean, for features that are standardised.
    #[must_use]
    pub fn predict(&self, [a, b]: [f64; 2]) -> f64 {
        self.weights[0] * a + self.weights[1] * b
    }
}

/// Least squares. With standardised features `w = C^-1 r`, where C holds the features' correlation and r their
/// covariances with success; `R2 = w.r / var`.
#[must_use]
pub fn regression(rows: &[Verdict]) -> Regression {
    let column = |index: usize| -> Vec<f64> { standardised(rows.iter().map(|row| row.features[index]).collect()) };
    let (a, b) = (column(0), column(1));
    let success: Vec<f64> = rows.iter().map(|row| row.success).collect();
    let mean = success.iter().sum::<f64>() / success.len() as f64;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>() / x.len() as f64;
    let centred: Vec<f64> = success.iter().map(|value| value - mean).collect();
    let (correlation, ra, rb) = (product(&a, &b), product(&a, &centred), product(&b, &centred));
    let determinant = 1.0 - correlation * correlation;
    let weights = [(ra - correlation * rb) / determinant, (rb - correlation * ra) / determinant];
    let r_squared = (weights[0] * ra + weights[1] * rb) / product(&centred, &centred);
    Regression { weights, correlation, r_squared }
}

/// Values less their mean, over their standard deviation.
#[must_use]
pub fn standardised(mut values: Vec<f64>) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let sd = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter_mut().for_each(|value| *value = (*value - mean) / sd);
    values
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use rand::RngExt;

    use super::*;

    #[test]
    fn known_weights_are_found_again() {
        let mut random = Seed(3).stream("test", &[]);
        // Uniform variables on [-1, 1] have variance 1/3.
        let mut uniform = || 2.0 * random.random::<f64>() - 1.0;
        let rows: Vec<Verdict> = (0..20_000)
            .map(|_| {
                let (common, own, noise) = (uniform(), uniform(), uniform());
                Verdict { features: [common, common + own], success: 0.3 * common - 0.2 * (common + own) + noise }
            })
            .collect();
        let found = regression(&rows);
        let sd = (1.0_f64 / 3.0).sqrt();
        assert!((found.weights[0] - 0.3 * sd).abs() < 0.01, "{found:?}");
        assert!((found.weights[1] + 0.2 * (2.0_f64 / 3.0).sqrt()).abs() < 0.01, "{found:?}");
        assert!((found.correlation - 0.5_f64.sqrt()).abs() < 0.02, "{found:?}");
        // Explained: (0.1 common - 0.2 own), a variance of 0.05 / 3; noise 1 / 3.
        assert!((found.r_squared - 0.05 / 1.05).abs() < 0.01, "{found:?}");
    }
}
