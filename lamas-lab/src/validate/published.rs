//! What others published about the model that is simulated.

use serde::Deserialize;

use lamas_report::measure::Measure;
use lamas_report::published::{PUBLISHED, PublishedResult};

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
    /// The released code's, as far as they are modelled ([`lamas_controller::released`]).
    Released,
}

/// What one method of ours is held against, on every problem set that there are figures for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comparison {
    group: Group,
    row: String,
    method: String,
    #[serde(default)]
    conventions: Conventions,
    #[serde(default)]
    paper: Option<PaperRow>,
    #[serde(default)]
    figures: Vec<Figures>,
}

/// A row of the paper's tables, whose figures stand with the report's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaperRow {
    method: String,
    #[serde(default)]
    lambda_t: Option<f64>,
}

/// What is published of one problem set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// The problem set.
    pub dataset: String,
    /// Score in percent.
    pub score: Option<f64>,
    /// CP_len in tokens.
    pub path: Option<f64>,
    /// Prompt tokens of the whole test split.
    pub prompt: Option<f64>,
    /// Generated tokens of the whole test split.
    pub completion: Option<f64>,
}

/// One published row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Fitted or held out.
    pub group: Group,
    /// What it is called there.
    pub row: String,
    /// The method of the experiment that it is held against.
    pub method: String,
    /// What is published.
    pub figures: Figures,
    /// Whose conventions.
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
    let comparisons: Vec<Comparison> =
        serde_yaml::from_str(include_str!("published.yaml")).expect("the published rows are valid");
    comparisons.into_iter().flat_map(Comparison::rows).collect()
}

impl Comparison {
    fn rows(self) -> impl Iterator<Item = Row> {
        let Self { group, row, method, conventions, paper, figures } = self;
        let printed = paper.into_iter().flat_map(|paper| paper.figures());
        let figures = printed.chain(figures);
        figures.map(move |figures| Row { group, row: row.clone(), method: method.clone(), figures, conventions })
    }
}

impl PaperRow {
    fn figures(&self) -> Vec<Figures> {
        let of = |row: &PublishedResult| Figures {
            dataset: row.dataset.clone(),
            score: row.get(Measure::Score),
            path: row.get(Measure::Path),
            ..Figures::default()
        };
        PUBLISHED.results(&self.method, self.lambda_t).map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_paper_has_its_figures_on_every_problem_set() {
        let of = |row: &str, method: &str| -> Vec<Figures> {
            rows().into_iter().filter(|r| r.row == row && r.method == method).map(|r| r.figures).collect()
        };
        let path = |dataset: &str, score: f64, path: f64| Figures {
            dataset: dataset.to_owned(),
            score: Some(score),
            path: Some(path),
            ..Figures::default()
        };
        assert_eq!(
            of("LAMaS, lambda_t = 0", "lamas_t0"),
            [path("gsm8k", 92.92, 1215.9), path("humaneval", 91.6, 1629.3), path("math", 48.97, 1342.1)]
        );
        assert_eq!(of("LAMaS, uniform credit", "uniform"), [path("humaneval", 91.6, 1197.5)]);
        assert_eq!(of("MaAS", "maas").len(), 4, "three of the paper and one of its own");
        assert_eq!(rows().len(), 30);
    }
}
