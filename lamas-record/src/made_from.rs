//! Everything that makes a cell's result, so that no result is taken for that of something else.

use std::collections::BTreeMap;
use std::fmt;

use lamas_core::digest::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a cell's result was made from: keys such as `method.plan` or `rows.test` with their values, as JSON. Long ones,
/// such as rows or prompts, stand there as their SHA-256.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MadeFrom(BTreeMap<String, String>);

/// One key whose values differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    key: String,
    was: Option<String>,
    is: Option<String>,
}

impl MadeFrom {
    /// Adds a key with its value, as JSON.
    ///
    /// # Panics
    /// When the value cannot be written as JSON, as no setting is.
    pub fn put(&mut self, key: &str, value: impl Serialize) {
        let value = serde_json::to_value(value).expect("settings can be written");
        self.0.insert(key.to_owned(), value.to_string());
    }

    /// Adds all keys of another.
    pub fn extend(&mut self, more: &Self) {
        self.0.extend(more.0.iter().map(|(key, value)| (key.clone(), value.clone())));
    }

    /// SHA-256 of it all, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256(self.0.iter().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]))
    }

    /// Where it differs from what it was, by key.
    #[must_use]
    pub fn differences(&self, was: &Self) -> Vec<Difference> {
        let mut keys: Vec<&String> = self.0.keys().chain(was.0.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        let differing = keys.into_iter().filter(|key| self.0.get(*key) != was.0.get(*key));
        let at =
            |key: &String| Difference { key: key.clone(), was: was.0.get(key).cloned(), is: self.0.get(key).cloned() };
        differing.map(at).collect()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
        write!(f, "{} was {}, is {}", self.key, short(&text(&self.was)), short(&text(&self.is)))
    }
}

/// The start of a value, for a message; checksums differ at their start.
fn short(value: &str) -> String {
    const SHOWN: usize = 80;
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

/// SHA-256 over parts, each with its length, so that what stands in one cannot stand in the next.
#[must_use]
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_with_what_was_and_what_is() {
        let parts = |pairs: &[(&str, &str)]| {
            let mut parts = MadeFrom::default();
            pairs.iter().for_each(|(key, value)| parts.put(key, value));
            parts
        };
        let (was, is) = (parts(&[("a", "1"), ("b", "2"), ("c", "3")]), parts(&[("a", "1"), ("b", "7"), ("d", "4")]));
        let told: Vec<String> = is.differences(&was).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["b was \"2\", is \"7\"", "c was \"3\", is not there", "d was not there, is \"4\""]);
        assert_ne!(was.sha256(), is.sha256());
        assert!(was.differences(&was).is_empty());
        // What stands in one value never stands in the next one's place.
        assert_ne!(parts(&[("a", "bc")]).sha256(), parts(&[("ab", "c")]).sha256());
    }
}
