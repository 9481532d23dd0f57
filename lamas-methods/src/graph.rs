//! Graphs that are written down.

use lamas_controller::{ControllerError, Result};
use lamas_core::operator::{OperatorName, OperatorSet};

use crate::limit::Limit;

/// Layers of operators.
pub type Graph = Vec<Vec<OperatorName>>;

/// The most operators of a graph.
pub const MOST_OPERATORS: usize = 1_000;

/// The most graphs of a method.
const MOST_GRAPHS: usize = 1_000;

/// The operators that graphs name, for a check of whether there are such.
pub(crate) fn operators<'a>(graphs: impl IntoIterator<Item = &'a Graph>) -> Vec<OperatorName> {
    graphs.into_iter().flatten().flatten().cloned().collect()
}

/// How many graphs there may be below a key, and how large each may be.
pub(crate) fn limits(key: &'static str, graphs: &[Graph]) -> Vec<Limit> {
    let sizes = graphs.iter().map(|graph| size(key, graph));
    std::iter::once(Limit::new(key, graphs.len(), MOST_GRAPHS)).chain(sizes).collect()
}

/// How large a graph may be.
pub(crate) fn size(key: &'static str, graph: &Graph) -> Limit {
    Limit::new(key, graph.iter().map(Vec::len).sum(), MOST_OPERATORS)
}

/// Whether every layer has an operator.
pub(crate) fn check<'a>(key: &str, graphs: impl IntoIterator<Item = &'a Graph>) -> Result<(), String> {
    let is_empty = |graph: &Graph| graph.is_empty() || graph.iter().any(Vec::is_empty);
    match graphs.into_iter().any(is_empty) {
        true => Err(format!("{key}: every layer needs at least one operator")),
        false => Ok(()),
    }
}

/// The graphs of which a problem set has all operators.
///
/// # Errors
/// When it has all of none.
pub(crate) fn possible(key: &'static str, graphs: &[Graph], operators: &OperatorSet) -> Result<Vec<Graph>> {
    let there = |graph: &&Graph| graph.iter().flatten().all(|name: &OperatorName| operators.get(name).is_some());
    let possible: Vec<Graph> = graphs.iter().filter(there).cloned().collect();
    if possible.is_empty() {
        let names: Vec<&str> = operators.iter().map(|operator| &*operator.name().0).collect();
        let expected =
            format!("needs at least one graph of operators that work on these problems ({})", names.join(", "));
        return Err(ControllerError::Setting { key, value: format!("{} graphs", graphs.len()), expected });
    }
    Ok(possible)
}
