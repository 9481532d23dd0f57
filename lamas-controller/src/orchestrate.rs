//! The policy at work on one query: an [`Orchestrator`] that draws layer after layer and remembers what it drew.
//!
//! LAMaS runs its layers in parallel. MaAS is the same controller with `lambda_t: 0` under the sequential schedule; it has
//! no code of its own.

use std::sync::Arc;

use lamas_core::orchestrator::{Decision, Observation, Orchestrator};
use lamas_core::random::Seed;

use crate::actions::{Actions, Mask};
use crate::episode::LayerDecision;
use crate::policy::Policy;
use crate::reinforce::Learner;
use crate::rules::execute;
use crate::sample::{exact_log_prob, select, sum_log_prob};
use crate::settings::{Impossible, LogProb, Selection, Settings};
use crate::table::PolicyTable;

/// One query's session with the policy as it was when its table was made.
#[derive(Debug, Clone)]
pub struct LayerSession {
    settings: Arc<Settings>,
    actions: Arc<Actions>,
    table: PolicyTable,
    selection: Selection,
    seed: Seed,
    decisions: Vec<LayerDecision>,
}

impl LayerSession {
    /// A session that has decided nothing. The seed is the episode's own; each layer draws from its own stream of it.
    #[must_use]
    pub fn new(learner: &Learner<Policy>, table: PolicyTable, selection: Selection, seed: Seed) -> Self {
        let (settings, actions) = learner.shared();
        Self { settings, actions, table, selection, seed, decisions: Vec::new() }
    }

    /// The same with another seed, which has decided nothing.
    #[must_use]
    pub fn anew(&self, seed: Seed) -> Self {
        Self { seed, decisions: Vec::new(), ..self.clone() }
    }

    /// Takes back the last decision, which was not run.
    pub fn withdraw(&mut self) {
        self.decisions.pop();
    }

    /// The episode's own seed.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// The settings that it decides under.
    #[must_use]
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// What it chooses from.
    #[must_use]
    pub fn actions(&self) -> &Actions {
        &self.actions
    }

    /// What was decided so far, layer by layer.
    #[must_use]
    pub fn decisions(&self) -> &[LayerDecision] {
        &self.decisions
    }

    /// What was decided, layer by layer.
    #[must_use]
    pub fn into_decisions(self) -> Vec<LayerDecision> {
        self.decisions
    }

    /// Decides one layer among the allowed operators; nothing when none is allowed.
    fn next(&self, layer: usize, allowed: Mask) -> Option<LayerDecision> {
        let previous = self.decisions.last().map(|before| before.executed.operators[0]);
        let distribution = self.table.distribution(layer, previous, allowed);
        let mut random = self.seed.stream("layer", &[layer as u64]);
        let drawn = select(&distribution, self.settings.tau, self.selection, &mut random);
        if drawn.is_empty() {
            return None;
        }
        let executed = execute(layer, &drawn, &self.actions);
        let log_prob = match self.settings.log_prob {
            LogProb::Exact => exact_log_prob(&distribution, &drawn),
            LogProb::Sum => sum_log_prob(&distribution, &executed.operators),
        };
        let entropy = distribution.entropy();
        Some(LayerDecision { previous, allowed, drawn, executed, log_prob, entropy })
    }
}

impl Orchestrator for LayerSession {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let layer = self.decisions.len();
        let ended = self.decisions.last().is_some_and(|before| before.executed.ends);
        if ended || layer == self.table.layers() {
            return Decision::Stop;
        }
        let allowed = match self.settings.impossible {
            Impossible::Mask => Mask::from(seen.valid().as_slice()),
            Impossible::Skip => Mask::all(self.actions.len()),
        };
        let Some(decision) = self.next(layer, allowed) else { return Decision::Stop };
        let names =
            decision.executed.operators.iter().map(|&operator| self.actions.names()[operator].clone()).collect();
        self.decisions.push(decision);
        Decision::Layer(names)
    }
}
