//! Two ways of answering on the same problems: the correlation of the normal variables behind two verdicts, which the
//! simulated model's copula has between reasoned answers and programs.

use statrs::function::erf::erf_inv;

/// How often two verdicts come out together, as shares of all problems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Table {
    /// Both right.
    pub both: f64,
    /// The first right.
    pub first: f64,
    /// The second right.
    pub second: f64,
}

impl Table {
    /// The table of a list of pairs.
    #[must_use]
    pub fn of(pairs: &[(bool, bool)]) -> Self {
        let share = |which: fn(&(bool, bool)) -> bool| {
            pairs.iter().filter(|pair| which(pair)).count() as f64 / pairs.len() as f64
        };
        Self { both: share(|pair| pair.0 && pair.1), first: share(|pair| pair.0), second: share(|pair| pair.1) }
    }

    /// How often both verdicts are the same.
    #[must_use]
    pub fn agreement(&self) -> f64 {
        1.0 - self.first - self.second + 2.0 * self.both
    }
}

/// Steps of the integral over the correlation.
const STEPS: u32 = 400;

/// The tetrachoric correlation: that of a bivariate normal distribution with these margins whose upper quadrant holds
/// `both`.
#[must_use]
pub fn tetrachoric(table: &Table) -> f64 {
    let (mut low, mut high) = (-0.999, 0.999);
    while high - low > 1e-5 {
        let r = f64::midpoint(low, high);
        if both_right(table.first, table.second, r) < table.both { low = r } else { high = r }
    }
    f64::midpoint(low, high)
}

/// How often both are right: `Phi2(h, k, r) = Phi(h) Phi(k) + integral from 0 to r of phi2(h, k, t) dt`.
#[must_use]
pub fn both_right(first: f64, second: f64, r: f64) -> f64 {
    let (h, k) = (quantile(first), quantile(second));
    let density = |t: f64| {
        let rest = 1.0 - t * t;
        (-(h * h - 2.0 * t * h * k + k * k) / (2.0 * rest)).exp() / (2.0 * std::f64::consts::PI * rest.sqrt())
    };
    let step = r / f64::from(STEPS);
    let middle = |index: u32| density((f64::from(index) + 0.5) * step);
    first * second + (0..STEPS).map(middle).sum::<f64>() * step
}

/// The standard normal quantile.
fn quantile(p: f64) -> f64 {
    std::f64::consts::SQRT_2 * erf_inv(2.0 * p - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quadrant_of_two_even_margins_has_a_known_share() {
        // 1/4 + asin(r) / (2 pi)
        for r in [-0.5_f64, 0.0, 0.3, 0.8] {
            let exact = 0.25 + r.asin() / (2.0 * std::f64::consts::PI);
            assert!((both_right(0.5, 0.5, r) - exact).abs() < 1e-5, "r = {r}");
        }
    }

    #[test]
    fn a_known_correlation_is_found_again() {
        for (first, second, r) in [(0.92, 0.88, 0.6), (0.5, 0.7, -0.3), (0.64, 0.84, 0.0)] {
            let table = Table { both: both_right(first, second, r), first, second };
            assert!((tetrachoric(&table) - r).abs() < 1e-3, "{table:?}");
        }
    }

    #[test]
    fn a_table_counts_pairs() {
        let table = Table::of(&[(true, true), (true, false), (false, false), (true, true)]);
        assert_eq!((table.both, table.first, table.second, table.agreement()), (0.5, 0.75, 0.5, 0.75));
    }
}
