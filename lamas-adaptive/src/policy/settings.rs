//! What shapes the policy and its training, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AdaptiveError, Result};

/// The settings of policy and training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// How many directions of the queries' embeddings are read, those in which the training queries differ most: the numbers that
    /// cross-validation chooses from; 2, 4, 8.
    pub components: Vec<usize>,
    /// H, dimensions in which query and plan are compared; 16.
    pub hidden: usize,
    /// Steps of Adam. Few: a network that goes on learns the rows by heart; 60.
    pub steps: usize,
    /// Adam's step size; 0.03.
    pub learning_rate: f64,
    /// What divides worths before the softmax at the start, in units of reward; 0.05. Training changes it.
    pub temperature: f64,
    /// The weights of the pull towards the best single plan that cross-validation chooses from, in units of reward: about the
    /// gain that it takes to leave that plan; 0.02, 0.05, 0.1, 0.2.
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
            components: vec![2, 4, 8],
            hidden: 16,
            steps: 60,
            learning_rate: 0.03,
            temperature: 0.05,
            shrinkage: vec![0.02, 0.05, 0.1, 0.2],
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
        let count = |key, value: usize, least: usize, most: usize, expected| {
            require((least..=most).contains(&value), key, value.to_string(), expected)
        };
        count("hidden", self.hidden, 1, 4096, "must lie between 1 and 4096")?;
        count("steps", self.steps, 1, 100_000, "must lie between 1 and 100000")?;
        count("folds", self.folds, 2, 1000, "must lie between 2 and 1000")?;
        for &components in &self.components {
            count("components", components, 1, 4096, "must be numbers between 1 and 4096")?;
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
