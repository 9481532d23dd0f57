//! The running mean and deviation that operator rewards are normalised by, equation (8).

use serde::{Deserialize, Serialize};

/// The least deviation that rewards are divided by, so that a batch of equal rewards gives advantages of zero.
const FLOOR: f64 = 1e-8;

/// Exponential moving averages of the rewards' mean and standard deviation over batches.
///
/// ```
/// use lamas_controller::baseline::Baseline;
///
/// let baseline = Baseline::new(0.95).observed(&[0.0, 1.0]);
/// assert_eq!(baseline.advantage(1.0), 1.0);
/// assert_eq!(baseline.advantage(0.5), 0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    momentum: f64,
    moments: Option<Moments>,
}

/// A mean and a population standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// The mean.
    pub mean: f64,
    /// The population standard deviation.
    pub std: f64,
}

impl Moments {
    /// Of one batch; `None` for an empty one.
    #[must_use]
    pub fn of(rewards: &[f64]) -> Option<Self> {
        if rewards.is_empty() {
            return None;
        }
        let n = rewards.len() as f64;
        let mean = rewards.iter().sum::<f64>() / n;
        let variance = rewards.iter().map(|reward| (reward - mean).powi(2)).sum::<f64>() / n;
        Some(Self { mean, std: variance.sqrt() })
    }
}

impl Baseline {
    /// A baseline that has seen nothing. `momentum` is the weight of the old value.
    #[must_use]
    pub fn new(momentum: f64) -> Self {
        Self { momentum, moments: None }
    }

    /// A baseline with this past.
    #[must_use]
    pub fn resume(momentum: f64, moments: Option<Moments>) -> Self {
        Self { momentum, moments }
    }

    /// The averages so far; `None` before the first batch.
    #[must_use]
    pub fn moments(&self) -> Option<Moments> {
        self.moments
    }

    /// Takes a batch into the averages; the first batch sets them.
    #[must_use]
    pub fn observed(self, rewards: &[f64]) -> Self {
        let blend = |old: f64, new: f64| self.momentum * old + (1.0 - self.momentum) * new;
        let moments = match (self.moments, Moments::of(rewards)) {
            (Some(old), Some(new)) => Some(Moments { mean: blend(old.mean, new.mean), std: blend(old.std, new.std) }),
            (old, new) => new.or(old),
        };
        Self { moments, ..self }
    }

    /// `(R - mean) / std`; zero before the first batch.
    #[must_use]
    pub fn advantage(&self, reward: f64) -> f64 {
        self.moments.map_or(0.0, |moments| (reward - moments.mean) / moments.std.max(FLOOR))
    }
}

/// What an episode's reward is compared with: the mean over the other episodes of its query (arXiv 2402.14740). It does not
/// depend on the episode's own draw, so that the gradient stays unbiased. `episodes` are the query and the mean reward of each;
/// `None` where a query has one episode alone.
///
/// ```
/// use lamas_controller::baseline::leave_one_out;
///
/// let episodes = [(7, 1.0), (8, 0.5), (7, 0.0), (7, 0.5)];
/// assert_eq!(leave_one_out(&episodes), [Some(0.25), None, Some(0.75), Some(0.5)]);
/// ```
#[must_use]
pub fn leave_one_out(episodes: &[(usize, f64)]) -> Vec<Option<f64>> {
    let others = |(own, (query, _)): (usize, &(usize, f64))| {
        let others = episodes.iter().enumerate().filter(|(other, (of, _))| *other != own && of == query);
        let rewards: Vec<f64> = others.map(|(_, (_, reward))| *reward).collect();
        (!rewards.is_empty()).then(|| rewards.iter().sum::<f64>() / rewards.len() as f64)
    };
    episodes.iter().enumerate().map(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_batch_sets_the_averages_and_later_ones_move_them() {
        let first = Baseline::new(0.95).observed(&[0.0, 1.0]);
        assert_eq!(first.moments(), Some(Moments { mean: 0.5, std: 0.5 }));
        let second = first.observed(&[1.0, 1.0]).moments().unwrap();
        assert!((second.mean - 0.525).abs() < 1e-15 && (second.std - 0.475).abs() < 1e-15);
        assert_eq!(first.observed(&[]), first);
    }

    #[test]
    fn equal_rewards_give_no_advantage() {
        let baseline = Baseline::new(0.95).observed(&[0.7, 0.7]);
        assert_eq!(baseline.advantage(0.7), 0.0);
        assert_eq!(Baseline::new(0.95).advantage(0.7), 0.0);
    }
}
