//! One query under the methods that learn, as timelines on one scale and as graphs, the critical path in red.

use lamas_core::critical_path::{CriticalPath, by_time};
use lamas_core::trace::{Span, Trace};
use lamas_core::units::{PathTokens, Seconds};
use lamas_plots::{Graph, GraphLayer, GraphNode, GraphPanel, Measure, Timeline, TimelineSpan, TimelineTrace};

use crate::config::output::{At, RowDraft};
use crate::report::rows::asked;
use crate::report::{Finished, lambda_text};
use crate::run::RunError;
use crate::run::cell::{SavedTrace, read_traces};
use crate::run::directory::cell_name;
use crate::run::manifest::DatasetRecord;

/// One test query under each method as timelines on one scale; `None` where no method left a trace.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn timeline(run: &Finished, data: &DatasetRecord, rows: &[RowDraft]) -> Result<Option<Timeline>, RunError> {
    let saved = one_query(run, data, rows)?;
    let traces = saved.iter().map(|(title, trace)| timeline_of(title, trace)).collect();
    Ok((!saved.is_empty()).then(|| Timeline { traces, measure: Measure::Seconds, note: run.note() }))
}

/// The same query's graphs.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn graph(run: &Finished, data: &DatasetRecord, rows: &[RowDraft]) -> Result<Option<Graph>, RunError> {
    let saved = one_query(run, data, rows)?;
    let panels = saved.iter().map(|(title, trace)| graph_of(title, trace)).collect();
    Ok((!saved.is_empty()).then(|| Graph { panels, measure: Measure::Tokens, note: run.note() }))
}

/// The traces of one test query under the methods asked for, by default all that learn: of the queries that left traces the
/// first for which every method has a layer of several operators, so that there is something to see; else the first.
fn one_query(run: &Finished, data: &DatasetRecord, rows: &[RowDraft]) -> Result<Vec<(String, SavedTrace)>, RunError> {
    let mut all: Vec<(String, Vec<SavedTrace>)> = Vec::new();
    let shown = run.manifest.methods.iter().filter(|method| match rows {
        [] => method.learned,
        rows => asked(rows, &method.name),
    });
    for method in shown {
        let given = rows.iter().find(|row| row.method == method.name).map(|row| row.at);
        let lambda = match given {
            Some(At::Value(lambda)) => Some(lambda),
            _ => run.typical_lambda(&data.name, &method.name),
        };
        let title = match lambda {
            Some(lambda) if run.lambdas(&data.name, &method.name).len() > 1 => {
                format!("{}, λ_t = {}", method.title, lambda_text(lambda))
            }
            _ => method.title.clone(),
        };
        all.push((title, traces(run, &data.name, &method.name, lambda)?));
    }
    let queries = all.iter().map(|(_, traces)| traces.len()).min().unwrap_or(0);
    let telling = |query: &usize| all.iter().all(|(_, traces)| is_wide(&traces[*query]));
    let query = (0..queries).find(telling).unwrap_or(0);
    Ok(all.into_iter().filter_map(|(title, traces)| Some((title, traces.into_iter().nth(query)?))).collect())
}

fn is_wide(saved: &SavedTrace) -> bool {
    saved.trace.blocks().any(|block| saved.trace.operators(block.id).count() > 1)
}

fn traces(run: &Finished, dataset: &str, method: &str, lambda: Option<f64>) -> Result<Vec<SavedTrace>, RunError> {
    let seed = run.manifest.seeds.first().copied().unwrap_or_default();
    read_traces(&run.directory.cell_path(&cell_name(dataset, method, lambda, seed)).join("traces.json"))
}

fn timeline_of(title: &str, saved: &SavedTrace) -> TimelineTrace {
    let path = by_time(&saved.trace);
    let ends = ends(&saved.trace);
    let spans = saved.trace.work().map(|(span, work)| {
        let (group, operator) = place(&saved.trace, span);
        let slack = path.operators.iter().find(|o| Some(o.span) == span.parent).map_or(0.0, |o| o.slack.0);
        let critical = path.spans.contains(&span.id);
        TimelineSpan {
            group,
            label: format!("{operator}, {}", span.kind),
            start: ends[span.id.0 as usize] - work.working.0,
            end: ends[span.id.0 as usize],
            waited: work.waiting.0,
            slack: if critical { 0.0 } else { slack },
            critical,
        }
    });
    TimelineTrace { title: heading(title, saved, &path), spans: spans.collect() }
}

/// When each span ended. Answers that came from a store at once are laid out as if they had taken the time they once took.
fn ends(trace: &Trace) -> Vec<f64> {
    let mut ends: Vec<f64> = Vec::with_capacity(trace.spans.len());
    for span in &trace.spans {
        let ready = span.after.iter().map(|id| ends[id.0 as usize]).fold(0.0, f64::max);
        let working = span.work.map_or(0.0, |work| work.working.0);
        ends.push(span.end.0.max(ready + working));
    }
    ends
}

fn heading(title: &str, saved: &SavedTrace, path: &CriticalPath<Seconds>) -> String {
    format!("{title}: {}, {:.1} s", problem_name(&saved.problem), path.length.0)
}

/// A problem's name without its set's, where it says that itself: `humaneval/HumanEval/7` is `HumanEval/7`.
fn problem_name(id: &str) -> &str {
    match id.split_once('/') {
        Some((set, own)) if own.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case(set)) => own,
        _ => id,
    }
}

/// The block and operator that work belongs to.
fn place(trace: &Trace, span: &Span) -> (String, String) {
    let operator = span.parent.map(|id| trace.span(id));
    let block = operator.and_then(|operator| operator.parent).map(|id| trace.span(id));
    let name = |span: Option<&Span>| span.map(|span| span.kind.to_string()).unwrap_or_default();
    (name(block), name(operator))
}

fn graph_of(title: &str, saved: &SavedTrace) -> GraphPanel {
    let blocks = saved.trace.blocks().map(|block| {
        let operators: Vec<&Span> = saved.trace.operators(block.id).map(|(span, _)| span).collect();
        let nodes = operators.iter().map(|span| node(span, &saved.critical_path)).collect();
        // The column of names is narrow.
        let title = block.kind.to_string().replace("-step", "");
        GraphLayer { title, nodes, chained: chained(&saved.trace, &operators) }
    });
    GraphPanel { title: format!("{title}: {:.0} tokens", saved.critical_path.length.0), layers: blocks.collect() }
}

fn node(span: &Span, path: &CriticalPath<PathTokens>) -> GraphNode {
    let own = path.operators.iter().find(|operator| operator.span == span.id);
    GraphNode {
        label: span.kind.to_string(),
        length: own.map_or(0.0, |operator| operator.length.0),
        critical: own.is_some_and(|operator| operator.critical),
    }
}

/// Whether an operator of the block waited for another one of it.
fn chained(trace: &Trace, operators: &[&Span]) -> bool {
    let inside = |span: &Span| span.parent.is_some_and(|parent| operators.iter().any(|o| o.id == parent));
    trace.work().any(|(span, _)| {
        let other = |id: &lamas_core::trace::SpanId| {
            let before = trace.span(*id);
            inside(before) && before.parent != span.parent
        };
        inside(span) && span.after.iter().any(other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_named_once() {
        assert_eq!(problem_name("humaneval/HumanEval/7"), "HumanEval/7");
        assert_eq!(problem_name("functions/functions/00"), "functions/00");
        assert_eq!(problem_name("words/0"), "words/0");
        assert_eq!(problem_name("words"), "words");
    }
}
