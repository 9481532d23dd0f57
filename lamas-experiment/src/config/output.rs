//! Which tables and figures a run writes, as data.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableDraft {
    /// Its files' name; unique.
    pub name: String,
    /// What it shows, above it.
    pub title: String,
    /// What its rows and columns are; `methods`.
    #[serde(default)]
    pub kind: TableKind,
    /// Which problem sets, a block each; all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// Which methods; all, at every lambda_t.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowDraft>,
    /// Which columns, where the kind leaves a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// What the rows are compared with; `maas`, where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub against: Vec<RowDraft>,
    /// The reference point of hypervolumes.
    #[serde(default)]
    pub reference: ReferencePoint,
    /// Whether published values stand beside ours; false.
    #[serde(default)]
    pub published: bool,
    /// What else a reader must know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What a table's rows and columns are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// A block for each problem set, a row for each method and lambda_t.
    #[default]
    Methods,
    /// What each method can do, over all problem sets.
    Systems,
    /// A row for each method: what its whole front over lambda_t is worth.
    Fronts,
    /// Two methods beside each other, a row for each lambda_t that both ran with.
    Pairs,
}

/// A column of a table of methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Mean score in percent, with its interval.
    Score,
    /// Mean critical path in tokens, with its interval.
    Path,
    /// Median critical path.
    PathP50,
    /// 90th percentile of the critical path.
    PathP90,
    /// 99th percentile of the critical path.
    PathP99,
    /// Mean latency in seconds, with its interval.
    Latency,
    /// Money for all test queries in USD.
    Cost,
    /// The part of that money for calls that were cancelled.
    CancelledCost,
    /// Tokens of cancelled calls, a mean over queries.
    CancelledTokens,
    /// On how many arrivals the decision of a race rested, a mean.
    Deciders,
    /// Score less the reference's in points, paired.
    ScoreDifference,
    /// Critical path relative to the reference's in percent, paired.
    PathDifference,
    /// Cost relative to the reference's in percent, paired.
    CostDifference,
    /// Whether the score is not worse than the reference's by more than the problem set's margin.
    Verdict,
    /// Which published systems the method stands for.
    StandsFor,
    /// What the method is, in one sentence.
    About,
    /// Episodes that it learned from, for one seed.
    LearningEpisodes,
    /// Tokens that learning took, for one seed.
    LearningTokens,
    /// Money that learning took, for one seed.
    LearningCost,
    /// Unscored episodes and all episodes.
    Unscored,
}

impl Column {
    /// The columns of a table that names none.
    pub const DEFAULT: [Self; 7] =
        [Self::Score, Self::Path, Self::PathP90, Self::PathDifference, Self::Latency, Self::Cost, Self::Unscored];

    /// Whether it compares with another row.
    #[must_use]
    pub fn compares(self) -> bool {
        matches!(self, Self::ScoreDifference | Self::PathDifference | Self::CostDifference | Self::Verdict)
    }
}

/// The corner from which hypervolumes are measured: a multiple of one method's path, another's score less some points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReferencePoint {
    /// Whose critical path; `gen_cot`.
    pub path_of: String,
    /// How many times that path; 2.
    pub times: f64,
    /// Whose score; `generate`.
    pub score_of: String,
    /// How many points below that score; 5.
    pub below: f64,
}

impl Default for ReferencePoint {
    fn default() -> Self {
        Self { path_of: "gen_cot".to_owned(), times: 2.0, score_of: "generate".to_owned(), below: 5.0 }
    }
}

/// One figure; for the kinds that draw one for each problem set, the set's name is added to the files'.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureDraft {
    /// Its files' name; unique.
    pub name: String,
    /// What it shows.
    pub kind: FigureKind,
    /// Which problem sets; all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// Which methods; all that fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowDraft>,
    /// Which methods bear colours among those in grey; all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub highlight: Vec<String>,
    /// Whether published values stand beside ours; false.
    #[serde(default)]
    pub published: bool,
    /// What paths are measured in, for fronts, timelines and graphs; seconds for timelines, tokens for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<PathMeasure>,
}

/// What the length of a critical path is measured in. The two may mark different paths through one query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathMeasure {
    /// Generated tokens and programs' seconds times gamma (equation 9).
    Tokens,
    /// Seconds of working time (equation 1).
    Seconds,
}

impl FigureDraft {
    /// What its paths are measured in.
    #[must_use]
    pub fn path_measure(&self) -> PathMeasure {
        self.measure.unwrap_or(match self.kind {
            FigureKind::Timeline => PathMeasure::Seconds,
            _ => PathMeasure::Tokens,
        })
    }
}

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    /// Score against critical path over lambda_t.
    Front,
    /// Training curves; one figure for each problem set.
    Training,
    /// One query's work on a time axis; one figure for each problem set.
    Timeline,
    /// One query's graph; one figure for each problem set.
    Graph,
    /// Critical path and score of races over the number of calls, a line for each rule.
    Races,
    /// Which operators are chosen in each layer; one figure for each method that was swept.
    Operators,
}

