//! The harness of LAMaS: experiments in YAML, problem sets, scorers, sweeps over lambda_t, tables and figures, and the
//! command line.
//!
//! - [`config`]: experiment files, checked before anything runs
//! - [`dataset`]: problem sets with manifests, checksums and splits
//! - [`run`]: the training and evaluation loop, cells in parallel, a folder for each run
//! - [`forecast`]: what an experiment will take, said beforehand
//! - [`report`]: tables and figures from a finished run
//! - [`wording`]: numbers and lists as people write them
//! - [`cli`]: the command line

pub mod cli;
pub mod config;
pub mod dataset;
pub mod forecast;
pub mod report;
pub mod run;
pub mod wording;
