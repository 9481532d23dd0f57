//! What latency and money cost, and what a plan is worth at such prices.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::replay::Replay;

/// The prices of the objective `S - lambda_c C - lambda_t T`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Reward per token of the path.
    pub lambda_t: f64,
    /// Reward per USD.
    pub lambda_c: f64,
}

/// Means over replays: of a plan on a row, or over rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// S, from 0 to 1.
    pub score: f64,
    /// T, in tokens of the path.
    pub length: f64,
    /// The path in seconds.
    pub seconds: f64,
    /// C, in USD.
    pub usd: f64,
}

impl Mean {
    /// The mean of several; of none it is 0 throughout.
    #[must_use]
    pub fn of(means: impl IntoIterator<Item = Self>) -> Self {
        let (mut sum, mut count) = (Self::default(), 0.0);
        for mean in means {
            sum = sum.plus(mean, 1.0);
            count += 1.0;
        }
        if count > 0.0 { sum.scaled(1.0 / count) } else { sum }
    }

    /// This and so much of another one.
    #[must_use]
    pub fn plus(self, other: Self, weight: f64) -> Self {
        Self {
            score: self.score + weight * other.score,
            length: self.length + weight * other.length,
            seconds: self.seconds + weight * other.seconds,
            usd: self.usd + weight * other.usd,
        }
    }

    /// So many times this.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self::default().plus(self, factor)
    }

    /// `S - lambda_c C - lambda_t T`.
    ///
    /// ```
    /// use lamas_adaptive::prices::{Mean, Prices};
    ///
    /// let mean = Mean { score: 0.9, length: 500.0, seconds: 10.0, usd: 0.01 };
    /// let worth = mean.worth(Prices { lambda_t: 1e-4, lambda_c: 3.0 });
    /// assert!((worth - (0.9 - 0.05 - 0.03)).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn worth(&self, prices: Prices) -> f64 {
        self.score - prices.lambda_c * self.usd - prices.lambda_t * self.length
    }
}

impl From<Replay> for Mean {
    fn from(replay: Replay) -> Self {
        Self { score: replay.score, length: replay.length.0, seconds: replay.seconds.0, usd: replay.cost.0 }
    }
}
