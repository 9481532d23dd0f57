//! A request's body, read and checked.

use std::sync::Arc;

use lamas_core::chat::{ChatRequest, Message, Role, SampleIndex, Sampling};
use lamas_core::random::{Seed, text_key};
use lamas_core::surrogates;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::ApiError;

/// The most choices of one request, as at OpenAI.
const MOST_CHOICES: u32 = 128;

/// The most texts that end an answer, each of which is looked for.
const MOST_STOPS: usize = 16;

/// Fields that ask for what a text alone cannot give. Ignoring them would answer another question. Tools that may be used
/// and need not are none of them.
const REFUSED: [&str; 3] = ["logprobs", "response_format", "audio"];

/// The fields that are read. Others are ignored, as servers commonly do.
#[derive(Debug, Deserialize)]
struct Written {
    model: Option<String>,
    messages: Option<Vec<WrittenMessage>>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    n: Option<u32>,
    seed: Option<i64>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
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

/// A body as JSON. Half a character, as some clients write one that they cut, is read as one that cannot be read.
fn json(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(bytes).or_else(|error| {
        let mended = std::str::from_utf8(bytes).ok().and_then(surrogates::mended);
        mended.map_or(Err(error), |text| serde_json::from_str(&text))
    })
}

impl Asked {
    /// Reads a body.
    ///
    /// # Errors
    /// A 400 that names the field.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, ApiError> {
        // Some clients write a byte order mark, which means nothing in UTF-8.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let value = json(bytes)
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
    let unsupported =
        |field: &str, message: String| Err(ApiError::invalid(Some(field), message).coded("unsupported_parameter"));
    if let Some(field) = REFUSED.into_iter().find(|field| asks(field)) {
        return unsupported(field, format!("this model answers in plain text; leave `{field}` out"));
    }
    let forced = |field: &&str| match body.get(field) {
        Some(Value::String(choice)) => !matches!(choice.as_str(), "auto" | "none"),
        Some(Value::Object(_)) => true,
        _ => false,
    };
    if let Some(field) = ["tool_choice", "function_call"].iter().find(|field| forced(field)) {
        return unsupported(
            field,
            format!("this model answers in plain text and calls nothing; `{field}` may be auto or none"),
        );
    }
    Ok(())
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
        let (field, most) = match self.max_completion_tokens {
            Some(most) => ("max_completion_tokens", Some(most)),
            None => ("max_tokens", self.max_tokens),
        };
        if most == Some(0) {
            return Err(ApiError::invalid(Some(field), format!("0 is out of range; '{field}' is at least 1")));
        }
        // No answer is longer than that.
        let max_tokens = most.map(|most| u32::try_from(most).unwrap_or(u32::MAX));
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
        Some(Value::Array(stops)) if stops.len() > MOST_STOPS => Err(ApiError::invalid(
            Some("stop"),
            format!("{} texts are too many; the most is {MOST_STOPS}", stops.len()),
        )),
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
            // What a tool gave is a part of what is asked.
            "user" | "tool" | "function" => Role::User,
            "assistant" => Role::Assistant,
            other => {
                let known = "'system', 'developer', 'user', 'assistant', 'tool', 'function'";
                let message = format!("the role '{other}' is not one of {known}");
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
    let part = |part: &Value| {
        let text = part.get("text").or_else(|| part.get("refusal")).unwrap_or(part);
        text.as_str().map(str::to_owned)
    };
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
    use proptest::prelude::*;
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
            ("tool_choice", json!("required")),
            ("tool_choice", json!({"type": "function", "function": {"name": "f"}})),
            ("function_call", json!({"name": "f"})),
            ("stop", json!(vec!["x"; 17])),
            ("n", json!(u64::MAX)),
            ("n", json!(1e300)),
            ("max_tokens", json!(-1)),
            ("max_completion_tokens", json!(0)),
            ("temperature", json!(-0.1)),
            ("seed", json!("one")),
            ("stream", json!("yes")),
            ("metadata", json!([])),
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
            (json!({"role": "narrator", "content": "x"}), "messages[0].role"),
            (json!({"content": "x"}), "messages[0]"),
            (json!("x"), "messages[0]"),
            (json!({"role": "user", "content": 5}), "messages[0].content"),
            (json!({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}), "messages[0].content"),
        ] {
            assert_eq!(with("messages", json!([message])).unwrap_err().param.as_deref(), Some(param));
        }
        for broken in [&b"{\"model\": "[..], b"", b"{}{}", b"\xff\xfe{\0}\0"] {
            let error = Asked::read(broken).unwrap_err();
            assert_eq!((error.status.as_u16(), error.param), (400, None), "{}", error.message);
        }
        let deep = [b"[".repeat(1 << 20), b"]".repeat(1 << 20)].concat();
        assert_eq!(Asked::read(&deep).unwrap_err().status.as_u16(), 400);
        assert_eq!(Asked::read(b"[]").unwrap_err().status.as_u16(), 400);
    }

