//! A request's body, read and checked.

use std::sync::Arc;

use lamas_core::chat::{ChatRequest, Message, Role, SampleIndex, Sampling};
use lamas_core::random::{Seed, text_key};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::ApiError;

/// The most choices of one request, as at OpenAI.
const MOST_CHOICES: u32 = 128;

/// Fields that ask for what a text alone cannot give. Ignoring them would answer another question.
const REFUSED: [&str; 6] = ["tools", "functions", "logprobs", "response_format", "audio", "prediction"];

/// The fields that are read. Others are ignored, as servers commonly do.
#[derive(Debug, Deserialize)]
struct Written {
    model: Option<String>,
    messages: Option<Vec<WrittenMessage>>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    n: Option<u32>,
    seed: Option<i64>,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    stop: Option<Value>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct WrittenMessage {
    role: String,
    content: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

/// Which sample is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// This one, and those after it for further choices.
    Sample(SampleIndex),
    /// The next that equal requests were not given yet.
    Next,
}

/// A request that can be answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) sampling: Sampling,
    pub(super) choices: u32,
    pub(super) wanted: Wanted,
    pub(super) seed: Option<i64>,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
}

impl Asked {
    /// Reads a body.
    ///
    /// # Errors
    /// A 400 that names the field.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| ApiError::invalid(None, format!("the request's body is not valid JSON: {error}")))?;
        refuse_what_cannot_be_given(&value)?;
        let written: Written = serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let param = Some(path.as_str()).filter(|path| *path != ".");
            ApiError::invalid(param, format!("invalid value: {}", error.inner()))
        })?;
        written.checked()
    }

    /// The request for one choice, given the sample of the first.
    pub(super) fn choice(&self, first: SampleIndex, choice: u32) -> ChatRequest {
        let sample = SampleIndex { ordinal: first.ordinal.wrapping_add(choice), ..first };
        ChatRequest { messages: self.messages.clone(), sampling: self.sampling.clone(), sample }
    }

    /// A key of everything that decides the answer. Equal requests have equal keys, streamed or not.
    pub(super) fn key(&self) -> u64 {
        let Sampling { temperature, top_p, max_tokens, stop } = &self.sampling;
        let mut keys = vec![
            text_key(&self.model),
            temperature.to_bits(),
            top_p.map_or(u64::MAX, f64::to_bits),
            max_tokens.map_or(u64::MAX, u64::from),
            u64::from(self.choices),
        ];
        match self.wanted {
            Wanted::Sample(SampleIndex { replicate, ordinal }) => keys.extend([1, replicate, u64::from(ordinal)]),
            Wanted::Next => keys.push(0),
        }
        keys.push(stop.len() as u64);
        keys.extend(stop.iter().map(|stop| text_key(stop)));
        for message in &self.messages {
            keys.extend([message.role as u64, text_key(&message.content)]);
        }
        Seed(0).derive("serve/request", &keys).0
    }

    /// Whether a text stands in one of the messages.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.messages.iter().any(|message| message.content.contains(text))
    }
}

fn refuse_what_cannot_be_given(body: &Value) -> Result<(), ApiError> {
    let asks = |field: &str| match body.get(field) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(format)) => format.get("type").and_then(Value::as_str) != Some("text"),
        Some(_) => true,
    };
    match REFUSED.into_iter().find(|field| asks(field)) {
        Some(field) => {
            Err(ApiError::invalid(Some(field), format!("this model answers in plain text; leave `{field}` out"))
                .coded("unsupported_parameter"))
        }
        None => Ok(()),
    }
}

