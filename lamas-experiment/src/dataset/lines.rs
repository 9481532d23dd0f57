//! JSON lines: an object a line, as other programs write them.

use std::collections::BTreeMap;
use std::fmt;

use lamas_core::surrogates;
use serde::Deserialize;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The object of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    fields: Map<String, Value>,
    /// Numbers that a double may not hold, as they are written.
    written: BTreeMap<String, String>,
}

/// The lines of a text that are not blank, with their numbers from 1.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(|(index, line)| (index + 1, line))
}

impl Row {
    /// The object of a line. A surrogate that stands alone, as Python writes half of a character that it cut, is read as the
    /// character for what cannot be read.
    ///
    /// # Errors
    /// What is wrong with it, with its column.
    pub fn parse(line: &str) -> Result<Self, String> {
        let read = |line: &str| {
            let row: Self = serde_json::from_str(line).map_err(|error| explain(&error))?;
            Ok(Self { written: written_numbers(&row.fields, line), ..row })
        };
        read(line).or_else(|message| surrogates::mended(line).map_or(Err(message), |line| read(&line)))
    }

    /// Refuses keys that mean nothing, which may be others misspelt.
    ///
    /// # Errors
    /// Names the first.
    pub fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                Err(format!("unknown key `{key}`{}", crate::config::suggest::hint(key, known.iter().copied())))
            }
            None => Ok(()),
        }
    }

    /// A field that holds text, or a number with all its digits.
    ///
    /// # Errors
    /// When it is missing or holds something else.
    pub fn text(&self, field: &str) -> Result<String, String> {
        match self.get(field)? {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(self.written.get(field).cloned().unwrap_or_else(|| number.to_string())),
            other => Err(format!("field `{field}` is {}, neither text nor a number", kind(other))),
        }
    }

    /// A field that holds text.
    ///
    /// # Errors
    /// When it is missing or holds something else.
    pub fn string(&self, field: &str) -> Result<String, String> {
        match self.get(field)? {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Err(format!("field `{field}` is null; give text, \"\" where there is none")),
            other => Err(format!("field `{field}` is {}, not text; put quotes around it", kind(other))),
        }
    }

    /// A field that holds text with something in it.
    ///
    /// # Errors
    /// When it is missing, holds something else, or nothing that can be seen.
    pub fn filled(&self, field: &str) -> Result<String, String> {
        let text = self.string(field)?;
        if is_blank(&text) {
            Err(format!("field `{field}` is blank, but a problem needs text there"))
        } else {
            Ok(text)
        }
    }

    fn get(&self, field: &str) -> Result<&Value, String> {
        self.fields.get(field).ok_or_else(|| format!("field `{field}` is missing"))
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        distinct(deserializer, "an object such as {\"id\": 0}").map(|fields| Self { fields, written: BTreeMap::new() })
    }
}

/// The numbers of a line that are no whole ones of 64 bits, digit by digit.
fn written_numbers(fields: &Map<String, Value>, line: &str) -> BTreeMap<String, String> {
    let rounded = |value: &Value| value.is_f64();
    if !fields.values().any(rounded) {
        return BTreeMap::new();
    }
    let raw: BTreeMap<String, Box<RawValue>> = serde_json::from_str(line).unwrap_or_default();
    raw.into_iter()
        .filter(|(key, _)| fields.get(key).is_some_and(rounded))
        .map(|(key, raw)| (key, raw.get().to_owned()))
        .collect()
}

/// An object none of whose keys stands there twice: JSON allows it, and readers keep the last one.
///
/// # Errors
/// Those of the deserializer, and a key that stands there twice.
pub fn distinct<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
) -> Result<Map<String, Value>, D::Error> {
    deserializer.deserialize_map(Distinct(expected))
}

struct Distinct(&'static str);

impl<'de> Visitor<'de> for Distinct {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("field `{key}` stands there twice")));
            }
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// Whether a text shows nothing: spaces of any kind, marks without width, control characters.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The message without the line that the parser counts within its own text.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((message, _)) if error.is_data() => message.to_owned(),
        Some((message, _)) => format!("column {}: {message}", error.column()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_half_a_character_is_read_as_one_that_cannot_be_read() {
        let answer = |line: &str| Row::parse(line).unwrap().string("a").unwrap();
        assert_eq!(answer(r#"{"a": "x\ud83d"}"#), "x\u{fffd}");
        assert_eq!(answer(r#"{"a": "\ude00\ud83d y"}"#), "\u{fffd}\u{fffd} y");
        assert_eq!(answer(r#"{"a": "\ud83d\ude00 \ud83d"}"#), "\u{1f600} \u{fffd}");
        assert_eq!(answer(r#"{"a": "\\ud83d \ud83d"}"#), "\\ud83d \u{fffd}");
        assert_eq!(answer(r#"{"a": "\ud83d\n"}"#), "\u{fffd}\n");
    }

    #[test]
    fn case_a_number_keeps_all_its_digits() {
        for number in ["12345678901234567890123", "0.10000000000000000001", "1e-05", "-1.50", "18", "1E6"] {
            let row = Row::parse(&format!("{{\"a\": {number}, \"b\": 0.5}}"));
            assert_eq!(row.and_then(|row| row.text("a")).as_deref(), Ok(number));
        }
    }

    #[test]
    fn case_what_is_wrong_with_a_line_is_named_with_its_column() {
        let said = |line: &str| Row::parse(line).and_then(|row| row.string("a")).unwrap_err();
        insta::assert_snapshot!(said(r#"{"a": "x""#), @"column 9: EOF while parsing an object");
        insta::assert_snapshot!(said(r#"{"a": "x", "a": "y"}"#), @"field `a` stands there twice");
        insta::assert_snapshot!(said("[1]"), @r#"invalid type: sequence, expected an object such as {"id": 0}"#);
        insta::assert_snapshot!(said(r#"{"a": 4.1}"#), @"field `a` is a number, not text; put quotes around it");
        insta::assert_snapshot!(said(r#"{"b": ""}"#), @"field `a` is missing");
        insta::assert_snapshot!(Row::parse(r#"{"answr": ""}"#).unwrap().only(&["id", "answer"]).unwrap_err(), @"unknown key `answr`, did you mean `answer`?");
    }

    proptest! {
        #[test]
        fn no_line_is_too_odd(line in "(\\{\"a\": \")?(\\\\u[dD][89abcdefABCDEF][0-9a-f]{2}|\\\\|\"|\\PC){0,12}(\"\\})?") {
            if let Ok(row) = Row::parse(&line) {
                let _ = row.string("a");
            }
        }

        #[test]
        fn what_can_be_read_as_it_is_stays_so(text in "\\PC{0,20}") {
            let line = serde_json::json!({ "a": text }).to_string();
            prop_assert_eq!(Row::parse(&line).unwrap().string("a").unwrap(), text);
        }
    }
}
