//! One query under the methods that learn, as timelines on one scale and as graphs, the critical path in red.

use lamas_core::critical_path::{CriticalPath, by_time};
use lamas_core::trace::{Span, Trace};
use lamas_core::units::{PathTokens, Seconds};
use lamas_plots::{Graph, GraphLayer, GraphNode, GraphPanel, Measure, Timeline, TimelineSpan, TimelineTrace};

use crate::report::{Finished, lambda_text};
use crate::run::RunError;
use crate::run::cell::SavedTrace;
use crate::run::manifest::DatasetRecord;

/// Timeline and graph of one test query; `None` where no learned method left a trace.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn figures(run: &Finished, data: &DatasetRecord) -> Result<Option<(Timeline, Graph)>, RunError> {
    let mut saved: Vec<(String, SavedTrace)> = Vec::new();
    for method in run.manifest.methods.iter().filter(|method| method.learned) {
        let Some(lambda) = run.typical_lambda(&data.name, &method.name) else { continue };
        if let Some(trace) = first_trace(run, &data.name, &method.name, lambda)? {
            let title = match run.lambdas(&data.name, &method.name).len() {
                1 => run.title(&method.name),
                _ => format!("{}, λ_t = {}", run.title(&method.name), lambda_text(lambda)),
            };
            saved.push((title, trace));
        }
    }
    if saved.is_empty() {
        return Ok(None);
    }
    let timeline = Timeline {
        traces: saved.iter().map(|(title, trace)| timeline(title, trace)).collect(),
        measure: Measure::Seconds,
        note: run.note(),
    };
    let panels = saved.iter().map(|(title, trace)| graph(title, trace)).collect();
    Ok(Some((timeline, Graph { panels, measure: Measure::Tokens, note: run.note() })))
}

fn first_trace(run: &Finished, dataset: &str, method: &str, lambda: f64) -> Result<Option<SavedTrace>, RunError> {
    let seed = run.manifest.seeds.first().copied().unwrap_or_default();
    let cell = format!("{dataset}.{method}.{lambda:e}.s{seed}");
    let path = run.directory.cell_path(&cell).join("traces.json");
    let text = std::fs::read_to_string(&path).map_err(|error| RunError::file(&path, error))?;
    let traces: Vec<SavedTrace> = serde_json::from_str(&text).map_err(|error| RunError::file(&path, error))?;
    Ok(traces.into_iter().next())
}

fn timeline(title: &str, saved: &SavedTrace) -> TimelineTrace {
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
    format!("{title}: {}, {:.1} s", saved.problem, path.length.0)
}

/// The block and operator that work belongs to.
fn place(trace: &Trace, span: &Span) -> (String, String) {
    let operator = span.parent.map(|id| trace.span(id));
    let block = operator.and_then(|operator| operator.parent).map(|id| trace.span(id));
    let name = |span: Option<&Span>| span.map(|span| span.kind.to_string()).unwrap_or_default();
    (name(block), name(operator))
}

fn graph(title: &str, saved: &SavedTrace) -> GraphPanel {
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
