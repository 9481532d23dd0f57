//! `--set`.

use serde_yaml::Value;

use super::error::ConfigError;
use super::explain::explain_text;
use super::tree::{Node, Place, Tree};

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

    /// What `--set` takes for it: as it was written, where it was.
    #[must_use]
    pub fn written(&self) -> String {
        let given = match &self.value.place {
            Place::Option(text) => text.strip_prefix("--set "),
            Place::File { .. } => None,
        };
        given.map_or_else(
            || format!("{}={}", self.path.join("."), serde_json::to_string(&self.value.value()).unwrap_or_default()),
            ToOwned::to_owned,
        )
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
