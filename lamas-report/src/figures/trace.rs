//! One query under the methods that learn, as timelines on one scale and as graphs, the critical path in red.

use std::collections::BTreeSet;

use lamas_core::chrome_trace::ends;
use lamas_core::critical_path::{CriticalPath, by_time};
use lamas_core::trace::{Part, Span, SpanId, SpanKind, Trace, Work};
use lamas_core::units::Usd;
use lamas_plots::{Fate, Graph, GraphLayer, GraphNode, GraphPanel, Timeline, TimelineSpan, TimelineTrace};

use super::front::unit;
use crate::rows::asked;
use crate::{Finished, lambda_text};
use lamas_experiment::config::output::{At, FigureDraft, PathMeasure, RowDraft};
use lamas_record::RecordError;
use lamas_record::directory::cell_name;
use lamas_record::manifest::{DatasetRecord, MethodRecord};
use lamas_record::traces::{SavedTrace, read_traces};

/// One test query under each method as timelines on one scale; `None` where no method left a trace.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn timeline(run: &Finished, data: &DatasetRecord, draft: &FigureDraft) -> Result<Option<Timeline>, RecordError> {
    let Some(query) = Query::read(run, data, draft)? else { return Ok(None) };
    let traces = query.shown.iter().map(timeline_of).collect();
    Ok(Some(Timeline { traces, measure: unit(query.measure), footnotes: query.footnotes(), note: run.note() }))
}

/// The same query's graphs.
///
/// # Errors
/// When a cell's traces cannot be read.
pub fn graph(run: &Finished, data: &DatasetRecord, draft: &FigureDraft) -> Result<Option<Graph>, RecordError> {
    let Some(query) = Query::read(run, data, draft)? else { return Ok(None) };
    let panels = query.shown.iter().map(graph_of).collect();
    let mut footnotes = query.footnotes();
    if query.shown.iter().any(|shown| !is_layered(&shown.trace)) {
        footnotes.push("Of graphs without layers, operators that had nothing to do are left out.".to_owned());
    }
    Ok(Some(Graph { panels, measure: unit(query.measure), footnotes, note: run.note() }))
}

/// One test query under several methods.
struct Query {
    problem: String,
    seed: u64,
    /// Whether any of the methods has learned.
    learned: bool,
    measure: PathMeasure,
    shown: Vec<Shown>,
}

/// The query under one method.
struct Shown {
    /// The method, and at which lambda_t where there are several.
    name: String,
    /// The same with the length of its path.
    title: String,
    trace: Trace,
    measure: PathMeasure,
    /// In that measure.
    path: CriticalPath<f64>,
    /// When each span of work ended, in that measure.
    ends: Vec<f64>,
    /// Whether other operators are critical in the other measure.
    differs: bool,
}

impl Query {
    fn read(run: &Finished, data: &DatasetRecord, draft: &FigureDraft) -> Result<Option<Self>, RecordError> {
        let (measure, seed) = (draft.path_measure(), run.manifest.seeds.first().copied().unwrap_or_default());
        let saved = one_query(run, data, &draft.rows)?;
        let Some(problem) = saved.first().map(|(_, saved)| problem_name(&saved.problem).to_owned()) else {
            return Ok(None);
        };
        let shown = saved.into_iter().map(|(name, saved)| Shown::new(&name, saved, measure)).collect();
        let learned = methods(run, &draft.rows).any(|method| method.kind.learns());
        Ok(Some(Self { problem, seed, learned, measure, shown }))
    }

