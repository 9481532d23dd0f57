//! How a race went.

use serde::{Deserialize, Serialize};

use crate::race::Until;

/// How one wave of a race went. Entrants are named by their place among all operators of the layer's report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaveReport {
    /// Its rule.
    pub until: Until,
    /// Who arrived in it, first one first.
    pub arrivals: Vec<usize>,
    /// Whether the rule decided; else all had arrived, and most votes counted.
    pub decided: bool,
    /// On whom the decision rests, those of earlier waves among them.
    pub deciders: Vec<usize>,
    /// Whose solution stands.
    pub winner: Option<usize>,
}
