//! Chat models behind OpenAI-compatible endpoints, over async-openai.
//!
//! [`OpenAiSettings`] is what an experiment says; [`OpenAiModel`] is the chat model made from it: a
//! [`limit::Pool`](crate::limit::Pool) of one endpoint per `base_url`. async-openai retries in silence, which would
//! falsify latencies, so that its executor is replaced by a service of ours that makes exactly one attempt
//! (`transport`); retries are the pool's.
//!
//! Parts: `settings`, `source` (keys from the environment or a file), `secret` (what must never be printed), `request`
//! (its body), `transport` (HTTP and TLS), `body` (what is packed, unpacked), `reading` (bytes to an answer, pure), `refusal` (what
//! a server's error means), `passing` (which statuses pass), `probe` (a look at an endpoint before a run), [`Watched`] (endpoints
//! that are gone), `count` (tokens where the server does not say), `endpoint` (one attempt),
//! `price` (USD per million tokens).

mod body;
mod count;
mod endpoint;
mod error;
mod in_plain;
mod model;
mod passing;
mod price;
mod probe;
pub mod reading;
mod refusal;
mod request;
mod secret;
mod settings;
mod source;
mod transport;
mod watched;

pub use error::SettingsError;
pub use model::OpenAiModel;
pub use price::PriceTable;
pub use probe::Probe;
pub use settings::{EndpointSettings, OpenAiSettings, Timeouts, TokenLimitField};
pub use source::{HeaderSource, KeySource};
pub use watched::Watched;
