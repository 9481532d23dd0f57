//! The critical path against brute force, and against the mistakes that must not come back.

use lamas_core::chat::LatencySource;
use lamas_core::critical_path::{CriticalPath, by_time, by_tokens, differences, tokens};
use lamas_core::trace::{SpanId, SpanKind, Trace, Work};
use lamas_core::units::{Gamma, PathTokens, Seconds, Tokens};
use lamas_testing::spans::{Blocks, call};
use proptest::prelude::*;

fn tool(seconds: f64) -> Work {
    Work { working: Seconds(seconds), source: LatencySource::Simulated, ..Work::default() }
}

#[test]
fn a_layer_takes_its_slowest_operator_and_an_operator_its_slowest_call() {
    let mut builder = Blocks::default();
    builder
        .block(SpanKind::Layer(0), &[("generate", &[310]), ("multi_generate_cot", &[400, 420, 380])])
        .block(SpanKind::Layer(1), &[("self_refine", &[150])]);
    let path = by_tokens(&builder.trace(), Gamma::default());
    // The mean of the three calls would give 550, their sum 1350.
    assert_eq!(path.length, PathTokens(570.0));
    let layer: Vec<_> = path.layer(0).collect();
    assert_eq!((layer[0].critical, layer[0].slack), (false, PathTokens(110.0)));
    assert_eq!((layer[1].critical, layer[1].slack, layer[1].length), (true, PathTokens(0.0), PathTokens(420.0)));
}

#[test]
fn steps_before_and_after_the_layers_are_on_the_path() {
    let mut builder = Blocks::default();
    builder
        .block(SpanKind::PreStep(0), &[("programmer", &[100])])
        .block(SpanKind::Layer(0), &[("generate", &[200])])
        .block(SpanKind::PostStep(0), &[("sc_ensemble", &[30])]);
    let path = by_tokens(&builder.trace(), Gamma::default());
    assert_eq!(path.length, PathTokens(330.0));
    assert_eq!(path.spans.len(), 3);
    assert!(path.operators.iter().all(|operator| operator.critical));
}

#[test]
fn early_stop_has_no_duration_and_is_never_critical() {
    let mut builder = Blocks::default();
    builder
        .block(SpanKind::Layer(0), &[("generate", &[200])])
        .block(SpanKind::Layer(1), &[("early_stop", &[])])
        .block(SpanKind::Layer(2), &[("self_refine", &[0])]);
    let path = by_tokens(&builder.trace(), Gamma::default());
    assert_eq!(path.length, PathTokens(200.0));
    assert!(!path.layer(1).next().unwrap().critical);
    assert_eq!(path.layer(1).next().unwrap().slack, PathTokens(200.0));
    assert!(!path.layer(2).next().unwrap().critical, "a call of no length is not critical either");
}

#[test]
fn of_equally_slow_operators_the_first_is_critical() {
    let mut builder = Blocks::default();
    builder.block(SpanKind::Layer(0), &[("generate", &[455]), ("generate_cot", &[390]), ("programmer", &[455])]);
    let path = by_tokens(&builder.trace(), Gamma::default());
    let critical: Vec<_> = path.layer(0).map(|operator| operator.critical).collect();
    assert_eq!(critical, [true, false, false]);
    assert_eq!(path.layer(0).nth(2).unwrap().slack, PathTokens(0.0));
}

#[test]
fn case_slack_is_each_calls_own() {
    // Calls side by side in one operator, on the path through one of them.
    let mut builder = Blocks::default();
    builder
        .block(SpanKind::Layer(0), &[("multi_generate_cot", &[1330, 695, 920])])
        .block(SpanKind::Layer(1), &[("sc_ensemble", &[100])]);
    let trace = builder.trace();
    let path = by_time(&trace);
    let slack = |path: &CriticalPath<Seconds>| path.work.iter().map(|work| work.slack.0).collect::<Vec<_>>();
    let near = |slack: Vec<f64>, expected: &[f64]| {
        assert_eq!(slack.len(), expected.len());
        slack.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{slack:?} {expected:?}"));
    };
    // 26.6 s, 13.9 s and 18.4 s: the shorter ones could have taken as long as the longest.
    near(slack(&path), &[0.0, 26.6 - 13.9, 26.6 - 18.4, 0.0]);
    assert_eq!(path.operators[0].slack, Seconds(0.0), "the operator has none, whatever its calls have");
    assert_eq!(path.work_of(SpanId(0)), None, "a group is no work");
    assert_eq!(path.work_of(SpanId(3)).unwrap().length, Seconds(13.9));
}

