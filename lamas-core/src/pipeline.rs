//! The steps that a dataset puts before and after the layers, as data.

use serde::{Deserialize, Serialize};

use crate::operator::{OperatorName, State};

/// What runs before the first layer and after the last.
///
/// ```
/// use lamas_core::pipeline::{Condition, Pipeline, Step};
///
/// // A vote where the layers left several candidates.
/// let vote = Step { run: "sc_ensemble".into(), when: Condition::SeveralCandidates };
/// let pipeline = Pipeline { post: vec![vote], ..Pipeline::default() };
/// assert!(pipeline.pre.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pipeline {
    /// Before the first layer, in this order.
    pub pre: Vec<Step>,
    /// After the last layer, in this order.
    pub post: Vec<Step>,
}

/// One operator run outside the layers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which operator.
    pub run: OperatorName,
    /// Under which condition.
    #[serde(default)]
    pub when: Condition,
}

/// When a step runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Whenever its operator has something to work on.
    #[default]
    Always,
    /// When there is more than one candidate.
    SeveralCandidates,
    /// When the current solution has failed the public examples.
    TestFailed,
}

impl Condition {
    /// Whether it holds in this state.
    #[must_use]
    pub fn holds(self, state: &State) -> bool {
        match self {
            Self::Always => true,
            Self::SeveralCandidates => state.candidates.len() > 1,
            Self::TestFailed => state.current().is_some_and(|current| current.passes_examples == Some(false)),
        }
    }
}
