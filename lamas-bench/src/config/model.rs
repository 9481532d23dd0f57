//! Who answers: the simulated model or an endpoint. One line of YAML switches between them.

use std::fmt;
use std::path::PathBuf;

use lamas_llm::openai::OpenAiSettings;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// Who answers the chat messages.
///
/// `simulated`, `simulated/PROFILE`, `openai/MODEL`, or a mapping `{simulated: {..}}`, `{openai: {..}}` with all settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelChoice {
    /// The simulated model, in process, under a virtual clock.
    Simulated(Simulated),
    /// An OpenAI-compatible endpoint.
    Openai(Box<OpenAiSettings>),
}

/// The simulated model's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Simulated {
    /// A built-in profile (`gpt-4o-mini`, `stress`) or the path of a profile file.
    pub profile: PathBuf,
}

impl Default for Simulated {
    fn default() -> Self {
        Self { profile: "gpt-4o-mini".into() }
    }
}

impl ModelChoice {
    /// Whether everything it says is simulated.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        matches!(self, Self::Simulated(_))
    }
}

impl Default for ModelChoice {
    fn default() -> Self {
        Self::Simulated(Simulated::default())
    }
}

impl<'de> Deserialize<'de> for ModelChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ModelVisitor)
    }
}

struct ModelVisitor;

impl<'de> Visitor<'de> for ModelVisitor {
    type Value = ModelChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`simulated`, `openai/MODEL`, or a mapping `{simulated: {..}}` or `{openai: {..}}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ModelChoice, E> {
        match text.split_once('/') {
            None if text == "simulated" => Ok(ModelChoice::default()),
            Some(("simulated", profile)) => Ok(ModelChoice::Simulated(Simulated { profile: profile.into() })),
            Some(("openai", name)) => Ok(ModelChoice::Openai(Box::new(OpenAiSettings::named(name)))),
            _ => Err(E::custom(format!("unknown model `{text}`: give `simulated` or `openai/MODEL`"))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ModelChoice, A::Error> {
        let kind: String = map.next_key()?.ok_or_else(|| de::Error::custom("the model is empty"))?;
        let choice = match kind.as_str() {
            "simulated" => ModelChoice::Simulated(map.next_value()?),
            "openai" => ModelChoice::Openai(Box::new(map.next_value()?)),
            other => return Err(de::Error::unknown_field(other, &["simulated", "openai"])),
        };
        match map.next_key::<String>()? {
            None => Ok(choice),
            Some(other) => Err(de::Error::custom(format!("one model only, but `{other}` follows `{kind}`"))),
        }
    }
}
