//! Experiments as data: a YAML file becomes a [`Draft`] (syntax and types), and a draft that passes its checks becomes an
//! [`Experiment`], which alone can run.
//!
//! - [`mod@include`]: one experiment out of several files
//! - [`tree`]: values that know the file and line, or the option, that they come from
//! - `marks`: the lines of a text's values, and what is refused before anything is built from it
//! - [`text`]: files as text
//! - [`yaml`]: what is wrong with a configuration, and `--set key=value`
//! - [`name`]: names that become names of files
//! - [`method`]: what a method is, and the built-in ones (`methods.yaml`)
//! - [`model`]: who answers
//! - [`encoder`]: which embeddings
//! - `paths`: relative to the file that names them
//! - `ranges`: how large its whole numbers may be
//! - `check`: what else an experiment may say
//! - [`experiment`]: the file's keys, and the checked form
//! - [`schema`], [`mod@reference`]: the file's keys for editors, and as a document
//! - [`output`]: which tables and figures a run writes, as data

mod check;
pub mod encoder;
pub mod experiment;
pub mod include;
mod marks;
pub mod method;
pub mod model;
pub mod name;
pub mod output;
mod paths;
mod ranges;
pub mod reference;
pub mod schema;
pub mod suggest;
pub mod text;
pub mod tree;
pub mod yaml;

pub use self::check::simulated_key;
pub use self::ranges::RESAMPLES;
pub use experiment::{Draft, Experiment};
pub use method::Method;
pub use model::ModelChoice;
pub use tree::Tree;
pub use yaml::ConfigError;
