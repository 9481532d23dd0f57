//! The request's body, and a reading of answers that forgives what servers commonly get wrong.
//!
//! Forgiven: missing or empty usage, null content, content as a list of parts, unknown fields, unknown finish reasons,
//! numbers where texts are due in errors. Not forgiven: no choice at all, and text that is not JSON.

use lamas_core::chat::{
    ChatRequest, FILLER_FINGERPRINT, FinishReason, Role, SIMULATED_FINGERPRINT, SampleIndex, Usage,
};
use lamas_core::random::Seed;
use lamas_core::units::Tokens;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::settings::OpenAiSettings;
use crate::limit::Author;

/// The body of a request to `/chat/completions`.
pub(super) fn body(settings: &OpenAiSettings, model: &str, request: &ChatRequest) -> Value {
    let sampling = &request.sampling;
    let mut body = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    set("model", Some(model.into()));
    set("messages", Some(messages(request)));
    set("temperature", Some(settings.temperature.unwrap_or(sampling.temperature).into()));
    set("top_p", settings.top_p.or(sampling.top_p).map(Value::from));
    set(settings.max_tokens_field.as_str(), settings.max_tokens.or(sampling.max_tokens).map(Value::from));
    let stop = settings.stop.as_ref().unwrap_or(&sampling.stop);
    set("stop", (!stop.is_empty()).then(|| stop.clone().into()));
    set("seed", settings.seed.map(|seed| sample_seed(seed, request.sample).into()));
    // Texts, as OpenAI's metadata must be.
    let SampleIndex { replicate, ordinal } = request.sample;
    let sample = json!({"replicate": replicate.to_string(), "ordinal": ordinal.to_string()});
    set("metadata", settings.send_sample.then_some(sample));
    if settings.stream {
        set("stream", Some(true.into()));
        set("stream_options", Some(json!({"include_usage": true})));
    }
    for (key, value) in &settings.extra {
        if value.is_null() {
            body.shift_remove(key);
        } else {
            body.insert(key.clone(), value.clone());
        }
    }
    Value::Object(body)
}

fn messages(request: &ChatRequest) -> Value {
    let role = |role| match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    request.messages.iter().map(|m| json!({"role": role(m.role), "content": &*m.content})).collect()
}

/// A seed for one sample, within the 31 bits that every server takes.
fn sample_seed(seed: u64, sample: SampleIndex) -> u64 {
    Seed(seed).derive("server seed", &[sample.replicate, u64::from(sample.ordinal)]).0 >> 33
}

/// A whole answer, or one event of a streamed one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Completion {
    pub(super) choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    system_fingerprint: Option<Value>,
    /// Some proxies answer 200 and put the error here.
    pub(super) error: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    message: Option<Piece>,
    delta: Option<Piece>,
    finish_reason: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Piece {
    content: Option<Value>,
    refusal: Option<Value>,
    reasoning_content: Option<Value>,
    reasoning: Option<Value>,
}

impl Completion {
    /// The first choice; we never ask for more.
    pub(super) fn choice(&self) -> Option<&Choice> {
        self.choices.as_ref()?.first()
    }

    /// Whose answer it is, as far as the server says.
    pub(super) fn author(&self) -> Author {
        match self.system_fingerprint.as_ref().and_then(Value::as_str) {
            Some(mark) if mark.starts_with(FILLER_FINGERPRINT) => Author::Filler,
            Some(mark) if mark.starts_with(SIMULATED_FINGERPRINT) => Author::Simulated,
            _ => Author::Model,
        }
    }

    /// The usage, unless the server left it out or filled it with zeros.
    pub(super) fn usage(&self) -> Option<Usage> {
        let count = |field| self.usage.as_ref()?.get(field)?.as_u64();
        let input = count("prompt_tokens").filter(|input| *input > 0)?;
        let stated = count("completion_tokens")?;
        // Some servers leave reasoning tokens out of the completion and count them in the total only.
        let output = stated.max(count("total_tokens").unwrap_or(0).saturating_sub(input));
        Some(Usage { input: Tokens(input), output: Tokens(output), counted: false })
    }
}

impl Choice {
    fn piece(&self) -> Option<&Piece> {
        self.message.as_ref().or(self.delta.as_ref())
    }

    /// What it says; a refusal is what a model says too.
    pub(super) fn text(&self) -> String {
        let Some(piece) = self.piece() else { return String::new() };
        let content = text(piece.content.as_ref());
        if content.is_empty() { text(piece.refusal.as_ref()) } else { content }
    }

    /// What it thinks, where the server shows it: not part of the answer, but generated.
    pub(super) fn reasoning(&self) -> String {
        let Some(piece) = self.piece() else { return String::new() };
        text(piece.reasoning_content.as_ref().or(piece.reasoning.as_ref()))
    }

    /// Why it ended, once it has.
    pub(super) fn finish(&self) -> Option<FinishReason> {
        match self.finish_reason.as_ref()?.as_str()? {
            "" => None,
            "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "completed" => Some(FinishReason::Stop),
            "length" | "max_tokens" | "max_output_tokens" => Some(FinishReason::Length),
            _ => Some(FinishReason::Other),
        }
    }
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
    use lamas_core::chat::{Message, Sampling};

