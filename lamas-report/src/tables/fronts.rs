//! What each method's front over lambda_t is worth: its hypervolume, and the path at which it matches a score.

use std::collections::BTreeSet;

use super::text;
use crate::Finished;
use crate::bootstrap::{Comparison, Derived};
use crate::front::{self, FrontPoint};
use crate::measure::Measure;
use crate::rows::{self, Row};
use crate::table::{Block, Cell, Table};
use lamas_experiment::config::output::TableDraft;

/// Digits of a hypervolume.
const VOLUME_DIGITS: usize = 2;

/// The table: a block for each problem set, a row for each method.
#[must_use]
pub fn table(run: &Finished, comparisons: &[&Comparison<'_>], draft: &TableDraft) -> Table {
    let mut head = vec!["Method".to_owned(), "Points".to_owned(), "Hypervolume % [95%]".to_owned()];
    for matched in &draft.against {
        let reference = text::reference(run, matched);
        head.push(format!("CP at score of {reference} [95%]"));
        head.push(format!("Reached (score of {reference}) %"));
    }
    let blocks = comparisons.iter().map(|comparison| block(run, comparison, draft));
    let reference = &draft.reference;
    let own = vec![
        format!(
            "Hypervolume: the part of the box between the reference point and a path of 0 at a score of 100% that the method's \
             points dominate; reference point: {} x CP_len of {}, score of {} less {} points, fixed beforehand.",
            reference.times,
            run.title(&reference.path_of),
            run.title(&reference.score_of),
            reference.below
        ),
        "CP at a score: on straight lines between measured points, never beyond one; where the shortest point reaches the \
         score, its path; ∞: not reached. Reached: the share of resamples in which it is."
            .to_owned(),
        text::BOLD.to_owned(),
    ];
    Table {
        title: text::title(run, comparisons, draft),
        notes: text::notes(run, draft, own, &BTreeSet::new()),
        head,
        blocks: blocks.collect(),
        simulated: run.provenance,
    }
}

fn block(run: &Finished, comparison: &Comparison<'_>, draft: &TableDraft) -> Block {
    let mean = |method: &str, measure: Measure| {
        let own = comparison.series.iter().find(|series| series.method == method);
        own.map_or(f64::NAN, |series| series.mean(measure))
    };
    let corner = FrontPoint {
        path: draft.reference.times * mean(&draft.reference.path_of, Measure::Path),
        score: mean(&draft.reference.score_of, Measure::Score) - draft.reference.below,
    };
    let rows = rows::select(run, comparison, &draft.rows);
    let fronts = by_method(&rows);
    let volumes: Vec<Derived> = fronts.iter().map(|front| volume(comparison, front, corner)).collect();
    let matched: Vec<usize> = draft
        .against
        .iter()
        .filter_map(|matched| rows::select(run, comparison, std::slice::from_ref(matched)).first().map(|row| row.index))
        .collect();
    let firsts: Vec<Row<'_>> = fronts.iter().map(|front| front[0]).collect();
    let lines = fronts.iter().zip(&volumes).map(|(front, volume)| {
        let mut cells = vec![
            text::method(&front[0]),
            Cell::new(front.len().to_string()),
            Cell::new(text::shown(volume.estimate, VOLUME_DIGITS)),
        ];
        for &other in &matched {
            let path = path_at(comparison, front, other);
            cells.push(Cell::new(text::reachable(path.estimate, 1)));
            cells.push(Cell::new(format!("{:.0}", 100.0 * path.reached)));
        }
        cells
    });
    let mut cells: Vec<Vec<Cell>> = lines.collect();
    let value = |row: &Row<'_>| {
        let place = firsts.iter().position(|first| first.index == row.index);
        place.map_or(f64::NAN, |place| volumes[place].estimate.value)
    };
    text::mark_best(&mut cells, &firsts, 2, VOLUME_DIGITS, value);
    // The reference point belongs to the problem set, so the block is titled even where it is the only one.
    let size = text::block_title(&[], comparison);
    let title = format!("{size}; reference point: {:.1} tokens, {:.2}%", corner.path, corner.score);
    Block { name: comparison.data.name.clone(), title, rows: cells }
}

/// The rows of each method, methods in their first row's order.
fn by_method<'a>(rows: &[Row<'a>]) -> Vec<Vec<Row<'a>>> {
    let mut fronts: Vec<Vec<Row<'a>>> = Vec::new();
    for &row in rows {
        match fronts.iter_mut().find(|front| front[0].method.name == row.method.name) {
            Some(front) => front.push(row),
            None => fronts.push(vec![row]),
        }
    }
    fronts
}

fn volume(comparison: &Comparison<'_>, front: &[Row<'_>], corner: FrontPoint) -> Derived {
    let indices: Vec<usize> = front.iter().map(|row| row.index).collect();
    comparison.derived(|read| front::hypervolume(&points_at(&indices, read), corner))
}

fn path_at(comparison: &Comparison<'_>, front: &[Row<'_>], other: usize) -> Derived {
    let indices: Vec<usize> = front.iter().map(|row| row.index).collect();
    comparison.derived(|read| front::path_at_score(&points_at(&indices, read), read(Measure::Score, other)))
}

fn points_at(indices: &[usize], read: &dyn Fn(Measure, usize) -> f64) -> Vec<FrontPoint> {
    let point = |&index: &usize| FrontPoint { path: read(Measure::Path, index), score: read(Measure::Score, index) };
    indices.iter().map(point).collect()
}
