//! The request's body.

use lamas_core::chat::{ChatRequest, Role, SampleIndex};
use lamas_core::random::Seed;
use serde_json::{Map, Value, json};

use super::settings::OpenAiSettings;

/// The field that asks for the usage of a streamed answer.
pub(super) const STREAM_OPTIONS: &str = "stream_options";

/// The body of a request to `/chat/completions`.
pub(super) fn body(settings: &OpenAiSettings, model: &str, request: &ChatRequest) -> Map<String, Value> {
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
        set(STREAM_OPTIONS, Some(json!({"include_usage": true})));
    }
    for (key, value) in &settings.extra {
        if value.is_null() {
            body.shift_remove(key);
        } else {
            body.insert(key.clone(), value.clone());
        }
    }
    body
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

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, Sampling};

    fn settings(yaml: &str) -> OpenAiSettings {
        serde_yaml::from_str(&format!("{{name: m, endpoints: [], {yaml}}}")).unwrap()
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
            Value::Object(body(&settings, "m", &request)),
            json!({"model": "m", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "2+2?"}],
                "max_completion_tokens": 9, "top_k": 5})
        );
    }

    #[test]
    fn the_sample_index_is_sent_on_request() {
        let sample = SampleIndex { replicate: u64::MAX, ordinal: 2 };
        let request = ChatRequest { messages: vec![Message::user("2+2?")], sampling: Sampling::default(), sample };
        let sent = |yaml: &str| body(&settings(yaml), "m", &request).get("metadata").cloned();
        assert_eq!(sent("stream: true"), None);
        assert_eq!(sent("send_sample: true"), Some(json!({"replicate": "18446744073709551615", "ordinal": "2"})));
    }

    #[test]
    fn samples_of_one_request_have_seeds_of_their_own() {
        let seed = |ordinal| sample_seed(1, SampleIndex { replicate: 0, ordinal });
        assert_ne!(seed(0), seed(1));
        assert!(seed(0) < 1 << 31);
    }
}
