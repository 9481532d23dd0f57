//! The harness of LAMaS: sweeps over lambda_t, what they will take, tables and figures, and the command line.
//!
//! - [`run`]: the training and evaluation loop, cells in parallel, a folder for each run
//! - [`bank`]: everything that an experiment asks, asked once and kept
//! - [`forecast`]: what an experiment will take, said beforehand
//! - [`cli`]: the command line

pub mod bank;
pub mod cli;
pub mod forecast;
pub mod run;
