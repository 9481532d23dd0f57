//! A layer of a graph, as files have it: a list of operators, or a race of them.

mod check;
mod entrants;

use std::borrow::Cow;
use std::fmt;

use lamas_core::operator::OperatorName;
use lamas_core::race::{Race, Until};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

pub use self::entrants::Entrants;
use crate::contest::Contest;

/// What a program goes through before a rule can ask whether it passes.
pub(crate) const CHECK: &str = "check";

/// A layer of a graph.
///
/// ```
/// use lamas_methods::layer::Layer;
///
/// // `graph: [{race: {generate_cot: 5}, until: {agree: 2}, then: [[sc_ensemble]]}]` has this layer.
/// let yaml = "{race: {generate_cot: 5}, until: {agree: 2}, then: [[sc_ensemble]]}";
/// let layer: Layer = serde_yaml::from_str(yaml).unwrap();
/// assert_eq!(layer.to_string(), "generate_cot*5 until 2 agree, else sc_ensemble");
/// assert_eq!(layer.race().then.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum Layer {
    /// Operators, all of which it waits for.
    Operators(Vec<OperatorName>),
    /// Operators that start at once, until their answer is decided.
    Race(RaceKeys),
}

/// Operators that start at once on one snapshot, until their answer is decided. Whoever is still out then is cancelled, and
/// is paid for what it has used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaceKeys {
    /// Who starts, and how many of each, e.g. `{generate_cot: 5, generate: 2}`.
    pub race: Entrants,
    /// When the answer is decided; once all have arrived by default.
    #[serde(default)]
    pub until: Until,
    /// Operators that each entrant's solution goes through before it arrives; none, but `check` with `until: passes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<OperatorName>,
    /// Layers that run once all have arrived and nothing is decided; the rules of races among them count the earlier answers
    /// too. None by default: most votes count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Layer>,
    /// For a race under `then`: whether its rule sees its own answers alone; false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub afresh: bool,
    /// Whether those who are still out when it is decided run on behind the answer, are paid in full and kept in the store,
    /// instead of being cancelled; false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drain: bool,
}

impl Layer {
    /// What the executor runs.
    #[must_use]
    pub fn race(&self) -> Race {
        match self {
            Self::Operators(names) => Race::layer(names.iter().cloned()),
            Self::Race(keys) => keys.race(),
        }
    }

    /// How many operators it may start, whatever happens.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Operators(names) => names.len(),
            Self::Race(keys) => keys.size(),
        }
    }

    /// How many answers it may have given by its end.
    fn votes(&self) -> u32 {
        match self {
            Self::Operators(names) => u32::try_from(names.len()).unwrap_or(u32::MAX),
            Self::Race(keys) => keys.votes(),
        }
    }

    /// The operators that it begins with.
    pub(crate) fn starters(&self) -> Vec<&OperatorName> {
        match self {
            Self::Operators(names) => names.iter().collect(),
            Self::Race(keys) => keys.race.0.iter().map(|entrant| &entrant.operator).collect(),
        }
    }

    /// The key of the first rule that waits for a program that passes, where it stands at `at`.
    pub(crate) fn passes(&self, at: &str) -> Option<String> {
        let Self::Race(keys) = self else { return None };
        if keys.until == Until::Passes {
            return Some(format!("{at}.until"));
        }
        keys.then.iter().enumerate().find_map(|(index, layer)| layer.passes(&format!("{at}.then[{index}]")))
    }

    /// The operators that it names, each with its key where the layer stands at `at`.
    pub(crate) fn named(&self, at: &str) -> Vec<(String, OperatorName)> {
        match self {
            Self::Operators(names) => {
                names.iter().enumerate().map(|(index, name)| (format!("{at}[{index}]"), name.clone())).collect()
            }
            Self::Race(keys) => keys.named(at),
        }
    }
}

/// The keys that a race is written with.
impl From<Race> for Layer {
    fn from(race: Race) -> Self {
        let Race { entrants, until, each, then, afresh, drain, .. } = race;
        let then = then.into_iter().map(Self::from).collect();
        Self::Race(RaceKeys { race: Entrants(entrants), until, each, then, afresh, drain })
    }
}

impl RaceKeys {
    /// What the executor runs.
    fn race(&self) -> Race {
        let entrants = self.race.0.clone();
        let then = self.then.iter().map(Layer::race).collect();
        let (afresh, drain) = (self.afresh, self.drain);
        Race { each: self.each(), then, afresh, drain, ..Race::new(entrants, self.until.clone()) }
    }

    fn each(&self) -> Vec<OperatorName> {
        match self.until {
            Until::Passes if self.each.is_empty() => vec![CHECK.into()],
            _ => self.each.clone(),
        }
    }

    pub(crate) fn contest(&self) -> Option<Contest> {
        match self.race.0.as_slice() {
            [only] if self.then.is_empty() => Some(Contest {
                operator: only.operator.clone(),
                copies: only.copies,
                until: Some(self.until.to_string()),
            }),
            _ => None,
        }
    }

    fn size(&self) -> usize {
        let through = (self.race.count() as usize).saturating_mul(1 + self.each().len());
        self.then.iter().map(Layer::size).fold(through, usize::saturating_add)
    }

    fn votes(&self) -> u32 {
        self.then.iter().map(Layer::votes).fold(self.race.count(), u32::saturating_add)
    }

    fn named(&self, at: &str) -> Vec<(String, OperatorName)> {
        let race = self.race.0.iter().map(|entrant| {
            let name = entrant.operator.clone();
            (format!("{at}.race.{name}"), name)
        });
        let each = self.each.iter().enumerate().map(|(index, name)| (format!("{at}.each[{index}]"), name.clone()));
        let then = self.then.iter().enumerate().flat_map(|(index, layer)| layer.named(&format!("{at}.then[{index}]")));
        race.chain(each).chain(then).collect()
    }
}

impl fmt::Display for RaceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { race, until, then, afresh, drain, .. } = self;
        write!(f, "{race}")?;
        for name in self.each() {
            write!(f, " each {name}")?;
        }
        match until {
            Until::All => {}
            rule => write!(f, " until {rule}")?,
        }
        for (index, layer) in then.iter().enumerate() {
            write!(f, "{}{layer}", if index == 0 { ", else " } else { " > " })?;
        }
        for (said, word) in [(*afresh, "afresh"), (*drain, "the others run on")] {
            if said {
                write!(f, " ({word})")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operators(names) => f.write_str(&names.iter().map(|name| &*name.0).collect::<Vec<_>>().join(" + ")),
            Self::Race(keys) => keys.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Layer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LayerVisitor)
    }
}

struct LayerVisitor;

impl<'de> Visitor<'de> for LayerVisitor {
    type Value = Layer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a layer: operators such as [generate, generate_cot], or a race such as {race: {generate_cot: 5}, until: {agree: 2}}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<Layer, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(names)).map(Layer::Operators)
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Layer, A::Error> {
        RaceKeys::deserialize(MapAccessDeserializer::new(keys)).map(Layer::Race)
    }
}

impl JsonSchema for Layer {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (operators, race) = (generator.subschema_for::<Vec<OperatorName>>(), generator.subschema_for::<RaceKeys>());
        json_schema!({"description": "A list of operators, or a race of them.", "anyOf": [operators, race]})
    }
}

#[cfg(test)]
mod tests;
