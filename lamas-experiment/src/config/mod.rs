//! Experiments as data: a YAML file becomes a [`Draft`] (syntax and types), and a draft that passes its checks becomes an
//! [`Experiment`], which alone can run.
//!
//! - [`mod@include`]: one experiment out of several files
//! - [`tree`]: values that know the file and line, or the option, that they come from
//! - `marks`: the lines of a text's values, and what is refused before anything is built from it
//! - [`text`]: files as text
//! - [`yaml`]: `--set key=value`
//! - `error`, `explain`: what is wrong with a configuration, and a parser's messages in our words
//! - [`name`]: names that become names of files
//! - [`method`]: what a method is, and the built-in ones (`methods.yaml`)
//! - [`model`]: who answers
//! - [`encoder`]: which embeddings
//! - `paths`: relative to the file that names them
//! - `ranges`, `numbers`: how large its whole numbers may be
//! - `check`: what else an experiment may say
//! - [`mod@draft`], [`preset`]: the file's keys
//! - [`experiment`]: the checked form
//! - [`schema`], [`mod@reference`]: the file's keys for editors, and as a document
//! - [`output`]: which tables and figures a run writes, as data; `shown`: whether they name what is run

mod check;
pub mod draft;
pub mod encoder;
mod error;
pub mod experiment;
mod explain;
pub mod include;
mod marks;
pub mod method;
pub mod model;
pub mod name;
mod numbers;
pub mod output;
mod paths;
pub mod preset;
mod ranges;
pub mod reference;
pub mod schema;
mod shown;
pub mod suggest;
pub mod text;
pub mod tree;
pub mod yaml;

pub use self::check::simulated_key;
pub use self::ranges::RESAMPLES;
pub use draft::Draft;
pub use error::ConfigError;
pub use experiment::Experiment;
pub use method::Method;
pub use model::ModelChoice;
pub use tree::Tree;
