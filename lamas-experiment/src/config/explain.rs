//! What a parser says, in our words.

use super::{ranges, suggest};

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
const EXPECTED: [(&str, &str); 13] = [
    ("expected a string", "expected text"),
    ("expected path string", "expected text that is a path"),
    ("expected u64", "expected a whole number, 0 or more"),
    ("expected usize", "expected a whole number, 0 or more"),
    ("expected a nonzero u32", "expected a whole number of 1 or more"),
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
            let mut message = EXPECTED.iter().fold(cut(text), |text, (theirs, ours)| text.replace(theirs, ours));
            let bare = ["integer", "floating point", "boolean"].iter().any(|kind| message.contains(kind));
            if bare && message.contains("expected text") {
                message += "; put quotes around it";
            }
            Explanation { key: None, message }
        }
    }
}

/// How much of a value is told, in characters: what was taken for a setting may be a whole file, and a secret one.
const TOLD: usize = 40;

/// A message whose values are cut: texts stand between double quotes there, numbers and names between backquotes.
fn cut(message: String) -> String {
    let quote = |c: char| matches!(c, '"' | '`');
    let (Some(first), Some(last)) = (message.find(quote), message.rfind(", expected")) else { return message };
    let start = first + 1;
    match message.get(start..last).and_then(|value| value.char_indices().nth(TOLD)) {
        Some((end, _)) => format!("{}...{}", &message[..start + end], &message[last..]),
        None => message,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_of_a_value_only_its_beginning_is_told() {
        let said = |text: &str| {
            let error = serde_yaml::from_str::<std::collections::BTreeMap<String, u32>>(text).unwrap_err();
            explain(&error).message
        };
        assert_eq!(said("short"), "invalid type: string \"short\", expected keys and values");
        let file = "root:x:0:0:root:/root:/bin/bash and-much-that-is-nobodys-business-".repeat(20);
        let told = said(&format!("'{file}'"));
        assert_eq!(told, format!("invalid type: string \"{}..., expected keys and values", &file[..TOLD]));
    }
}
