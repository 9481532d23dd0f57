//! Graphs that are written down.

use std::fmt;

use lamas_controller::ControllerError;
use lamas_core::operator::{OperatorName, OperatorSet};
use lamas_core::orchestrator::{FixedGraph, FixedNodes, Node, Orchestrator};
use lamas_core::race::Race;
use lamas_core::wording::{closest, count};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::contest::Contest;
use crate::element::Element;
use crate::fault::Fault;
use crate::ground::{Ground, setting};
use crate::layer::Layer;
use crate::limit::Limit;
use crate::node::NodeKeys;

/// Layers, one after another; or nodes, each of which starts as soon as what it reads is decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Graph(pub Vec<Element>);

/// The most operators of a graph.
pub const MOST_OPERATORS: usize = 1_000;

/// The most graphs of a method.
const MOST_GRAPHS: usize = 1_000;

impl Graph {
    /// What the executor runs, layer by layer or node by node.
    #[must_use]
    pub fn races(&self) -> Vec<Race> {
        self.0.iter().map(Element::race).collect()
    }

    /// Who decides by it.
    #[must_use]
    pub fn orchestrator(&self) -> Box<dyn Orchestrator> {
        let Some(places) = self.nodes().and_then(|nodes| places("", &nodes).ok()) else {
            return Box::new(FixedGraph::of_races(self.races()));
        };
        let nodes = self.races().into_iter().zip(places).map(|(race, reads)| Node { race, reads });
        Box::new(FixedNodes::new(nodes.collect()))
    }

    /// Its nodes, where it has no layers.
    fn nodes(&self) -> Option<Vec<&NodeKeys>> {
        let nodes = self.0.iter().map(|element| match element {
            Element::Node(node) => Some(node),
            Element::Layer(_) => None,
        });
        nodes.collect()
    }

    /// Whether any of its layers is a race.
    #[must_use]
    pub fn has_race(&self) -> bool {
        self.0.iter().any(Element::is_race)
    }

    /// Whose answers it asks for, where that is one operator that starts so many times: a race in one wave, or a single call,
    /// with nothing behind it but a vote.
    #[must_use]
    pub fn contest(&self) -> Option<Contest> {
        let (first, rest) = self.0.split_first()?;
        let vote = Element::Layer(Layer::Operators(vec!["vote".into()]));
        match first {
            Element::Layer(Layer::Race(keys)) if rest.iter().all(|layer| *layer == vote) => keys.contest(),
            Element::Layer(Layer::Operators(names)) if rest.is_empty() => match names.as_slice() {
                [operator] => Some(Contest { operator: operator.clone(), copies: 1, until: None }),
                _ => None,
            },
            _ => None,
        }
    }

    /// The operators that it names, each with its key where the graph stands at `at`.
    pub(crate) fn named(&self, at: &str) -> Vec<(String, OperatorName)> {
        self.0.iter().enumerate().flat_map(|(index, layer)| layer.named(&format!("{at}[{index}]"))).collect()
    }

    /// How large it may be.
    pub(crate) fn limit(&self, key: &'static str) -> Limit {
        Limit::new(key, self.0.iter().map(Element::size).fold(0, usize::saturating_add), MOST_OPERATORS)
    }

    /// Whether every layer can run and end, where the graph stands at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<(), Fault> {
        if self.0.is_empty() {
            return Err(Fault::new(at, "needs at least one layer, such as [generate]"));
        }
        let mut layers = self.0.iter().enumerate();
        layers.try_for_each(|(index, layer)| layer.check(&format!("{at}[{index}]")))?;
        match self.nodes() {
            Some(nodes) => places(at, &nodes).map(drop),
            None => match self.0.iter().position(|layer| matches!(layer, Element::Node(_))) {
                Some(node) => Err(Fault::new(
                    format!("{at}[{node}]"),
                    "a graph has either layers or nodes; write all of them as {run: .., reads: [..]}, or none",
                )),
                None => Ok(()),
            },
        }
    }
}

impl Graph {
    /// Whether it can answer, and its rules can decide, on a problem set that has all of its operators.
    fn answers(&self, at: &str, ground: &Ground<'_>) -> Result<(), Fault> {
        self.decides(at, ground)?;
        if ground.answered {
            return Ok(());
        }
        // What begins has nothing but the problem: a layered graph with its first layer, nodes where they read nothing.
        let begins = |(index, element): &(usize, &Element)| match element {
            Element::Layer(_) => *index == 0,
            Element::Node(node) => node.reads.is_empty(),
        };
        let silent =
            |(_, element): &(usize, &Element)| !element.starters().into_iter().any(|name| ground.generates(name));
        match self.0.iter().enumerate().filter(begins).find(silent) {
            Some((index, _)) => {
                let problem = format!(
                    "has nothing to work on, so that no query would get an answer; begin with an operator that answers \
                     from the problem alone ({})",
                    ground.generating()
                );
                Err(Fault::new(format!("{at}[{index}]"), problem))
            }
            None => Ok(()),
        }
    }

