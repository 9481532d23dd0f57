//! lamas-llm

pub mod http;
pub mod limit;
pub mod openai;
pub mod serve;
pub mod sim;
pub mod store;
