//! Where a method's graphs come from, as data.

use std::ops::RangeInclusive;

use lamas_controller::gates::Conditioning;
use lamas_core::operator::OperatorName;
use serde::{Deserialize, Serialize};

use super::method::Entry;
use super::suggest;

/// Layers of operators.
pub type Graph = Vec<Vec<OperatorName>>;

/// Where a method's graphs come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// The same layers for every query.
    Fixed(Graph),
    /// The controller, which draws layer after layer.
    Drawn,
    /// Gates that are learned.
    Gated(GateSpec),
    /// A search on the training rows.
    Searched(SearchSpec),
    /// The nearest training rows.
    Routed(RouteSpec),
    /// What turns out best.
    Hindsight(HindsightSpec),
}

/// How a method comes by its graphs, for manifests and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Written down.
    Fixed,
    /// Drawn by a controller that has learned nothing.
    Random,
    /// Learned by gradient.
    Learned,
    /// Found by trial.
    Searched,
    /// Taken from similar training rows.
    Routed,
    /// Chosen after the fact: a bound, which cannot be had and is never ranked.
    Hindsight,
}

/// A search for one graph: a race among random layered graphs on the training rows, with as many episodes as the
/// controller's K passes take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSpec {
    /// Graphs that start at most; fewer where the episodes would not do; 32.
    pub candidates: usize,
    /// Training rows that each of them gets in the first round at least; 4.
    pub rows: usize,
    /// The most operators of a layer; 3.
    pub width: usize,
}

impl Default for SearchSpec {
    fn default() -> Self {
        Self { candidates: 32, rows: 4, width: 3 }
    }
}

/// A graph of gates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateSpec {
    /// The operators in the order in which they run; those that a domain lacks are left out.
    pub order: Vec<OperatorName>,
    /// Whether pairs of operators have gates; otherwise each reads all that went before. No by default.
    #[serde(default)]
    pub edges: bool,
    /// What the gates depend on; `query`.
    #[serde(default)]
    pub given: Conditioning,
}

/// A handful of graphs, one of which a query gets for what it brought on similar training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// The graphs; those with operators that a domain lacks are left out.
    pub graphs: Vec<Graph>,
    /// How many training rows a query is compared with; 16.
    #[serde(default = "sixteen")]
    pub neighbours: usize,
}

fn sixteen() -> usize {
    16
}

/// A handful of graphs, the best of which a query gets after all have run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HindsightSpec {
    /// The graphs; those with operators that a domain lacks are left out.
    pub graphs: Vec<Graph>,
    /// How often each runs on each query; 3.
    #[serde(default = "three")]
    pub samples: u32,
}

fn three() -> u32 {
    3
}

impl Plan {
    /// Whether it can be run.
    ///
    /// # Errors
    /// A sentence that names key and value.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Fixed(graph) => check_graph("graph", graph),
            Self::Drawn => Ok(()),
            Self::Gated(spec) => spec.order.iter().try_for_each(|name| check_name("gates.order", name)),
            Self::Searched(spec) => {
                at_least_one("search.candidates", spec.candidates)?;
                at_least_one("search.width", spec.width)
            }
            Self::Routed(spec) => {
                at_least_one("route.neighbours", spec.neighbours)?;
                check_graphs("route.graphs", &spec.graphs)
            }
            Self::Hindsight(spec) => {
                at_least_one("hindsight.samples", spec.samples as usize)?;
                check_graphs("hindsight.graphs", &spec.graphs)
            }
        }
    }
}

/// The sizes that an entry sets, each with its key below the entry and its range.
#[must_use]
pub fn sizes(entry: &Entry) -> Vec<(String, usize, RangeInclusive<usize>)> {
    let mut sizes = Vec::new();
    let mut size = |key: &str, value: usize, most: usize| sizes.push((key.to_owned(), value, 1..=most));
    if let Some(search) = &entry.search {
        size("search.candidates", search.candidates, 10_000);
        size("search.rows", search.rows, 1_000_000);
        size("search.width", search.width, MOST_OPERATORS);
    }
    if let Some(route) = &entry.route {
        size("route.neighbours", route.neighbours, 1_000_000);
        size("route.graphs", route.graphs.len(), MOST_GRAPHS);
    }
    if let Some(hindsight) = &entry.hindsight {
        size("hindsight.samples", hindsight.samples as usize, 10_000);
        size("hindsight.graphs", hindsight.graphs.len(), MOST_GRAPHS);
    }
    if let Some(gates) = &entry.gates {
        size("gates.order", gates.order.len(), MOST_OPERATORS);
    }
    if let Some(graph) = &entry.graph {
        size("graph", graph.iter().map(Vec::len).sum(), MOST_OPERATORS);
    }
    sizes
}

/// The most operators of a graph.
const MOST_OPERATORS: usize = 1_000;
/// The most graphs of a method.
const MOST_GRAPHS: usize = 1_000;

fn at_least_one(key: &str, count: usize) -> Result<(), String> {
    if count == 0 { Err(format!("{key}: must be at least 1")) } else { Ok(()) }
}

fn check_graphs(key: &str, graphs: &[Graph]) -> Result<(), String> {
    at_least_one(key, graphs.len())?;
    graphs.iter().try_for_each(|graph| check_graph(key, graph))
}

fn check_graph(key: &str, graph: &Graph) -> Result<(), String> {
    if graph.is_empty() || graph.iter().any(Vec::is_empty) {
        return Err(format!("{key}: every layer needs at least one operator"));
    }
    graph.iter().flatten().try_for_each(|name| check_name(key, name))
}

fn check_name(key: &str, name: &OperatorName) -> Result<(), String> {
    if lamas_operators::registry::names().any(|known| known == &*name.0) {
        return Ok(());
    }
    let hint = suggest::hint(&name.0, lamas_operators::registry::names());
    Err(format!("{key}: unknown operator `{name}`{hint}"))
}
