//! Why an operator could not finish.

use super::OperatorName;
use crate::chat::ChatError;
use crate::tool::ToolError;

/// Why an operator could not finish. The episode is then unscored, never wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The model gave no answer.
    #[error("model call failed: {0}")]
    Chat(#[from] ChatError),
    /// The sandbox failed.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A prompt could not be made.
    #[error("prompt of `{operator}` failed: {message}")]
    Prompt {
        /// Whose prompt.
        operator: OperatorName,
        /// What is wrong with it.
        message: String,
    },
    /// The orchestrator named an operator that is not there.
    #[error("unknown operator `{0}`")]
    Unknown(OperatorName),
    /// The orchestrator made a graph in which a node reads one that does not stand before it.
    #[error("node {node} of a graph reads node {reads}, which does not stand before it")]
    Order {
        /// Which node, from 0.
        node: usize,
        /// What it wants to read.
        reads: usize,
    },
}

impl Failure {
    /// Whether nobody knows what would have come: only recorded answers count, and this one is not among them.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        matches!(self, Self::Chat(ChatError::Unrecorded(_)))
    }

    /// Whether the whole run must end.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Chat(error) => error.is_fatal(),
            Self::Tool(_) => false,
            Self::Prompt { .. } | Self::Unknown(_) | Self::Order { .. } => true,
        }
    }
}