    #[test]
    fn what_clients_commonly_send_is_read() {
        for (field, value) in [
            ("tools", json!([{"type": "function", "function": {"name": "f", "parameters": {}}}])),
            ("tool_choice", json!("auto")),
            ("functions", json!([{"name": "f"}])),
            ("parallel_tool_calls", json!(true)),
            ("response_format", json!({"type": "text"})),
            ("prediction", json!({"type": "content", "content": "x"})),
            ("stream_options", json!({"include_usage": false, "include_obfuscation": false})),
            ("max_tokens", json!(u64::MAX)),
            ("an_unknown_field", json!({"with": ["anything"]})),
        ] {
            assert!(with(field, value.clone()).is_ok(), "{field}: {value}");
        }
        let content =
            |message: Value| with("messages", json!([message])).map(|asked| asked.messages[0].content.to_string());
        for (message, text) in [
            (json!({"role": "user", "content": ""}), ""),
            (json!({"role": "user"}), ""),
            (json!({"role": "user", "content": []}), ""),
            (json!({"role": "user", "content": ["a", {"type": "text", "text": "b"}], "name": "ada"}), "ab"),
            (json!({"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}), "no"),
            (json!({"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}), ""),
            (json!({"role": "tool", "tool_call_id": "1", "content": "4"}), "4"),
        ] {
            assert_eq!(content(message.clone()).unwrap(), text, "{message}");
        }
        let marked =
            [b"\xEF\xBB\xBF", &br#"{"model": "m", "messages": [{"role": "user", "content": "x"}]}"#[..]].concat();
        assert!(Asked::read(&marked).is_ok());
    }

    #[test]
    fn messages_do_not_repeat_a_long_request() {
        for body in [
            json!({"model": "m", "temperature": "x".repeat(1 << 20)}),
            json!({"model": "m", "messages": [{"role": "é".repeat(1 << 20)}]}),
        ] {
            let message = read(&body).unwrap_err().message;
            assert!(message.len() < 500, "{}", message.len());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_a_plain_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Err(error) = Asked::read(&bytes) {
                prop_assert!(error.status.is_client_error() && !error.message.is_empty());
            }
        }

        #[test]
        fn any_value_in_any_field_is_a_request_or_a_plain_error(field in field(), value in value()) {
            match with(&field, value) {
                Ok(asked) => {
                    let sample = SampleIndex { replicate: 0, ordinal: u32::MAX };
                    prop_assert_eq!(asked.choice(sample, asked.choices).messages, asked.messages.clone());
                    prop_assert_eq!(asked.key(), asked.key());
                    prop_assert!((1..=MOST_CHOICES).contains(&asked.choices));
                }
                Err(error) => prop_assert!(error.status.is_client_error() && !error.message.is_empty()),
            }
        }
    }

    fn field() -> impl Strategy<Value = String> {
        const KNOWN: [&str; 16] = [
            "model",
            "messages",
            "temperature",
            "top_p",
            "n",
            "seed",
            "max_tokens",
            "max_completion_tokens",
            "stop",
            "stream",
            "stream_options",
            "metadata",
            "tools",
            "tool_choice",
            "response_format",
            "logprobs",
        ];
        prop_oneof![9 => prop::sample::select(&KNOWN[..]).prop_map(str::to_owned), 1 => ".{0,8}"]
    }

    /// Any JSON, with the words that requests are made of in it.
    fn value() -> impl Strategy<Value = Value> {
        const WORDS: [&str; 9] =
            ["role", "content", "user", "tool", "text", "type", "replicate", "ordinal", "include_usage"];
        let word = prop::sample::select(&WORDS[..]).prop_map(str::to_owned);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            word.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let entries = prop::collection::vec((word.clone(), inner.clone()), 0..6);
            prop_oneof![
                prop::collection::vec(inner, 0..6).prop_map(Value::from),
                entries.prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
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
