//! A YAML text as a tree in which every value knows where it comes from: from a line of a file, or from an option.
//!
//! Values are read by serde_yaml. It keeps no places, so that the places come from the events of a second parser, which also
//! sees what the first would expand or drop: aliases of aliases, bottomless nesting, a key that stands there twice.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use serde_yaml::{Mapping, Value};

use super::error::ConfigError;
use super::explain::{explain, explain_text};
use super::marks::{self, Mark, Marks};
use super::text::{self, TextError};

/// The largest file that is read.
const MOST_BYTES: u64 = 1 << 20;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file, and its line where one is known.
    File {
        /// As it was named.
        path: Arc<Path>,
        /// From 1.
        line: Option<usize>,
    },
    /// An option of the command line, e.g. `--set seeds=0`.
    Option(Arc<str>),
}

impl Place {
    /// The folder that relative paths start from; `None` is the working directory.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::File { path, .. } => path.parent(),
            Self::Option(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Option(text) => f.write_str(text),
        }
    }
}

/// A value and its place. An entry of a mapping stands where its key stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// Where it comes from.
    pub place: Place,
    /// What it is.
    pub node: Node,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Text, a number, true, false or nothing.
    Scalar(Value),
    /// A sequence.
    List(Vec<Tree>),
    /// A mapping, in the order of the file.
    Keys(Vec<(Value, Tree)>),
}

