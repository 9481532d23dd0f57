//! Where a key or a header's value comes from.
//!
//! Settings are written into manifests, so that they name the place of a secret and never hold the secret itself.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use lamas_core::capped;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use secrecy::SecretString;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::SettingsError;
use super::secret::{UNFIT_SECRET, header_value};

/// The place of a secret: `{env: NAME}` or `{file: PATH}`.
///
/// A file holds the secret alone; white space around it is ignored. A relative path starts at the working directory;
/// one in an experiment is put beside the experiment before it comes here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

impl JsonSchema for KeySource {
    fn schema_name() -> Cow<'static, str> {
        Place::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Place::json_schema(generator)
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

impl KeySource {
    /// Reads the secret.
    pub(super) fn read(&self) -> Result<SecretString, SettingsError> {
        let text = match self {
            Self::Env(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => self.unreadable("it is not set"),
                // The variable's bytes must not reach the message.
                std::env::VarError::NotUnicode(_) => self.unreadable("it is not UTF-8"),
            })?,
            Self::File(path) => read_file(path).map_err(|reason| self.unreadable(&reason))?,
        };
        let secret = text.trim();
        if secret.is_empty() {
            return Err(self.unreadable("it is empty"));
        }
        Ok(SecretString::from(secret.to_owned()))
    }

    /// Whether the secret can be read, and sent.
    ///
    /// # Errors
    /// Names the place, and why it cannot be read from there or sent in a header.
    pub fn check(&self) -> Result<(), SettingsError> {
        let secret = self.read()?;
        header_value("", &secret).map(drop).ok_or_else(|| self.unreadable(UNFIT_SECRET))
    }

    fn unreadable(&self, reason: &str) -> SettingsError {
        SettingsError::Secret { place: self.to_string(), reason: reason.to_owned() }
    }
}

fn read_file(path: &Path) -> Result<String, String> {
    match File::open(path).and_then(|file| capped::text(file, capped::MOST_OF_A_TEXT)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Err("it is not UTF-8".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// A header's value: the text itself, or the place of a secret as in [`KeySource`].
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum HeaderSource {
    /// The value, to be seen by everyone.
    Text(String),
    /// The place of a secret value.
    Secret(KeySource),
}

impl Serialize for HeaderSource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Secret(source) => source.serialize(serializer),
        }
    }
}

impl Serialize for KeySource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = match self.clone() {
            Self::Env(name) => Place { env: Some(name), file: None },
            Self::File(path) => Place { env: None, file: Some(path) },
        };
        place.serialize(serializer)
    }
}

/// Where a secret is to be read; one of the two. YAML would write an enum with a tag.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeySource")]
struct Place {
    /// An environment variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<String>,
    /// A file that holds the secret alone, relative to the experiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl Place {
    fn source<E: de::Error>(self) -> Result<KeySource, E> {
        match (self.env, self.file) {
            (Some(name), None) => Ok(KeySource::Env(name)),
            (None, Some(path)) => Ok(KeySource::File(path)),
            _ => Err(E::custom("name either `env` or `file`")),
        }
    }
}

impl<'de> Deserialize<'de> for KeySource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = KeySource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("{env: NAME} or {file: PATH}")
            }

            // serde's own messages would repeat the value, which is most likely a key.
            fn visit_str<E: de::Error>(self, _key: &str) -> Result<KeySource, E> {
                Err(E::custom("a key must not stand in the experiment; write {env: NAME} or {file: PATH}"))
            }

            fn visit_u64<E: de::Error>(self, _key: u64) -> Result<KeySource, E> {
                self.visit_str("")
            }

            fn visit_i64<E: de::Error>(self, _key: i64) -> Result<KeySource, E> {
                self.visit_str("")
            }

            fn visit_f64<E: de::Error>(self, _key: f64) -> Result<KeySource, E> {
                self.visit_str("")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<KeySource, A::Error> {
                Place::deserialize(MapAccessDeserializer::new(map))?.source()
            }
        }

        deserializer.deserialize_any(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for HeaderSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;

        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = HeaderSource;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, {env: NAME} or {file: PATH}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<HeaderSource, E> {
                Ok(HeaderSource::Text(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<HeaderSource, A::Error> {
                Place::deserialize(MapAccessDeserializer::new(map))?.source().map(HeaderSource::Secret)
            }
        }

        deserializer.deserialize_any(HeaderVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_come_from_yaml_and_go_back() {
        let key: KeySource = serde_yaml::from_str("{env: OPENAI_API_KEY}").unwrap();
        assert_eq!(key, KeySource::Env("OPENAI_API_KEY".to_owned()));
        let headers: Vec<HeaderSource> = serde_yaml::from_str("[LAMaS, {file: token.txt}]").unwrap();
        assert_eq!(headers[0], HeaderSource::Text("LAMaS".to_owned()));
        assert_eq!(serde_json::to_string(&headers).unwrap(), r#"["LAMaS",{"file":"token.txt"}]"#);
        assert_eq!(serde_json::to_string(&key).unwrap(), r#"{"env":"OPENAI_API_KEY"}"#);
    }

    #[test]
    fn a_key_in_the_settings_is_refused_without_repeating_it() {
        for yaml in ["sk-very-secret", "{env: A, file: b}", "{}", "12345678", "[sk-very-secret]"] {
            let message = serde_yaml::from_str::<KeySource>(yaml).unwrap_err().to_string();
            assert!(!message.contains("very-secret") && !message.contains("12345678"), "{message}");
        }
    }

    #[test]
    fn a_missing_secret_names_its_place() {
        let error = KeySource::Env("LAMAS_NO_SUCH_KEY".to_owned()).read().unwrap_err();
        assert!(error.to_string().contains("LAMAS_NO_SUCH_KEY"), "{error}");
        let error = KeySource::File("no/such/key.txt".into()).read().unwrap_err();
        assert!(error.to_string().contains("no/such/key.txt"), "{error}");
    }
}
