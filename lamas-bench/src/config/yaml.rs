//! YAML to typed values, with file, line, place and remedy in every message.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_yaml::Value;

use super::suggest;

/// What is wrong with a configuration file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}; {remedy}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
        /// What to do.
        remedy: String,
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

/// A YAML file's text, and where it came from.
#[derive(Debug, Clone)]
pub struct Source {
    /// For messages.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
}

impl Source {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
            remedy: "give the path of an experiment file, such as experiments/quickstart.yaml".to_owned(),
        })?;
        Ok(Self { path: path.to_owned(), text })
    }

    /// The typed content.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_yaml::from_str(&self.text).map_err(|error| self.invalid(&error))
    }

    /// The content as a tree, for overrides.
    ///
    /// # Errors
    /// Names file and line.
    pub fn value(&self) -> Result<Value, ConfigError> {
        self.parse()
    }

    /// An error at the first line that holds this token, for checks that need more than the file.
    #[must_use]
    pub fn error_at(&self, token: &str, message: impl Into<String>) -> ConfigError {
        ConfigError::Invalid { place: self.place(self.line_with(token, 0)), message: message.into() }
    }

    /// Where the entry of a list stands: the first line from the list's key on that holds its name.
    #[must_use]
    pub fn place_in(&self, list: &str, name: &str) -> String {
        let key = self.line_of_key(list, 1).map_or(0, |line| line - 1);
        self.place(self.line_with(name, key))
    }

    /// The first line, from 0, that holds a token outside comments.
    fn line_with(&self, token: &str, from: usize) -> Option<usize> {
        let lines = self.text.lines().enumerate().skip(from);
        lines
            .filter(|(_, line)| !line.trim_start().starts_with('#') && line.contains(token))
            .map(|(line, _)| line)
            .next()
    }

    fn place(&self, line: Option<usize>) -> String {
        let file = self.path.display();
        line.map_or_else(|| file.to_string(), |line| format!("{file}:{}", line + 1))
    }

    fn invalid(&self, error: &serde_yaml::Error) -> ConfigError {
        let message = explain(error);
        let line = unknown_field(&message)
            .and_then(|(field, _)| self.line_of_key(field, error.location().map_or(0, |at| at.line())))
            .or_else(|| error.location().map(|at| at.line()));
        ConfigError::Invalid { place: self.place(line.map(|line| line - 1)), message }
    }

    /// The parser places an unknown key at the start of its mapping; the key's own line is what the reader wants.
    fn line_of_key(&self, key: &str, from: usize) -> Option<usize> {
        let holds = |line: &str| {
            line.match_indices(key).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let after = line[at + key.len()..].trim_start();
                before.is_none_or(|c| !c.is_alphanumeric() && c != '_') && after.starts_with(':')
            })
        };
        let lines = self.text.lines().enumerate().skip(from.saturating_sub(1));
        lines.filter(|(_, line)| holds(line)).map(|(index, _)| index + 1).next()
    }
}

/// The files of one experiment, its own first.
#[derive(Debug, Clone)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// An error at the first line of any file that holds this token; in the experiment's own file where none does.
    ///
    /// # Panics
    /// Without any file.
    #[must_use]
    pub fn error_at(&self, token: &str, message: impl Into<String>) -> ConfigError {
        let holds = |source: &&Source| source.line_with(token, 0).is_some();
        self.0.iter().find(holds).unwrap_or(&self.0[0]).error_at(token, message)
    }
}

/// The parser's message without its own place, and with a suggestion where a key is unknown.
fn explain(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let text = match error.location() {
        Some(_) => text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned(),
        None => text,
    };
    match unknown_field(&text) {
        Some((field, known)) => {
            let path = text.split("unknown field").next().unwrap_or_default();
            format!("{path}unknown key `{field}`{}", suggest::hint(field, known))
        }
        None => text,
    }
}

/// The unknown key of a serde message, and the keys that it expected.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let at = message.find("unknown field `").or_else(|| message.find("unknown key `"))?;
    let mut quoted = message[at..].split('`').skip(1).step_by(2);
    let field = quoted.next()?;
    Some((field, quoted.collect()))
}

/// One `--set key=value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    path: Vec<String>,
    value: Value,
    text: String,
}

impl std::str::FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form key=value"))?;
        let path: Vec<String> = key.split('.').map(|part| part.trim().to_owned()).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!("`{key}` is not a key such as seeds or controller.tau"));
        }
        let value = serde_yaml::from_str(value).map_err(|error| format!("the value of `{key}`: {error}"))?;
        Ok(Self { path, value, text: text.to_owned() })
    }
}

impl Override {
    /// The value at this key, for the overrides that an option of its own stands for.
    #[must_use]
    pub fn new(key: &str, value: Value) -> Self {
        let text = format!("{key}={}", serde_yaml::to_string(&value).unwrap_or_default().trim_end());
        Self { path: key.split('.').map(ToOwned::to_owned).collect(), value, text }
    }

    /// Puts the value in its place, making mappings on the way.
    ///
    /// # Errors
    /// When the way leads through something that is not a mapping.
    pub fn apply(&self, root: &mut Value) -> Result<(), ConfigError> {
        let mut at = root;
        for part in &self.path {
            if at.is_null() {
                *at = Value::Mapping(serde_yaml::Mapping::new());
            }
            let Value::Mapping(mapping) = at else {
                return Err(self.error(&format!("`{part}` would lie inside a value that has no keys")));
            };
            at = mapping.entry(Value::String(part.clone())).or_insert(Value::Null);
        }
        *at = self.value.clone();
        Ok(())
    }

    fn error(&self, message: &str) -> ConfigError {
        ConfigError::Invalid { place: format!("--set {}", self.text), message: message.to_owned() }
    }
}

/// The typed content of a tree that overrides have changed.
///
/// # Errors
/// Names the overrides and the key.
pub fn from_value<T: DeserializeOwned>(value: Value, overrides: &[Override]) -> Result<T, ConfigError> {
    serde_yaml::from_value(value).map_err(|error| {
        let named: Vec<_> = overrides.iter().map(|o| format!("--set {}", o.text)).collect();
        ConfigError::Invalid { place: named.join(" "), message: explain(&error) }
    })
}
