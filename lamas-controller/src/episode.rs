//! What the controller keeps of an episode: enough to score its draws again and to say what came of them.

use serde::{Deserialize, Serialize};

use crate::actions::Mask;
use crate::credit::EpisodeOutcome;
use crate::rules::Executed;

/// One layer as it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerDecision {
    /// The first operator executed in the layer before; `None` in the first layer.
    pub previous: Option<usize>,
    /// The operators that could be drawn.
    pub allowed: Mask,
    /// The raw draw, in order.
    pub drawn: Vec<usize>,
    /// What the environment made of it.
    pub executed: Executed,
    /// Log-probability of the decision, in the form that the settings' `log_prob` names, in nats.
    pub log_prob: f64,
    /// Entropy of the distribution drawn from, in nats.
    pub entropy: f64,
}

/// One episode: its decisions, and its outcome if it was scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerEpisode {
    /// The layers in order.
    pub layers: Vec<LayerDecision>,
    /// What came of it; `None` when it failed and so is unscored.
    pub outcome: Option<EpisodeOutcome>,
}
