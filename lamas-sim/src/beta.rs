//! Quantiles of a Beta distribution, tabulated once so that a draw is a search.

use statrs::function::beta::beta_reg;

/// Points on each side of one half.
const POINTS: u32 = 160;
/// The smallest probability that is told from zero, and from one: 10 to the minus this.
const DECADES: f64 = 12.0;

/// The quantile function of Beta(mu kappa, (1 - mu) kappa).
///
/// With the small kappa used here most of the mass lies next to zero and one, so the grid is even in the logarithm of
/// the distance to the nearer end.
#[derive(Debug, Clone)]
pub(super) struct Quantiles {
    /// (cumulative probability, success probability), both ascending.
    grid: Vec<(f64, f64)>,
}

impl Quantiles {
    /// Tabulates the distribution with mean `mu` and concentration `kappa`.
    pub(super) fn new(mu: f64, kappa: f64) -> Self {
        if mu <= 0.0 || mu >= 1.0 {
            return Self { grid: vec![(0.0, mu), (1.0, mu)] };
        }
        let (a, b) = (mu * kappa, (1.0 - mu) * kappa);
        let distance = |step: u32| 0.5 * 10_f64.powf(-DECADES * f64::from(step) / f64::from(POINTS));
        let low = (0..=POINTS).rev().map(|step| {
            let p = distance(step);
            (beta_reg(a, b, p), p)
        });
        let high = (1..=POINTS).map(|step| {
            let q = distance(step);
            (1.0 - beta_reg(b, a, q), 1.0 - q)
        });
        Self { grid: low.chain(high).collect() }
    }

    /// The success probability below which a share `u` of the problems lies.
    pub(super) fn at(&self, u: f64) -> f64 {
        // Beyond the ends the probability is as good as zero or one.
        let after = self.grid.partition_point(|&(cumulative, _)| cumulative < u).clamp(1, self.grid.len() - 1);
        let ((low, p), (high, q)) = (self.grid[after - 1], self.grid[after]);
        if high > low { p + (q - p) * ((u - low) / (high - low)).clamp(0.0, 1.0) } else { p }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_mean_and_spread() {
        for (mu, kappa) in [(0.9223, 0.25), (0.4774, 0.3), (0.05, 0.3), (0.5, 5.0)] {
            let table = Quantiles::new(mu, kappa);
            let n = 100_000;
            let draws = (0..n).map(|i| table.at((f64::from(i) + 0.5) / f64::from(n)));
            let (sum, squares) = draws.fold((0.0, 0.0), |(s, q), p| (s + p, q + p * p));
            let mean = sum / f64::from(n);
            let variance = squares / f64::from(n) - mean * mean;
            // Var = mu (1 - mu) / (kappa + 1)
            assert!((mean - mu).abs() < 1e-3, "mean {mean} instead of {mu}");
            assert!((variance - mu * (1.0 - mu) / (kappa + 1.0)).abs() < 1e-3, "variance {variance}");
        }
    }

    #[test]
    fn a_certain_rate_stays_certain() {
        assert_eq!(Quantiles::new(0.0, 0.3).at(0.7), 0.0);
        assert_eq!(Quantiles::new(1.0, 0.3).at(0.0), 1.0);
    }
}
