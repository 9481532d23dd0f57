use std::path::PathBuf;

use crate::config::ConfigError;
use crate::config::text::TextError;

/// Why a problem set cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ConfigError),
    /// There is no manifest at all.
    #[error("no manifest lies in {folders}: start in the project's folder or give --data-dir")]
    NoManifest {
        /// Where they were looked for.
        folders: String,
    },
    /// There is no manifest of this name.
    #[error("unknown dataset `{name}`{hint}")]
    UnknownDataset {
        /// As it was asked for.
        name: String,
        /// A suggestion, or where manifests were looked for.
        hint: String,
    },
    /// The file is not there.
    #[error("{} is missing (looked in {folders}); {remedy}", file.display())]
    Missing {
        /// Which file.
        file: PathBuf,
        /// Where it was looked for.
        folders: String,
        /// The command that brings it.
        remedy: String,
    },
    /// The file cannot be read.
    #[error("{place}: {problem}")]
    Unreadable {
        /// `file`, or `file:line`.
        place: String,
        /// Why.
        problem: TextError,
    },
    /// The file is not the one that the manifest describes.
    #[error("{}: sha256 is {got}, but the manifest of `{name}` says {expected}; {remedy}", path.display())]
    Checksum {
        /// Which file.
        path: PathBuf,
        /// Which dataset.
        name: String,
        /// What the manifest says.
        expected: Box<str>,
        /// What the file has.
        got: Box<str>,
        /// What to do.
        remedy: String,
    },
    /// The file holds another number of rows than its manifest says.
    #[error(
        "{}: holds {got} rows, but the manifest of `{name}` says {expected}; put the number into the manifest, or restore \
         the file",
        path.display()
    )]
    Rows {
        /// Which file.
        path: PathBuf,
        /// Which dataset.
        name: String,
        /// What the manifest says.
        expected: usize,
        /// What the file holds.
        got: usize,
    },
    /// Something in the file is wrong.
    #[error("{}:{line}: {message}", path.display())]
    Row {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The split does not fit.
    #[error("{}: {message}", path.display())]
    Split {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The file could not be fetched.
    #[error("{0}")]
    Fetch(String),
}
