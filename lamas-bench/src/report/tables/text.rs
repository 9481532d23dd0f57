//! Estimates, titles and notes as text.

use std::collections::BTreeSet;

use crate::config::output::{At, RowDraft, TableDraft};
use crate::report::bootstrap::{Comparison, Estimate};
use crate::report::measure::Measure;
use crate::report::published::PUBLISHED;
use crate::report::rows::Row;
use crate::report::table::Cell;
use crate::report::{Finished, lambda_text};
use crate::run::manifest::MethodRecord;

/// A value and its interval.
#[must_use]
pub fn shown(estimate: Estimate, digits: usize) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:.digits$} [{low:.digits$}, {high:.digits$}]")
}

/// A difference and its interval, with signs.
#[must_use]
pub fn signed(estimate: Estimate, digits: usize) -> String {
    let Estimate { value, low, high } = estimate;
    format!("{value:+.digits$} [{low:+.digits$}, {high:+.digits$}]")
}

/// A length that may not be reached.
#[must_use]
pub fn reachable(estimate: Estimate, digits: usize) -> String {
    let one = |value: f64| if value.is_finite() { format!("{value:.digits$}") } else { "∞".to_owned() };
    let Estimate { value, low, high } = estimate;
    format!("{} [{}, {}]", one(value), one(low), one(high))
}

/// `Score % [95%]`.
#[must_use]
pub fn interval_head(measure: Measure) -> String {
    format!("{} {} [95%]", measure.title(), measure.unit())
}

/// A method's name in the first column. What knows the answers is told apart.
#[must_use]
pub fn method(row: &Row<'_>) -> Cell {
    let hindsight = if ranked(row) { "" } else { ", not ranked" };
    Cell::new(format!("{}{hindsight}", row.method.title))
}

/// Which published systems a method stands for.
#[must_use]
pub fn stands_for(method: &MethodRecord) -> String {
    method.stands_for.clone().unwrap_or_else(|| "-".to_owned())
}

/// Whether a row takes part when the best is marked.
#[must_use]
pub fn ranked(row: &Row<'_>) -> bool {
    !row.method.hindsight
}

/// Marks the best of the ranked rows in a column.
pub fn mark_best(cells: &mut [Vec<Cell>], rows: &[Row<'_>], column: usize, goodness: impl Fn(&Row<'_>) -> f64) {
    let ranked = rows.iter().enumerate().filter(|(_, row)| ranked(row) && goodness(row).is_finite());
    if let Some((best, _)) = ranked.max_by(|(_, a), (_, b)| goodness(a).total_cmp(&goodness(b))) {
        cells[best][column].best = true;
    }
}

/// What a row is compared with, in column heads.
#[must_use]
pub fn reference(run: &Finished, draft: &RowDraft) -> String {
    match draft.at {
        At::All => run.title(&draft.method),
        At::Value(value) => format!("{} {}", run.title(&draft.method), lambda_text(value)),
        At::Chosen => format!("{} chosen", run.title(&draft.method)),
    }
}

/// A table's title: of one problem set with its size.
#[must_use]
pub fn title(run: &Finished, comparisons: &[&Comparison<'_>], draft: &TableDraft) -> String {
    let simulated = run.provenance.caption();
    let subject = match comparisons {
        [one] if one.data.title == draft.title => size(one),
        [one] => format!("{}: {}", draft.title, size(one)),
        _ => draft.title.clone(),
    };
    format!("{subject}, {} seeds{simulated}", run.manifest.seeds.len())
}

/// A block's title; none where the table's own says it.
#[must_use]
pub fn block_title(comparisons: &[&Comparison<'_>], comparison: &Comparison<'_>) -> String {
    if comparisons.len() == 1 { String::new() } else { size(comparison) }
}

fn size(comparison: &Comparison<'_>) -> String {
    format!("{}, {} test queries", comparison.data.title, comparison.data.test)
}

/// What every table says about its numbers, after the notes of its own and before the definition's; with the tables that print
/// the published values.
#[must_use]
pub fn notes(run: &Finished, draft: &TableDraft, own: Vec<String>, published: &BTreeSet<&str>) -> Vec<String> {
    let tables: Vec<&str> = published.iter().copied().collect();
    let printed = draft.published && !tables.is_empty();
    let published = printed.then(|| {
        let plural = if tables.len() == 1 { "" } else { "s" };
        format!("Columns named paper: {}, table{plural} {}; a real model.", PUBLISHED.source, tables.join(", "))
    });
    let rows = draft.rows.iter().chain(&draft.against);
    let chosen = rows.clone().any(|row| row.at == At::Chosen).then(|| {
        "Chosen λ_t: on the training rows of the last pass, the shortest path whose score is at most the margin below that \
         at the smallest λ_t; test rows take no part in it."
            .to_owned()
    });
    let general = format!(
        "CP_len is the critical path of the whole trace in tokens (equation 9), steps before and after the layers included. \
         Intervals: 95%, bootstrap over queries and seeds, {} resamples. Model: {}.",
        run.resamples(),
        run.manifest.model.name
    );
    let given = Some(draft.note.clone()).filter(|note| !note.is_empty());
    own.into_iter().chain(published).chain(chosen).chain([general]).chain(given).collect()
}
