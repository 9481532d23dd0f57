//! A trace as Chrome's trace events.

use lamas_core::chrome_trace::{ChromeTrace, Event, chrome_trace};
use lamas_core::trace::{Part, Span, SpanId, SpanKind, Trace, Work};
use lamas_core::units::{Seconds, Tokens};
use proptest::prelude::*;

fn span(id: u32, parent: Option<u32>, kind: SpanKind, after: &[u32], work: Option<(f64, f64)>) -> Span {
    Span {
        id: SpanId(id),
        parent: parent.map(SpanId),
        after: after.iter().copied().map(SpanId).collect(),
        kind,
        start: Seconds::ZERO,
        end: Seconds::ZERO,
        work: work.map(|(working, waiting)| Work {
            output: Tokens(100),
            working: Seconds(working),
            waiting: Seconds(waiting),
            ..Work::default()
        }),
        skipped: false,
        trouble: None,
        part: Part::Needed,
    }
}

/// Two calls side by side, the second of which waits for its turn first, then one call that needs both.
fn trace() -> Trace {
    let operator = |name: &str| SpanKind::Operator(name.into());
    let mut spans = vec![
        span(0, None, SpanKind::Layer(0), &[], None),
        span(1, Some(0), operator("generate"), &[], None),
        span(2, Some(1), SpanKind::ModelCall, &[], Some((2.0, 0.0))),
        span(3, Some(0), operator("generate_cot"), &[], None),
        span(4, Some(3), SpanKind::ModelCall, &[], Some((3.0, 0.5))),
        span(5, None, SpanKind::Layer(1), &[], None),
        span(6, Some(5), operator("sc_ensemble"), &[], None),
        span(7, Some(6), SpanKind::ModelCall, &[2, 4], Some((1.0, 0.0))),
    ];
    (spans[2].end, spans[4].end, spans[7].end) = (Seconds(2.0), Seconds(3.5), Seconds(4.5));
    Trace { spans }
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
fn an_empty_trace_has_no_events_but_its_tracks() {
    let events = chrome_trace(&Trace::default()).trace_events;
    assert!(events.iter().all(|event| event.phase == "M"), "{events:?}");
}

proptest! {
    #[test]
    fn stretches_of_a_lane_never_overlap(lengths in prop::collection::vec((0..50_u8, 0..9_u8, any::<prop::sample::Index>()), 1..20)) {
        let mut spans = vec![
            span(0, None, SpanKind::Layer(0), &[], None),
            span(1, Some(0), SpanKind::Operator("generate".into()), &[], None),
        ];
        for (working, waiting, after) in &lengths {
            let id = u32::try_from(spans.len()).unwrap();
            let after = after.index(spans.len());
            let after: &[u32] = if after > 1 { &[u32::try_from(after).unwrap()] } else { &[] };
            let work = Some((f64::from(*working), f64::from(*waiting)));
            spans.push(span(id, Some(1), SpanKind::ModelCall, after, work));
        }
        let exported = chrome_trace(&Trace { spans });
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
