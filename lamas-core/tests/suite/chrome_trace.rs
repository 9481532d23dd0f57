//! A trace as Chrome's trace events.

use std::collections::BTreeSet;

use lamas_core::chrome_trace::{ChromeTrace, Event, chrome_trace, chrome_traces};
use lamas_core::trace::{Part, SpanId, SpanKind, Trace, Work};
use lamas_core::units::{Seconds, Tokens};
use proptest::prelude::*;

fn work(working: f64, waiting: f64) -> Option<Work> {
    let (working, waiting) = (Seconds(working), Seconds(waiting));
    Some(Work { output: Tokens(100), working, waiting, ..Work::default() })
}

/// Two calls side by side, the second of which waits for its turn first, then one call that needs both.
fn trace() -> Trace {
    let operator = |name: &str| SpanKind::Operator(name.into());
    let mut trace = Trace::default();
    let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
    let group = trace.push(Some(layer), vec![], operator("generate"), None);
    let short = trace.push(Some(group), vec![], SpanKind::ModelCall, work(2.0, 0.0));
    let group = trace.push(Some(layer), vec![], operator("generate_cot"), None);
    let long = trace.push(Some(group), vec![], SpanKind::ModelCall, work(3.0, 0.5));
    let layer = trace.push(None, vec![], SpanKind::Layer(1), None);
    let group = trace.push(Some(layer), vec![], operator("sc_ensemble"), None);
    let last = trace.push(Some(group), vec![short, long], SpanKind::ModelCall, work(1.0, 0.0));
    for (id, end) in [(short, 2.0), (long, 3.5), (last, 4.5)] {
        trace.spans[id.0 as usize].end = Seconds(end);
    }
    trace
}

fn stretches<'a>(trace: &'a ChromeTrace, category: &'a str) -> impl Iterator<Item = &'a Event> {
    trace.trace_events.iter().filter(move |event| event.phase == "X" && event.category == category)
}

#[test]
fn lanes_hold_what_overlaps_and_the_critical_path_is_marked() {
    let exported = chrome_trace(&trace());
    let shown = |category| -> Vec<(&str, f64, f64, u32)> {
        stretches(&exported, category).map(|e| (e.name.as_str(), e.ts / 1e6, e.dur.unwrap() / 1e6, e.tid)).collect()
    };
    assert_eq!(
        shown("critical"),
        [("generate_cot, model call", 0.5, 3.0, 2), ("sc_ensemble, model call", 3.5, 1.0, 1)]
    );
    assert_eq!(shown("work"), [("generate, model call", 0.0, 2.0, 1)]);
    assert_eq!(shown("waiting"), [("waiting", 0.0, 0.5, 2)]);
    let groups = shown("group");
    assert_eq!(groups[0], ("layer 1", 0.0, 3.5, 0));
    assert_eq!(groups.last(), Some(&("sc_ensemble", 3.5, 1.0, 0)));
    let slack = stretches(&exported, "work").next().unwrap().args.as_ref().unwrap().slack_s;
    assert_eq!(slack, Some(1.0));
}

#[test]
fn the_json_is_what_viewers_read() {
    let json = serde_json::to_value(chrome_trace(&trace())).unwrap();
    assert_eq!(json["displayTimeUnit"], "ms");
    let events = json["traceEvents"].as_array().unwrap();
    let of = |phase: &str| events.iter().filter(|event| event["ph"] == phase).collect::<Vec<_>>();
    let tracks: Vec<&str> = of("M").iter().map(|event| event["args"]["name"].as_str().unwrap()).collect();
    assert_eq!(tracks, ["steps, layers, operators", "lane 1", "lane 2"]);
    assert!(of("M").iter().all(|event| event["name"] == "thread_name" && event["dur"].is_null()));
    // One arrow, out of the first stretch and into the second.
    let (out, into) = (of("s"), of("f"));
    assert_eq!((out.len(), into.len()), (1, 1));
    assert_eq!((&out[0]["id"], &out[0]["tid"], &out[0]["ts"]), (&into[0]["id"], &2.into(), &2e6.into()));
    assert_eq!((&into[0]["bp"], &into[0]["tid"], &into[0]["ts"]), (&"e".into(), &1.into(), &3.5e6.into()));
    let call = of("X").into_iter().find(|event| event["name"] == "generate, model call").unwrap();
    assert_eq!(
        call.to_string(),
        r#"{"name":"generate, model call","cat":"work","ph":"X","ts":0.0,"dur":2000000.0,"pid":1,"tid":1,"args":{"span":2,"output_tokens":100,"slack_s":1.0}}"#
    );
}

