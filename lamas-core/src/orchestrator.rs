//! Whoever decides which operators run next, asked step by step.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::operator::{OperatorName, OperatorSet, State};
use crate::problem::Problem;
use crate::race::{Race, WaveReport};
use crate::trace::Part;
use crate::units::Tokens;

/// What an orchestrator sees before each decision: everything that has happened so far.
pub struct Observation<'a> {
    /// The query.
    pub problem: &'a Problem,
    /// The operators that there are, in the order of the controller's actions.
    pub operators: &'a OperatorSet,
    /// What the earlier layers left.
    pub state: &'a State,
    /// The earlier layers, first one first.
    pub layers: &'a [LayerReport],
}

impl Observation<'_> {
    /// Which operators have something to work on now: `[operators]`, in the order of the set.
    #[must_use]
    pub fn valid(&self) -> Vec<bool> {
        self.operators.iter().map(|operator| operator.can_run(self.problem, self.state)).collect()
    }
}

/// How one layer went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LayerReport {
    /// Its operators in declared order.
    pub operators: Vec<OperatorReport>,
    /// For a node of a graph, the layers that it read (from 0). `None` for a layer, which reads all that went before.
    #[serde(default)]
    pub reads: Option<Vec<usize>>,
    /// How its race went, wave by wave. Empty for a layer that waits for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<WaveReport>,
}

/// How one operator of a layer went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorReport {
    /// Which operator.
    pub operator: OperatorName,
    /// It had nothing to work on and did nothing.
    pub skipped: bool,
    /// Whether the program that it ran did what it was to do; `None` where none ran.
    pub ran: Option<bool>,
    /// Output tokens over all of its calls.
    pub output: Tokens,
    /// What part it had in its race.
    #[serde(default, skip_serializing_if = "Part::is_needed")]
    pub part: Part,
    /// It failed for good and left its race.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Run these operators as one layer: the race that waits for all.
    Layer(Vec<OperatorName>),
    /// Run this race as one layer.
    Race(Race),
    /// Run these nodes, each of which reads only what the nodes that it names made. Every node is reported and traced as a
    /// layer of its own. Afterwards stands what the sinks left (the nodes that no other reads), merged in declared order.
    Graph(Vec<Node>),
    /// No further layer.
    Stop,
}

/// A node of a graph without layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Who runs: one operator, or a race. It starts once what it reads is decided.
    pub race: Race,
    /// The nodes whose outcome it reads, by their place in the same graph; all stand before it. A node that reads none sees
    /// what stood before the graph.
    pub reads: Vec<usize>,
}

/// A policy at work on one query. Fixed topologies, MaAS, LAMaS and closed-loop policies are all of this kind.
///
/// ```
/// use lamas_core::orchestrator::{Decision, Observation, Orchestrator};
///
/// /// Two answers side by side, and nothing after them.
/// struct Once;
///
/// impl Orchestrator for Once {
///     fn decide(&mut self, seen: &Observation<'_>) -> Decision {
///         match seen.layers {
///             [] => Decision::Layer(vec!["generate".into(), "generate_cot".into()]),
///             _ => Decision::Stop,
///         }
///     }
/// }
/// ```
pub trait Orchestrator: Send {
    /// Decides the next layer, given all that has been observed.
    fn decide(&mut self, seen: &Observation<'_>) -> Decision;
}

/// How the operators of one layer, or the nodes of one graph, are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// All at once, each reading the state that the previous layer left (LAMaS). A node starts once those that it reads
    /// are done.
    #[default]
    Parallel,
    /// One after another, each reading what the one before left (MaAS). Nodes run in declared order, and still read only
    /// what they name.
    Sequential,
}

/// The same layers for every query.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedGraph {
    layers: Vec<Race>,
}

impl FixedGraph {
    /// A graph of these layers.
    #[must_use]
    pub fn new(layers: Vec<Vec<OperatorName>>) -> Self {
        Self::of_races(layers.into_iter().map(Race::layer).collect())
    }

    /// A graph of these races, one after another.
    #[must_use]
    pub fn of_races(layers: Vec<Race>) -> Self {
        Self { layers }
    }
}

/// The same nodes for every query, and nothing after them.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedNodes {
    nodes: Vec<Node>,
}

impl FixedNodes {
    /// A graph of these nodes.
    #[must_use]
    pub fn new(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }
}

impl Orchestrator for FixedNodes {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        if seen.layers.is_empty() { Decision::Graph(self.nodes.clone()) } else { Decision::Stop }
    }
}

impl Orchestrator for FixedGraph {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        self.layers.get(seen.layers.len()).cloned().map_or(Decision::Stop, Decision::Race)
    }
}
