//! One JSON object of an answer: the whole of it, or one event of a stream.
//!
//! Forgiven: missing or empty usage, null content, content as a list of parts, unknown fields, any type in any field.

use lamas_core::chat::{FILLER_FINGERPRINT, FinishReason, SIMULATED_FINGERPRINT, Usage};
use lamas_core::units::Tokens;
use serde_json::Value;

use super::broken::{Broken, kind};
use crate::limit::Author;

/// Counts of tokens from here on are not believed: no model has such a context, and sums must not overflow.
const UNBELIEVABLE: u64 = 1 << 32;

/// Tokens that the server says it used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Prompt tokens; `None` where it says only what was generated.
    pub input: Option<u64>,
    /// Generated tokens, reasoning tokens among them.
    pub output: u64,
}

impl Told {
    /// The usage, with our own count of the prompt where the server says none.
    #[must_use]
    pub fn with_input(self, counted: impl FnOnce() -> Tokens) -> Usage {
        let input = self.input.map_or_else(counted, Tokens);
        Usage { input, output: Tokens(self.output), counted: self.input.is_none() }
    }

    /// This after that: a server that told the prompt once need not tell it again.
    pub(super) fn after(self, earlier: Option<Self>) -> Self {
        Self { input: self.input.or(earlier.and_then(|told| told.input)), ..self }
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

    /// The usage of the answer or of its choice, unless the server left it out, filled it with zeros, or claims what cannot be.
    pub(super) fn usage(self) -> Option<Told> {
        told(self.0).or_else(|| told(self.choice()?.0))
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

    /// Refuses it where the server says that it failed, or says what nobody can read.
    pub(super) fn check(self) -> Result<(), Broken> {
        if let Some(error) = there(self.0, "error") {
            return Err(Broken::Said(error.clone()));
        }
        match [self.delta(), self.message()].into_iter().find_map(Piece::unreadable) {
            Some(kind) => Err(Broken::Malformed(format!("its content is {kind}, not text"))),
            None => Ok(()),
        }
    }

    /// Why it ended, once it has.
    pub(super) fn finish(self) -> Option<Finish> {
        let reason = match self.0.get("finish_reason")? {
            Value::Null => return None,
            Value::String(reason) if reason.trim().is_empty() => return None,
            Value::String(reason) => reason.trim(),
            other => return Some(Finish::Other(other.to_string())),
        };
        Some(match bare(reason).as_str() {
            "stop" | "eos" | "eostoken" | "endturn" | "stopsequence" | "complete" | "completed" => {
                Finish::Model(FinishReason::Stop)
            }
            "length" | "maxtokens" | "maxoutputtokens" | "maxcompletiontokens" | "modellength" => {
                Finish::Model(FinishReason::Length)
            }
            "contentfilter"
            | "contentfiltered"
            | "safety"
            | "recitation"
            | "blocklist"
            | "prohibitedcontent"
            | "spii"
            | "refusal"
            | "guardrailintervened" => Finish::Model(FinishReason::Filtered),
            "toolcalls" | "tooluse" | "functioncall" => Finish::Model(FinishReason::Other),
            // As the server wrote it: a secret in another case would not be recognised.
            _ => Finish::Other(reason.to_owned()),
        })
    }
}

/// A finish reason in small letters alone, without the name of the enum that it comes from, as in `FinishReason.STOP`,
/// `FINISH_REASON_STOP` or `<FinishReason.STOP: 'stop'>`.
fn bare(reason: &str) -> String {
    let small = |word: &str| word.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let words = reason.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | ' ')));
    let mut words: Vec<String> = words.map(small).filter(|word| !word.is_empty()).collect();
    let is_enum = |word: &String| ENUMS.contains(&word.as_str());
    if let Some(at) = words.iter().position(is_enum).filter(|at| at + 1 < words.len()) {
        words.drain(..=at);
    }
    words.dedup();
    let word = words.join(" ");
    let without = ENUMS.iter().find_map(|name| word.strip_prefix(name).filter(|rest| !rest.is_empty()));
    without.map_or_else(|| word.clone(), ToOwned::to_owned)
}

/// What finish reasons are called where they are an enum.
const ENUMS: [&str; 2] = ["finishreason", "stopreason"];

/// A message, or a piece of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a>(Option<&'a Value>);

impl<'a> Piece<'a> {
    /// What it says; a refusal is what a model says too. A number is what it says in digits.
    pub(super) fn text(self) -> String {
        match self.field("content") {
            Some(Value::Number(number)) => number.to_string(),
            _ => self.first(&["content", "refusal"]),
        }
    }

    /// What its content is, where that is neither text nor anything that holds some: nobody knows what it says.
    pub(super) fn unreadable(self) -> Option<&'static str> {
        let content = self.field("content")?;
        let is_unreadable = match content {
            Value::Bool(_) => true,
            Value::Object(part) => !part.is_empty() && !TEXTS.iter().any(|field| part.contains_key(*field)),
            _ => false,
        };
        is_unreadable.then(|| kind(content))
    }

    /// What it thinks, where the server shows it: not part of the answer, but generated.
    pub(super) fn reasoning(self) -> String {
        self.first(&["reasoning_content", "reasoning"])
    }

    /// The first of these fields that says something.
    fn first(self, fields: &[&str]) -> String {
        let mut texts = fields.iter().map(|field| text(self.field(field)));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn field(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name)
    }
}

