//! Every key of an experiment as a document, made from the schema.

use std::collections::VecDeque;
use std::fmt::Write as _;

use serde_json::Value;

use super::schema::schema;

/// Every key with what it may be, its default and its meaning: Markdown, a table for each group of keys.
#[must_use]
pub fn reference() -> String {
    let root = schema();
    let definitions = &root["definitions"];
    let mut document = Document { definitions, waiting: VecDeque::new(), met: Vec::new(), text: String::new() };
    document.wait("", &root);
    while let Some((path, keys)) = document.waiting.pop_front() {
        document.section(&path, keys);
    }
    document.text
}

struct Document<'s> {
    definitions: &'s Value,
    /// Groups of keys that have no section yet, with where they stand.
    waiting: VecDeque<(String, &'s Value)>,
    /// Definitions that have a section, with where they were met first.
    met: Vec<(&'s str, String)>,
    text: String,
}

impl<'s> Document<'s> {
    fn wait(&mut self, path: &str, keys: &'s Value) {
        self.waiting.push_back((path.to_owned(), keys));
    }

    fn section(&mut self, path: &str, keys: &'s Value) {
        let heading = if path.is_empty() { "The file".to_owned() } else { format!("`{path}`") };
        let _ = write!(self.text, "\n## {heading}\n\n");
        if let Some(description) = keys["description"].as_str() {
            let _ = write!(self.text, "{description}\n\n");
        }
        self.text.push_str("| key | what it may be | default | what it means |\n| --- | --- | --- | --- |\n");
        for (key, value) in keys["properties"].as_object().into_iter().flatten() {
            let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let kind = self.kind(&at, value);
            let required = keys["required"].as_array().is_some_and(|required| required.iter().any(|name| name == key));
            let default = if required { "required".to_owned() } else { default(&value["default"]) };
            let means = [value["description"].as_str().unwrap_or_default().to_owned(), self.values(value)].join(" ");
            let _ = writeln!(self.text, "| `{key}` | {} | {default} | {} |", cell(&kind), cell(means.trim()));
        }
    }

    /// What a reference, or the one part of a schema, stands for, with its name.
    fn resolved(&self, schema: &'s Value) -> (Option<&'s str>, &'s Value) {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return (Some(name), &self.definitions[name]);
        }
        match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => self.resolved(only),
            _ => (None, schema),
        }
    }

    /// What a value may be, in a few words. Groups of keys get a section of their own.
    fn kind(&mut self, path: &str, schema: &'s Value) -> String {
        let (name, schema) = self.resolved(schema);
        if let Some(forms) = ["anyOf", "oneOf"].iter().find_map(|key| schema[key].as_array()) {
            let kinds: Vec<String> = forms
                .iter()
                .filter(|form| form["type"] != "null")
                .map(|form| self.kind(path, form))
                .filter(|kind| !kind.is_empty())
                .collect();
            return kinds.join(" or ");
        }
        if let Some(value) = schema.get("const") {
            return format!("`{}`", bare(value));
        }
        if let Some(values) = schema["enum"].as_array() {
            let values: Vec<String> = values.iter().map(|value| format!("`{}`", bare(value))).collect();
            return values.join(" or ");
        }
        if schema["properties"].is_object() {
            return self.keys(path, name, schema);
        }
        match type_of(schema) {
            "array" => format!("list of: {}", self.kind(&format!("{path}[]"), &schema["items"])),
            "object" => match self.kind(&format!("{path}.NAME"), &schema["additionalProperties"]) {
                kind if kind.is_empty() => "keys of your own".to_owned(),
                kind => format!("keys of your own, each: {kind}"),
            },
            "boolean" => "`true` or `false`".to_owned(),
            "integer" => "whole number".to_owned(),
            "number" => "number".to_owned(),
            "string" => "text".to_owned(),
            _ => String::new(),
        }
    }

    fn keys(&mut self, path: &str, name: Option<&'s str>, schema: &'s Value) -> String {
        let Some(name) = name else {
            // One key of several that say which form it is.
            let properties = schema["properties"].as_object().into_iter().flatten();
            let forms = properties.map(|(key, value)| {
                let kind = self.kind(&format!("{path}.{key}"), value);
                format!("`{key}:` {kind}")
            });
            return forms.collect::<Vec<_>>().join(" or ");
        };
        let first = self.met.iter().find(|(met, _)| *met == name).map(|(_, first)| first.clone());
        let first = first.unwrap_or_else(|| {
            let path = self.free(path, schema);
            self.met.push((name, path.clone()));
            self.wait(&path, schema);
            path
        });
        format!("[keys](#{})", anchor(&first))
    }

    /// A heading that no other group has: where several kinds of groups may stand at one place, the first key that a further one
    /// must have is added.
    fn free(&self, path: &str, keys: &Value) -> String {
        match keys["required"][0].as_str() {
            Some(key) if self.met.iter().any(|(_, other)| other == path) => format!("{path}{{{key}}}"),
            _ => path.to_owned(),
        }
    }

    /// What each value of an enumeration means.
    fn values(&self, schema: &'s Value) -> String {
        let schema = match type_of(schema) {
            "array" => &schema["items"],
            _ => schema,
        };
        let (_, schema) = self.resolved(schema);
        let forms = ["anyOf", "oneOf"].iter().find_map(|key| schema[key].as_array());
        let forms = forms.into_iter().flatten();
        let said = forms.filter_map(|form| match (form.get("const"), form["description"].as_str()) {
            (Some(value), Some(text)) => Some(format!("`{}`: {text}", bare(value))),
            (None, None) => Some(self.values(form)).filter(|values| !values.is_empty()),
            _ => None,
        });
        said.collect::<Vec<_>>().join(" ")
    }
}

/// The type that is no `null`.
fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::String(name) => name,
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default(),
        _ => "",
    }
}

/// A value as YAML has it on one line.
fn bare(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A default where it is short; what is longer is a group of keys with defaults of their own.
fn default(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) if text.is_empty() => String::new(),
        value => Some(bare(value)).filter(|text| text.len() <= 32).map_or_else(String::new, |text| format!("`{text}`")),
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The anchor that Markdown readers give a heading.
fn anchor(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}
