//! What must never be printed.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// What stands in a text where a secret stood.
const HIDDEN: &str = "[hidden]";

/// The secrets of one endpoint, to be taken out of whatever a server or a library says.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<SecretString>);

impl Secrets {
    pub(super) fn add(&mut self, secret: SecretString) {
        self.0.push(secret);
    }

    /// The text without any of the secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), HIDDEN))
    }
}

/// A header's value that HTTP libraries do not print either; `None` where the text cannot be a header's value.
pub(super) fn header_value(prefix: &str, secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
