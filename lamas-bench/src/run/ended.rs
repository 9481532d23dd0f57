//! How a run ends before its end, and what is told of it.

use lamas_llm::limit::Purse;

use super::RunError;
use super::context::CellError;

/// A run of so many cells, which may end early.
#[derive(Clone, Copy)]
pub(super) struct Ending<'a> {
    pub(super) purse: &'a Purse,
    pub(super) cells: usize,
}

impl Ending<'_> {
    /// The user has ended it.
    pub(super) fn interrupted(self, finished: usize) -> RunError {
        RunError::Interrupted { finished, cells: self.cells }
    }

    /// Of a run that was not broken off by a failure: the budget is spent, or the user has interrupted it.
    pub(super) fn early(self, finished: usize) -> RunError {
        match self.purse.reached() {
            Some(reason) => RunError::Budget { reason, finished, cells: self.cells },
            None => self.interrupted(finished),
        }
    }

    /// Why a group of cells ended early, of which this is one.
    pub(super) fn of(self, cell: &str, error: CellError) -> Ended {
        let error = match error {
            CellError::Unrecorded(lacks) => return Ended::Unrecorded(lacks),
            CellError::Stopped => self.interrupted(0),
            // The model said no because nothing is left to pay it with, or because the run ends.
            CellError::Fatal(_) if self.purse.reached().is_some() => self.interrupted(0),
            CellError::Fatal(_) if self.purse.is_stopped() => self.interrupted(0),
            CellError::Fatal(message) => RunError::Model(message),
            CellError::Broken(message) => RunError::Environment(format!(
                "{message}; not even a program of our own runs any more; finished cells are kept, and the same command \
                 goes on once that is mended"
            )),
            CellError::Controller(why) => RunError::Controller { cell: cell.to_owned(), why: Box::new(why) },
            CellError::Record(error) => error.into(),
        };
        Ended::Run(error)
    }
}

/// Why a group of cells ended early.
pub(super) enum Ended {
    /// What it needs is not recorded; others may do without it.
    Unrecorded(String),
    /// The run ends.
    Run(RunError),
}

impl<E: Into<RunError>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

/// The error that ended the run: of several the one that made the other cells stop.
pub(super) fn cause(errors: Vec<RunError>) -> Option<RunError> {
    let own = errors.iter().position(|error| !matches!(error, RunError::Interrupted { .. }));
    errors.into_iter().nth(own.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_that_stopped_the_others_is_told() {
        let interrupted = || RunError::Interrupted { finished: 0, cells: 3 };
        let refused = RunError::Model("bad key".to_owned());
        assert_eq!(cause(vec![interrupted(), refused, interrupted()]).unwrap().exit_code(), 5);
        assert_eq!(cause(vec![interrupted()]).unwrap().exit_code(), 130);
        assert!(cause(Vec::new()).is_none());
    }
}
