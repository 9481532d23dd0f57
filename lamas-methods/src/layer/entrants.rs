//! Who takes part in a race: `{generate_cot: 5, generate: 2}`.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use lamas_core::operator::OperatorName;
use lamas_core::race::Entrant;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Operators and how many of each take part, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entrants(pub Vec<Entrant>);

impl Entrants {
    /// How many there are, copies counted.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().fold(0, |sum, entrant| sum.saturating_add(entrant.copies))
    }
}

impl fmt::Display for Entrants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Entrant { operator, copies }) in self.0.iter().enumerate() {
            let plus = if index > 0 { " + " } else { "" };
            match copies {
                1 => write!(f, "{plus}{operator}")?,
                copies => write!(f, "{plus}{operator}*{copies}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for Entrants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys = serializer.serialize_map(Some(self.0.len()))?;
        for Entrant { operator, copies } in &self.0 {
            keys.serialize_entry(operator, copies)?;
        }
        keys.end()
    }
}

impl<'de> Deserialize<'de> for Entrants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntrantsVisitor)
    }
}

struct EntrantsVisitor;

impl<'de> Visitor<'de> for EntrantsVisitor {
    type Value = Entrants;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operators and how many of each, such as {generate_cot: 5, generate: 2}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Entrants, A::Error> {
        let mut entrants = Vec::new();
        while let Some((operator, copies)) = keys.next_entry::<OperatorName, NonZeroU32>()? {
            entrants.push(Entrant { operator, copies: copies.get() });
        }
        Ok(Entrants(entrants))
    }
}

impl JsonSchema for Entrants {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Entrants".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "minProperties": 1, "additionalProperties": {"type": "integer", "minimum": 1}})
    }
}
