//! The client of OpenAI's protocol against servers that answer from a script.

mod bills;
mod calls;
mod cancel;
mod cases;
mod failures;
mod llama_cpp;
mod packed;
mod probe;
pub mod support;
