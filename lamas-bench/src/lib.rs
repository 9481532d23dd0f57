//! The harness of LAMaS: experiments in YAML, problem sets, scorers, sweeps over lambda_t, tables and figures, and the
//! command line.
//!
//! - [`config`]: experiment files, checked before anything runs
//! - [`dataset`]: problem sets with manifests, checksums and splits
//! - [`run`]: the training and evaluation loop, cells in parallel, a folder for each run
//! - [`fit`]: where the numbers of the simulated model's profile come from, computed again
//! - [`forecast`]: what an experiment will take, said beforehand
//! - [`report`]: tables and figures from a finished run
//! - [`sensitivity`]: which conclusions hold over which region of the simulated model's assumptions
//! - [`validate`]: the simulated model against published figures
//! - [`wordproblems`]: the generator of the bundled word problems
//! - [`mod@bench`]: how fast everything is, end to end
//! - [`cli`]: the command line

pub mod bench;
pub mod cli;
pub mod config;
pub mod dataset;
pub mod fit;
pub mod forecast;
pub mod report;
pub mod run;
pub mod sensitivity;
pub mod validate;
pub mod wordproblems;
