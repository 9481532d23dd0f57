//! What an experiment says about its model.

use std::collections::BTreeMap;
use std::time::Duration;

use lamas_core::units::Price;
use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::SettingsError;
use super::in_plain::{header_name, header_text, refuse_key, refuse_keys};
use super::price::PriceTable;
use super::source::{HeaderSource, KeySource};
use crate::limit::{Limits, Retries};

/// A model behind one or more OpenAI-compatible endpoints.
///
/// What is set here beside the name takes the place of what a request asks for; what is left out is the request's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAiSettings {
    /// The model's name as the server knows it.
    pub name: String,
    /// Where it is served; calls are spread over all of them. OpenAI's own endpoint by default, with the key in the
    /// environment variable `OPENAI_API_KEY`.
    #[serde(default = "openai")]
    pub endpoints: Vec<EndpointSettings>,
    /// Time-outs of one attempt.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// Attempts and pauses.
    #[serde(default)]
    pub retries: Retries,
    /// Whether answers are streamed, which is what measures the time to the first token; true by default.
    #[serde(default = "yes")]
    pub stream: bool,
    /// Softmax temperature.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Nucleus mass.
    #[serde(default)]
    pub top_p: Option<f64>,
    /// The most output tokens of a call.
    #[serde(default)]
    pub max_tokens: Option<u32>,
    /// The field in which the server expects the most output tokens.
    #[serde(default)]
    pub max_tokens_field: TokenLimitField,
    /// Texts that end the output.
    #[serde(default)]
    pub stop: Option<Vec<String>>,
    /// Seed for servers that sample reproducibly. Each request gets a seed of its own, derived from this one and its
    /// sample index, so that several samples of one request stay different.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Whether the sample index itself is sent, as `metadata: {replicate, ordinal}`; false by default. A simulated model
    /// behind `serve-sim` then answers as it would in the same process.
    #[serde(default)]
    pub send_sample: bool,
    /// Further fields of the request's body, e.g. `reasoning_effort: low`. `null` leaves a field out, e.g.
    /// `temperature: null` for models that refuse it.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// USD per million tokens; from the price table by default.
    #[serde(default)]
    pub price: Option<Price>,
}

/// The name of the field that limits the output.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenLimitField {
    /// What nearly every server knows.
    #[default]
    MaxTokens,
    /// What OpenAI's reasoning models ask for.
    MaxCompletionTokens,
}

impl TokenLimitField {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// One place where the model is served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointSettings {
    /// The URL before `/chat/completions`, e.g. `https://api.openai.com/v1`.
    pub base_url: String,
    /// Where the key is; none by default, as for most local servers.
    #[serde(default)]
    pub key: Option<KeySource>,
    /// The model's name at this endpoint, where it differs.
    #[serde(default)]
    pub name: Option<String>,
    /// Sent as `OpenAI-Organization`.
    #[serde(default)]
    pub organization: Option<String>,
    /// Sent as `OpenAI-Project`.
    #[serde(default)]
    pub project: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderSource>,
    /// Query parameters, e.g. Azure's `api-version`. Everybody may see them: keys are refused.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Calls at once; 16 by default.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// Requests per minute; unlimited by default.
    #[serde(default)]
    pub requests_per_minute: Option<u32>,
    /// Tokens per minute, input and output together; unlimited by default.
    #[serde(default)]
    pub tokens_per_minute: Option<u32>,
    /// Its share of the calls beside other endpoints; 1 by default.
    #[serde(default = "weight")]
    pub weight: f64,
}

/// Time-outs of one attempt, in seconds. A retry starts anew, and waiting for slots, limits and pauses does not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For the connection; 10 by default.
    pub connect: f64,
    /// Until the first token of a streamed answer; 60 by default.
    pub first_token: f64,
    /// Until the last token; 300 by default.
    pub total: f64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: 10.0, first_token: 60.0, total: 300.0 }
    }
}

fn openai() -> Vec<EndpointSettings> {
    let key = Some(KeySource::Env("OPENAI_API_KEY".to_owned()));
    vec![EndpointSettings { key, ..EndpointSettings::at("https://api.openai.com/v1") }]
}

fn yes() -> bool {
    true
}

fn weight() -> f64 {
    1.0
}

fn concurrency() -> usize {
    Limits::default().concurrency
}

