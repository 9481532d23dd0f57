//! One JSON object of an answer: the whole of it, or one event of a stream.
//!
//! Forgiven: missing or empty usage, null content, content as a list of parts, unknown fields, any type in any field.

use lamas_core::chat::{FILLER_FINGERPRINT, FinishReason, SIMULATED_FINGERPRINT, Usage};
use lamas_core::units::Tokens;
use serde_json::Value;

use crate::limit::Author;

/// Counts of tokens from here on are not believed: no model has such a context, and sums must not overflow.
const UNBELIEVABLE: u64 = 1 << 32;

/// Tokens that the server says it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Prompt tokens.
    pub input: u64,
    /// Generated tokens, reasoning tokens among them.
    pub output: u64,
}

impl From<Told> for Usage {
    fn from(Told { input, output }: Told) -> Self {
        Self { input: Tokens(input), output: Tokens(output), counted: false }
    }
}

/// Why a choice ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finish {
    /// As models end.
    Model(FinishReason),
    /// In a way that leaves no answer, or one that nobody has heard of: the server's word for it.
    Other(String),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Completion<'a>(pub(super) &'a Value);

#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a>(&'a Value);

impl<'a> Completion<'a> {
    /// The error, where the server sends one with status 200: under `error`, or as the object itself.
    pub(super) fn error(self) -> Option<&'a Value> {
        let object = self.0;
        if let Some(error) = there(object, "error") {
            return Some(error);
        }
        let says_so = ["object", "type"].iter().any(|field| object.get(field).is_some_and(|value| value == "error"));
        let speaks = ["message", "detail"].iter().any(|field| there(object, field).is_some());
        (object.get("choices").is_none() && (says_so || speaks)).then_some(object)
    }

    /// Whose answer it is, as far as the server says.
    pub(super) fn author(self) -> Author {
        match self.0.get("system_fingerprint").and_then(Value::as_str) {
            Some(mark) if mark.starts_with(FILLER_FINGERPRINT) => Author::Filler,
            Some(mark) if mark.starts_with(SIMULATED_FINGERPRINT) => Author::Simulated,
            _ => Author::Model,
        }
    }

    /// Whether it is the shape of an answer at all.
    pub(super) fn has_choices(self) -> bool {
        self.choices().is_some_and(|choices| !choices.is_empty())
    }

    /// The first choice by number, which is 0 where none is given. We never ask for more than one: another is not ours.
    pub(super) fn choice(self) -> Option<Choice<'a>> {
        let number = |choice: &Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0);
        self.choices()?.iter().find(|choice| number(choice) == 0).map(Choice)
    }

    fn choices(self) -> Option<&'a Vec<Value>> {
        self.0.get("choices")?.as_array()
    }

    /// The usage, unless the server left it out, filled it with zeros, or claims what cannot be.
    pub(super) fn usage(self) -> Option<Told> {
        let usage = self.0.get("usage")?;
        let count = |field| usage.get(field).and_then(Value::as_u64).filter(|count| *count < UNBELIEVABLE);
        let input = count("prompt_tokens").filter(|input| *input > 0)?;
        let stated = count("completion_tokens")?;
        // Some servers leave reasoning tokens out of the completion and count them in the total only.
        let output = stated.max(count("total_tokens").unwrap_or(0).saturating_sub(input));
        Some(Told { input, output })
    }
}

impl<'a> Choice<'a> {
    /// What this event of a stream adds.
    pub(super) fn delta(self) -> Piece<'a> {
        Piece(self.0.get("delta"))
    }

    /// All that it says; in a stream, all that it has said so far.
    pub(super) fn message(self) -> Piece<'a> {
        Piece(self.0.get("message"))
    }

    /// What it says as servers of plain completions put it.
    pub(super) fn plain(self) -> String {
        text(self.0.get("text"))
    }

    /// The server's error about this choice alone.
    pub(super) fn error(self) -> Option<&'a Value> {
        there(self.0, "error")
    }

    /// Why it ended, once it has.
    pub(super) fn finish(self) -> Option<Finish> {
        let reason = match self.0.get("finish_reason")? {
            Value::Null => return None,
            Value::String(reason) if reason.trim().is_empty() => return None,
            Value::String(reason) => reason.trim(),
            other => return Some(Finish::Other(other.to_string())),
        };
        Some(match reason.to_lowercase().as_str() {
            "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "complete" | "completed" => {
                Finish::Model(FinishReason::Stop)
            }
            "length" | "max_tokens" | "max_output_tokens" | "max_completion_tokens" | "model_length" => {
                Finish::Model(FinishReason::Length)
            }
            "content_filter"
            | "content_filtered"
            | "safety"
            | "recitation"
            | "blocklist"
            | "prohibited_content"
            | "spii"
            | "refusal"
            | "guardrail_intervened" => Finish::Model(FinishReason::Filtered),
            "tool_calls" | "tool_use" | "function_call" => Finish::Model(FinishReason::Other),
            // As the server wrote it: a secret in another case would not be recognised.
            _ => Finish::Other(reason.to_owned()),
        })
    }
}

/// A message, or a piece of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a>(Option<&'a Value>);

