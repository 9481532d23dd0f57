//! Problem sets as data: a manifest in YAML says what a file holds, where it comes from, how its answers are scored and
//! which steps frame the layers. No name of a dataset stands in the code.
//!
//! - [`manifest`]: the manifest's keys
//! - [`folder`]: where manifests and files are looked for
//! - [`lines`]: JSON lines, as other programs write them
//! - [`load`]: rows to tasks, with checksums and splits
//! - [`mod@fit`]: whether an experiment's methods can answer on it
//! - [`fetch`]: gets a public file and verifies it

pub mod fetch;
pub mod fit;
pub mod folder;
pub mod lines;
pub mod load;
pub mod manifest;

mod error;

pub use error::DataError;
pub use folder::DataFolders;
pub use load::Dataset;
pub use manifest::Manifest;
