//! One question, asked so many times at once.

use lamas_core::operator::OperatorName;

/// One operator that starts so many times at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// Which operator.
    pub operator: OperatorName,
    /// How many times.
    pub copies: u32,
    /// When its answer is decided, in words; `None` for a single call, of which there is nothing to decide.
    pub until: Option<String>,
}
