//! Chat models at OpenAI-compatible endpoints: all HTTP, TLS and keys are here.
//!
//! - [`openai`]: the client, several endpoints at once
//! - [`limit`]: how many calls at once and how often, retries, budgets
//! - [`store`]: recorded answers and program runs, replayed instead of asking again
//! - [`http`]: downloads of public files

pub mod http;
pub mod limit;
pub mod openai;
pub mod store;
