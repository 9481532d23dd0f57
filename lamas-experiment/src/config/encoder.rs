//! Which embeddings the controller reads.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which embeddings the controller reads: `hashed`, `minilm`, or a mapping such as `{name: minilm, folder: DIR}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EncoderChoice {
    /// What makes them.
    pub source: EncoderSource,
    /// Whether a seeded permutation gives each query the embedding of another query of its split: the control that tells
    /// what the query's text is worth to a policy. Off by default.
    pub shuffled: bool,
}

/// What makes the embeddings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum EncoderSource {
    /// Hashed features, built in.
    #[default]
    Hashed,
    /// all-MiniLM-L6-v2, the paper's.
    Minilm {
        /// Where its files lie; `LAMAS_MINILM` or the Hugging Face cache by default.
        folder: Option<PathBuf>,
    },
    /// The user's own.
    File {
        /// JSON lines with `text` and `embedding`.
        path: PathBuf,
    },
}

impl EncoderSource {
    /// Whether the experiment says where it lies.
    #[must_use]
    pub fn names_a_place(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Minilm { folder: Some(_) })
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Name {
    /// Hashed features, built in.
    Hashed,
    /// all-MiniLM-L6-v2, the paper's.
    Minilm,
    /// The user's own.
    File,
}

/// The mapping form.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keys {
    /// What makes the embeddings.
    name: Name,
    /// Where `minilm`'s files lie; `LAMAS_MINILM` or the Hugging Face cache by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    /// The file of `file`: JSON lines with `text` and `embedding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    /// Whether a seeded permutation gives each query the embedding of another query of its split; false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shuffled: bool,
}

impl Keys {
    fn check<E: de::Error>(self) -> Result<EncoderChoice, E> {
        let source = match (self.name, self.folder, self.path) {
            (Name::Hashed, None, None) => EncoderSource::Hashed,
            (Name::Minilm, folder, None) => EncoderSource::Minilm { folder },
            (Name::File, None, Some(path)) => EncoderSource::File { path },
            (Name::File, _, None) => {
                return Err(E::custom("the encoder `file` needs a `path`: `{name: file, path: FILE}`"));
            }
            (_, Some(_), _) => return Err(E::custom("`folder` is for the encoder `minilm` alone")),
            (_, _, Some(_)) => return Err(E::custom("`path` is for the encoder `file` alone")),
        };
        Ok(EncoderChoice { source, shuffled: self.shuffled })
    }
}

impl Serialize for EncoderChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (name, folder, path) = match self.source.clone() {
            EncoderSource::Hashed => (Name::Hashed, None, None),
            EncoderSource::Minilm { folder } => (Name::Minilm, folder, None),
            EncoderSource::File { path } => (Name::File, None, Some(path)),
        };
        // The plain form where it says all: files and their hashes stay as they are.
        if folder.is_none() && path.is_none() && !self.shuffled {
            return name.serialize(serializer);
        }
        Keys { name, folder, path, shuffled: self.shuffled }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EncoderChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EncoderVisitor)
    }
}

/// Either form.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "stands for both forms in the schema")]
enum Form {
    Name(Name),
    Keys(Keys),
}

impl JsonSchema for EncoderChoice {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EncoderChoice".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Form::json_schema(generator)
    }
}

struct EncoderVisitor;

impl<'de> Visitor<'de> for EncoderVisitor {
    type Value = EncoderChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`hashed`, `minilm`, or a mapping `{name: .., folder: .., path: .., shuffled: ..}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<EncoderChoice, E> {
        let name = Name::deserialize(StrDeserializer::new(text))?;
        Keys { name, folder: None, path: None, shuffled: false }.check()
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EncoderChoice, A::Error> {
        Keys::deserialize(MapAccessDeserializer::new(map))?.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(source: EncoderSource, shuffled: bool) -> EncoderChoice {
        EncoderChoice { source, shuffled }
    }

    #[test]
    fn every_form_is_read_and_written_back() {
        let minilm = |folder: Option<&str>| EncoderSource::Minilm { folder: folder.map(PathBuf::from) };
        for (text, expected) in [
            ("hashed", choice(EncoderSource::Hashed, false)),
            ("minilm", choice(minilm(None), false)),
            ("{name: hashed, shuffled: true}", choice(EncoderSource::Hashed, true)),
            ("{name: minilm, folder: models}", choice(minilm(Some("models")), false)),
            (
                "{name: file, path: own.jsonl, shuffled: true}",
                choice(EncoderSource::File { path: "own.jsonl".into() }, true),
            ),
        ] {
            let read: EncoderChoice = serde_yaml::from_str(text).unwrap();
            assert_eq!(read, expected, "{text}");
            let yaml = serde_yaml::to_string(&read).unwrap();
            assert_eq!(serde_yaml::from_str::<EncoderChoice>(&yaml).unwrap(), expected, "{yaml}");
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<EncoderChoice>(&json).unwrap(), expected, "{json}");
        }
        let plain = serde_yaml::from_str::<EncoderChoice>("{name: hashed}").unwrap();
        assert_eq!(serde_json::to_string(&plain).unwrap(), "\"hashed\"");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, says) in [
            ("file", "needs a `path`"),
            ("bert", "unknown variant `bert`"),
            ("{name: hashed, folder: models}", "`folder` is for the encoder `minilm`"),
            ("{name: minilm, path: own.jsonl}", "`path` is for the encoder `file`"),
            ("{name: minilm, shuffle: true}", "unknown field `shuffle`"),
        ] {
            let error = serde_yaml::from_str::<EncoderChoice>(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
