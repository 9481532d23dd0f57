//! Threshold sampling, equation (4), and the probability of what it gives.
//!
//! Operators are drawn without replacement, each in proportion to its probability among those left, until the
//! probabilities of the drawn ones (those of the original softmax) add up to tau. Where a draw ends is decided by the
//! operators drawn, so nothing needs adding to the probability of the draw itself.

use lamas_core::random::Stream;
use rand::RngExt;

use crate::actions::Mask;
use crate::settings::Selection;
use crate::table::{Distribution, log_sum_exp};

/// Takes operators from a distribution, in the order in which they were taken. At least one is taken if any is allowed.
pub fn select(distribution: &Distribution, tau: f64, selection: Selection, random: &mut Stream) -> Vec<usize> {
    match selection {
        Selection::Draw => draw(distribution, tau, random),
        Selection::MostProbable => most_probable(distribution, tau),
    }
}

/// Draws operators without replacement until their probabilities reach tau.
pub fn draw(distribution: &Distribution, tau: f64, random: &mut Stream) -> Vec<usize> {
    until(distribution, tau, |left| {
        let mut point = random.random::<f64>() * left.iter().map(|&(_, p)| p).sum::<f64>();
        left.iter()
            .position(|&(_, p)| {
                point -= p;
                point < 0.0
            })
            // Rounding may leave a point beyond the last operator.
            .unwrap_or(left.len() - 1)
    })
}

/// The operators that a layer holds when the most probable one is always taken first; of equal ones the first.
#[must_use]
pub fn most_probable(distribution: &Distribution, tau: f64) -> Vec<usize> {
    until(distribution, tau, |left| {
        (1..left.len()).fold(0, |best, next| if left[next].1 > left[best].1 { next } else { best })
    })
}

/// Moves operators that `pick` points at out of those left, until the probabilities of the moved ones reach tau.
fn until(distribution: &Distribution, tau: f64, mut pick: impl FnMut(&[(usize, f64)]) -> usize) -> Vec<usize> {
    let probabilities = distribution.log_probs().iter().map(|log_prob| log_prob.exp()).enumerate();
    let mut left: Vec<(usize, f64)> = probabilities.filter(|&(_, p)| p > 0.0).collect();
    let mut taken = Vec::new();
    let mut reached = 0.0;
    while !left.is_empty() && (taken.is_empty() || reached < tau) {
        let (operator, p) = left.remove(pick(&left));
        reached += p;
        taken.push(operator);
    }
    taken
}

/// The exact log-probability of a raw draw, in its order:
///
/// ```text
/// log pi(o_1 .. o_k) = sum over i of ( s_{o_i} - logsumexp over j not in {o_1 .. o_(i-1)} of s_j )
/// ```
#[must_use]
pub fn exact_log_prob(distribution: &Distribution, drawn: &[usize]) -> f64 {
    let s = distribution.log_probs();
    let mut gone = Mask::NONE;
    let mut total = 0.0;
    for &operator in drawn {
        total += s[operator] - log_sum_exp((0..s.len()).filter(|&j| !gone.contains(j)).map(|j| s[j]));
        gone = gone.with(operator);
    }
    total
}

/// The released code's stand-in: the sum of unconditional `log p` over the executed operators. Its constant for an early
/// stop is left out, since it has no gradient.
#[must_use]
pub fn sum_log_prob(distribution: &Distribution, executed: &[usize]) -> f64 {
    executed.iter().map(|&operator| distribution.log_probs()[operator]).sum()
}

#[cfg(test)]
mod tests {
    use lamas_core::random::Seed;
    use proptest::prelude::*;

    use super::*;

    /// A distribution to sample from and how far.
    #[derive(Debug, Clone)]
    struct Case {
        scores: Vec<f64>,
        allowed: Mask,
        tau: f64,
    }

    impl Case {
        fn distribution(&self) -> Distribution {
            Distribution::softmax(&self.scores, self.allowed)
        }
    }

    fn cases() -> impl Strategy<Value = Case> {
        (prop::collection::vec(-3.0..3.0_f64, 1..6), 1..64_u64, 0.0..=1.0_f64).prop_filter_map(
            "one operator is allowed",
            |(scores, bits, tau)| {
                let allowed = Mask(bits & Mask::all(scores.len()).0);
                (!allowed.is_empty()).then_some(Case { scores, allowed, tau })
            },
        )
    }

