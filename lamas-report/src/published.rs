//! Published figures (`published.yaml`), to stand beside ours.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::measure::Measure;

/// All published figures.
pub static PUBLISHED: LazyLock<Published> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("published.yaml")).expect("the published figures are valid"));

/// What others published.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Where.
    pub source: String,
    queries: BTreeMap<String, usize>,
    results: Vec<PublishedResult>,
    systems: Vec<PublishedSystem>,
}

/// A published row of results.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedResult {
    /// The tables that print it.
    pub table: String,
    method: String,
    #[serde(default)]
    lambda_t: Option<f64>,
    /// The problem set.
    pub dataset: String,
    score: f64,
    cost: f64,
    path: f64,
}

/// How the paper describes a system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSystem {
    method: String,
    /// The systems' names.
    pub names: String,
    /// `parallel` or `sequential`.
    pub execution: String,
    /// `query` or `task`.
    pub adapts: String,
}

impl Published {
    /// The published rows of a method, by problem set; where they name a lambda_t, of the method at that one.
    pub fn results(&self, method: &str, lambda_t: Option<f64>) -> impl Iterator<Item = &PublishedResult> {
        self.results
            .iter()
            .filter(move |row| row.method == method && (row.lambda_t.is_none() || row.lambda_t == lambda_t))
    }

    /// The one of a problem set.
    #[must_use]
    pub fn result(&self, dataset: &str, method: &str, lambda_t: Option<f64>) -> Option<&PublishedResult> {
        self.results(method, lambda_t).find(|row| row.dataset == dataset)
    }

    /// The published cost of one query in USD.
    #[must_use]
    pub fn cost_of_a_query(&self, row: &PublishedResult) -> Option<f64> {
        self.queries.get(&row.dataset).map(|&queries| row.cost / queries as f64)
    }

    /// How the paper describes the system that a method is or stands for.
    #[must_use]
    pub fn system(&self, method: &str) -> Option<&PublishedSystem> {
        self.systems.iter().find(|system| system.method == method)
    }
}

impl PublishedResult {
    /// One quantity, of those that are published; cost for the whole test split.
    #[must_use]
    pub fn get(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::Score => Some(self.score),
            Measure::Path => Some(self.path),
            Measure::Cost => Some(self.cost),
            Measure::Latency => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_method_and_lambda() {
        let path =
            |method, lambda| PUBLISHED.result("humaneval", method, lambda).and_then(|row| row.get(Measure::Path));
        assert_eq!(path("lamas", Some(1e-4)), Some(1042.7));
        assert_eq!(path("lamas", Some(0.0)), Some(1629.3));
        assert_eq!(path("lamas", Some(5e-4)), None);
        assert_eq!(path("maas", Some(0.0)), Some(1810.8), "a row without lambda_t fits any");
        assert_eq!(path("generate", None), Some(797.9));
        let row = PUBLISHED.result("math", "generate", None).unwrap();
        assert_eq!(PUBLISHED.cost_of_a_query(row), Some(0.32 / 486.0));
        assert!(PUBLISHED.results.iter().all(|row| PUBLISHED.cost_of_a_query(row).is_some()));
        assert_eq!(PUBLISHED.system("lamas").unwrap().execution, "parallel");
    }
}
