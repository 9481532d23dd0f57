//! The JSON schema of experiment files, made from the types that read them, and the same as tables to read.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::draft::Draft;

/// The schema of experiment files, in the draft that editors know (7).
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<Draft>().to_value();
    tidy(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), "LAMaS experiment".into());
    }
    schema
}

/// The schema as a file's text.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", schema())
}

/// Makes text for readers of what was written for readers of the code, and drops formats that only this language has.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if keys.get("format").is_some_and(Value::is_string) {
                keys.shift_remove("format");
            }
            if let Some(Value::String(description)) = keys.get_mut("description") {
                *description = plain(description);
            }
            keys.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

/// A comment in one line up to its first example, with the names of links in place of the links.
fn plain(comment: &str) -> String {
    let comment = comment.split("```").next().unwrap_or_default();
    let mut text = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    while let Some(start) = text.find("[`") {
        let Some(end) = text[start..].find("`]").map(|end| start + end) else { break };
        let after = text[end + 2..].strip_prefix('(').and_then(|rest| rest.find(')')).map_or(0, |close| close + 2);
        let name = text[start + 2..end].trim_start_matches("mod@").to_owned();
        text.replace_range(start..end + 2 + after, &format!("`{name}`"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_comments_become_their_names() {
        assert_eq!(
            plain("see\n[`mod@include`] and [`REDRAWS`](super::REDRAWS) times"),
            "see `include` and `REDRAWS` times"
        );
        assert_eq!(plain("a [list] of `x`"), "a [list] of `x`");
        assert_eq!(plain("[`open"), "[`open");
        assert_eq!(plain("What it is.\n\n```\nlet x = 1;\n```"), "What it is.");
    }
}
