//! Who answers: the simulated model or an endpoint. One line of YAML switches between them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use lamas_llm::openai::OpenAiSettings;
use lamas_sim::{Profile, ProfileError};
use schemars::JsonSchema;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;
use serde_yaml::Value;

use super::error::ConfigError;
use super::tree::Tree;

/// Who answers the chat messages.
///
/// `simulated`, `simulated/PROFILE`, `openai/MODEL`, or a mapping `{simulated: {..}}`, `{openai: {..}}` with all settings.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(deny_unknown_fields, transform = or_name)]
pub enum ModelChoice {
    /// The simulated model, in process, under a virtual clock.
    Simulated(Simulated),
    /// An OpenAI-compatible endpoint.
    Openai(Box<OpenAiSettings>),
}

/// The simulated model's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Simulated {
    /// A built-in profile (`gpt-4o-mini`, `stress`) or the path of a profile file.
    pub profile: PathBuf,
    /// Numbers of the profile that differ, e.g. `answers.attractor: 0.3`, `sections.*.concentration: 0.5`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub set: BTreeMap<String, Value>,
}

/// A model may also be a name alone.
fn or_name(schema: &mut schemars::Schema) {
    let name = json!({"type": "string", "pattern": "^(simulated|simulated/.+|openai/.+)$"});
    if let Some(forms) = schema.get_mut("oneOf").and_then(serde_json::Value::as_array_mut) {
        forms.insert(0, name);
    }
}

impl Simulated {
    /// The built-in profile of this name.
    #[must_use]
    pub fn named(profile: impl Into<PathBuf>) -> Self {
        Self { profile: profile.into(), set: BTreeMap::new() }
    }

    /// Its profile with its changes.
    ///
    /// # Errors
    /// When there is no such profile, or it cannot be changed that way.
    pub fn load(&self) -> Result<Profile, ProfileError> {
        let profile = match self.is_built_in() {
            true => Profile::embedded(&self.profile.to_string_lossy()),
            false => read(&self.profile),
        };
        profile?.with(&self.set)
    }

    /// Whether the profile is named rather than that a file is.
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        self.profile.components().count() == 1 && self.profile.extension().is_none()
    }

    /// What the model is called in manifests and tables: the profile, and what differs from it.
    #[must_use]
    pub fn title(&self) -> String {
        let changes: Vec<String> = self
            .set
            .iter()
            .map(|(key, value)| format!("{key}={}", serde_yaml::to_string(value).unwrap_or_default().trim_end()))
            .collect();
        let profile = self.profile.display();
        if changes.is_empty() { profile.to_string() } else { format!("{profile} with {}", changes.join(", ")) }
    }
}

/// A profile in a file of its own.
fn read(path: &Path) -> Result<Profile, ProfileError> {
    let file = path.display().to_string();
    let refused = |error: ConfigError| match error {
        ConfigError::Unreadable { problem, .. } => ProfileError::Unreadable { file: file.clone(), source: problem },
        ConfigError::Invalid { place, message } => ProfileError::Invalid { file: place, message },
    };
    let text = Tree::text_of(path).map_err(refused)?;
    // What its own parser would expand, or drop.
    Tree::of(path, &text).and_then(|tree| tree.check_numbers()).map_err(refused)?;
    Profile::parse(&text, &file)
}

impl Default for Simulated {
    fn default() -> Self {
        Self::named("gpt-4o-mini")
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
            Some(("simulated", profile)) => Ok(ModelChoice::Simulated(Simulated::named(profile))),
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
