//! What the operators of an episode work with.

use std::sync::Arc;

use crate::chat::{ChatModel, Sampling};
use crate::tool::Interpreter;
use crate::units::Price;

/// What the operators of an episode work with.
#[derive(Clone)]
pub struct Workbench {
    /// Who answers.
    pub chat: Arc<dyn ChatModel>,
    /// Who runs programs.
    pub interpreter: Arc<dyn Interpreter>,
    /// How the model is to sample.
    pub sampling: Sampling,
    /// What a call costs.
    pub price: Price,
}
