//! Datasets made ready: tasks, the operators of their domain, and embeddings, computed once and shared by all cells.

use std::sync::Arc;

use lamas_controller::actions::Actions;
use lamas_controller::encoder::{Embeddings, Encoder, Hashed};
use lamas_controller::{ControllerError, Result};
use lamas_core::operator::{OperatorName, OperatorSet};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Task;

use crate::config::experiment::EncoderChoice;
use crate::dataset::Dataset;

/// A dataset with everything that its cells share.
pub struct Prepared {
    /// Its tasks and manifest.
    pub dataset: Dataset,
    /// The operators of its domain, in the order of the controller's actions.
    pub operators: OperatorSet,
    /// The training queries' embeddings: `[train, dimensions]`.
    pub train: Embeddings,
    /// The test queries' embeddings: `[test, dimensions]`.
    pub test: Embeddings,
    /// The embeddings of the operators' descriptions: `[operators, dimensions]`.
    pub descriptions: Embeddings,
}

impl Prepared {
    /// Embeds a dataset's queries and its operators' descriptions.
    ///
    /// # Errors
    /// When a text cannot be embedded.
    pub fn new(dataset: Dataset, operators: OperatorSet, encoder: &dyn Encoder) -> Result<Self> {
        let statements = |tasks: &[Arc<Task>]| {
            let texts: Vec<&str> = tasks.iter().map(|task| &*task.problem.statement).collect();
            encoder.encode(&texts)
        };
        let descriptions: Vec<&str> = operators.iter().map(|operator| operator.description()).collect();
        Ok(Self {
            train: statements(&dataset.train)?,
            test: statements(&dataset.test)?,
            descriptions: encoder.encode(&descriptions)?,
            dataset,
            operators,
        })
    }

    /// The controller's actions.
    ///
    /// # Errors
    /// When the fallback is not one of the generating operators.
    pub fn actions(&self, fallback: &OperatorName) -> Result<Actions, ControllerError> {
        Actions::new(&self.operators, fallback)
    }

    /// The steps around the layers, or none.
    #[must_use]
    pub fn pipeline(&self, steps: bool) -> Pipeline {
        if steps { self.dataset.manifest.pipeline.clone() } else { Pipeline::default() }
    }
}

/// The encoder that an experiment names.
#[must_use]
pub fn encoder(choice: EncoderChoice) -> Box<dyn Encoder> {
    match choice {
        EncoderChoice::Hashed => Box::new(Hashed),
    }
}
