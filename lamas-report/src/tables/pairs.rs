//! Two methods beside each other, a row for each lambda_t that both ran with.

use std::collections::BTreeSet;

use super::text;
use crate::bootstrap::Comparison;
use crate::measure::Measure;
use crate::rows;
use crate::table::{Block, Cell, Table};
use crate::{Finished, lambda_text};
use lamas_experiment::config::output::{RowDraft, TableDraft};

/// The table: a block for each problem set.
#[must_use]
pub fn table(run: &Finished, comparisons: &[&Comparison<'_>], draft: &TableDraft) -> Table {
    let [first, second] = draft.rows.as_slice() else { return Table::default() };
    let (one, other) = (run.title(&first.method), run.title(&second.method));
    let mut head = vec!["λ_t".to_owned()];
    for measure in MEASURES {
        let difference = if measure == Measure::Score { "points" } else { "%" };
        head.push(format!("{} {}: {one}", measure.title(), measure.unit()));
        head.push(other.clone());
        head.push(format!("difference {difference} [95%]"));
    }
    let blocks = comparisons.iter().map(|comparison| Block {
        name: comparison.data.name.clone(),
        title: text::block_title(comparisons, comparison),
        rows: lines(run, comparison, first, second),
    });
    let own = vec![format!("Differences: {other} less {one}, paired over queries and seeds.")];
    Table {
        title: text::title(run, comparisons, draft),
        notes: text::notes(run, draft, own, &BTreeSet::new()),
        head,
        blocks: blocks.collect(),
        simulated: run.provenance,
    }
}

const MEASURES: [Measure; 3] = [Measure::Score, Measure::Path, Measure::Cost];

fn lines(run: &Finished, comparison: &Comparison<'_>, first: &RowDraft, second: &RowDraft) -> Vec<Vec<Cell>> {
    let rows = |draft: &RowDraft| rows::select(run, comparison, std::slice::from_ref(draft));
    let others = rows(second);
    let both = rows(first).into_iter().filter_map(|one| {
        let other = others.iter().find(|other| other.series.lambda_t == one.series.lambda_t)?;
        let mut cells = vec![one.series.lambda_t.map_or_else(|| "-".to_owned(), lambda_text)];
        for measure in MEASURES {
            let (resampled, digits) = (comparison.of(measure), measure.digits());
            cells.push(format!("{:.digits$}", one.series.mean(measure)));
            cells.push(format!("{:.digits$}", other.series.mean(measure)));
            cells.push(match measure {
                Measure::Score => text::signed(resampled.difference(other.index, one.index), 2),
                _ => text::signed(resampled.relative(other.index, one.index), 1),
            });
        }
        Some(cells.into_iter().map(Cell::new).collect())
    });
    both.collect()
}