impl Piece<'_> {
    /// What it says; a refusal is what a model says too.
    pub(super) fn text(self) -> String {
        self.first(&["content", "refusal"])
    }

    /// What it thinks, where the server shows it: not part of the answer, but generated.
    pub(super) fn reasoning(self) -> String {
        self.first(&["reasoning_content", "reasoning"])
    }

    /// The first of these fields that says something.
    fn first(self, fields: &[&str]) -> String {
        let texts = fields.iter().map(|field| text(self.0.and_then(|piece| piece.get(field))));
        texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    }
}

fn there<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null() && **value != "" && **value != false)
}

/// The text of a content: a string, null, or a list of parts.
fn text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().map(|part| text(Some(part))).collect(),
        Some(Value::Object(part)) => {
            text(part.get("text").or_else(|| part.get("refusal")).or_else(|| part.get("value")))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_comes_in_many_shapes() {
        let says = |piece: Value| Piece(Some(&piece)).text();
        assert_eq!(says(json!({"content": "four"})), "four");
        assert_eq!(says(json!({"content": null})), "");
        assert_eq!(says(json!({"content": null, "refusal": "no"})), "no");
        assert_eq!(says(json!({"content": [{"type": "text", "text": "fo"}, {"text": "ur"}]})), "four");
        assert_eq!(says(json!({"content": [{"text": {"value": "four"}}], "x": 1})), "four");
        assert_eq!(says(json!("four")), "");
        let thinks = |piece: Value| Piece(Some(&piece)).reasoning();
        assert_eq!(thinks(json!({"reasoning_content": "hm"})), "hm");
        assert_eq!(thinks(json!({"reasoning_content": null, "reasoning": "hm"})), "hm");
        assert_eq!(Piece(None).text(), "");
    }

    #[test]
    fn a_simulated_answer_is_known_by_its_fingerprint() {
        let author = |mark: Value| Completion(&json!({"choices": [], "system_fingerprint": mark})).author();
        assert_eq!(author(json!("simulated_0123456789")), Author::Simulated);
        assert_eq!(author(json!("simulated_filler_0123456789")), Author::Filler);
        for real in [json!(null), json!("fp_44709d6fcb"), json!(""), json!(3)] {
            assert_eq!(author(real.clone()), Author::Model, "{real}");
        }
        assert_eq!(Completion(&json!({})).author(), Author::Model);
    }

    #[test]
    fn finish_reasons_are_translated() {
        let finish = |reason: Value| Choice(&json!({"finish_reason": reason})).finish();
        assert_eq!(finish(json!("stop")), Some(Finish::Model(FinishReason::Stop)));
        assert_eq!(finish(json!("MAX_TOKENS")), Some(Finish::Model(FinishReason::Length)));
        assert_eq!(finish(json!("content_filter")), Some(Finish::Model(FinishReason::Filtered)));
        assert_eq!(finish(json!("tool_calls")), Some(Finish::Model(FinishReason::Other)));
        for failed in ["error", "insufficient_system_resource", "abort", "network_error", "whatever"] {
            assert_eq!(finish(json!(failed)), Some(Finish::Other(failed.to_owned())));
        }
        assert_eq!(finish(json!(3)), Some(Finish::Other("3".to_owned())));
        assert_eq!(finish(json!(null)), None);
        assert_eq!(finish(json!("")), None);
    }

    #[test]
    fn reasoning_tokens_are_output_however_they_are_reported() {
        let usage = |usage: Value| Completion(&json!({"usage": usage})).usage().map(|told| (told.input, told.output));
        let inside = json!({"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 60,
            "completion_tokens_details": {"reasoning_tokens": 40}});
        let beside = json!({"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 60});
        assert_eq!(usage(inside), Some((10, 50)));
        assert_eq!(usage(beside), Some((10, 50)));
        assert_eq!(usage(json!({"prompt_tokens": 10, "completion_tokens": 0})), Some((10, 0)));
        assert_eq!(usage(json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})), None);
        for unusable in [json!(null), json!({}), json!({"prompt_tokens": null}), json!([]), json!("12")] {
            assert_eq!(usage(unusable.clone()), None, "{unusable}");
        }
    }

    #[test]
    fn case_absurd_usage_is_not_believed() {
        let usage = |usage: Value| Completion(&json!({"usage": usage})).usage();
        for absurd in
            [json!(1_u64 << 63), json!(u64::MAX), json!(i64::MAX), json!(1e300), json!(-1), json!(1_u64 << 32)]
        {
            assert_eq!(usage(json!({"prompt_tokens": 5, "completion_tokens": absurd})), None, "{absurd}");
            assert_eq!(usage(json!({"prompt_tokens": absurd, "completion_tokens": 5})), None, "{absurd}");
            let told = usage(json!({"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": absurd}));
            assert_eq!(told, Some(Told { input: 5, output: 6 }), "{absurd}");
        }
    }

    #[test]
    fn errors_are_told_from_answers() {
        let error = |body: Value| Completion(&body).error().cloned();
        assert_eq!(error(json!({"error": "no"})), Some(json!("no")));
        for whole in [
            json!({"object": "error", "message": "too long", "code": 400}),
            json!({"message": "overloaded", "type": "overloaded_error"}),
            json!({"detail": "Not Found"}),
            json!({"type": "error"}),
        ] {
            assert_eq!(error(whole.clone()), Some(whole));
        }
        for none in [
            json!({}),
            json!({"type": "ping"}),
            json!({"choices": [], "error": null, "message": "x"}),
            json!({"error": false}),
        ] {
            assert_eq!(error(none.clone()), None, "{none}");
        }
    }
}