impl Written {
    fn checked(self) -> Result<Asked, ApiError> {
        let missing = |field| ApiError::invalid(Some(field), format!("missing required parameter: '{field}'"));
        let model = self.model.ok_or_else(|| missing("model"))?;
        let written = self.messages.ok_or_else(|| missing("messages"))?;
        if written.is_empty() {
            return Err(ApiError::invalid(Some("messages"), "the list is empty; at least one message is needed"));
        }
        let messages = written.iter().enumerate().map(|(at, message)| message.checked(at)).collect::<Result<_, _>>()?;
        in_range("temperature", self.temperature, 0.0, 2.0)?;
        in_range("top_p", self.top_p, 0.0, 1.0)?;
        let choices = self.n.unwrap_or(1);
        in_range("n", Some(choices.into()), 1.0, MOST_CHOICES.into())?;
        let max_tokens = self.max_completion_tokens.or(self.max_tokens);
        in_range("max_tokens", max_tokens.map(f64::from), 1.0, u32::MAX.into())?;
        let wanted = match (self.metadata.as_ref().and_then(sample), self.seed) {
            (Some(sample), _) => Wanted::Sample(sample),
            // The bits of a seed, whatever its sign.
            (None, Some(seed)) => Wanted::Sample(SampleIndex { replicate: seed as u64, ordinal: 0 }),
            (None, None) => Wanted::Next,
        };
        Ok(Asked {
            model,
            messages,
            sampling: Sampling {
                temperature: self.temperature.unwrap_or(1.0),
                top_p: self.top_p,
                max_tokens,
                stop: stops(self.stop.as_ref())?,
            },
            choices,
            wanted,
            seed: self.seed,
            stream: self.stream.unwrap_or(false),
            include_usage: self.stream_options.unwrap_or_default().include_usage.unwrap_or(false),
        })
    }
}

fn in_range(field: &'static str, value: Option<f64>, low: f64, high: f64) -> Result<(), ApiError> {
    match value {
        Some(value) if !(low..=high).contains(&value) => Err(ApiError::invalid(
            Some(field),
            format!("{value} is out of range; '{field}' lies between {low} and {high}"),
        )),
        _ => Ok(()),
    }
}

/// The sample that the metadata names; OpenAI's metadata are texts.
fn sample(metadata: &Map<String, Value>) -> Option<SampleIndex> {
    let text = |key: &str| metadata.get(key)?.as_str();
    Some(SampleIndex { replicate: text("replicate")?.parse().ok()?, ordinal: text("ordinal")?.parse().ok()? })
}

fn stops(stop: Option<&Value>) -> Result<Vec<String>, ApiError> {
    let problem = || ApiError::invalid(Some("stop"), "it is neither a text nor a list of texts");
    match stop {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(stop)) => Ok(vec![stop.clone()]),
        Some(Value::Array(stops)) => {
            stops.iter().map(|stop| stop.as_str().map(str::to_owned).ok_or_else(problem)).collect()
        }
        Some(_) => Err(problem()),
    }
}

impl WrittenMessage {
    fn checked(&self, at: usize) -> Result<Message, ApiError> {
        let role = match self.role.as_str() {
            "system" | "developer" => Role::System,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            other => {
                let message = format!("the role '{other}' is not one of 'system', 'developer', 'user', 'assistant'");
                return Err(ApiError::invalid(Some(&format!("messages[{at}].role")), message));
            }
        };
        let content = content(self.content.as_ref())
            .map_err(|problem| ApiError::invalid(Some(&format!("messages[{at}].content")), problem))?;
        Ok(Message { role, content })
    }
}

