//! What must never be printed.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// What stands in a text where a secret stood.
const HIDDEN: &str = "[hidden]";

/// A secret from this length on is searched for in the forms that it may be echoed in, and by its first half.
const LONG: usize = 12;

/// A secret below this length is none that could be told from ordinary text in a model's answer: `EMPTY`, `1234`.
const TELLING: usize = 8;

/// The secrets of one endpoint, to be taken out of whatever a server or a library says.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<Form>);

/// One form in which a secret may be echoed.
struct Form {
    text: SecretString,
    /// So much of it is enough to be recognised: a server may cut it off.
    enough: usize,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Secrets {
    pub(super) fn add(&mut self, secret: &SecretString) {
        let plain = secret.expose_secret();
        let mut forms = vec![plain.to_owned()];
        if plain.len() >= LONG {
            forms.extend([json(plain), json(plain).replace('/', "\\/"), hex(plain), hex(plain).to_uppercase()]);
            forms.extend([percent(plain), percent(plain).to_lowercase()].into_iter().filter(|form| form.contains('%')));
            forms.extend((0..3).flat_map(|shift| {
                let standard = base64(plain, shift);
                let url_safe = standard.replace('+', "-").replace('/', "_");
                [standard, url_safe]
            }));
        }
        forms.sort_unstable();
        forms.dedup();
        self.0.extend(forms.into_iter().map(Form::new));
    }

    /// The text without any of the secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, form| form.hide(text))
    }

    /// A model's answer without any of the secrets. Those too short to be recognised stay: what looks like them is the
    /// answer itself.
    pub(super) fn hide_in_answer(&self, text: String) -> String {
        let telling = self.0.iter().filter(|form| form.text.expose_secret().len() >= TELLING);
        telling.fold(text, |text, form| form.hide(text))
    }
}

impl Form {
    fn new(text: String) -> Self {
        let enough = if text.len() < LONG { text.len() } else { LONG.max(text.len() / 2) };
        Self { text: text.into(), enough }
    }

    fn hide(&self, text: String) -> String {
        let secret = self.text.expose_secret();
        let Some(start) = secret.get(..self.enough) else { return text };
        if !text.contains(start) {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(start) {
            out.push_str(&rest[..at]);
            out.push_str(HIDDEN);
            let same = rest[at..].chars().zip(secret.chars()).take_while(|(here, there)| here == there);
            rest = &rest[at + same.map(|(here, _)| here.len_utf8()).sum::<usize>()..];
        }
        out + rest
    }
}

/// As it stands within a JSON string.
fn json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn hex(secret: &str) -> String {
    secret.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// As it stands within a URL's query.
fn percent(secret: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    secret.bytes().map(byte).collect()
}

/// The part of the Base64 of any text that holds the secret after `shift` bytes (modulo 3) which the secret alone decides.
fn base64(secret: &str, shift: usize) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let skip = (3 - shift) % 3;
    let groups = secret.as_bytes()[skip..].chunks_exact(3);
    let digits = groups.flat_map(|group| {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|low| char::from(DIGITS[bits >> low & 63]))
    });
    digits.collect()
}

/// A header's value that HTTP libraries do not print either; `None` where the text cannot be a header's value.
pub(super) fn header_value(prefix: &str, secret: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{prefix}{}", secret.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r#"sk-"T/H+E=\-SECRET-0123456789"#;

    fn secrets(key: &str) -> Secrets {
        let mut secrets = Secrets::default();
        secrets.add(&SecretString::from(key.to_owned()));
        secrets
    }

    #[test]
    fn case_every_form_of_a_key_is_hidden() {
        let secrets = secrets(KEY);
        let before = ["Bearer ", "user:", "x"];
        for form in [
            KEY.to_owned(),
            serde_json::to_string(&format!("you sent {KEY}")).unwrap(),
            serde_json::to_string(KEY).unwrap().replace('/', "\\/"),
            percent(KEY),
            percent(KEY).to_lowercase(),
            hex(KEY),
            hex(KEY).to_uppercase(),
        ] {
            let hidden = secrets.hide(&format!("<{form}> and {form}{form}"));
            assert_eq!(hidden.matches(HIDDEN).count(), 3, "{form}: {hidden}");
            assert!(!hidden.to_lowercase().contains("secret-01"), "{hidden}");
        }
        for text in before {
            let encoded = base64(&format!("{text}{KEY}__"), 0);
            let hidden = secrets.hide(&encoded);
            assert!(hidden.contains(HIDDEN) && hidden.len() < 30, "{encoded}: {hidden}");
        }
        assert!(!format!("{secrets:?}").contains("SECRET"));
    }

    #[test]
    fn case_a_key_that_was_cut_off_is_hidden() {
        let secrets = secrets("sk-THE-SECRET-0123456789");
        for length in LONG..24 {
            assert_eq!(secrets.hide(&format!("key {}...", &"sk-THE-SECRET-0123456789"[..length])), "key [hidden]...");
        }
        assert_eq!(secrets.hide("keys start with sk-"), "keys start with sk-");
    }

    #[test]
    fn a_placeholder_is_not_searched_for_in_answers() {
        let secrets = secrets("1234");
        assert_eq!(secrets.hide("bad key 1234"), "bad key [hidden]");
        assert_eq!(secrets.hide_in_answer("the sum is 1234".to_owned()), "the sum is 1234");
    }
}
