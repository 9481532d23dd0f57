//! The operators at work in the executor, with a scripted model and a scripted interpreter.

mod behaviour;
mod loading;
mod prompts;
#[cfg(target_os = "linux")]
mod sandboxed;
mod support;
mod trace;
