//! Estimates, titles and notes as text.

use std::collections::BTreeSet;

use crate::bootstrap::{Comparison, Estimate};
use crate::measure::Measure;
use crate::published::PUBLISHED;
use crate::rows::Row;
use crate::table::Cell;
use crate::{Finished, lambda_text};
use lamas_core::wording::{count, count_of};
use lamas_experiment::config::output::{At, RowDraft, TableDraft};
use lamas_record::manifest::MethodRecord;

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

/// What bold means.
pub const BOLD: &str = "Bold: the best mean of a column among ranked rows, and every row that shows the same; none where all \
     rows do. It says nothing about significance: the intervals do.";

/// Marks the best of the ranked rows in a column that shows `digits` digits.
pub fn mark_best(
    cells: &mut [Vec<Cell>],
    rows: &[Row<'_>],
    column: usize,
    digits: usize,
    goodness: impl Fn(&Row<'_>) -> f64,
) {
    let values: Vec<Option<f64>> = rows.iter().map(|row| ranked(row).then(|| goodness(row))).collect();
    for (cells, best) in cells.iter_mut().zip(best(&values, digits)) {
        cells[column].best = best;
    }
}

/// Which of the values that take part show the largest, written with `digits` digits; none where all of them do.
fn best(values: &[Option<f64>], digits: usize) -> Vec<bool> {
    // As a reader sees it: what is written alike is alike.
    let shown = |value: f64| format!("{value:.digits$}").parse::<f64>().unwrap_or(value);
    let values: Vec<Option<f64>> =
        values.iter().map(|value| value.filter(|value| value.is_finite()).map(shown)).collect();
    let part = || values.iter().flatten().copied();
    let (least, most) = (part().fold(f64::INFINITY, f64::min), part().fold(f64::NEG_INFINITY, f64::max));
    values.iter().map(|value| least < most && *value == Some(most)).collect()
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
    let simulated = run.caption();
    let subject = match comparisons {
        [one] if one.data.title == draft.title => size(one),
        [one] => format!("{}: {}", draft.title, size(one)),
        _ => draft.title.clone(),
    };
    format!("{subject}, {}{simulated}", count(run.manifest.seeds.len(), "seed"))
}

/// A block's title; none where the table's own says it.
#[must_use]
pub fn block_title(comparisons: &[&Comparison<'_>], comparison: &Comparison<'_>) -> String {
    if comparisons.len() == 1 { String::new() } else { size(comparison) }
}

fn size(comparison: &Comparison<'_>) -> String {
    format!("{}, {}", comparison.data.title, count_of(comparison.data.test, "test query", "test queries"))
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
         Intervals: 95%, bootstrap over queries and seeds, {}. Model: {}.",
        count(run.resamples(), "resample"),
        run.manifest.model.name
    );
    let given = Some(draft.note.clone()).filter(|note| !note.is_empty());
    let remarks = run.remarks.notes();
    own.into_iter().chain(published).chain(chosen).chain([general]).chain(remarks).chain(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_rows_that_tie_are_all_best() {
        let of = |values: &[f64]| best(&values.iter().map(|&value| Some(value)).collect::<Vec<_>>(), 2);
        assert_eq!(of(&[91.2, 95.83, 95.83]), [false, true, true]);
        // Alike as written, whatever the further digits.
        assert_eq!(of(&[95.831, 91.0, 95.829]), [true, false, true]);
        assert_eq!(of(&[95.836, 95.829]), [true, false]);
        assert_eq!(of(&[-400.0, -351.26]), [false, true]);
        // Nothing stands out.
        assert_eq!(of(&[0.0, -0.001, 0.001]), [false; 3]);
        assert_eq!(of(&[5.0]), [false]);
        assert_eq!(of(&[]), [false; 0]);
        assert_eq!(best(&[Some(1.0), None, Some(f64::NAN), Some(2.0)], 1), [false, false, false, true]);
    }

    #[test]
    fn estimates_are_written_with_the_digits_asked_for() {
        let estimate = Estimate { value: -0.046, low: -12.3456, high: 1.0 };
        assert_eq!(shown(estimate, 1), "-0.0 [-12.3, 1.0]");
        assert_eq!(signed(estimate, 2), "-0.05 [-12.35, +1.00]");
        assert_eq!(reachable(Estimate { high: f64::INFINITY, ..estimate }, 0), "-0 [-12, ∞]");
    }
}