    fn footnotes(&self) -> Vec<String> {
        let (lengths, other) = match self.measure {
            PathMeasure::Tokens => (
                "Lengths and the critical path are in tokens (equation 9); programs count by their seconds.",
                "seconds",
            ),
            PathMeasure::Seconds => ("Lengths and the critical path are in seconds of working time.", "tokens"),
        };
        let differs: Vec<&str> = self.shown.iter().filter(|shown| shown.differs).map(|shown| &*shown.name).collect();
        [
            Some(format!(
                "One test query, {}, {} seed {}.",
                self.problem,
                if self.learned { "after training with" } else { "under" },
                self.seed
            )),
            Some(lengths.to_owned()),
            (!differs.is_empty()).then(|| {
                format!("In {other} the critical path leads through other operators under {}.", differs.join(" and "))
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Shown {
    fn new(name: &str, saved: SavedTrace, measure: PathMeasure) -> Self {
        let SavedTrace { trace, critical_path: in_tokens, .. } = saved;
        let in_seconds = by_time(&trace);
        let differs = critical(&in_tokens) != critical(&in_seconds);
        let path = match measure {
            PathMeasure::Tokens => in_tokens.map(|tokens| tokens.0),
            PathMeasure::Seconds => in_seconds.map(|seconds| seconds.0),
        };
        let length = match measure {
            PathMeasure::Tokens => format!("{:.0} tokens", path.length),
            PathMeasure::Seconds if path.length < 1.0 => format!("{:.3} s", path.length),
            PathMeasure::Seconds => format!("{:.1} s", path.length),
        };
        // In tokens there is no clock: each begins as soon as what it waits for is done.
        let least = |span: &Span| if measure == PathMeasure::Seconds { span.end.0 } else { 0.0 };
        let ends = ends(&trace, |span| length_of(span, &path, measure), least);
        Self { name: name.to_owned(), title: format!("{name}: {length}"), trace, measure, path, ends, differs }
    }
}

/// The operators that a path leads through. Which of an operator's calls it takes is no other path.
fn critical<Q>(path: &CriticalPath<Q>) -> Vec<SpanId> {
    path.operators.iter().filter(|operator| operator.critical).map(|operator| operator.span).collect()
}

/// The methods asked for, by default all that learn.
fn methods<'a>(run: &'a Finished, rows: &'a [RowDraft]) -> impl Iterator<Item = &'a MethodRecord> {
    run.manifest.methods.iter().filter(move |method| match rows {
        [] => method.learned,
        rows => asked(rows, &method.name),
    })
}

/// The traces of one test query under the methods asked for, by default all that learn: of the queries that left traces the
/// first for which every method has a layer of several operators, so that there is something to see; else the first.
fn one_query(
    run: &Finished,
    data: &DatasetRecord,
    rows: &[RowDraft],
) -> Result<Vec<(String, SavedTrace)>, RecordError> {
    let mut all: Vec<(String, Vec<SavedTrace>)> = Vec::new();
    for method in methods(run, rows) {
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

fn traces(run: &Finished, dataset: &str, method: &str, lambda: Option<f64>) -> Result<Vec<SavedTrace>, RecordError> {
    let seed = run.manifest.seeds.first().copied().unwrap_or_default();
    read_traces(&run.directory.cell_path(&cell_name(dataset, method, lambda, seed)).join("traces.json"))
}

/// The length of work in a measure. What a race was decided without is on no path, but took its time all the same.
fn length_of(span: &Span, path: &CriticalPath<f64>, measure: PathMeasure) -> f64 {
    let own = || match (measure, &span.work) {
        (PathMeasure::Seconds, Some(work)) => work.working.0,
        (PathMeasure::Tokens, Some(work)) => work.output.0 as f64,
        (_, None) => 0.0,
    };
    path.work_of(span.id).map_or_else(own, |work| work.length)
}

/// When each race was decided that was decided without somebody, by its block.
fn moments(shown: &Shown) -> Vec<(SpanId, f64)> {
    let Shown { trace, ends, .. } = shown;
    let block = |span: &Span| span.parent.and_then(|operator| trace.span(operator).parent);
    let raced: BTreeSet<SpanId> =
        trace.work().filter(|(span, _)| !span.part.is_needed()).filter_map(|(span, _)| block(span)).collect();
    let end = |race: SpanId| {
        let deciding = trace.work().filter(|(span, _)| span.part.is_needed() && block(span) == Some(race));
        deciding.map(|(span, _)| ends[span.id.0 as usize]).fold(0.0, f64::max)
    };
    raced.into_iter().map(|race| (race, end(race))).collect()
}

/// What became of work in its race.
fn fate(trace: &Trace, span: &Span, work: &Work, races: &[(SpanId, f64)]) -> Fate {
    let operator = span.parent.map(|id| trace.span(id));
    let raced =
        operator.and_then(|operator| operator.parent).is_some_and(|id| races.iter().any(|(race, _)| *race == id));
    let last = trace.work().filter(|(other, _)| other.parent == span.parent).map(|(other, _)| other.id).max();
    match span.part {
        Part::Cancelled => Fate::Cancelled { price: price(work.cost) },
        _ if !raced || last != Some(span.id) || operator.is_some_and(Span::is_cancelled) => Fate::Done,
        _ => Fate::Arrived,
    }
}

/// What a cancelled call cost, with the digits that small sums need.
fn price(cost: Usd) -> String {
    format!("{:.6} USD", cost.0)
}

fn timeline_of(shown: &Shown) -> TimelineTrace {
    let Shown { title, trace, path, ends, measure, .. } = shown;
    let races = moments(shown);
    let spans = trace.work().map(|(span, work)| {
        let (group, operator) = place(trace, span);
        let own = path.work_of(span.id);
        let (length, end) = (length_of(span, path, *measure), ends[span.id.0 as usize]);
        TimelineSpan {
            group,
            label: format!("{operator}, {}", span.kind),
            start: end - length,
            end,
            // Waiting is time; it has no length in tokens.
            waited: if *measure == PathMeasure::Seconds { work.waiting.0 } else { 0.0 },
            slack: own.map_or(0.0, |own| own.slack),
            critical: path.spans.contains(&span.id),
            fate: fate(trace, span, work, &races),
        }
    });
    let decided = races.iter().map(|(race, at)| (block_title(&trace.span(*race).kind), *at));
    TimelineTrace { title: title.clone(), spans: spans.collect(), decided: decided.collect() }
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
    (
        block.map(|span| block_title(&span.kind)).unwrap_or_default(),
        operator.map(|span| span.kind.to_string()).unwrap_or_default(),
    )
}

fn graph_of(shown: &Shown) -> GraphPanel {
    let Shown { title, trace, path, .. } = shown;
    let layers = if is_layered(trace) {
        let blocks = trace.blocks().map(|block| {
            let operators: Vec<&Span> = trace.operators(block.id).map(|(span, _)| span).collect();
            let nodes = operators.iter().map(|span| node(span, path, None)).collect();
            GraphLayer { title: block_title(&block.kind), nodes, chained: chained(trace, &operators) }
        });
        blocks.collect()
    } else {
        rows_by_depth(trace, path)
    };
    GraphPanel { title: title.clone(), layers }
}

/// The column of names is narrow.
fn block_title(kind: &SpanKind) -> String {
    kind.to_string().replace("-step", "")
}

fn node(span: &Span, path: &CriticalPath<f64>, waits_for: Option<Vec<usize>>) -> GraphNode {
    let own = path.operators.iter().find(|operator| operator.span == span.id);
    GraphNode {
        label: span.kind.to_string(),
        length: own.map_or(0.0, |operator| operator.length),
        critical: own.is_some_and(|operator| operator.critical),
        waits_for,
    }
}

/// Whether each block waits for the one that worked before it. The nodes of a graph need not.
fn is_layered(trace: &Trace) -> bool {
    let block = |span: &Span| span.parent.and_then(|operator| trace.span(operator).parent);
    let mut blocks: Vec<(Option<SpanId>, bool)> = Vec::new();
    for (span, _) in trace.work() {
        let own = block(span);
        if blocks.last().is_none_or(|(last, _)| *last != own) {
            blocks.push((own, false));
        }
        let [.., before, (_, waits)] = blocks.as_mut_slice() else { continue };
        *waits |= span.after.iter().any(|&id| block(trace.span(id)) == before.0);
    }
    blocks.iter().skip(1).all(|(_, waits)| *waits)
}

/// The operators of a graph without layers, those that could begin at the same time in one row, each with what it waits for.
/// Those that did no work are left out: nothing in a trace says what they would have waited for.
fn rows_by_depth(trace: &Trace, path: &CriticalPath<f64>) -> Vec<GraphLayer> {
    let worked = |operator: &Span| trace.work().any(|(span, _)| span.parent == Some(operator.id));
    let operators: Vec<(&Span, &Span)> = trace
        .blocks()
        .flat_map(|block| trace.operators(block.id).map(move |(operator, _)| (block, operator)))
        .filter(|(_, operator)| worked(operator))
        .collect();
    let place = |id: SpanId| operators.iter().position(|(_, operator)| operator.id == id);
    let mut waits: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); operators.len()];
    for (span, _) in trace.work() {
        let Some(own) = span.parent.and_then(place) else { continue };
        let earlier = span.after.iter().filter_map(|&id| trace.span(id).parent.and_then(place));
        waits[own].extend(earlier.filter(|&earlier| earlier < own));
    }
    let mut above: Vec<BTreeSet<usize>> = Vec::with_capacity(operators.len());
    let mut depths: Vec<usize> = Vec::with_capacity(operators.len());
    for own in &mut waits {
        let known: BTreeSet<usize> = own.iter().flat_map(|&earlier| &above[earlier]).copied().collect();
        depths.push(own.iter().map(|&earlier| depths[earlier] + 1).max().unwrap_or(0));
        // What another one waits for already needs no line of its own.
        own.retain(|earlier| !known.contains(earlier));
        above.push(known.into_iter().chain(own.iter().copied()).collect());
    }
    let mut order: Vec<usize> = (0..operators.len()).collect();
    order.sort_by_key(|&place| (depths[place], place));
    let renamed = |old: usize| order.iter().position(|&place| place == old).unwrap_or(old);
    let rows = order.chunk_by(|&a, &b| depths[a] == depths[b]).map(|row| {
        let nodes = row.iter().map(|&place| {
            let waits = waits[place].iter().map(|&earlier| renamed(earlier)).collect();
            node(operators[place].1, path, Some(waits))
        });
        let titles: BTreeSet<String> = row.iter().map(|&place| block_title(&operators[place].0.kind)).collect();
        let title = if titles.len() == 1 { titles.into_iter().next() } else { Some("at once".to_owned()) };
        GraphLayer { title: title.unwrap_or_default(), nodes: nodes.collect(), chained: false }
    });
    rows.collect()
}

/// Whether an operator of the block waited for another one of it.
fn chained(trace: &Trace, operators: &[&Span]) -> bool {
    let inside = |span: &Span| span.parent.is_some_and(|parent| operators.iter().any(|o| o.id == parent));
    trace.work().any(|(span, _)| {
        let other = |id: &SpanId| {
            let before = trace.span(*id);
            inside(before) && before.parent != span.parent
        };
        inside(span) && span.after.iter().any(other)
    })
}

#[cfg(test)]
mod tests {
    use lamas_core::critical_path::by_tokens;
    use lamas_core::trace::{SCHEMA, Work};
    use lamas_core::units::{Gamma, Seconds, Tokens};

    use super::*;
    use lamas_record::DAMAGED;
    use lamas_record::traces::parse_traces;

    /// Three calls of one operator side by side and one call after them; more tokens are not more seconds.
    fn saved() -> SavedTrace {
        let work = |output: u64, seconds: f64| {
            let (working, waiting) = (Seconds(seconds), Seconds(1.0));
            Some(Work { output: Tokens(output), working, waiting, ..Work::default() })
        };
        let mut trace = Trace::default();
        let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
        let group = trace.push(Some(layer), vec![], SpanKind::Operator("multi_generate_cot".into()), None);
        let calls = [(600, 13.9), (500, 26.6), (100, 18.4)]
            .map(|(output, seconds)| trace.push(Some(group), vec![], SpanKind::ModelCall, work(output, seconds)));
        let layer = trace.push(None, vec![], SpanKind::Layer(1), None);
        let group = trace.push(Some(layer), vec![], SpanKind::Operator("sc_ensemble".into()), None);
        trace.push(Some(group), calls.to_vec(), SpanKind::ModelCall, work(40, 2.0));
        let critical_path = by_tokens(&trace, Gamma::default());
        SavedTrace { schema: SCHEMA, problem: "math/1".to_owned(), score: Some(1.0), trace, critical_path }
    }

    fn rows(measure: PathMeasure) -> (String, Vec<(f64, f64, f64, bool)>) {
        let TimelineTrace { title, spans, .. } = timeline_of(&Shown::new("LAMaS", saved(), measure));
        let round = |value: f64| (value * 1e6).round() / 1e6;
        (title, spans.iter().map(|s| (round(s.start), round(s.end), round(s.slack), s.critical)).collect())
    }

    #[test]
    fn case_a_short_branch_beside_a_long_one_shows_its_slack() {
        let (title, rows) = rows(PathMeasure::Seconds);
        assert_eq!(title, "LAMaS: 28.6 s");
        let expected =
            [(0.0, 13.9, 12.7, false), (0.0, 26.6, 0.0, true), (0.0, 18.4, 8.2, false), (26.6, 28.6, 0.0, true)];
        assert_eq!(rows, expected);
    }

    #[test]
    fn case_timeline_and_graph_mark_one_path_in_one_measure_and_say_so() {
        let (title, rows) = rows(PathMeasure::Tokens);
        assert_eq!(title, "LAMaS: 640 tokens");
        let expected = [
            (0.0, 600.0, 0.0, true),
            (0.0, 500.0, 100.0, false),
            (0.0, 100.0, 500.0, false),
            (600.0, 640.0, 0.0, true),
        ];
        assert_eq!(rows, expected);
        for (measure, lengths) in [(PathMeasure::Tokens, [600.0, 40.0]), (PathMeasure::Seconds, [26.6, 2.0])] {
            let shown = Shown::new("LAMaS", saved(), measure);
            let nodes: Vec<f64> = graph_of(&shown).layers.iter().map(|layer| layer.nodes[0].length).collect();
            assert_eq!(nodes, lengths);
        }
    }

    #[test]
    fn case_methods_whose_path_leads_through_other_operators_in_the_other_measure_are_named() {
        // The three calls are operators of their own: that with the most tokens is not the one with the most seconds.
        let apart = || {
            let saved = saved();
            let mut trace = Trace::default();
            let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
            for (call, name) in [(2, "generate"), (3, "generate_cot")] {
                let group = trace.push(Some(layer), vec![], SpanKind::Operator(name.into()), None);
                trace.push(Some(group), vec![], SpanKind::ModelCall, saved.trace.spans[call].work);
            }
            assert_eq!(trace.check(), Ok(()));
            let critical_path = by_tokens(&trace, Gamma::default());
            SavedTrace { trace, critical_path, ..saved }
        };
        for (measure, other) in [(PathMeasure::Tokens, "seconds"), (PathMeasure::Seconds, "tokens")] {
            let told = |shown: &[(&str, SavedTrace)]| {
                let shown = shown.iter().map(|(name, saved)| Shown::new(name, saved.clone(), measure)).collect();
                Query { problem: "math/1".to_owned(), seed: 1, learned: true, measure, shown }.footnotes().split_off(2)
            };
            // Another call of the same operator is no other path.
            assert!(told(&[("LAMaS", saved())]).is_empty());
            let expected = format!("In {other} the critical path leads through other operators under MaAS.");
            assert_eq!(told(&[("LAMaS", saved()), ("MaAS", apart())]), [expected]);
            let both = told(&[("A", apart()), ("LAMaS", saved()), ("B", apart())]);
            assert!(both[0].ends_with("under A and B."), "{both:?}");
        }
    }

    #[test]
    fn traces_that_do_not_fit_together_are_refused() {
        let said = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut value = serde_json::to_value([saved()]).unwrap();
            change(&mut value[0]);
            parse_traces(&value.to_string()).map(drop).map_err(|message| message.replace(&format!("; {DAMAGED}"), ""))
        };
        assert_eq!(said(&|_| {}), Ok(()));
        let refused = [
            (
                said(&|saved| saved["schema"] = 1.into()),
                "traces of version 1 are not known; this program reads version 3",
            ),
            (
                said(&|saved| saved["trace"]["spans"][3]["id"] = 9.into()),
                "math/1: span 3: its id is 9, which is not its place",
            ),
            (
                said(&|saved| saved["trace"]["spans"][7]["after"][0] = 70.into()),
                "math/1: span 7: it names span 70, which does not stand before it",
            ),
            (
                said(&|saved| saved["critical_path"]["spans"][0] = 99.into()),
                "math/1: the critical path names span 99, which is not there",
            ),
            (
                said(&|saved| saved["critical_path"]["operators"][0]["span"] = 80.into()),
                "math/1: the critical path names span 80, which is not there",
            ),
        ];
        for (said, expected) in refused {
            assert_eq!(said, Err(expected.to_owned()));
        }
    }

    /// A node's label, and what it waits for.
    type Node = (String, Option<Vec<usize>>);

    #[test]
    fn a_graph_without_layers_is_drawn_as_its_nodes_wait() {
        assert!(is_layered(&saved().trace), "a vote over three calls");
        // Two nodes at once, one that had nothing to do, one that reads the second, and a step after all of them.
        let block = |trace: &mut Trace, kind: SpanKind, name: &str, work: Option<(&[u32], f64)>| {
            let block = trace.push(None, vec![], kind, None);
            let operator = trace.push(Some(block), vec![], SpanKind::Operator(name.into()), None);
            if let Some((after, seconds)) = work {
                let work = Work { working: Seconds(seconds), ..Work::default() };
                let after = after.iter().copied().map(SpanId).collect();
                trace.push(Some(operator), after, SpanKind::ModelCall, Some(work));
            }
        };
        let mut nodes = Trace::default();
        block(&mut nodes, SpanKind::Layer(0), "generate", Some((&[], 2.0)));
        block(&mut nodes, SpanKind::Layer(1), "generate_cot", Some((&[], 3.0)));
        block(&mut nodes, SpanKind::Layer(2), "sc_ensemble", None);
        block(&mut nodes, SpanKind::Layer(3), "self_refine", Some((&[5], 1.0)));
        block(&mut nodes, SpanKind::PostStep(0), "programmer", Some((&[2, 5, 10], 1.0)));
        assert_eq!(nodes.check(), Ok(()));
        assert!(!is_layered(&nodes));
        let shown = Shown {
            trace: nodes.clone(),
            path: by_time(&nodes).map(|seconds| seconds.0),
            ..Shown::new("x", saved(), PathMeasure::Seconds)
        };
        let rows: Vec<(String, Vec<Node>)> = graph_of(&shown)
            .layers
            .into_iter()
            .map(|row| (row.title, row.nodes.into_iter().map(|node| (node.label, node.waits_for)).collect()))
            .collect();
        let node = |label: &str, waits: Option<&[usize]>| (label.to_owned(), waits.map(<[usize]>::to_vec));
        assert_eq!(
            rows,
            [
                ("at once".to_owned(), vec![node("generate", Some(&[])), node("generate_cot", Some(&[]))]),
                ("layer 4".to_owned(), vec![node("self_refine", Some(&[1]))]),
                ("post 1".to_owned(), vec![node("programmer", Some(&[0, 2]))]),
            ]
        );
    }

    #[test]
    fn a_set_is_named_once() {
        assert_eq!(problem_name("humaneval/HumanEval/7"), "HumanEval/7");
        assert_eq!(problem_name("functions/functions/00"), "functions/00");
        assert_eq!(problem_name("words/0"), "words/0");
        assert_eq!(problem_name("words"), "words");
    }
}
