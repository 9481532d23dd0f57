use std::path::PathBuf;

use polars::error::PolarsError;

/// What to do about a run whose files do not fit.
pub const DAMAGED: &str =
    "the run is damaged or was altered: start the same `sweep` again, it keeps the cells that are whole";

/// Why a run's folder cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// A file of it cannot be written or read, or does not fit the others.
    #[error("{}: {message}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What failed, and what to do.
        message: String,
    },
}

impl RecordError {
    /// A failure to write or read a file.
    pub fn file(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        Self::File { path: path.into(), message: error.to_string() }
    }

    /// A file of a run that the system does not give.
    pub fn unreadable(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        Self::file(path, format!("cannot be read: {error}; {DAMAGED}"))
    }

    /// A file or folder that the system does not take.
    pub fn unwritable(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        Self::file(
            path,
            format!("cannot be written: {error}; see to the folder's permissions and the space that is left"),
        )
    }

    /// A failure of the table library on a file.
    pub fn table(path: impl Into<PathBuf>, error: &PolarsError) -> Self {
        Self::file(path, error)
    }
}