/// A method at all, one or the chosen lambda_t: `lamas`, `lamas@1e-4`, `lamas@chosen`.
#[derive(Debug, Clone, PartialEq)]
pub struct RowDraft {
    /// The method.
    pub method: String,
    /// At which lambda_t.
    pub at: At,
}

/// At which lambda_t a method is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum At {
    /// At each that it ran with.
    All,
    /// At this one.
    Value(f64),
    /// At the one that the training rows speak for.
    Chosen,
}

impl JsonSchema for RowDraft {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RowDraft".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

impl FromStr for RowDraft {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (method, at) = match text.split_once('@') {
            None => (text, At::All),
            Some((method, "chosen")) => (method, At::Chosen),
            Some((method, value)) => {
                let value = value.parse().map_err(|_| {
                    format!("`{text}`: `{value}` is neither a value of lambda_t, as in lamas@1e-4, nor `chosen`")
                })?;
                (method, At::Value(value))
            }
        };
        Ok(Self { method: method.to_owned(), at })
    }
}

impl fmt::Display for RowDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            At::All => f.write_str(&self.method),
            At::Value(value) => write!(f, "{}@{value:e}", self.method),
            At::Chosen => write!(f, "{}@chosen", self.method),
        }
    }
}

impl Serialize for RowDraft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RowDraft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_method_and_its_lambda_t() {
        for text in ["generate", "lamas@1e-4", "lamas@0e0", "lamas@chosen"] {
            assert_eq!(text.parse::<RowDraft>().unwrap().to_string(), text);
        }
        assert_eq!("lamas@0".parse::<RowDraft>().unwrap().at, At::Value(0.0));
        insta::assert_snapshot!("lamas@best".parse::<RowDraft>().unwrap_err(), @"`lamas@best`: `best` is neither a value of lambda_t, as in lamas@1e-4, nor `chosen`");
    }

    #[test]
    fn a_figure_has_the_measure_that_is_asked_for() {
        let draft = |text: &str| serde_yaml::from_str::<FigureDraft>(text).unwrap().path_measure();
        assert_eq!(draft("{name: f, kind: timeline}"), PathMeasure::Seconds);
        assert_eq!(draft("{name: f, kind: graph}"), PathMeasure::Tokens);
        assert_eq!(draft("{name: f, kind: timeline, measure: tokens}"), PathMeasure::Tokens);
        assert_eq!(draft("{name: f, kind: graph, measure: seconds}"), PathMeasure::Seconds);
    }

    #[test]
    fn tables_and_figures_name_what_is_run() {
        let said = |key: &str, entry: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("x.yaml");
            let head = "version: 1\nname: x\ndatasets: [words]\nmethods: [generate, lamas, static_graph]\nlambda_t: [0, 1e-4]\n";
            std::fs::write(&path, format!("{head}{key}:\n  - {entry}\n")).unwrap();
            let error = crate::config::Experiment::load(&path, &[]).err().map(|error| error.to_string());
            error.unwrap_or_default().replace(folder.path().to_str().unwrap(), "DIR")
        };
        assert_eq!(
            said("tables", "{name: t, title: T, rows: [lamas@1e-4, lamas@chosen, generate], datasets: [words]}"),
            ""
        );
        insta::assert_snapshot!(said("tables", "{name: t, title: T, rows: [lamsa]}"), @"DIR/x.yaml:7: tables: `t`: rows: `lamsa` is not run, did you mean `lamas`?");
        insta::assert_snapshot!(said("tables", "{name: t, title: T, rows: [lamas@1e-3]}"), @"DIR/x.yaml:7: tables: `t`: rows: `lamas@1e-3`: `lamas` does not run with it; its lambda_t: 0e0, 1e-4");
        insta::assert_snapshot!(said("tables", "{name: t, title: T, rows: [static_graph@chosen]}"), @"DIR/x.yaml:7: tables: `t`: rows: `static_graph@chosen`: `static_graph` does not learn in passes over the training rows, whose last one would choose its lambda_t");
        insta::assert_snapshot!(said("tables", "{name: t, title: T, datasets: [wrods]}"), @"DIR/x.yaml:7: tables: `t`: datasets: `wrods` is not run, did you mean `words`?");
        insta::assert_snapshot!(said("tables", "{name: t, title: T, kind: pairs, rows: [lamas]}"), @"DIR/x.yaml:7: tables: `t`: rows: a table of pairs needs exactly two methods");
        insta::assert_snapshot!(said("tables", "{name: t, title: T, kind: fronts}"), @"DIR/x.yaml:7: tables: `t`: reference.path_of: `gen_cot` is not run; there are `generate`, `lamas`, `static_graph`");
        insta::assert_snapshot!(said("figures", "{name: a/b, kind: front}"), @"DIR/x.yaml:7: figures[0].name: `a/b` may hold letters, digits, `-` and `_` only; it names a file");
        insta::assert_snapshot!(said("figures", "{name: f, kind: operators, measure: seconds}"), @"DIR/x.yaml:7: figures: `f`: measure: this kind of figure shows no paths; leave it out");
        insta::assert_snapshot!(said("figures", "{name: f, kind: front, highlight: [maas]}"), @"DIR/x.yaml:7: figures: `f`: highlight: `maas` is not run, did you mean `lamas`?");
    }
}
