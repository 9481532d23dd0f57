//! One step down a loss, with everything that training carries from step to step: Adam's moments and the running baseline.

use candle_core::{DType, Tensor, Var};
use serde::{Deserialize, Serialize};

use crate::adam::Adam;
use crate::baseline::{Baseline, Moments};
use crate::settings::Settings;
use crate::{ControllerError, Result};

/// What one update did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// Episodes that took part.
    pub scored: usize,
    /// Episodes left out because they failed.
    pub unscored: usize,
    /// The step; `None` when no episode was scored, and nothing has changed.
    pub step: Option<Step>,
}

/// One step of the optimiser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How many steps there were, this one included.
    pub number: u64,
    /// N of the loss.
    pub terms: usize,
    /// Equation (8).
    pub loss: f64,
    /// Mean and deviation of this batch's rewards, one for each factor.
    pub rewards: Moments,
    /// The running mean and deviation that they were normalised by.
    pub baseline: Moments,
    /// Euclidean norm of the gradient.
    pub gradient_norm: f64,
}

/// The state of training beside the parameters.
#[derive(Debug)]
pub struct Descent {
    pub(crate) adam: Adam,
    pub(crate) baseline: Baseline,
}

impl Descent {
    /// Training of these parameters that has not begun.
    ///
    /// # Errors
    /// When memory for the moments cannot be had.
    pub fn new(parameters: &[(&'static str, &Var)], settings: &Settings) -> Result<Self> {
        let adam = Adam::new(parameters, settings.learning_rate)?;
        Ok(Self { adam, baseline: Baseline::new(settings.ema) })
    }

    /// The baseline as this batch leaves it, and A = (R - mean) / std of each reward under it.
    #[must_use]
    pub fn advantages(&self, rewards: &[f64]) -> (Baseline, Vec<f64>) {
        let baseline = self.baseline.observed(rewards);
        let advantages = rewards.iter().map(|&reward| baseline.advantage(reward)).collect();
        (baseline, advantages)
    }

    /// theta = Adam(theta, gradient of the loss), a scalar; the baseline becomes the one given. `rewards` has one entry for
    /// each factor of the loss.
    ///
    /// # Errors
    /// When a reward, the baseline, the loss or the gradient is not a number; nothing has changed then.
    pub fn step(&mut self, loss: &Tensor, baseline: Baseline, rewards: &[f64]) -> Result<Step> {
        let gradients = loss.backward()?;
        let value = loss.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        let nothing = Moments { mean: 0.0, std: 0.0 };
        let (seen, running) = (Moments::of(rewards).unwrap_or(nothing), baseline.moments().unwrap_or(nothing));
        let gradient_norm = self.adam.gradient_norm(&gradients)?;
        for (quantity, value) in [
            ("mean of the rewards", seen.mean),
            ("deviation of the rewards", seen.std),
            ("baseline", running.mean),
            ("deviation of the baseline", running.std),
            ("loss", value),
            ("gradient norm", gradient_norm),
        ] {
            self.finite(quantity, value)?;
        }
        self.adam.step(&gradients)?;
        self.baseline = baseline;
        Ok(Step {
            number: self.adam.steps(),
            terms: rewards.len(),
            loss: value,
            rewards: seen,
            baseline: running,
            gradient_norm,
        })
    }

    /// Refuses what is no number.
    pub(crate) fn finite(&self, quantity: &'static str, value: f64) -> Result<()> {
        if value.is_finite() {
            Ok(())
        } else {
            Err(ControllerError::NotFinite { update: self.adam.steps(), quantity, value })
        }
    }
}
