//! The reward of an episode, equation (5), each term kept apart, and of an operator, equation (7).

use serde::{Deserialize, Serialize};

/// The terms of equation (5), all without unit.
///
/// ```
/// use lamas_controller::reward::Reward;
///
/// // A right answer of 0.01 USD at 3 per USD, with a path of 1000 tokens at 1e-4 each.
/// let reward = Reward { score: 1.0, cost: 3.0 * 0.01, latency: 1e-4 * 1000.0 };
/// assert!((reward.total() - 0.87).abs() < 1e-12);
/// // An operator off the critical path does not pay for latency.
/// assert!((reward.of_operator(false) - 0.97).abs() < 1e-12);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reward {
    /// S: 1 for a right answer, 0 for a wrong one.
    pub score: f64,
    /// lambda_c C.
    pub cost: f64,
    /// lambda_t T.
    pub latency: f64,
}

impl Reward {
    /// Equation (5): `R = S - lambda_c C - lambda_t T`.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.score - self.cost - self.latency
    }

    /// Equation (7): `R(o) = S - lambda_c C - lambda_t T` for an operator that carries the latency, `S - lambda_c C` for
    /// the others.
    #[must_use]
    pub fn of_operator(&self, carries_latency: bool) -> f64 {
        if carries_latency { self.total() } else { self.score - self.cost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_carries_the_latency_pays_for_it() {
        let reward = Reward { score: 1.0, cost: 0.25, latency: 0.125 };
        assert_eq!(reward.total(), 0.625);
        assert_eq!(reward.of_operator(true), 0.625);
        assert_eq!(reward.of_operator(false), 0.75);
    }
}
