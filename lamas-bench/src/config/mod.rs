//! Experiments as data: a YAML file becomes a [`Draft`] (syntax and types), and a draft that passes its checks becomes an
//! [`Experiment`], which alone can run.
//!
//! - [`mod@include`]: one experiment out of several files
//! - [`yaml`]: text to value with file, line and place in every message, and `--set key=value`
//! - [`name`]: names that become names of files
//! - [`method`]: what a method is, and the built-in ones (`methods.yaml`)
//! - [`plan`]: where a method's graphs come from
//! - [`model`]: who answers
//! - [`encoder`]: which embeddings
//! - [`experiment`]: the file's keys, and the checked form
//! - [`output`]: which tables and figures a run writes, as data

pub mod encoder;
pub mod experiment;
pub mod include;
pub mod method;
pub mod model;
pub mod name;
pub mod output;
pub mod plan;
pub mod suggest;
pub mod yaml;

pub use experiment::{Draft, Experiment};
pub use method::Method;
pub use model::ModelChoice;
pub use plan::{Kind, Plan};
pub use yaml::ConfigError;
