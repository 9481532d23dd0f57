//! Who runs episodes: with which operators, on what, and how.

use std::sync::Arc;

use crate::events::Sink;
use crate::operator::OperatorSet;
use crate::orchestrator::Schedule;
use crate::race::{Equality, SameText};
use crate::workbench::Workbench;

/// Runs episodes.
#[derive(Clone)]
pub struct Executor {
    pub(super) operators: OperatorSet,
    pub(super) workbench: Workbench,
    pub(super) schedule: Schedule,
    pub(super) equality: Arc<dyn Equality>,
    pub(super) sink: Option<Arc<dyn Sink>>,
}

impl Executor {
    /// An executor of these operators.
    #[must_use]
    pub fn new(operators: OperatorSet, workbench: Workbench, schedule: Schedule) -> Self {
        Self { operators, workbench, schedule, equality: Arc::new(SameText), sink: None }
    }

    /// The same, and votes of races count answers as one where this says so. Without it, answers are one where their text
    /// is.
    #[must_use]
    pub fn comparing(self, equality: Arc<dyn Equality>) -> Self {
        Self { equality, ..self }
    }

    /// The same, and whatever happens is told to a sink.
    #[must_use]
    pub fn telling(self, sink: Arc<dyn Sink>) -> Self {
        Self { sink: Some(sink), ..self }
    }
}
