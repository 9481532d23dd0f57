//! A node of a graph without layers, as files have it.

use std::borrow::Cow;
use std::fmt;

use lamas_core::operator::OperatorName;
use lamas_core::race::Race;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::fault::Fault;
use crate::layer::Layer;

/// One node of a graph without layers. It starts as soon as what it reads is decided, and sees nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeKeys {
    /// The name by which later nodes read it; none where nobody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who runs: an operator, several side by side, or a race.
    pub run: Run,
    /// The nodes whose outcome it reads, by their `id`; all stand before it. A node that reads none sees the problem alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
}

/// Who runs in a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Run {
    /// An operator.
    One(OperatorName),
    /// What may be a layer elsewhere.
    Layer(Layer),
}

impl NodeKeys {
    /// What the executor runs.
    pub(crate) fn race(&self) -> Race {
        match &self.run {
            Run::One(name) => Race::of(name.clone()),
            Run::Layer(layer) => layer.race(),
        }
    }

    /// How many operators it may start, whatever happens.
    pub(crate) fn size(&self) -> usize {
        if let Run::Layer(layer) = &self.run { layer.size() } else { 1 }
    }

    /// The operators that it begins with.
    pub(crate) fn starters(&self) -> Vec<&OperatorName> {
        match &self.run {
            Run::One(name) => vec![name],
            Run::Layer(layer) => layer.starters(),
        }
    }

    /// The key of the first rule that waits for a program that passes, where it stands at `at`.
    pub(crate) fn passes(&self, at: &str) -> Option<String> {
        if let Run::Layer(layer) = &self.run { layer.passes(&format!("{at}.run")) } else { None }
    }

    /// The operators that it names, each with its key where it stands at `at`.
    pub(crate) fn named(&self, at: &str) -> Vec<(String, OperatorName)> {
        let at = format!("{at}.run");
        match &self.run {
            Run::One(name) => vec![(at, name.clone())],
            Run::Layer(layer) => layer.named(&at),
        }
    }

    /// Whether it can run and end, where it stands at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<(), Fault> {
        if let Run::Layer(layer) = &self.run { layer.check(&format!("{at}.run")) } else { Ok(()) }
    }
}

/// `a: generate_cot`, or `sc_ensemble reads a and b`.
impl fmt::Display for NodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(id) = &self.id {
            write!(f, "{id}: ")?;
        }
        match &self.run {
            Run::One(name) => write!(f, "{name}")?,
            Run::Layer(layer) => write!(f, "{layer}")?,
        }
        match self.reads.as_slice() {
            [] => Ok(()),
            reads => write!(f, " reads {}", reads.join(" and ")),
        }
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RunVisitor)
    }
}

struct RunVisitor;

impl<'de> Visitor<'de> for RunVisitor {
    type Value = Run;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an operator such as generate_cot, several such as [generate, generate_cot], or a race such as {race: \
             {generate_cot: 5}, until: {agree: 2}}",
        )
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Run, E> {
        OperatorName::deserialize(StrDeserializer::new(name)).map(Run::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Run, A::Error> {
        Layer::deserialize(SeqAccessDeserializer::new(names)).map(Run::Layer)
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Run, A::Error> {
        Layer::deserialize(MapAccessDeserializer::new(keys)).map(Run::Layer)
    }
}

impl JsonSchema for Run {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Run".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, layer) = (generator.subschema_for::<OperatorName>(), generator.subschema_for::<Layer>());
        json_schema!({"anyOf": [one, layer]})
    }
}
