//! How correctness spreads: counts of right samples are beta-binomial where each problem has a success probability of its
//! own, drawn from Beta(mu kappa, (1 - mu) kappa).

use statrs::function::gamma::ln_gamma;

/// How many samples of one problem are right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Right samples.
    pub right: u32,
    /// All samples.
    pub samples: u32,
}

impl Count {
    /// The count of a list of verdicts.
    #[must_use]
    pub fn of(verdicts: &[bool]) -> Self {
        let right = verdicts.iter().filter(|right| **right).count();
        Self { right: right as u32, samples: verdicts.len() as u32 }
    }
}

/// A distribution of success over problems.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetaBinomial {
    /// mu.
    pub mean: f64,
    /// kappa.
    pub concentration: f64,
}

/// The bounds of kappa, and of the logit of mu, between which the likelihood is searched.
const LOG_KAPPA: (f64, f64) = (-6.0, 6.0);
const LOGIT: (f64, f64) = (-6.0, 6.0);
/// Rounds of search, one variable after the other.
const ROUNDS: usize = 12;

/// The most likely distribution.
#[must_use]
pub fn beta_binomial(counts: &[Count]) -> BetaBinomial {
    let at = |logit: f64, log_kappa: f64| {
        let fit = BetaBinomial { mean: 1.0 / (1.0 + (-logit).exp()), concentration: log_kappa.exp() };
        log_likelihood(fit, counts)
    };
    let (mut logit, mut log_kappa) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        logit = maximum(LOGIT, |logit| at(logit, log_kappa));
        log_kappa = maximum(LOG_KAPPA, |log_kappa| at(logit, log_kappa));
    }
    BetaBinomial { mean: 1.0 / (1.0 + (-logit).exp()), concentration: log_kappa.exp() }
}

/// The probability that this many of the samples are right.
#[must_use]
pub fn probability(fit: BetaBinomial, count: Count) -> f64 {
    let (k, n) = (f64::from(count.right), f64::from(count.samples));
    (ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0) + log_likelihood(fit, &[count])).exp()
}

/// Without the binomial coefficients, which no parameter moves.
fn log_likelihood(fit: BetaBinomial, counts: &[Count]) -> f64 {
    let (a, b) = (fit.mean * fit.concentration, (1.0 - fit.mean) * fit.concentration);
    let constant = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let term = |count: &Count| {
        let (k, n) = (f64::from(count.right), f64::from(count.samples));
        constant + ln_gamma(a + k) + ln_gamma(b + n - k) - ln_gamma(a + b + n)
    };
    counts.iter().map(term).sum()
}

/// Where a function with one maximum has it: golden-section search.
fn maximum((mut low, mut high): (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    while high - low > 1e-5 {
        let (left, right) = (high - golden * (high - low), low + golden * (high - low));
        if f(left) < f(right) { low = left } else { high = right }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use rand::RngExt;

    use super::*;

    #[test]
    fn known_parameters_are_found_again() {
        // Beta(0.5, 0.5): mean 0.5, kappa 1; its quantile function is sin^2(pi u / 2).
        let mut random = Seed(1).stream("test", &[]);
        let counts: Vec<Count> = (0..4000)
            .map(|_| {
                let p = (std::f64::consts::FRAC_PI_2 * random.random::<f64>()).sin().powi(2);
                Count::of(&std::array::from_fn::<bool, 8, _>(|_| random.random_bool(p)))
            })
            .collect();
        let fit = beta_binomial(&counts);
        assert!((fit.mean - 0.5).abs() < 0.02 && (fit.concentration - 1.0).abs() < 0.1, "{fit:?}");
    }

    #[test]
    fn probabilities_add_up_to_one() {
        let fit = BetaBinomial { mean: 0.9, concentration: 0.3 };
        let sum: f64 = (0..=8).map(|right| probability(fit, Count { right, samples: 8 })).sum();
        assert!((sum - 1.0).abs() < 1e-9);
    }
}
