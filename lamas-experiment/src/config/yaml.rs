//! What is wrong with a configuration, and `--set`.

use std::path::PathBuf;

use serde_yaml::Value;

use super::tree::{Node, Place, Tree};
use super::{ranges, suggest};

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The system does not give the file.
    #[error("{}: cannot be read: {problem}; give the path of a YAML file, such as experiments/quickstart.yaml", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{place}: {message}")]
    Invalid {
        /// `file:line`, or the option that set the value.
        place: String,
        /// The key and what is wrong with it.
        message: String,
    },
}

/// A parser's message in our words.
pub(super) struct Explanation {
    /// The key that is unknown, where that is the fault.
    pub key: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// The end of what is said of a number that no type holds.
const TOO_LARGE: &str = "`, which is too large";

/// Expectations of serde's messages, and what they mean to a reader.
const EXPECTED: [(&str, &str); 12] = [
    ("expected a string", "expected text"),
    ("expected path string", "expected text that is a path"),
    ("expected u64", "expected a whole number, 0 or more"),
    ("expected usize", "expected a whole number, 0 or more"),
    ("expected u32", "expected a whole number from 0 to 4294967295"),
    ("expected f64", "expected a number"),
    ("expected a sequence", "expected a list such as [a, b]"),
    ("expected a map", "expected keys and values"),
    ("` as u128, expected any YAML value", TOO_LARGE),
    ("` as i128, expected any YAML value", TOO_LARGE),
    ("invalid type: unit value", "invalid type: nothing"),
    ("invalid type: map", "invalid type: keys and values"),
];

/// The parser's message without its own place, and with a suggestion where a key is unknown.
pub(super) fn explain(error: &serde_yaml::Error) -> Explanation {
    let text = error.to_string();
    let text = match error.location() {
        Some(_) => text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned(),
        None => text,
    };
    match unknown_field(&text) {
        Some((field, known)) => {
            let message = match known.is_empty() {
                true => format!("unknown key `{field}`; there are no keys here"),
                false => format!("unknown key `{field}`{}", suggest::hint(field, known)),
            };
            Explanation { key: Some(field.to_owned()), message }
        }
        None => {
            let mut message = EXPECTED.iter().fold(text, |text, (theirs, ours)| text.replace(theirs, ours));
            let bare = ["integer", "floating point", "boolean"].iter().any(|kind| message.contains(kind));
            if bare && message.contains("expected text") {
                message += "; put quotes around it";
            }
            Explanation { key: None, message }
        }
    }
}

/// What is wrong with a text that is no value, where it is to stand at this key.
pub(super) fn explain_text(error: &serde_yaml::Error, above: &str) -> String {
    let message = explain(error).message;
    // Larger than any integer of ours: the reader of texts refuses it before a key could say what it may be.
    let number = message.strip_suffix(TOO_LARGE).and_then(|rest| rest.rsplit_once("invalid type: integer `"));
    let Some((way, number)) = number else {
        return if above.is_empty() { message } else { format!("{above}: {message}") };
    };
    let below = way.trim_end_matches(": ");
    let key = if above.is_empty() || below.is_empty() { [above, below].concat() } else { format!("{above}.{below}") };
    match ranges::of(&key) {
        Some(range) => format!("{key}: {}", ranges::between(number, &range)),
        None => format!("{key}: {number} is larger than any number that is read"),
    }
}

/// The unknown key of a serde message, and the keys that it expected.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let at = message.find("unknown field `")?;
    let mut quoted = message[at..].split('`').skip(1).step_by(2);
    let field = quoted.next()?;
    Some((field, quoted.collect()))
}

/// One `--set key=value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    path: Vec<String>,
    value: Tree,
}

impl std::str::FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form key=value"))?;
        let path: Vec<String> = key.split('.').map(|part| part.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!("`{key}` is not a key such as seeds or controller.tau"));
        }
        let value = serde_yaml::from_str(value).map_err(|error| explain_text(&error, key))?;
        Ok(Self { path, value: Tree::from_value(value, &Place::Option(format!("--set {text}").into())) })
    }
}

impl Override {
    /// The value at this key, for the overrides that an option of its own stands for.
    #[must_use]
    pub fn new(key: &str, value: Value) -> Self {
        let text = format!("--set {key}={}", serde_yaml::to_string(&value).unwrap_or_default().trim_end());
        Self::at(key, Tree::from_value(value, &Place::Option(text.into())))
    }

    /// A value that stands elsewhere, at this key.
    #[must_use]
    pub fn at(key: &str, value: Tree) -> Self {
        Self { path: key.split('.').map(ToOwned::to_owned).collect(), value }
    }

    /// The same change within the value of a key.
    #[must_use]
    pub fn below(&self, key: &str) -> Self {
        let path = std::iter::once(key.to_owned()).chain(self.path.iter().cloned()).collect();
        Self { path, value: self.value.clone() }
    }

    /// Puts the value in its place, making mappings on the way.
    ///
    /// # Errors
    /// When the way leads through something that is not a mapping.
    pub fn apply(&self, root: &mut Tree) -> Result<(), ConfigError> {
        let mut at = root;
        for part in &self.path {
            if matches!(at.node, Node::Scalar(Value::Null)) {
                at.node = Node::Keys(Vec::new());
            }
            let Node::Keys(keys) = &mut at.node else {
                let message = format!("`{part}` would lie inside a value that has no keys");
                return Err(ConfigError::Invalid { place: self.value.place.to_string(), message });
            };
            let there = keys.iter().position(|(key, _)| key.as_str() == Some(part));
            let index = there.unwrap_or_else(|| {
                let nothing = Tree { place: self.value.place.clone(), node: Node::Scalar(Value::Null) };
                keys.push((Value::String(part.clone()), nothing));
                keys.len() - 1
            });
            at = &mut keys[index].1;
        }
        *at = self.value.clone();
        Ok(())
    }
}