/// The tokens that stand under `usage`. A count that cannot be, or is none, makes all of it unbelievable.
fn told(object: &Value) -> Option<Told> {
    let usage = object.get("usage")?;
    let stated = |names: [&str; 2]| match names.iter().find_map(|name| usage.get(name).filter(|value| !value.is_null()))
    {
        Some(value) => count(value).map(Some),
        None => Some(None),
    };
    let input = stated(["prompt_tokens", "input_tokens"])?.filter(|input| *input > 0);
    let output = stated(["completion_tokens", "output_tokens"])?;
    // Some servers leave reasoning tokens out of the completion and count them in the total only.
    let total = usage.get("total_tokens").and_then(count);
    let beside = total.zip(input).map(|(total, input)| total.saturating_sub(input));
    match (input, output.max(beside)?) {
        (None, 0) => None,
        (input, output) => Some(Told { input, output }),
    }
}

/// A number of tokens, in whatever form servers write it: `12`, `12.0`, `"12"`.
fn count(value: &Value) -> Option<u64> {
    let number = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    (number.fract() == 0.0 && (0.0..UNBELIEVABLE as f64).contains(&number)).then_some(number as u64)
}

/// What a field holds, if it says anything.
fn there<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !says_nothing(value))
}

/// Whether it is one of the ways to say that there is nothing, all the way down.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => ["", "null", "none"].iter().any(|nothing| text.trim().eq_ignore_ascii_case(nothing)),
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(fields) => fields.values().all(says_nothing),
    }
}

/// Where a part of a content keeps its text.
const TEXTS: [&str; 3] = ["text", "refusal", "value"];

/// The text of a content: a string, null, or a list of parts.
fn text(content: Option<&Value>) -> String {
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().map(|part| text(Some(part))).collect(),
        Some(Value::Object(part)) => text(TEXTS.iter().find_map(|field| part.get(*field))),
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
        assert_eq!(says(json!({"content": 12})), "12");
        assert_eq!(says(json!({"content": -0.5})), "-0.5");
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
        for stop in [
            "FinishReason.STOP",
            "FINISH_REASON_STOP",
            "<FinishReason.STOP: 'stop'>",
            "types.FinishReason.Stop",
            "STOP_REASON_END_TURN",
            "end-turn",
            "EndTurn",
            "FinishReasonStop",
        ] {
            assert_eq!(finish(json!(stop)), Some(Finish::Model(FinishReason::Stop)), "{stop}");
        }
        assert_eq!(finish(json!("FinishReason.MAX_TOKENS")), Some(Finish::Model(FinishReason::Length)));
        assert_eq!(finish(json!("FinishReason.SAFETY")), Some(Finish::Model(FinishReason::Filtered)));
        for failed in [
            "FinishReason.ERROR",
            "error: stop",
            "error.length",
            "FINISH_REASON_UNSPECIFIED",
            "finish_reason",
            "not stop",
            "FinishReason.STOP.ERROR",
        ] {
            assert_eq!(finish(json!(failed)), Some(Finish::Other(failed.to_owned())));
        }
        assert_eq!(finish(json!(3)), Some(Finish::Other("3".to_owned())));
        assert_eq!(finish(json!(null)), None);
        assert_eq!(finish(json!("")), None);
    }

    #[test]
    fn reasoning_tokens_are_output_however_they_are_reported() {
        let usage = |usage: Value| {
            let told = Completion(&json!({"usage": usage})).usage()?;
            told.input.map(|input| (input, told.output))
        };
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
    fn case_usage_is_read_in_every_form_that_servers_write_it() {
        let told = Told { input: Some(20), output: 9 };
        let both = Some(told);
        for usage in [
            json!({"prompt_tokens": 20.0, "completion_tokens": 9.0}),
            json!({"prompt_tokens": "20", "completion_tokens": " 9 "}),
            json!({"input_tokens": 20, "output_tokens": 9, "total_tokens": 29}),
            json!({"prompt_tokens": null, "input_tokens": 20, "completion_tokens": 9}),
            json!({"prompt_tokens": 20, "total_tokens": 29}),
        ] {
            assert_eq!(Completion(&json!({"usage": usage})).usage(), both, "{usage}");
            let in_choice = json!({"choices": [{"index": 0, "usage": usage}], "usage": null});
            assert_eq!(Completion(&in_choice).usage(), both, "{usage}");
        }
        let no_input = Told { input: None, output: 9 };
        let alone = Some(no_input);
        for usage in [json!({"completion_tokens": 9}), json!({"prompt_tokens": 0, "output_tokens": "9"})] {
            assert_eq!(Completion(&json!({"usage": usage})).usage(), alone, "{usage}");
        }
        assert_eq!(no_input.after(both), told);
        for unread in [json!(9.5), json!("many"), json!([9]), json!({}), json!(true), json!("nan"), json!("-9")] {
            let usage = json!({"prompt_tokens": 20, "completion_tokens": unread});
            assert_eq!(Completion(&json!({"usage": usage})).usage(), None, "{usage}");
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
            assert_eq!(told, Some(Told { input: Some(5), output: 6 }), "{absurd}");
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
            json!({"error": {}}),
            json!({"error": []}),
            json!({"error": 0}),
            json!({"error": {"code": null, "message": ""}}),
            json!({"error": "None"}),
        ] {
            assert_eq!(error(none.clone()), None, "{none}");
        }
    }
}
