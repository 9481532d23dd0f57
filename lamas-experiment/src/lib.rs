//! What LAMaS is asked to do, as data: experiments in YAML and problem sets. Nothing here runs anything.
//!
//! - [`config`]: experiment files, checked before anything runs
//! - [`dataset`]: problem sets with manifests, checksums and splits

pub mod config;
pub mod dataset;
