//! The rows of tables and figures: which series of a comparison they are, and what they are called.

use super::bootstrap::Comparison;
use super::choice;
use super::published::{PUBLISHED, PublishedResult};
use super::series::{Learning, Series};
use super::{Finished, lambda_text};
use lamas_experiment::config::output::{At, RowDraft};
use lamas_record::manifest::MethodRecord;

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Its place in the comparison.
    pub index: usize,
    /// Its episodes.
    pub series: &'a Series,
    /// Its method.
    pub method: &'a MethodRecord,
    /// Whether the training rows chose its lambda_t.
    pub chosen: bool,
    /// What learning took; for a chosen lambda_t that of all candidates.
    pub learning: Learning,
}

impl Row<'_> {
    /// lambda_t as tables write it.
    #[must_use]
    pub fn lambda(&self) -> String {
        let lambda = self.series.lambda_t.map_or_else(|| "-".to_owned(), lambda_text);
        if self.chosen { format!("{lambda} (chosen)") } else { lambda }
    }

    /// What others published of it. A chosen lambda_t is ours.
    #[must_use]
    pub fn published(&self) -> Option<&'static PublishedResult> {
        let Series { dataset, method, lambda_t, .. } = self.series;
        if self.chosen { None } else { PUBLISHED.result(dataset, method, *lambda_t) }
    }
}

/// The series that drafts stand for, in their order; all of them where there is none.
#[must_use]
pub fn select<'a>(run: &'a Finished, comparison: &Comparison<'a>, drafts: &[RowDraft]) -> Vec<Row<'a>> {
    if drafts.is_empty() {
        let all = run.manifest.methods.iter();
        return all.flat_map(|method| one(run, comparison, &method.name, At::All)).collect();
    }
    drafts.iter().flat_map(|draft| one(run, comparison, &draft.method, draft.at)).collect()
}

/// Whether drafts ask for a method at any lambda_t.
#[must_use]
pub fn asked(drafts: &[RowDraft], method: &str) -> bool {
    drafts.is_empty() || drafts.iter().any(|draft| draft.method == method)
}

fn one<'a>(run: &'a Finished, comparison: &Comparison<'a>, method: &str, at: At) -> Vec<Row<'a>> {
    let Some(record) = run.manifest.methods.iter().find(|record| record.name == method) else { return Vec::new() };
    let own = comparison.series.iter().enumerate().filter(|(_, series)| series.method == method);
    let own: Vec<(usize, &'a Series)> = own.map(|(index, &series)| (index, series)).collect();
    let chosen = if at == At::Chosen { choice::choose(&own, comparison.data.margin) } else { None };
    let all_took = own.iter().map(|(_, series)| series.learning).fold(Learning::default(), Learning::plus);
    let shown = |index: usize, series: &Series| match at {
        At::All => true,
        At::Value(value) => series.lambda_t == Some(value),
        At::Chosen => Some(index) == chosen,
    };
    let row = |(index, series): (usize, &'a Series)| {
        let learning = if at == At::Chosen { all_took } else { series.learning };
        Row { index, series, method: record, chosen: at == At::Chosen, learning }
    };
    own.iter().copied().filter(|(index, series)| shown(*index, series)).map(row).collect()
}
