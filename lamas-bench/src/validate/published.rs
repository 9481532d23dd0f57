//! What others published about the model that is simulated.

use serde::Deserialize;

/// Whether the simulated model was fitted to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Fitted to it.
    Calibration,
    /// Never looked at while it was fitted.
    HeldOut,
}

/// Whose way of training and counting stands behind a simulated value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conventions {
    /// Ours: one critical path over the whole trace, actions that cannot run masked.
    #[default]
    Honest,
    /// The released code's, as far as they are modelled ([`lamas_core::released`]).
    Released,
}

/// One published row.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Fitted or held out.
    pub group: Group,
    /// What it is called there.
    pub row: String,
    /// The method of the experiment that it is held against.
    pub method: String,
    /// The problem set.
    pub dataset: String,
    /// Score in percent.
    #[serde(default)]
    pub score: Option<f64>,
    /// CP_len in tokens.
    #[serde(default)]
    pub path: Option<f64>,
    /// Prompt tokens of the whole test split.
    #[serde(default)]
    pub prompt: Option<f64>,
    /// Generated tokens of the whole test split.
    #[serde(default)]
    pub completion: Option<f64>,
    /// Whose conventions.
    #[serde(default)]
    pub conventions: Conventions,
}

/// How often chain of thought and program were found to agree with a sample of each, in percent of tasks. Over which
/// problem sets is not said with the figure.
pub const AGREEMENT: f64 = 78.6;

/// All published rows.
///
/// # Panics
/// Never: the rows are part of the program, and a test reads them.
#[must_use]
pub fn rows() -> Vec<Row> {
    serde_yaml::from_str(include_str!("published.yaml")).expect("the published rows are valid")
}
