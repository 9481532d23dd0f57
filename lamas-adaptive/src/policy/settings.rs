//! What shapes the policy and its training, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AdaptiveError, Result};

/// The settings of policy and training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// H, dimensions in which query and plan are compared; 16.
    pub hidden: usize,
    /// Steps of Adam; 120.
    pub steps: usize,
    /// Adam's step size; 0.03.
    pub learning_rate: f64,
    /// What divides worths before the softmax at the start, in units of reward; 0.05. Training changes it.
    pub temperature: f64,
    /// The weights of the pull towards the best single plan that cross-validation chooses from, in units of reward: about the
    /// gain that it takes to leave that plan; 0.02, 0.05, 0.1, 0.2, 0.5.
    pub shrinkage: Vec<f64>,
    /// Parts that the training rows are cut into for cross-validation; 5.
    pub folds: usize,
    /// By how many standard errors a gain on held-out rows must lie above zero, and how many below the best one it may lie to
    /// count as equal; 1. Of equals the one nearest to the best single plan is taken.
    pub caution: f64,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            hidden: 16,
            steps: 120,
            learning_rate: 0.03,
            temperature: 0.05,
            shrinkage: vec![0.02, 0.05, 0.1, 0.2, 0.5],
            folds: 5,
            caution: 1.0,
        }
    }
}

impl PolicySettings {
    /// Checks every value.
    ///
    /// # Errors
    /// Names the first setting that cannot be used and what it may be.
    pub fn check(&self) -> Result<()> {
        let require = |fits: bool, key, value: String, expected| {
            if fits { Ok(()) } else { Err(AdaptiveError::Setting { key, value, expected }) }
        };
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let sizes =
            [("hidden", self.hidden, 1..=4096), ("steps", self.steps, 1..=100_000), ("folds", self.folds, 2..=1000)];
        for (key, value, possible) in sizes {
            let expected =
                if key == "folds" { "must lie between 2 and 1000" } else { "must be 1 or more, but no absurd number" };
            require(possible.contains(&value), key, value.to_string(), expected)?;
        }
        for (key, value) in [("learning_rate", self.learning_rate), ("temperature", self.temperature)] {
            require(positive(value), key, value.to_string(), "must be above 0")?;
        }
        for weight in &self.shrinkage {
            require(positive(*weight), "shrinkage", weight.to_string(), "must be weights above 0")?;
        }
        require(
            self.caution.is_finite() && self.caution >= 0.0,
            "caution",
            self.caution.to_string(),
            "must be 0 or more",
        )
    }
}
