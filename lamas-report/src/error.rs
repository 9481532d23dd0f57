use lamas_record::RecordError;

/// Why a run cannot be reported on.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Its files cannot be read, or the report's cannot be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Every episode of the run is unscored.
    #[error("no episode could be scored, so there is no result; the first failure was: {0}")]
    NothingScored(String),
}