    /// Every raw draw that may come out, found without the sampler.
    fn outcomes(distribution: &Distribution, tau: f64) -> Vec<Vec<usize>> {
        let p: Vec<f64> = distribution.log_probs().iter().map(|l| l.exp()).collect();
        let (mut open, mut closed) = (vec![(Vec::<usize>::new(), 0.0)], Vec::new());
        while let Some((drawn, reached)) = open.pop() {
            let next: Vec<usize> = (0..p.len()).filter(|o| p[*o] > 0.0 && !drawn.contains(o)).collect();
            if !drawn.is_empty() && (reached >= tau || next.is_empty()) {
                closed.push(drawn);
                continue;
            }
            for o in next {
                open.push(([drawn.as_slice(), &[o]].concat(), reached + p[o]));
            }
        }
        closed
    }

    proptest! {
        #[test]
        fn the_probabilities_of_all_raw_draws_add_up_to_one(case in cases()) {
            let distribution = case.distribution();
            let draws = outcomes(&distribution, case.tau);
            let total: f64 = draws.iter().map(|drawn| exact_log_prob(&distribution, drawn).exp()).sum();
            prop_assert!((total - 1.0).abs() < 1e-12, "{total} over {} draws", draws.len());
        }

        #[test]
        fn a_draw_holds_allowed_operators_once_and_stops_at_tau(case in cases(), seed in any::<u64>()) {
            let distribution = case.distribution();
            let mut random = Seed(seed).stream("draw", &[]);
            for drawn in [draw(&distribution, case.tau, &mut random), most_probable(&distribution, case.tau)] {
                prop_assert!(outcomes(&distribution, case.tau).contains(&drawn), "{drawn:?}");
            }
        }
    }

    #[test]
    fn draws_come_as_often_as_their_probability_says() {
        let distribution = Distribution::softmax(&[0.9, -0.4, 0.1, 0.6], Mask(0b1011));
        let mut random = Seed(3).stream("draw", &[]);
        let draws: Vec<Vec<usize>> = (0..40_000).map(|_| draw(&distribution, 0.6, &mut random)).collect();
        for drawn in outcomes(&distribution, 0.6) {
            let p = exact_log_prob(&distribution, &drawn).exp();
            let share = draws.iter().filter(|d| **d == drawn).count() as f64 / 40_000.0;
            // Five standard errors.
            assert!((share - p).abs() < 5.0 * (p * (1.0 - p) / 40_000.0).sqrt(), "{drawn:?}: {share} against {p}");
        }
    }

    #[test]
    fn tau_zero_takes_one_operator_and_tau_one_takes_all() {
        let distribution = Distribution::softmax(&[0.1, 0.2, 0.3, 0.4], Mask(0b1101));
        let mut random = Seed(1).stream("draw", &[]);
        assert_eq!(draw(&distribution, 0.0, &mut random).len(), 1);
        assert_eq!(draw(&distribution, 1.0, &mut random).len(), 3);
        assert_eq!(most_probable(&distribution, 0.0), [3]);
        assert_eq!(most_probable(&distribution, 1.0), [3, 2, 0]);
        assert!(draw(&Distribution::softmax(&[0.1], Mask::NONE), 0.5, &mut random).is_empty());
    }

    #[test]
    fn the_two_log_probabilities_differ_from_the_second_operator_on() {
        let distribution = Distribution::softmax(&[0.5, 0.1, -0.3], Mask::all(3));
        let p: Vec<f64> = distribution.log_probs().iter().map(|l| l.exp()).collect();
        assert!((exact_log_prob(&distribution, &[1]) - sum_log_prob(&distribution, &[1])).abs() < 1e-15);
        assert!((exact_log_prob(&distribution, &[1, 2]) - (p[1] * p[2] / (1.0 - p[1])).ln()).abs() < 1e-15);
        assert!((sum_log_prob(&distribution, &[1, 2]) - (p[1] * p[2]).ln()).abs() < 1e-15);
    }
}
