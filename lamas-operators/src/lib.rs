//! The operators of LAMaS and what they work with.
//!
//! - [`registry`]: the only list of operators; gives the set of a domain.
//! - [`agreement`]: which answers a race counts as one.
//! - [`prompt`]: the templates that ask the model, checked when they are loaded.
//!
//! Each operator has a file of its own, and reads what the model says through `lamas-score`. None knows a dataset: they read the problem's domain and what the problem holds.
//! Which of them run, and when, is for an orchestrator to decide; every call and program goes through the scope that the
//! executor gives them.

pub mod agreement;
pub mod prompt;
pub mod python;
pub mod registry;

mod brief;
mod check;
mod early_stop;
mod examples;
mod feedback;
mod generate;
mod generate_cot;
mod multi_generate_cot;
mod programmer;
mod sc_ensemble;
mod self_refine;
mod test;
mod vote;
