//! What each method can do, filled from what ran (the paper's Table 1).

use std::collections::BTreeSet;

use super::text;
use crate::Finished;
use crate::bootstrap::Comparison;
use crate::published::PUBLISHED;
use crate::rows;
use crate::series::Series;
use crate::table::{Block, Cell, Table};
use lamas_core::orchestrator::Schedule;
use lamas_experiment::config::output::TableDraft;
use lamas_record::manifest::MethodRecord;

/// The table: a row for each method, over all problem sets.
#[must_use]
pub fn table(run: &Finished, comparisons: &[&Comparison<'_>], draft: &TableDraft) -> Table {
    let asked = run.manifest.methods.iter().filter(|method| rows::asked(&draft.rows, &method.name));
    let rows = asked.map(|method| {
        let series: Vec<&Series> = comparisons
            .iter()
            .flat_map(|comparison| comparison.series.iter().copied())
            .filter(|series| series.method == method.name)
            .collect();
        let published = PUBLISHED.system(&method.name).filter(|_| draft.published);
        let mut cells = vec![
            method.title.clone(),
            text::stands_for(method),
            execution(method, &series).to_owned(),
            adapts(method, &series).to_owned(),
            most(&series, |series| series.graphs.distinct).to_string(),
            format!("{:.1}", series.iter().map(|series| series.graphs.layers).sum::<f64>() / series.len() as f64),
            most(&series, |series| series.graphs.widest).to_string(),
        ];
        if draft.published {
            let shown = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            cells.push(shown(published.map(|system| system.names.clone())));
            cells.push(shown(published.map(|system| format!("{}, {}", system.execution, system.adapts))));
        }
        cells.into_iter().map(Cell::new).collect()
    });
    let head = ["Method", "Stands for", "Execution", "Adapts per", "Graphs", "Layers", "Widest layer"];
    let paper = ["Systems paper", "Execution, adapts per paper"];
    let head = head.iter().chain(paper.iter().filter(|_| draft.published));
    let mut own = vec![
        "Filled from what ran: the most different graphs that one seed ran on one problem set's test queries, the mean number \
         of layers, and the operators of the widest layer, steps around the layers left out. Task: one graph for all queries, \
         learned or searched; query: several. Every node of a graph without layers counts as a layer of one operator."
            .to_owned(),
    ];
    if comparisons.iter().flat_map(|comparison| &comparison.series).any(|series| series.graphs.races) {
        own.push(
            "Race: operators at once until their answer is decided; whoever is still out is cancelled.".to_owned(),
        );
    }
    Table {
        title: text::title(run, comparisons, draft),
        notes: text::notes(run, draft, own, &BTreeSet::from(["1"])),
        head: head.map(|&head| head.to_owned()).collect(),
        blocks: vec![Block { rows: rows.collect(), ..Block::default() }],
        simulated: run.provenance,
    }
}

fn most(series: &[&Series], read: impl Fn(&Series) -> usize) -> usize {
    series.iter().map(|series| read(series)).max().unwrap_or(0)
}

/// How the operators of a layer ran.
fn execution(method: &MethodRecord, series: &[&Series]) -> &'static str {
    let any = |read: fn(&Series) -> bool| series.iter().any(|series| read(series));
    match (method.schedule, any(|series| series.graphs.parallel)) {
        (Schedule::Parallel, _) if any(|series| series.graphs.races) => "race",
        (Schedule::Sequential, _) => "sequential",
        (Schedule::Parallel, false) => "one operator a layer",
        (Schedule::Parallel, true) => "parallel",
    }
}

/// What the graph depended on.
fn adapts(method: &MethodRecord, series: &[&Series]) -> &'static str {
    let learned = series.iter().any(|series| series.learning.episodes > 0.0);
    match (most(series, |series| series.graphs.distinct), learned) {
        _ if method.hindsight => "query, in hindsight",
        // What of its race ran differs from query to query; what was asked for does not.
        _ if method.graph.is_some() => "nothing",
        (0 | 1, false) => "nothing",
        (0 | 1, true) => "task",
        (_, false) => "chance",
        (_, true) => "query",
    }
}