    /// Whether there are programs where a rule waits for one that passes.
    fn decides(&self, at: &str, ground: &Ground<'_>) -> Result<(), Fault> {
        let mut elements = self.0.iter().enumerate();
        match elements.find_map(|(index, element)| element.passes(&format!("{at}[{index}]"))) {
            Some(key) if !ground.programs => {
                let problem = "`passes` waits for a program that passes its examples, but no problem set of this experiment \
                               asks for programs; take another rule";
                Err(Fault::new(key, problem))
            }
            _ => Ok(()),
        }
    }

    /// Whether all of its operators work on a problem set, it can answer there, and its rules can decide.
    pub(crate) fn fits(&self, at: &str, ground: &Ground<'_>) -> Result<(), Fault> {
        ground.has_all(self.named(at))?;
        self.answers(at, ground)
    }

    /// Whether a problem set has all of its operators.
    fn is_possible(&self, operators: &OperatorSet) -> bool {
        self.named("").iter().all(|(_, name)| operators.get(name).is_some())
    }
}

/// Layers of operators alone.
impl FromIterator<Vec<OperatorName>> for Graph {
    fn from_iter<I: IntoIterator<Item = Vec<OperatorName>>>(layers: I) -> Self {
        Self(layers.into_iter().map(|names| Element::Layer(Layer::Operators(names))).collect())
    }
}

impl fmt::Display for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.nodes().is_some() { "; " } else { " > " };
        f.write_str(&self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(between))
    }
}

/// What each of these nodes reads, by the places of those that stand before it, where their graph stands at `at`.
fn places(at: &str, nodes: &[&NodeKeys]) -> Result<Vec<Vec<usize>>, Fault> {
    let mut known: Vec<(&str, usize)> = Vec::new();
    let mut places = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let place = |(number, name): (usize, &String)| {
            let found = known.iter().find(|(id, _)| *id == name.as_str()).map(|(_, place)| *place);
            found.ok_or_else(|| {
                let hint = closest(name, known.iter().map(|(id, _)| *id));
                let hint = hint.map_or_else(String::new, |id| format!(", did you mean `{id}`?"));
                let problem = format!("no node before this one has the id `{name}`{hint}");
                Fault::new(format!("{at}[{index}].reads[{number}]"), problem)
            })
        };
        places.push(node.reads.iter().enumerate().map(place).collect::<Result<Vec<_>, _>>()?);
        if let Some(id) = &node.id {
            if known.iter().any(|(other, _)| other == id) {
                let problem = format!("another node has the id `{id}` already; give this one its own");
                return Err(Fault::new(format!("{at}[{index}].id"), problem));
            }
            known.push((id, index));
        }
    }
    Ok(places)
}

/// The operators that graphs below a key name, each with its own key, for a check of whether there are such.
pub(crate) fn named(key: &str, graphs: &[Graph]) -> Vec<(String, OperatorName)> {
    graphs.iter().enumerate().flat_map(|(index, graph)| graph.named(&format!("{key}[{index}]"))).collect()
}

/// How many graphs there may be below a key, and how large each may be.
pub(crate) fn limits(key: &'static str, graphs: &[Graph]) -> Vec<Limit> {
    let sizes = graphs.iter().map(|graph| graph.limit(key));
    std::iter::once(Limit::new(key, graphs.len(), MOST_GRAPHS)).chain(sizes).collect()
}

/// Whether every layer of graphs below a key can run and end.
pub(crate) fn check(key: &str, graphs: &[Graph]) -> Result<(), Fault> {
    graphs.iter().enumerate().try_for_each(|(index, graph)| graph.check(&format!("{key}[{index}]")))
}

/// Whether those graphs below a key that are possible on a problem set can answer there, and at least one is.
pub(crate) fn fit(key: &'static str, graphs: &[Graph], ground: &Ground<'_>) -> Result<(), Fault> {
    possible(key, graphs, ground.operators).map_err(|error| setting("", error))?;
    let mut possible = graphs.iter().enumerate().filter(|(_, graph)| graph.is_possible(ground.operators));
    possible.try_for_each(|(index, graph)| graph.answers(&format!("{key}[{index}]"), ground))
}

/// The graphs of which a problem set has all operators.
///
/// # Errors
/// When it has all of none.
pub(crate) fn possible(
    key: &'static str,
    graphs: &[Graph],
    operators: &OperatorSet,
) -> lamas_controller::Result<Vec<Graph>> {
    let possible: Vec<Graph> = graphs.iter().filter(|graph| graph.is_possible(operators)).cloned().collect();
    if possible.is_empty() {
        let names: Vec<&str> = operators.iter().map(|operator| &*operator.name().0).collect();
        let expected =
            format!("needs at least one graph of operators that work on these problems ({})", names.join(", "));
        return Err(ControllerError::Setting { key, value: count(graphs.len(), "graph"), expected });
    }
    Ok(possible)
}