impl OpenAiSettings {
    /// A model of OpenAI's own endpoint, with every default.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            endpoints: openai(),
            timeouts: Timeouts::default(),
            retries: Retries::default(),
            stream: yes(),
            temperature: None,
            top_p: None,
            max_tokens: None,
            max_tokens_field: TokenLimitField::default(),
            stop: None,
            seed: None,
            send_sample: false,
            extra: Map::new(),
            price: None,
        }
    }

    /// Checks everything that can be checked without reading secrets or calling anyone.
    ///
    /// # Errors
    /// The first value that cannot be used, with its key and a remedy.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.name.trim().is_empty() {
            return Err(SettingsError::value("name", "it is empty; write the model's name as the server knows it"));
        }
        if self.endpoints.is_empty() {
            return Err(SettingsError::value("endpoints", "there is none; add at least one `{base_url: ..}`"));
        }
        self.timeouts.check()?;
        self.retries.check().map_err(|problem| SettingsError::value("retries", problem))?;
        if self.temperature.is_some_and(|t| !(0.0..=5.0).contains(&t)) {
            return Err(SettingsError::value(
                "temperature",
                "it must lie between 0 and 5; leave it out for the request's own",
            ));
        }
        if self.top_p.is_some_and(|p| !(p > 0.0 && p <= 1.0)) {
            return Err(SettingsError::value("top_p", "it must be above 0 and at most 1; leave it out for no limit"));
        }
        if self.max_tokens == Some(0) {
            return Err(SettingsError::value("max_tokens", "it is 0; leave it out for no limit"));
        }
        for key in ["messages", "model", "stream", "n"] {
            if self.extra.contains_key(key) {
                return Err(SettingsError::value(format!("extra.{key}"), "this field is ours; remove it"));
            }
        }
        self.extra.iter().try_for_each(|(name, value)| refuse_keys(&format!("extra.{name}"), name, value))?;
        self.endpoints.iter().enumerate().try_for_each(|(index, endpoint)| endpoint.check(index))
    }

    /// What the model charges: its own `price`, or the table's.
    #[must_use]
    pub fn price(&self, table: &PriceTable) -> Option<Price> {
        self.price.or_else(|| table.get(&self.name))
    }

    /// Everything here that affects what the model answers, for a response store's key. Time-outs, limits, retries,
    /// prices and the places where the model is served do not.
    #[must_use]
    pub fn parameters(&self) -> Value {
        let mut parameters = Map::new();
        let mut set = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                parameters.insert(key.to_owned(), value);
            }
        };
        set("temperature", self.temperature.map(Value::from));
        set("top_p", self.top_p.map(Value::from));
        set("max_tokens", self.max_tokens.map(Value::from));
        set("stop", self.stop.clone().map(Value::from));
        set("seed", self.seed.map(Value::from));
        set("extra", (!self.extra.is_empty()).then(|| Value::Object(self.extra.clone())));
        Value::Object(parameters)
    }
}

impl Timeouts {
    fn check(&self) -> Result<(), SettingsError> {
        for (key, seconds) in [("connect", self.connect), ("first_token", self.first_token), ("total", self.total)] {
            if !(seconds > 0.0 && seconds <= 86_400.0) {
                let problem = format!("{seconds} s cannot be waited for; write seconds above 0 and up to a day");
                return Err(SettingsError::value(format!("timeouts.{key}"), problem));
            }
        }
        Ok(())
    }

    pub(super) fn connect(&self) -> Duration {
        Duration::from_secs_f64(self.connect)
    }

    pub(super) fn first_token(&self) -> Duration {
        Duration::from_secs_f64(self.first_token)
    }

    pub(super) fn total(&self) -> Duration {
        Duration::from_secs_f64(self.total)
    }
}

impl EndpointSettings {
    /// An endpoint with nothing but its URL.
    pub fn at(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            name: None,
            organization: None,
            project: None,
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            concurrency: concurrency(),
            requests_per_minute: None,
            tokens_per_minute: None,
            weight: weight(),
        }
    }

    /// What the endpoint allows.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            concurrency: self.concurrency,
            requests_per_minute: self.requests_per_minute,
            tokens_per_minute: self.tokens_per_minute,
        }
    }

    fn check(&self, index: usize) -> Result<(), SettingsError> {
        let key = |name: &str| format!("endpoints[{index}].{name}");
        // The URL is not repeated: it may hold a password.
        let url = Url::parse(&self.base_url).map_err(|error| {
            SettingsError::value(
                key("base_url"),
                format!("it is not a URL ({error}); write one such as http://localhost:8000/v1"),
            )
        })?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(SettingsError::value(
                key("base_url"),
                "it must start with http:// or https:// and name a host, such as http://localhost:8000/v1",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            let problem = "it must not carry credentials, a query or a fragment; use `key`, `headers` or `query`";
            return Err(SettingsError::value(key("base_url"), problem));
        }
        if url.path().trim_end_matches('/').ends_with("/chat/completions") {
            return Err(SettingsError::value(key("base_url"), "leave out the `/chat/completions` at its end"));
        }
        if !(self.weight > 0.0 && self.weight.is_finite()) {
            return Err(SettingsError::value(key("weight"), "it must be above 0; remove the endpoint to not use it"));
        }
        self.limits().check().map_err(|problem| SettingsError::value(format!("endpoints[{index}]"), problem))?;
        for (name, value) in [("organization", &self.organization), ("project", &self.project)] {
            value.iter().try_for_each(|text| header_text(text, &key(name)).map(drop))?;
        }
        for (name, value) in &self.query {
            refuse_key(
                key(&format!("query.{name}")),
                name,
                value,
                "send it as a header, from {env: NAME} or {file: PATH}",
            )?;
        }
        for (name, value) in &self.headers {
            header_name(name, &key("headers"))?;
            if let HeaderSource::Text(text) = value {
                let place = key(&format!("headers.{name}"));
                header_text(text, &place)?;
                refuse_key(place, name, text, "write {env: NAME} or {file: PATH}")?;
            }
        }
        Ok(())
    }
}