#[test]
fn spans_that_wait_for_each_other_share_their_slack() {
    let mut builder = Blocks::default();
    let block = builder.trace.push(None, vec![], SpanKind::Layer(0), None);
    let long = builder.trace.push(Some(block), vec![], SpanKind::Operator("generate".into()), None);
    builder.trace.push(Some(long), vec![], SpanKind::ModelCall, Some(call(500)));
    let chain = builder.trace.push(Some(block), vec![], SpanKind::Operator("programmer".into()), None);
    let write = builder.trace.push(Some(chain), vec![], SpanKind::ModelCall, Some(call(100)));
    let mend = builder.trace.push(Some(chain), vec![write], SpanKind::ModelCall, Some(call(150)));
    let path = by_tokens(&builder.trace(), Gamma::default());
    assert_eq!(path.work_of(write).unwrap().slack, PathTokens(250.0));
    assert_eq!(path.work_of(mend).unwrap().slack, PathTokens(250.0));
    assert_eq!(path.operators[1].slack, PathTokens(250.0));
}

#[test]
fn what_rounding_leaves_is_no_slack() {
    let mut builder = Blocks::default();
    for layer in 0..40 {
        builder.block(SpanKind::Layer(layer), &[("generate", &[7 + u64::from(layer) * 13])]);
    }
    let path = by_time(&builder.trace());
    assert!(path.work.iter().all(|work| work.slack == Seconds(0.0)), "{:?}", path.work);
}

#[test]
fn tool_time_enters_at_gamma() {
    let mut builder = Blocks::default();
    let block = builder.trace.push(None, vec![], SpanKind::Layer(0), None);
    let group = builder.trace.push(Some(block), vec![], SpanKind::Operator("programmer".into()), None);
    let write = builder.trace.push(Some(group), vec![], SpanKind::ModelCall, Some(call(100)));
    builder.trace.push(Some(group), vec![write], SpanKind::ToolRun, Some(tool(2.0)));
    assert_eq!(by_tokens(&builder.trace(), Gamma(50.0)).length, PathTokens(200.0));
    assert_eq!(by_tokens(&builder.trace(), Gamma(10.0)).length, PathTokens(120.0));
    assert_eq!(by_time(&builder.trace()).length, Seconds(4.0));
}

#[test]
fn an_empty_trace_has_an_empty_path() {
    let path = by_tokens(&Trace::default(), Gamma::default());
    assert_eq!((path.length, path.spans.len(), path.operators.len()), (PathTokens::ZERO, 0, 0));
}

/// A random DAG of work: for each span its length and which earlier spans it waits for; so many of them to an operator.
#[derive(Debug, Clone)]
struct Dag {
    together: usize,
    spans: Vec<(u16, Vec<prop::sample::Index>)>,
}

fn dags() -> impl Strategy<Value = Dag> {
    let span = (0..500_u16, prop::collection::vec(any::<prop::sample::Index>(), 0..4));
    prop::collection::vec(span, 1..9).prop_map(|spans| Dag { together: 1, spans })
}

impl Dag {
    fn trace(&self) -> Trace {
        let mut builder = Blocks::default();
        let block = builder.trace.push(None, vec![], SpanKind::Layer(0), None);
        let mut ids: Vec<SpanId> = Vec::new();
        let mut group = block;
        for (index, (tokens, waits)) in self.spans.iter().enumerate() {
            let mut after: Vec<SpanId> =
                if ids.is_empty() { vec![] } else { waits.iter().map(|wait| *wait.get(&ids)).collect() };
            after.sort_unstable();
            after.dedup();
            if index % self.together == 0 {
                group = builder.trace.push(Some(block), vec![], SpanKind::Operator("generate".into()), None);
            }
            ids.push(builder.trace.push(Some(group), after, SpanKind::ModelCall, Some(call(u64::from(*tokens)))));
        }
        builder.trace()
    }
}