#[test]
fn what_a_race_was_decided_without_is_shown_as_such_and_is_never_critical() {
    let mut trace = trace();
    trace.spans[3].part = Part::Cancelled;
    trace.spans[4].part = Part::Cancelled;
    trace.spans[7].after = vec![SpanId(2)];
    assert_eq!(trace.check(), Ok(()));
    let exported = chrome_trace(&trace);
    let names = |category| stretches(&exported, category).map(|event| event.name.clone()).collect::<Vec<_>>();
    assert_eq!(names("cancelled"), ["generate_cot, model call"]);
    assert_eq!(names("critical"), ["generate, model call", "sc_ensemble, model call"]);
    let cancelled = stretches(&exported, "cancelled").next().unwrap();
    assert_eq!(cancelled.args.as_ref().unwrap().slack_s, None, "no length of it would make the path longer");
    trace.spans[4].part = Part::Spare;
    assert_eq!(stretches(&chrome_trace(&trace), "spare").count(), 1);
}

#[test]
fn several_episodes_are_processes_with_names_and_arrows_of_their_own() {
    let trace = trace();
    let [first, second] = ["words/0: MaAS", "words/0: LAMaS"].map(|name| (name.to_owned(), &trace));
    let exported = chrome_traces([first, second]);
    let of = |pid: u32| exported.trace_events.iter().filter(move |event| event.pid == pid).collect::<Vec<_>>();
    for (pid, name) in [(1, "words/0: MaAS"), (2, "words/0: LAMaS")] {
        let events = of(pid);
        assert_eq!(events.len(), chrome_trace(&trace).trace_events.len() + 1);
        assert_eq!((events[0].name.as_str(), events[0].phase), ("process_name", "M"));
        assert_eq!(events[0].args.as_ref().unwrap().name.as_deref(), Some(name));
    }
    assert_eq!(of(1).len() + of(2).len(), exported.trace_events.len());
    let arrows = |pid: u32| of(pid).iter().filter_map(|event| event.id).collect::<BTreeSet<_>>();
    assert!(!arrows(1).is_empty() && arrows(1).is_disjoint(&arrows(2)));
}

#[test]
fn an_empty_trace_has_no_events_but_its_tracks() {
    let events = chrome_trace(&Trace::default()).trace_events;
    assert!(events.iter().all(|event| event.phase == "M"), "{events:?}");
}

proptest! {
    #[test]
    fn stretches_of_a_lane_never_overlap(lengths in prop::collection::vec((0..50_u8, 0..9_u8, any::<prop::sample::Index>()), 1..20)) {
        let mut trace = Trace::default();
        let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
        let group = trace.push(Some(layer), vec![], SpanKind::Operator("generate".into()), None);
        for (working, waiting, after) in &lengths {
            let after = Some(after.index(trace.spans.len())).filter(|&after| after > 1);
            let after = after.map(|after| trace.spans[after].id).into_iter().collect();
            trace.push(Some(group), after, SpanKind::ModelCall, work(f64::from(*working), f64::from(*waiting)));
        }
        let exported = chrome_trace(&trace);
        let mut lanes: Vec<(u32, f64, f64)> = exported.trace_events.iter()
            .filter(|event| event.phase == "X" && event.tid > 0)
            .map(|event| (event.tid, event.ts, event.ts + event.dur.unwrap()))
            .collect();
        lanes.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        for pair in lanes.windows(2) {
            prop_assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?}");
        }
    }
}
