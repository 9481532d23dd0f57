//! What every part of LAMaS speaks: problems, chat models, tools, operators, orchestrators, the executor that runs
//! an orchestrator's decisions, the trace it leaves, and the critical path through that trace.
//!
//! This crate knows nothing outside itself: no prompts, no HTTP, no tensors, no files. Whatever talks to a model
//! implements [`chat::ChatModel`], whatever runs programs implements [`tool::Interpreter`], whatever an agent can do
//! implements [`operator::Operator`], and whatever decides which agents run implements [`orchestrator::Orchestrator`].

pub mod capped;
pub mod chat;
pub mod chrome_trace;
pub mod critical_path;
pub mod digest;
pub mod events;
pub mod exec;
pub mod meter;
pub mod operator;
pub mod orchestrator;
pub mod pipeline;
pub mod problem;
pub mod race;
pub mod random;
mod recorder;
pub mod scope;
pub mod stopwatch;
pub mod surrogates;
pub mod tool;
pub mod trace;
pub mod units;
pub mod wording;
mod work;
mod workbench;