/// A text, a list of text parts, or nothing.
fn content(content: Option<&Value>) -> Result<Arc<str>, &'static str> {
    let part = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
    match content {
        None | Some(Value::Null) => Ok("".into()),
        Some(Value::String(text)) => Ok(text.as_str().into()),
        Some(Value::Array(parts)) => {
            let texts: Option<String> = parts.iter().map(part).collect();
            texts.map(Into::into).ok_or("this model reads parts of type 'text' only")
        }
        Some(_) => Err("it is neither a text nor a list of parts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value) -> Result<Asked, ApiError> {
        Asked::read(body.to_string().as_bytes())
    }

    fn with(field: &str, value: Value) -> Result<Asked, ApiError> {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]});
        body[field] = value;
        read(&body)
    }

    #[test]
    fn every_field_reaches_its_place() {
        let asked = read(&json!({
            "model": "m", "temperature": 0.5, "top_p": 0.9, "n": 3, "seed": 7, "max_tokens": 9,
            "max_completion_tokens": 8, "stop": ["x", "y"], "stream": true, "stream_options": {"include_usage": true},
            "user": "somebody",
            "messages": [
                {"role": "developer", "content": "be brief"},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": null},
            ],
        }))
        .unwrap();
        let contents: Vec<&str> = asked.messages.iter().map(|message| &*message.content).collect();
        assert_eq!(contents, ["be brief", "ab", ""]);
        assert_eq!(asked.messages[0].role, Role::System);
        let Sampling { temperature, top_p, max_tokens, stop } = &asked.sampling;
        assert_eq!((*temperature, *top_p, *max_tokens, stop.len()), (0.5, Some(0.9), Some(8), 2));
        assert_eq!((asked.choices, asked.stream, asked.include_usage), (3, true, true));
        assert_eq!(asked.wanted, Wanted::Sample(SampleIndex { replicate: 7, ordinal: 0 }));
    }

    #[test]
    fn nulls_are_as_good_as_nothing() {
        for field in ["temperature", "top_p", "n", "seed", "max_tokens", "stop", "stream", "stream_options", "tools"] {
            assert_eq!(with(field, Value::Null), with("user", json!("somebody")), "{field}");
        }
        assert_eq!(with("stop", json!("x")).unwrap().sampling.stop, ["x"]);
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (field, value) in [
            ("temperature", json!(2.5)),
            ("temperature", json!("hot")),
            ("top_p", json!(1.5)),
            ("n", json!(0)),
            ("n", json!(129)),
            ("n", json!(-1)),
            ("max_tokens", json!(0)),
            ("stop", json!([1])),
            ("messages", json!([])),
            ("messages", json!(null)),
            ("model", json!(null)),
            ("tools", json!([{"type": "function"}])),
            ("logprobs", json!(true)),
            ("response_format", json!({"type": "json_object"})),
        ] {
            let error = with(field, value.clone()).unwrap_err();
            assert_eq!(
                (error.status.as_u16(), error.param.as_deref()),
                (400, Some(field)),
                "{field}: {value}: {error:?}"
            );
        }
        for (message, param) in [
            (json!({"role": "tool", "content": "x"}), "messages[0].role"),
            (json!({"role": "user", "content": 5}), "messages[0].content"),
            (json!({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}), "messages[0].content"),
        ] {
            assert_eq!(with("messages", json!([message])).unwrap_err().param.as_deref(), Some(param));
        }
        assert_eq!(Asked::read(b"{\"model\": ").unwrap_err().param, None);
        assert_eq!(Asked::read(b"[]").unwrap_err().status.as_u16(), 400);
    }

    #[test]
    fn metadata_go_before_the_seed() {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}], "seed": 5});
        body["metadata"] = json!({"replicate": "18446744073709551615", "ordinal": "2", "other": "x"});
        let sample = SampleIndex { replicate: u64::MAX, ordinal: 2 };
        assert_eq!(read(&body).unwrap().wanted, Wanted::Sample(sample));
        body["metadata"] = json!({"replicate": "x"});
        assert_eq!(read(&body).unwrap().wanted, Wanted::Sample(SampleIndex { replicate: 5, ordinal: 0 }));
    }

    #[test]
    fn the_key_holds_what_decides_the_answer() {
        let plain = with("user", json!("somebody")).unwrap().key();
        assert_eq!(with("stream", json!(true)).unwrap().key(), plain);
        for (field, value) in [
            ("seed", json!(0)),
            ("n", json!(2)),
            ("stop", json!("x")),
            ("max_tokens", json!(5)),
            ("temperature", json!(0.5)),
            ("messages", json!([{"role": "system", "content": "hello"}])),
        ] {
            assert_ne!(with(field, value).unwrap().key(), plain, "{field}");
        }
    }
}
