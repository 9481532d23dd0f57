use lamas_core::orchestrator::{Decision, Node, Observation, Orchestrator};
use lamas_core::random::Seed;

use super::{Draw, Gates};
use crate::reinforce::Learner;
use crate::settings::Selection;

/// One query's graph, drawn before anything ran.
#[derive(Debug, Clone)]
pub struct GateSession {
    draw: Draw,
    nodes: Vec<Node>,
    log_prob: f64,
    entropy: f64,
}

impl GateSession {
    /// Draws a graph from a query's logits, `[gates]`. The seed is the episode's own.
    #[must_use]
    pub fn new(learner: &Learner<Gates>, logits: &[f64], selection: Selection, seed: Seed) -> Self {
        let layout = learner.network().layout();
        let draw = Draw::new(layout, logits, selection, &mut seed.stream("gates", &[]));
        let nodes = draw.nodes(layout, learner.actions().names());
        Self { nodes, log_prob: draw.log_prob(layout, logits), entropy: draw.entropy(layout, logits), draw }
    }

    /// What was drawn.
    #[must_use]
    pub fn draw(&self) -> &Draw {
        &self.draw
    }

    /// The graph.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Log-probability of the raw draw, in nats.
    #[must_use]
    pub fn log_prob(&self) -> f64 {
        self.log_prob
    }

    /// Mean entropy of the gates that were asked, in nats.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        self.entropy
    }
}

impl Orchestrator for GateSession {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        if seen.layers.is_empty() { Decision::Graph(self.nodes.clone()) } else { Decision::Stop }
    }
}
