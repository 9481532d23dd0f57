//! Chat models at OpenAI-compatible endpoints: all HTTP, TLS and keys are here.
//!
//! - [`openai`]: the client, several endpoints at once
//! - [`limit`]: how many calls at once and how often, retries, budgets
//! - [`http`]: downloads of public files

pub mod http;
pub mod limit;
pub mod openai;