/// The length of every path that ends in this span, by enumeration.
fn paths_to(trace: &Trace, id: SpanId) -> Vec<u64> {
    let span = trace.span(id);
    let own = span.work.unwrap().output.0;
    if span.after.is_empty() {
        return vec![own];
    }
    span.after.iter().flat_map(|&before| paths_to(trace, before)).map(|length| length + own).collect()
}

fn longest(trace: &Trace) -> u64 {
    trace.work().flat_map(|(span, _)| paths_to(trace, span.id)).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn the_path_is_the_longest_of_all(dag in dags()) {
        let trace = dag.trace();
        let path = by_tokens(&trace, Gamma::default());
        prop_assert_eq!(path.length, PathTokens(longest(&trace) as f64));
        let along: u64 = path.spans.iter().map(|&id| trace.span(id).work.unwrap().output.0).sum();
        prop_assert_eq!(path.length, PathTokens(along as f64));
        for pair in path.spans.windows(2) {
            prop_assert!(trace.span(pair[1]).after.contains(&pair[0]));
        }
    }

    #[test]
    fn a_difference_is_the_path_less_the_path_without_that_operators_work(dag in dags(), together in 1..4_usize) {
        let trace = Dag { together, ..dag }.trace();
        let path = by_tokens(&trace, Gamma::default());
        let found = differences(&trace, |span| tokens(span, Gamma::default()).0);
        prop_assert_eq!(found.len(), path.operators.len());
        for ((block, saved), operator) in found.iter().zip(&path.operators) {
            let mut without = trace.clone();
            let own = without.spans.iter_mut().filter(|span| span.parent == Some(operator.span));
            own.for_each(|span| span.work.as_mut().unwrap().output = Tokens(0));
            prop_assert_eq!(*saved, (longest(&trace) - longest(&without)) as f64);
            prop_assert_eq!(block, &operator.block);
            prop_assert!(operator.slack.0 == 0.0 || *saved == 0.0);
        }
    }

    #[test]
    fn slack_is_what_an_operator_can_grow_by(dag in dags(), which in any::<prop::sample::Index>()) {
        let mut trace = dag.trace();
        let path = by_tokens(&trace, Gamma::default());
        let operator = which.get(&path.operators).clone();
        let work = trace.spans.iter().position(|span| span.parent == Some(operator.span)).unwrap();
        let grow = |trace: &mut Trace, by: u64| trace.spans[work].work.as_mut().unwrap().output.0 += by;
        grow(&mut trace, operator.slack.0 as u64);
        prop_assert_eq!(by_tokens(&trace, Gamma::default()).length, path.length);
        grow(&mut trace, 1);
        prop_assert_eq!(by_tokens(&trace, Gamma::default()).length.0, path.length.0 + 1.0);
    }
}

proptest! {
    #[test]
    fn slack_is_what_a_span_can_grow_by(dag in dags(), together in 1..5_usize, which in any::<prop::sample::Index>()) {
        let mut trace = Dag { together, ..dag }.trace();
        let path = by_tokens(&trace, Gamma::default());
        for span in &path.spans {
            prop_assert_eq!(path.work_of(*span).unwrap().slack, PathTokens(0.0));
        }
        let work = *which.get(&path.work);
        let slack = work.slack.0 as u64;
        let mut grow = |by: u64| {
            trace.spans[work.span.0 as usize].work.as_mut().unwrap().output.0 += by;
            by_tokens(&trace, Gamma::default())
        };
        if slack > 0 {
            let less = grow(slack - 1);
            prop_assert_eq!(&less.spans, &path.spans, "less than its slack moves nothing");
            prop_assert_eq!(less.length, path.length);
            prop_assert_eq!(grow(1).length, path.length, "all of its slack makes nothing longer");
        }
        let more = grow(1);
        prop_assert_eq!(more.length.0, path.length.0 + 1.0);
        prop_assert!(more.spans.contains(&work.span), "more than its slack moves the path onto it");
    }
}
