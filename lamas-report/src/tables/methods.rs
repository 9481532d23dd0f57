//! Methods on each problem set: a row for each method and lambda_t, columns as the definition lists them.

use std::collections::BTreeSet;

use super::text;
use crate::Finished;
use crate::bootstrap::Comparison;
use crate::measure::Measure;
use crate::rows::{self, Row};
use crate::table::{Block, Cell, Table};
use crate::verdict::Verdict;
use lamas_experiment::config::output::{At, Column, RowDraft, TableDraft};

/// The table.
#[must_use]
pub fn table(run: &Finished, comparisons: &[&Comparison<'_>], draft: &TableDraft) -> Table {
    let layout = Layout::new(run, comparisons, draft);
    let blocks = comparisons.iter().map(|comparison| Block {
        name: comparison.data.name.clone(),
        title: text::block_title(comparisons, comparison),
        rows: layout.rows(comparison),
    });
    Table {
        title: text::title(run, comparisons, draft),
        notes: text::notes(run, draft, layout.notes(comparisons), &layout.published_tables(comparisons)),
        head: layout.head(),
        blocks: blocks.collect(),
        simulated: run.provenance,
    }
}

/// A column with what it compares with.
#[derive(Clone, Copy)]
enum Shown<'a> {
    Lambda,
    Own(Column),
    Published(Measure),
    Against(Column, &'a RowDraft),
    PublishedAgainst(&'a RowDraft),
}

struct Layout<'a> {
    run: &'a Finished,
    draft: &'a TableDraft,
    columns: Vec<Shown<'a>>,
}

impl<'a> Layout<'a> {
    fn new(run: &'a Finished, comparisons: &[&Comparison<'_>], draft: &'a TableDraft) -> Self {
        let against = if draft.against.is_empty() { run.default_reference() } else { &draft.against };
        let columns = if draft.columns.is_empty() { &Column::DEFAULT[..] } else { &draft.columns };
        let swept =
            comparisons.iter().flat_map(|comparison| &comparison.series).any(|series| series.lambda_t.is_some());
        let mut shown: Vec<Shown<'a>> = swept.then_some(Shown::Lambda).into_iter().collect();
        for &column in columns {
            let published = draft.published.then(|| measure(column)).flatten().map(Shown::Published);
            if column.compares() {
                for reference in against {
                    shown.push(Shown::Against(column, reference));
                    let published = draft.published && column == Column::PathDifference;
                    shown.extend(published.then_some(Shown::PublishedAgainst(reference)));
                }
            } else {
                shown.push(Shown::Own(column));
                shown.extend(published);
            }
        }
        Self { run, draft, columns: shown }
    }

    fn head(&self) -> Vec<String> {
        let head = |shown: &Shown<'_>| match *shown {
            Shown::Lambda => "λ_t".to_owned(),
            Shown::Own(column) => own_head(column),
            Shown::Published(measure) => format!("{} paper", measure.title()),
            Shown::Against(column, reference) => {
                let reference = text::reference(self.run, reference);
                match column {
                    Column::ScoreDifference => format!("Score vs {reference} points [95%]"),
                    Column::PathDifference => format!("CP vs {reference} % [95%]"),
                    Column::CostDifference => format!("Cost vs {reference} % [95%]"),
                    _ => format!("Verdict vs {reference}"),
                }
            }
            Shown::PublishedAgainst(reference) => format!("CP vs {} % paper", text::reference(self.run, reference)),
        };
        std::iter::once("Method".to_owned()).chain(self.columns.iter().map(head)).collect()
    }

    fn rows(&self, comparison: &Comparison<'a>) -> Vec<Vec<Cell>> {
        let rows = rows::select(self.run, comparison, &self.draft.rows);
        let line = |row: &Row<'_>| {
            let cells = self.columns.iter().map(|shown| Cell::new(self.cell(comparison, row, shown)));
            std::iter::once(text::method(row)).chain(cells).collect()
        };
        let mut cells: Vec<Vec<Cell>> = rows.iter().map(line).collect();
        for (index, shown) in self.columns.iter().enumerate() {
            if let Shown::Own(column @ (Column::Score | Column::Path)) = *shown {
                let measure = if column == Column::Score { Measure::Score } else { Measure::Path };
                let sign = if measure.higher_is_better() { 1.0 } else { -1.0 };
                text::mark_best(&mut cells, &rows, index + 1, measure.digits(), |row| sign * row.series.mean(measure));
            }
        }
        cells
    }

    fn cell(&self, comparison: &Comparison<'a>, row: &Row<'_>, shown: &Shown<'_>) -> String {
        match *shown {
            Shown::Lambda => row.lambda(),
            Shown::Own(column) => own(comparison, row, column),
            Shown::Published(measure) => published(row, measure).map_or_else(nothing, |value| digits(value, measure)),
            Shown::Against(column, reference) => match self.reference(comparison, reference) {
                Some(other) if other.index != row.index => against(comparison, row, &other, column),
                _ => String::new(),
            },
            Shown::PublishedAgainst(reference) => {
                let other = self.reference(comparison, reference).filter(|other| other.index != row.index);
                let theirs = other.and_then(|other| published(&other, Measure::Path));
                match (published(row, Measure::Path), theirs) {
                    (Some(path), Some(theirs)) => format!("{:+.1}", 100.0 * (path / theirs - 1.0)),
                    _ => nothing(),
                }
            }
        }
    }

    /// The row that others are compared with: of several the one at the lambda_t that stands for the method.
    fn reference(&self, comparison: &Comparison<'a>, draft: &RowDraft) -> Option<Row<'a>> {
        let rows = rows::select(self.run, comparison, std::slice::from_ref(draft));
        let typical = self.run.typical_lambda(&comparison.data.name, &draft.method);
        let stands = |row: &&Row<'_>| draft.at != At::All || row.series.lambda_t == typical;
        rows.iter().find(stands).copied()
    }

    /// The tables that print the published values.
    fn published_tables(&self, comparisons: &[&Comparison<'a>]) -> BTreeSet<&'static str> {
        let rows = comparisons.iter().flat_map(|comparison| rows::select(self.run, comparison, &self.draft.rows));
        let published = rows.filter_map(|row| row.published());
        published.flat_map(|published| published.table.split(", ")).collect()
    }

    fn notes(&self, comparisons: &[&Comparison<'_>]) -> Vec<String> {
        let has = |wanted: &[Column]| {
            self.columns
                .iter()
                .any(|shown| matches!(shown, Shown::Own(column) | Shown::Against(column, _) if wanted.contains(column)))
        };
        let margins: Vec<String> = comparisons
            .iter()
            .map(|comparison| format!("{} {}", comparison.data.title, comparison.data.margin))
            .collect();
        let learning = [Column::LearningEpisodes, Column::LearningTokens, Column::LearningCost];
        let marks = |shown: &Shown<'_>| matches!(shown, Shown::Own(Column::Score | Column::Path));
        [
            self.columns.iter().any(marks).then(|| text::BOLD.to_owned()),
            has(&[Column::Cost]).then(|| "Cost is the money for all test queries, as a mean over seeds.".to_owned()),
            has(&[Column::CancelledCost, Column::CancelledTokens, Column::Deciders]).then(|| {
                "Cancelled: calls that were under way when their race was decided, billed as far as they got; the cost includes \
                 them. Deciders: on how many arrivals a race's decision rested."
                    .to_owned()
            }),
            has(&[Column::Verdict]).then(|| {
                format!(
                    "Non-inferior: the interval of the difference in score lies above minus the margin (points: {}); better: \
                     above 0; inferior: below minus the margin; open: none of these.",
                    margins.join(", ")
                )
            }),
            has(&learning).then(|| {
                "Learning: everything that was run on training rows for one seed; for a chosen λ_t that of all candidates."
                    .to_owned()
            }),
            has(&[Column::StandsFor]).then(|| {
                "A method that stands for published systems is of their class over our operators and executor; it is not \
                 one of those systems."
                    .to_owned()
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The published measure that belongs beside a column.
fn measure(column: Column) -> Option<Measure> {
    match column {
        Column::Score => Some(Measure::Score),
        Column::Path => Some(Measure::Path),
        Column::Cost => Some(Measure::Cost),
        _ => None,
    }
}

fn own_head(column: Column) -> String {
    match column {
        Column::Score => text::interval_head(Measure::Score),
        Column::Path => text::interval_head(Measure::Path),
        Column::Latency => text::interval_head(Measure::Latency),
        Column::PathP50 => "CP P50".to_owned(),
        Column::PathP90 => "CP P90".to_owned(),
        Column::PathP99 => "CP P99".to_owned(),
        Column::CancelledCost => "Cancelled USD".to_owned(),
        Column::CancelledTokens => "Cancelled tokens".to_owned(),
        Column::Deciders => "Deciders".to_owned(),
        Column::Cost => format!("{} {}", Measure::Cost.title(), Measure::Cost.unit()),
        Column::StandsFor => "Stands for".to_owned(),
        Column::About => "What it is".to_owned(),
        Column::LearningEpisodes => "Learning episodes".to_owned(),
        Column::LearningTokens => "Learning tokens".to_owned(),
        Column::LearningCost => "Learning USD".to_owned(),
        Column::Unscored => "Unscored".to_owned(),
        Column::ScoreDifference | Column::PathDifference | Column::CostDifference | Column::Verdict => String::new(),
    }
}

fn own(comparison: &Comparison<'_>, row: &Row<'_>, column: Column) -> String {
    let mean = |measure: Measure| text::shown(comparison.of(measure).mean(row.index), measure.digits());
    let series = row.series;
    match column {
        Column::Score => mean(Measure::Score),
        Column::Path => mean(Measure::Path),
        Column::Latency => mean(Measure::Latency),
        Column::PathP50 => format!("{:.1}", series.quantile(Measure::Path, 0.5)),
        Column::PathP90 => format!("{:.1}", series.quantile(Measure::Path, 0.9)),
        Column::PathP99 => format!("{:.1}", series.quantile(Measure::Path, 0.99)),
        Column::Cost => format!("{:.4}", series.spent_usd),
        Column::CancelledCost => format!("{:.4}", series.races.cancelled_usd),
        Column::CancelledTokens => format!("{:.0}", series.races.cancelled_tokens),
        Column::Deciders => series.races.deciders.map_or_else(nothing, |deciders| format!("{deciders:.1}")),
        Column::StandsFor => text::stands_for(row.method),
        Column::About => row.method.about.clone(),
        Column::LearningEpisodes => format!("{:.0}", row.learning.episodes),
        Column::LearningTokens => format!("{:.0}", row.learning.tokens),
        Column::LearningCost => format!("{:.4}", row.learning.cost_usd),
        Column::Unscored => format!("{}/{}", series.count() - series.scored(), series.count()),
        Column::ScoreDifference | Column::PathDifference | Column::CostDifference | Column::Verdict => String::new(),
    }
}

fn against(comparison: &Comparison<'_>, row: &Row<'_>, other: &Row<'_>, column: Column) -> String {
    let (row, other) = (row.index, other.index);
    match column {
        Column::ScoreDifference => text::signed(comparison.of(Measure::Score).difference(row, other), 2),
        Column::PathDifference => text::signed(comparison.of(Measure::Path).relative(row, other), 1),
        Column::CostDifference => text::signed(comparison.of(Measure::Cost).relative(row, other), 1),
        _ => Verdict::of(comparison.of(Measure::Score).difference(row, other), comparison.data.margin).to_string(),
    }
}

fn published(row: &Row<'_>, measure: Measure) -> Option<f64> {
    row.published()?.get(measure)
}

/// Published costs are of the whole split and have two digits.
fn digits(value: f64, measure: Measure) -> String {
    let digits = if measure == Measure::Cost { 2 } else { measure.digits() };
    format!("{value:.digits$}")
}

fn nothing() -> String {
    "-".to_owned()
}
