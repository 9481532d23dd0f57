//! Banks: every question that an experiment asks, with a fixed number of samples of each, asked once and kept.
//!
//! What an experiment asks begins with its *roots*: what operators ask of a problem alone, whoever runs them. They are the
//! same for all methods and seeds, so that they are asked first, every sample of them. Everything else hangs on their
//! answers (a retry, a vote, a refinement) and is found by running the cells on the bank: what it lacks is then asked.
//!
//! - [`root`]: the roots of an experiment, and how one is asked
//! - [`missing`]: how much an experiment's bank lacks
//! - [`fill`]: asks what is missing
//! - `strict`: an experiment on what is recorded alone

pub mod fill;
pub mod missing;
pub mod root;
pub(crate) mod strict;
