//! Rules as files have them (`agree: 2`), and as people read them (`2 agree`).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

use super::{Agree, First, Until};

/// The names of the rules that files may have.
const NAMES: [&str; 6] = ["all", "first", "agree", "unbeatable", "beta", "passes"];

impl Serialize for Until {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::First(rule) => keyed(serializer, "first", rule),
            Self::Agree(rule) => keyed(serializer, "agree", rule),
            Self::Unbeatable => serializer.serialize_str("unbeatable"),
            Self::Beta(rule) => keyed(serializer, "beta", rule),
            Self::Passes => serializer.serialize_str("passes"),
            Self::Given(_) => Err(S::Error::custom("a rule from elsewhere has no name in files")),
        }
    }
}

fn keyed<S: Serializer>(serializer: S, name: &str, rule: &impl Serialize) -> Result<S::Ok, S::Error> {
    let mut keys = serializer.serialize_map(Some(1))?;
    keys.serialize_entry(name, rule)?;
    keys.end()
}

impl<'de> Deserialize<'de> for Until {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RuleVisitor)
    }
}

struct RuleVisitor;

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = Until;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule: `all`, `{first: 3}`, `{agree: 2}`, `unbeatable`, `{beta: 0.95}` or `passes`")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Until, E> {
        match name {
            "all" => Ok(Until::All),
            "unbeatable" => Ok(Until::Unbeatable),
            "passes" => Ok(Until::Passes),
            "first" | "agree" => {
                Err(E::custom(format_args!("`{name}` needs a number of answers, as in `{{{name}: 2}}`")))
            }
            "beta" => Err(E::custom("`beta` needs a probability, as in `{beta: 0.95}`")),
            other => Err(E::custom(format_args!("unknown rule `{other}`; there are {}", NAMES.join(", ")))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut keys: A) -> Result<Until, A::Error> {
        let nothing = || A::Error::invalid_length(0, &self);
        let name: String = keys.next_key()?.ok_or_else(nothing)?;
        let rule = match name.as_str() {
            "first" => Until::First(keys.next_value()?),
            "agree" => Until::Agree(keys.next_value()?),
            "beta" => Until::Beta(keys.next_value()?),
            bare if NAMES.contains(&bare) => {
                return Err(A::Error::custom(format_args!("`{bare}` takes nothing; write it without a value")));
            }
            other => return Err(A::Error::unknown_field(other, &NAMES)),
        };
        match keys.next_key::<String>()? {
            None => Ok(rule),
            Some(other) => Err(A::Error::custom(format_args!("one rule only, but `{other}` follows `{name}`"))),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all have arrived"),
            Self::First(First(answers)) if answers.get() == 1 => f.write_str("the first"),
            Self::First(First(answers)) => write!(f, "the first {answers}"),
            Self::Agree(Agree(votes)) => write!(f, "{votes} agree"),
            Self::Unbeatable => f.write_str("unbeatable"),
            Self::Beta(rule) => write!(f, "beta {}", rule.wanted()),
            Self::Passes => f.write_str("one passes"),
            Self::Given(rule) => write!(f, "{rule:?}"),
        }
    }
}
