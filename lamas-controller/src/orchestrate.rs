//! The policy at work on one query: an [`Orchestrator`] that draws layer after layer and remembers what it drew.
//!
//! LAMaS runs its layers in parallel. MaAS is the same controller with `lambda_t: 0` under the sequential schedule; it has
//! no code of its own.

use std::sync::Arc;

use lamas_core::operator::Role;
use lamas_core::orchestrator::{Decision, Observation, Orchestrator, Schedule};
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
pub struct Session {
    settings: Arc<Settings>,
    actions: Arc<Actions>,
    table: PolicyTable,
    selection: Selection,
    schedule: Schedule,
    seed: Seed,
    decisions: Vec<LayerDecision>,
    raised: bool,
}

impl Session {
    /// A session that has decided nothing. The seed is the episode's own; each layer draws from its own stream of it.
    #[must_use]
    pub fn new(learner: &Learner<Policy>, table: PolicyTable, selection: Selection, seed: Seed) -> Self {
        let (settings, actions) = learner.shared();
        let schedule = Schedule::default();
        Self { settings, actions, table, selection, schedule, seed, decisions: Vec::new(), raised: false }
    }

    /// The same under another schedule than the parallel one, which decides what raises (see [`Impossible::Redraw`]).
    #[must_use]
    pub fn under(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// The session of a further attempt at the query, which has decided nothing; the first attempt is the session itself.
    #[must_use]
    pub fn attempt(&self, number: u32) -> Self {
        let seed = if number == 0 { self.seed } else { self.seed.derive("attempt", &[u64::from(number)]) };
        Self { seed, decisions: Vec::new(), raised: false, ..self.clone() }
    }

    /// Whether it drew what raises in the released code, and so ended the attempt.
    #[must_use]
    pub fn raised(&self) -> bool {
        self.raised
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

    /// Whether the released code raises in this layer: at an operator that always does, or at an ensemble of no candidates,
    /// which a parallel layer has before anything was answered, and a sequential one before its first generating operator.
    fn raises(&self, operators: &[usize], seen: &Observation<'_>) -> bool {
        let mut candidates = !seen.state.candidates.is_empty();
        operators.iter().any(|&operator| {
            let name = &self.actions.names()[operator];
            let selects = seen.operators.get(name).is_some_and(|operator| operator.role() == Role::Select);
            let raises = self.settings.raising.contains(name) || selects && !candidates;
            candidates |= self.schedule == Schedule::Sequential && self.actions.generates(operator);
            raises
        })
    }
}

impl Orchestrator for Session {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        let layer = self.decisions.len();
        let ended = self.decisions.last().is_some_and(|before| before.executed.ends);
        if ended || layer == self.table.layers() {
            return Decision::Stop;
        }
        let allowed = match self.settings.impossible {
            Impossible::Mask => Mask::from(seen.valid().as_slice()),
            Impossible::Skip | Impossible::Redraw => Mask::all(self.actions.len()),
        };
        let Some(decision) = self.next(layer, allowed) else { return Decision::Stop };
        if self.settings.impossible == Impossible::Redraw && self.raises(&decision.executed.operators, seen) {
            self.raised = true;
            return Decision::Stop;
        }
        let names =
            decision.executed.operators.iter().map(|&operator| self.actions.names()[operator].clone()).collect();
        self.decisions.push(decision);
        Decision::Layer(names)
    }
}
