//! What stands in an experiment is written into manifests and published with them: keys must not stand there.

use reqwest::header::{HeaderName, HeaderValue};
use serde_json::Value;

use super::error::SettingsError;

/// Names under which servers take keys: letters alone, in lower case, without an `x` in front.
const NAMES: [&str; 15] = [
    "authorization",
    "proxyauthorization",
    "apikey",
    "apitoken",
    "accesskey",
    "accesstoken",
    "authkey",
    "authtoken",
    "bearertoken",
    "clientsecret",
    "password",
    "secret",
    "secretkey",
    "subscriptionkey",
    "ocpapimsubscriptionkey",
];

/// How the keys of well-known services begin, and what a whole header's value with one does.
const BEGINNINGS: [&str; 9] = ["Bearer ", "Basic ", "sk-", "gsk_", "hf_", "xai-", "nvapi-", "AIza", "ghp_"];

/// From so many characters behind such a beginning on a text is a key rather than a word.
const LONG: usize = 12;

const REMEDY: &str = "a key must not stand in the experiment; ";

/// Refuses a text that is most likely a key.
pub(super) fn refuse_key(place: String, name: &str, text: &str, remedy: &str) -> Result<(), SettingsError> {
    match is_key(name, text) {
        true => Err(SettingsError::value(place, format!("{REMEDY}{remedy}"))),
        false => Ok(()),
    }
}

/// Refuses whatever is most likely a key within a value.
pub(super) fn refuse_keys(place: &str, name: &str, value: &Value) -> Result<(), SettingsError> {
    match value {
        Value::String(text) => {
            refuse_key(place.to_owned(), name, text, "name its place under `key` or `headers` of the endpoint")
        }
        Value::Object(fields) => {
            fields.iter().try_for_each(|(name, value)| refuse_keys(&format!("{place}.{name}"), name, value))
        }
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| refuse_keys(&format!("{place}[{index}]"), name, item))
        }
        _ => Ok(()),
    }
}

fn is_key(name: &str, text: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    let begins = |beginning: &&str| text.strip_prefix(*beginning).is_some_and(|rest| rest.len() >= LONG);
    NAMES.contains(&letters.strip_prefix('x').unwrap_or(&letters)) || BEGINNINGS.iter().any(begins)
}

/// The name of a header.
pub(super) fn header_name(name: &str, place: &str) -> Result<HeaderName, SettingsError> {
    HeaderName::try_from(name).map_err(|_| {
        // It may hold line breaks, which would make the message look like several.
        let problem = format!("`{}` is not a header's name; use letters, digits and `-`", name.escape_debug());
        SettingsError::value(place, problem)
    })
}

/// The value of a header that everybody may see.
pub(super) fn header_text(text: &str, place: &str) -> Result<HeaderValue, SettingsError> {
    HeaderValue::from_str(text).map_err(|_| {
        SettingsError::value(place, "it holds characters that no header may hold; use printable ASCII in one line")
    })
}