    fn choice(json: &str) -> Choice {
        serde_json::from_str(json).unwrap()
    }

    fn settings(yaml: &str) -> OpenAiSettings {
        serde_yaml::from_str(&format!("{{name: m, endpoints: [], {yaml}}}")).unwrap()
    }

    #[test]
    fn content_comes_in_many_shapes() {
        assert_eq!(choice(r#"{"message": {"content": "four"}}"#).text(), "four");
        assert_eq!(choice(r#"{"message": {"content": null}}"#).text(), "");
        assert_eq!(choice(r#"{"message": {"content": null, "refusal": "no"}}"#).text(), "no");
        assert_eq!(
            choice(r#"{"delta": {"content": [{"type": "text", "text": "fo"}, {"text": "ur"}]}}"#).text(),
            "four"
        );
        assert_eq!(choice(r#"{"message": {"content": [{"text": {"value": "four"}}], "x": 1}}"#).text(), "four");
        assert_eq!(choice(r#"{"delta": {"reasoning_content": "hm"}}"#).reasoning(), "hm");
        assert_eq!(choice("{}").text(), "");
    }

    #[test]
    fn a_simulated_answer_is_known_by_its_fingerprint() {
        let author = |json: &str| serde_json::from_str::<Completion>(json).unwrap().author();
        assert_eq!(author(r#"{"choices": [], "system_fingerprint": "simulated_0123456789"}"#), Author::Simulated);
        assert_eq!(author(r#"{"choices": [], "system_fingerprint": "simulated_filler_0123456789"}"#), Author::Filler);
        for real in ["null", r#""fp_44709d6fcb""#, r#""""#, "3"] {
            assert_eq!(author(&format!(r#"{{"system_fingerprint": {real}}}"#)), Author::Model, "{real}");
        }
        assert_eq!(author("{}"), Author::Model);
    }

    #[test]
    fn finish_reasons_are_translated() {
        let finish = |reason: &str| choice(&format!(r#"{{"finish_reason": {reason}}}"#)).finish();
        assert_eq!(finish(r#""stop""#), Some(FinishReason::Stop));
        assert_eq!(finish(r#""length""#), Some(FinishReason::Length));
        assert_eq!(finish(r#""content_filter""#), Some(FinishReason::Other));
        assert_eq!(finish("null"), None);
        assert_eq!(finish("3"), None);
    }

    #[test]
    fn reasoning_tokens_are_output_however_they_are_reported() {
        let usage = |usage: &str| {
            let completion: Completion = serde_json::from_str(&format!(r#"{{"usage": {usage}}}"#)).unwrap();
            completion.usage().map(|usage| (usage.input.0, usage.output.0))
        };
        let inside = r#"{"prompt_tokens": 10, "completion_tokens": 50, "total_tokens": 60,
            "completion_tokens_details": {"reasoning_tokens": 40}}"#;
        let beside = r#"{"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 60}"#;
        assert_eq!(usage(inside), Some((10, 50)));
        assert_eq!(usage(beside), Some((10, 50)));
        assert_eq!(usage(r#"{"prompt_tokens": 10, "completion_tokens": 0}"#), Some((10, 0)));
        assert_eq!(usage(r#"{"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}"#), None);
        for unusable in
            ["null", "{}", r#"{"prompt_tokens": null}"#, r#"{"prompt_tokens": 5, "completion_tokens": -1}"#, "[]"]
        {
            assert_eq!(usage(unusable), None, "{unusable}");
        }
    }

    #[test]
    fn settings_win_over_the_request_and_null_removes() {
        let request = ChatRequest {
            messages: vec![Message::system("be brief"), Message::user("2+2?")],
            sampling: Sampling { max_tokens: Some(9), ..Sampling::default() },
            sample: SampleIndex::default(),
        };
        let settings = settings(
            "temperature: 0.2, stream: false, max_tokens_field: max_completion_tokens, extra: {top_k: 5, temperature: null}",
        );
        assert_eq!(
            body(&settings, "m", &request),
            json!({"model": "m", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "2+2?"}],
                "max_completion_tokens": 9, "top_k": 5})
        );
    }

    #[test]
    fn the_sample_index_is_sent_on_request() {
        let sample = SampleIndex { replicate: u64::MAX, ordinal: 2 };
        let request = ChatRequest { messages: vec![Message::user("2+2?")], sampling: Sampling::default(), sample };
        let sent = |yaml: &str| body(&settings(yaml), "m", &request)["metadata"].clone();
        assert_eq!(sent("stream: true"), Value::Null);
        assert_eq!(sent("send_sample: true"), json!({"replicate": "18446744073709551615", "ordinal": "2"}));
    }

    #[test]
    fn samples_of_one_request_have_seeds_of_their_own() {
        let seed = |ordinal| sample_seed(1, SampleIndex { replicate: 0, ordinal });
        assert_ne!(seed(0), seed(1));
        assert!(seed(0) < 1 << 31);
    }
}
