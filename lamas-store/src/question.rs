//! What is asked, and the key made from it.

use std::fmt;
use std::num::NonZeroU32;

use lamas_core::chat::{ChatRequest, Message, SampleIndex, Sampling};
use lamas_core::random::{Seed, text_key};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Who is asked: what of a model's settings affects its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The model's name.
    pub model: String,
    /// Whatever else affects answers, as a JSON object.
    pub parameters: Value,
}

/// Everything that an answer depends on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The model's name.
    pub model: String,
    /// Parameters of the model beyond the request's, with sorted keys.
    pub parameters: Value,
    /// The conversation.
    pub messages: Vec<Message>,
    /// How to sample.
    pub sampling: Sampling,
    /// Which of several samples.
    pub sample: SampleIndex,
}

/// The SHA-256 of a question in canonical JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub(super) [u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Question {
    /// What this request asks of this model.
    #[must_use]
    pub fn new(identity: &Identity, request: &ChatRequest) -> Self {
        Self {
            model: identity.model.clone(),
            parameters: identity.parameters.clone(),
            messages: request.messages.clone(),
            sampling: request.sampling.clone(),
            sample: request.sample,
        }
    }

    /// The sample of a bank that this question draws. The identical questions of an episode draw without replacement until
    /// every sample has been drawn, and then in the same order again: the sample index is folded modulo their number. Each
    /// replicate, which is a seed and a pass, has an order of its own for every question.
    #[must_use]
    pub fn drawn(self, samples: NonZeroU32) -> Self {
        let SampleIndex { replicate, ordinal } = self.sample;
        let at = |ordinal| SampleIndex { replicate: 0, ordinal };
        let mut question = Self { sample: at(0), ..self };
        let mut order: Vec<u32> = (0..samples.get()).collect();
        order.shuffle(&mut Seed(replicate).stream("bank", &[text_key(&question.canonical())]));
        question.sample = at(order[(ordinal % samples) as usize]);
        question
    }

    /// The question as JSON: fields in the order of this type, the keys of parameters sorted.
    pub(super) fn canonical(&self) -> String {
        let question = Self { parameters: sorted(&self.parameters), ..self.clone() };
        serde_json::to_string(&question).expect("a question is made of texts and numbers")
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> Key {
        key_of(&self.canonical())
    }
}

/// A question with its canonical text and its key, each made once.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) question: Question,
    pub(super) text: String,
    pub(super) key: Key,
}

impl Asked {
    pub(super) fn new(question: Question) -> Self {
        let text = question.canonical();
        let key = key_of(&text);
        Self { question, text, key }
    }
}

pub(super) fn key_of(canonical: &str) -> Key {
    Key(Sha256::digest(canonical).into())
}

pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(fields))
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(parameters: Value) -> Question {
        Question {
            model: "m".to_owned(),
            parameters,
            messages: vec![Message::user("2+2?")],
            sampling: Sampling::default(),
            sample: SampleIndex::default(),
        }
    }

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        let a = question(json!({"seed": 1, "extra": {"a": 1, "b": [{"c": 1, "d": 2}]}}));
        let b = question(json!({"extra": {"b": [{"d": 2, "c": 1}], "a": 1}, "seed": 1}));
        assert_eq!(a.key(), b.key());
    }

    #[test]
    fn everything_that_is_asked_is_in_the_key() {
        let base = question(json!({}));
        let changes: [&dyn Fn(&mut Question); 6] = [
            &|q| q.model = "n".to_owned(),
            &|q| q.parameters = json!({"seed": 1}),
            &|q| q.messages[0] = Message::system("2+2?"),
            &|q| q.sampling.temperature = 0.5,
            &|q| q.sample.replicate = 1,
            &|q| q.sample.ordinal = 1,
        ];
        let mut keys = vec![base.key()];
        for change in changes {
            let mut changed = base.clone();
            change(&mut changed);
            keys.push(changed.key());
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 7);
    }

    /// A store outlives a release: whoever changes this key makes every recorded answer unfindable, and must raise the
    /// format's version.
    #[test]
    fn the_key_of_version_1_does_not_change() {
        let canonical = question(json!({"seed": 7})).canonical();
        assert_eq!(
            canonical,
            r#"{"model":"m","parameters":{"seed":7},"messages":[{"role":"user","content":"2+2?"}],"sampling":{"temperature":1.0,"top_p":null,"max_tokens":null,"stop":[]},"sample":{"replicate":0,"ordinal":0}}"#
        );
    }
}
