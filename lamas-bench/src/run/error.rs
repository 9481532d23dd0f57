use std::path::PathBuf;

use lamas_controller::ControllerError;
use lamas_record::RecordError;
use lamas_report::ReportError;
use polars::error::PolarsError;

use super::gaps::Gaps;
use lamas_experiment::config::ConfigError;
use lamas_experiment::dataset::DataError;

/// Why a run ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The experiment file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A problem set cannot be loaded.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The surroundings lack something: Python, a sandbox, a prompt folder.
    #[error("{0}")]
    Environment(String),
    /// The model cannot be used until the user acts.
    #[error("the model cannot be used: {0}")]
    Model(String),
    /// Nobody is asked, and the recording lacks what some cells need.
    #[error("{0}")]
    Unrecorded(Gaps),
    /// A file of the run cannot be written or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The response store cannot be used.
    #[error("{0}")]
    Store(String),
    /// A checkpoint cannot be written or used.
    #[error(transparent)]
    Checkpoint(ControllerError),
    /// The controller gave up.
    #[error("{cell}: {why}")]
    Controller {
        /// In which cell.
        cell: String,
        /// Why.
        why: Box<ControllerError>,
    },
    /// Ctrl-C.
    #[error("interrupted: {finished} of {cells} cells are finished and kept; the same command goes on from there")]
    Interrupted {
        /// Cells that are finished.
        finished: usize,
        /// Cells of the experiment.
        cells: usize,
    },
    /// The budget is spent.
    #[error(
        "{reason}; {finished} of {cells} cells are finished, all answers are kept, and with a larger `budget` the same \
         command goes on from there"
    )]
    Budget {
        /// Which limit was reached, and what was spent.
        reason: String,
        /// Cells that are finished.
        finished: usize,
        /// Cells of the experiment.
        cells: usize,
    },
    /// A run cannot be reported on.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl RunError {
    /// The process's exit code, as `lamas-bench help` documents it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Controller { .. } | Self::Report(ReportError::NothingScored(_)) => 1,
            Self::Config(_) => 2,
            Self::Data(_) => 3,
            Self::Environment(_) => 4,
            Self::Model(_) | Self::Unrecorded(_) => 5,
            Self::Record(_) | Self::Report(ReportError::Record(_)) | Self::Store(_) | Self::Checkpoint(_) => 6,
            Self::Budget { .. } => 7,
            Self::Interrupted { .. } => 130,
        }
    }

    /// A failure to write or read a file.
    pub fn file(path: impl Into<PathBuf>, error: impl std::fmt::Display) -> Self {
        RecordError::file(path, error).into()
    }

    /// A failure of the table library on a file.
    pub fn table(path: impl Into<PathBuf>, error: &PolarsError) -> Self {
        Self::file(path, error)
    }
}
