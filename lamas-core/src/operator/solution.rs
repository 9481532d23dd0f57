//! A candidate solution, and the name of whoever made it.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An operator's name, e.g. `generate_cot`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct OperatorName(#[schemars(with = "String")] pub Arc<str>);

impl From<&str> for OperatorName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for OperatorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A candidate solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Solution {
    /// The whole text, as a scorer will read it.
    pub text: Arc<str>,
    /// The extracted final answer (maths) or program (code); `None` where nothing could be extracted.
    pub answer: Option<Arc<str>>,
    /// Who made it.
    pub by: OperatorName,
    /// For code: whether it passes the public examples, once that has been tried.
    pub passes_examples: Option<bool>,
    /// For code that fails some of them: what it did instead, in words that are the same for programs that do the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Arc<str>>,
}
