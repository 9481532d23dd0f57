//! What is written: whole answers and events of a stream, in OpenAI's form.

use axum::body::Bytes;
use lamas_core::chat::{ChatResponse, FinishReason};
use lamas_core::stopwatch::since_1970;
use serde_json::{Value, json};

use super::schedule::Event;

/// What all answers and events of one request have in common.
#[derive(Debug)]
pub(super) struct Reply {
    id: String,
    created: u64,
    model: String,
    fingerprint: String,
    answers: Vec<ChatResponse>,
    /// Whether events have a usage field, as OpenAI's do when the usage was asked for.
    include_usage: bool,
}

impl Reply {
    pub(super) fn new(
        id: String,
        model: String,
        fingerprint: String,
        answers: Vec<ChatResponse>,
        include_usage: bool,
    ) -> Self {
        Self { id, created: now(), model, fingerprint, answers, include_usage }
    }

    pub(super) fn answers(&self) -> &[ChatResponse] {
        &self.answers
    }

    /// The whole answer, or one without a choice.
    pub(super) fn whole(&self, empty: bool) -> String {
        let choice = |(index, answer): (usize, &ChatResponse)| {
            json!({
                "index": index,
                "message": {"role": "assistant", "content": &*answer.text, "refusal": null},
                "logprobs": null,
                "finish_reason": finish(answer.finish),
            })
        };
        let choices: Vec<Value> =
            if empty { Vec::new() } else { self.answers.iter().enumerate().map(choice).collect() };
        let mut body = self.envelope("chat.completion", &choices.into());
        body["usage"] = self.usage();
        body.to_string()
    }

    /// An event as it goes over the wire.
    pub(super) fn event(&self, event: &Event) -> Bytes {
        let delta = |choice: usize, delta: Value, finish: Option<&str>| {
            let choice = json!({"index": choice, "delta": delta, "logprobs": null, "finish_reason": finish});
            self.chunk(&json!([choice]), Value::Null)
        };
        let data = match event {
            Event::Role(choice) => delta(*choice, json!({"role": "assistant", "content": "", "refusal": null}), None),
            Event::Piece(choice, range) => {
                delta(*choice, json!({"content": &self.answers[*choice].text[range.clone()]}), None)
            }
            Event::Finish(choice) => delta(*choice, json!({}), Some(finish(self.answers[*choice].finish))),
            Event::Empty => self.chunk(&json!([]), Value::Null),
            Event::Usage => self.chunk(&json!([]), self.usage()),
            Event::Malformed => {
                let mut whole = self.chunk(&json!([]), Value::Null);
                whole.truncate(whole.len() / 2);
                whole
            }
            Event::Done => "[DONE]".to_owned(),
            Event::Cut => String::new(),
        };
        format!("data: {data}\n\n").into()
    }

    fn chunk(&self, choices: &Value, usage: Value) -> String {
        let mut chunk = self.envelope("chat.completion.chunk", choices);
        if self.include_usage {
            chunk["usage"] = usage;
        }
        chunk.to_string()
    }

    fn envelope(&self, object: &str, choices: &Value) -> Value {
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        })
    }

    /// The prompt counts once, whatever the number of choices.
    fn usage(&self) -> Value {
        let input = self.answers.first().map_or(0, |answer| answer.usage.input.0);
        let output: u64 = self.answers.iter().map(|answer| answer.usage.output.0).sum();
        json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
    }
}

fn finish(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::Filtered => "content_filter",
        FinishReason::Other => "tool_calls",
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    since_1970().as_secs()
}