/// One step from a value to one that lies in it.
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Tree {
    /// Reads a file.
    ///
    /// # Errors
    /// Names the file and, where the text is to blame, the line.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::of(path, &Self::text_of(path)?)
    }

    /// A file's text.
    ///
    /// # Errors
    /// Names the file and, where the text is to blame, the line.
    pub fn text_of(path: &Path) -> Result<String, ConfigError> {
        let unreadable = |error: TextError| match error {
            TextError::Unreadable(problem) => ConfigError::Unreadable { path: path.to_owned(), problem },
            other => ConfigError::Invalid { place: other.place(path), message: other.to_string() },
        };
        let bytes = text::bytes(path, MOST_BYTES).map_err(unreadable)?;
        text::decode(&bytes).map(ToOwned::to_owned).map_err(unreadable)
    }

    /// The tree of a text that stands in a file.
    ///
    /// # Errors
    /// Names file and line.
    pub fn of(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let path: Arc<Path> = path.into();
        let at = |line: Option<usize>| Place::File { path: Arc::clone(&path), line };
        let invalid = |line, message: String| ConfigError::Invalid { place: at(line).to_string(), message };
        let marks = marks::read(text).map_err(|fault| invalid(fault.line, fault.message))?;
        let value = serde_yaml::from_str(text).map_err(|error: serde_yaml::Error| {
            invalid(error.location().map(|at| at.line()), explain_text(&error, ""))
        })?;
        Ok(Self::join(value, marks.as_ref(), at(None), &path))
    }

    /// A tree that comes from one place as a whole.
    #[must_use]
    pub fn from_value(value: Value, place: &Place) -> Self {
        let node = match value {
            Value::Sequence(items) => Node::List(items.into_iter().map(|item| Self::from_value(item, place)).collect()),
            Value::Mapping(keys) => {
                Node::Keys(keys.into_iter().map(|(key, value)| (key, Self::from_value(value, place))).collect())
            }
            scalar => Node::Scalar(scalar),
        };
        Self { place: place.clone(), node }
    }

    /// Values and marks of one text, side by side.
    fn join(value: Value, marks: Option<&Marks>, place: Place, path: &Arc<Path>) -> Self {
        let child = |value: Value, mark: Option<&Mark>| {
            let place = match mark {
                Some(mark) => Place::File { path: Arc::clone(path), line: Some(mark.line) },
                None => place.clone(),
            };
            Self::join(value, mark.map(|mark| &mark.inner), place, path)
        };
        let mark_of = |index: usize| marks.and_then(|marks| marks.child(index));
        let node = match value {
            Value::Sequence(items) => {
                Node::List(items.into_iter().enumerate().map(|(index, item)| child(item, mark_of(index))).collect())
            }
            Value::Mapping(keys) => {
                let keys = keys.into_iter().enumerate();
                Node::Keys(keys.map(|(index, (key, value))| (key, child(value, mark_of(index)))).collect())
            }
            scalar => Node::Scalar(scalar),
        };
        Self { place, node }
    }

    /// The value alone.
    #[must_use]
    pub fn value(&self) -> Value {
        match &self.node {
            Node::Scalar(value) => value.clone(),
            Node::List(items) => Value::Sequence(items.iter().map(Self::value).collect()),
            Node::Keys(keys) => {
                Value::Mapping(keys.iter().map(|(key, tree)| (key.clone(), tree.value())).collect::<Mapping>())
            }
        }
    }

    /// The typed content.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.parse_at("")
    }

    /// The typed content of what lies at a path such as `methods[2].set`, or of nothing where nothing lies there.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn parse_at<T: DeserializeOwned>(&self, path: &str) -> Result<T, ConfigError> {
        let nothing = Self { place: self.place.clone(), node: Node::Scalar(Value::Null) };
        let start = self.at(path).unwrap_or(&nothing);
        serde_path_to_error::deserialize(start.value()).map_err(|error| {
            let said = explain(error.inner());
            let mut tree = start;
            let mut way = path.to_owned();
            for segment in error.path() {
                let step = match segment {
                    Segment::Seq { index } => Step::Index(*index),
                    Segment::Map { key } if said.key.as_deref() != Some(key) => Step::Key(key),
                    _ => continue,
                };
                way = joined(&way, &step);
                tree = tree.child(&step).unwrap_or(tree);
            }
            let place =
                said.key.as_deref().and_then(|key| tree.child(&Step::Key(key))).map_or(&tree.place, |key| &key.place);
            let message = if way.is_empty() { said.message } else { format!("{way}: {}", said.message) };
            ConfigError::Invalid { place: place.to_string(), message }
        })
    }

    /// What lies at a path such as `methods[2].set`.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        steps(path).try_fold(self, |tree, step| tree.child(&step))
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.child(&Step::Key(key))
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.node {
            Node::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping whose keys are text; none of anything else.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let keys: &[(Value, Self)] = match &self.node {
            Node::Keys(keys) => keys,
            _ => &[],
        };
        keys.iter().filter_map(|(key, value)| Some((key.as_str()?, value)))
    }

    /// The text of a scalar that is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.node {
            Node::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// An error at a path such as `methods[2].set`: at its nearest part that stands somewhere.
    #[must_use]
    pub fn error(&self, path: &str, message: impl Into<String>) -> ConfigError {
        let mut nearest = self;
        for step in steps(path) {
            match nearest.child(&step) {
                Some(child) => nearest = child,
                None => break,
            }
        }
        ConfigError::Invalid { place: nearest.place.to_string(), message: message.into() }
    }

    /// A path of this file as seen from the working directory: what lies at `key` is relative to the file in which it stands,
    /// and as it is where an option or a default says so.
    #[must_use]
    pub fn located(&self, key: &str, path: &Path) -> PathBuf {
        match self.at(key).and_then(|tree| tree.place.folder()) {
            Some(folder) => folder.join(path),
            None => path.to_owned(),
        }
    }

    /// Refuses numbers that are none: no key of ours can use them, and sums and comparisons with them go wrong silently.
    ///
    /// # Errors
    /// Names the first one's place and key.
    pub fn check_numbers(&self) -> Result<(), ConfigError> {
        self.walk(&mut |key, value| match &value.node {
            Node::Scalar(Value::Number(number)) if number.as_f64().is_some_and(|number| !number.is_finite()) => {
                let message = format!("{key}: `{number}` cannot be used; give a finite number, or leave the key out");
                Err(ConfigError::Invalid { place: value.place.to_string(), message })
            }
            _ => Ok(()),
        })
    }

    /// Looks at every value with its path, such as `methods[2].set`, in the order of the file.
    pub(super) fn walk(
        &self,
        look: &mut impl FnMut(&str, &Self) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        self.walk_below("", look)
    }

    fn walk_below(
        &self,
        way: &str,
        look: &mut impl FnMut(&str, &Self) -> Result<(), ConfigError>,
    ) -> Result<(), ConfigError> {
        look(way, self)?;
        match &self.node {
            Node::Scalar(_) => Ok(()),
            Node::List(items) => {
                items.iter().enumerate().try_for_each(|(i, item)| item.walk_below(&joined(way, &Step::Index(i)), look))
            }
            Node::Keys(keys) => keys.iter().try_for_each(|(key, tree)| {
                let key = key.as_str().unwrap_or_default();
                tree.walk_below(&joined(way, &Step::Key(key)), look)
            }),
        }
    }

    fn child(&self, step: &Step<'_>) -> Option<&Self> {
        match (&self.node, step) {
            (Node::List(items), Step::Index(index)) => items.get(*index),
            (Node::Keys(keys), Step::Key(name)) => {
                keys.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, tree)| tree)
            }
            _ => None,
        }
    }
}

/// The steps of a path such as `methods[2].set`.
fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        let index = part.strip_suffix(']').and_then(|index| index.parse().ok());
        index.map_or(Step::Key(part), Step::Index)
    })
}

fn joined(way: &str, step: &Step<'_>) -> String {
    match step {
        Step::Index(index) => format!("{way}[{index}]"),
        Step::Key(key) if way.is_empty() => (*key).to_owned(),
        Step::Key(key) => format!("{way}.{key}"),
    }
}
