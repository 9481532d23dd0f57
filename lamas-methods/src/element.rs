//! What a graph is made of, as files have it: layers, or nodes.

use std::borrow::Cow;
use std::fmt;

use lamas_core::operator::OperatorName;
use lamas_core::race::Race;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fault::Fault;
use crate::layer::Layer;
use crate::node::{NodeKeys, Run};
use crate::peeked::Peeked;

/// A layer, or a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Element {
    /// A layer, which reads all that went before.
    Layer(Layer),
    /// A node, which reads what it names.
    Node(NodeKeys),
}

impl Element {
    /// What the executor runs.
    pub(crate) fn race(&self) -> Race {
        match self {
            Self::Layer(layer) => layer.race(),
            Self::Node(node) => node.race(),
        }
    }

    /// Whether it may end before all have arrived.
    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Layer(Layer::Race(_)) | Self::Node(NodeKeys { run: Run::Layer(Layer::Race(_)), .. }))
    }

    /// How many operators it may start, whatever happens.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Layer(layer) => layer.size(),
            Self::Node(node) => node.size(),
        }
    }

    /// The operators that it begins with.
    pub(crate) fn starters(&self) -> Vec<&OperatorName> {
        match self {
            Self::Layer(layer) => layer.starters(),
            Self::Node(node) => node.starters(),
        }
    }

    /// The key of the first rule that waits for a program that passes, where it stands at `at`.
    pub(crate) fn passes(&self, at: &str) -> Option<String> {
        match self {
            Self::Layer(layer) => layer.passes(at),
            Self::Node(node) => node.passes(at),
        }
    }

    /// The operators that it names, each with its key where it stands at `at`.
    pub(crate) fn named(&self, at: &str) -> Vec<(String, OperatorName)> {
        match self {
            Self::Layer(layer) => layer.named(at),
            Self::Node(node) => node.named(at),
        }
    }

    /// Whether it can run and end, where it stands at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<(), Fault> {
        match self {
            Self::Layer(layer) => layer.check(at),
            Self::Node(node) => node.check(at),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Layer(layer) => layer.fmt(f),
            Self::Node(node) => node.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ElementVisitor)
    }
}

struct ElementVisitor;

impl<'de> Visitor<'de> for ElementVisitor {
    type Value = Element;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a layer: operators such as [generate, generate_cot], or a race such as {race: {generate_cot: 5}, until: \
             {agree: 2}}; or a node such as {run: sc_ensemble, reads: [a, b]}",
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Element, A::Error> {
        Layer::deserialize(SeqAccessDeserializer::new(names)).map(Element::Layer)
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Element, A::Error> {
        let keys = Peeked::new(keys)?;
        match keys.first() {
            Some("id" | "run" | "reads") => NodeKeys::deserialize(MapAccessDeserializer::new(keys)).map(Element::Node),
            _ => Layer::deserialize(MapAccessDeserializer::new(keys)).map(Element::Layer),
        }
    }
}

impl JsonSchema for Element {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Element".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (layer, node) = (generator.subschema_for::<Layer>(), generator.subschema_for::<NodeKeys>());
        json_schema!({"description": "A layer; or a node, in a graph of nodes alone.", "anyOf": [layer, node]})
    }
}
