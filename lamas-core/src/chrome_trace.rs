//! A trace as the events of Chrome's trace format, which <https://ui.perfetto.dev> and `chrome://tracing` show.
//!
//! Steps, layers and operators stand on a track of their own above the lanes of work: calls and programs that overlap in
//! time lie in different lanes, so that there are as many lanes as ever worked at once. What lies on the critical path in
//! seconds has the category `critical`, and arrows lead along it. What a race was decided without has the category `spare`,
//! or `cancelled` where it ended with the decision. Times are microseconds from the episode's start.
//!
//! The format: <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>.

use serde::Serialize;

use crate::critical_path::{CriticalPath, by_time};
use crate::trace::{Part, Span, SpanKind, Trace, Work};
use crate::units::Seconds;

/// A file of Chrome's trace format, once it is written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChromeTrace {
    /// All events.
    pub trace_events: Vec<Event>,
    /// In what a viewer writes times.
    pub display_time_unit: &'static str,
}

/// One event. Fields that its phase does not have are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Event {
    /// What it shows.
    pub name: String,
    /// `critical`, `work`, `spare`, `cancelled`, `group`, `waiting`; viewers search and filter by it.
    #[serde(rename = "cat", skip_serializing_if = "str::is_empty")]
    pub category: &'static str,
    /// `X`: a stretch of time; `s` and `f`: the ends of an arrow; `M`: names a track.
    #[serde(rename = "ph")]
    pub phase: &'static str,
    /// When it begins, in microseconds.
    pub ts: f64,
    /// How long it takes, in microseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dur: Option<f64>,
    /// The episode.
    pub pid: u32,
    /// The track: 0 for steps, layers and operators, then the lanes.
    pub tid: u32,
    /// Which arrow, for both of its ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// The arrow ends at the stretch that lies at this time.
    #[serde(rename = "bp", skip_serializing_if = "Option::is_none")]
    pub binding: Option<&'static str>,
    /// What a viewer shows of it when it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Arguments>,
}

/// What a viewer shows of an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Arguments {
    /// A track's or a process's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The span's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<u32>,
    /// Generated tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// How much longer it alone could take without making the critical path longer, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack_s: Option<f64>,
    /// Why it failed, or how its program ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The track of steps, layers and operators.
const GROUPS: u32 = 0;

/// An episode's trace as events.
#[must_use]
pub fn chrome_trace(trace: &Trace) -> ChromeTrace {
    ChromeTrace { trace_events: events(trace), display_time_unit: "ms" }
}

/// The traces of several episodes as events, all from the same start: each is a process of its own, with its name.
#[must_use]
pub fn chrome_traces<'a>(episodes: impl IntoIterator<Item = (String, &'a Trace)>) -> ChromeTrace {
    let (mut trace_events, mut arrows) = (Vec::new(), 0);
    for (pid, (name, trace)) in (1..).zip(episodes) {
        let args = Some(Arguments { name: Some(name), ..Arguments::default() });
        trace_events.push(Event { name: "process_name".to_owned(), phase: "M", pid, args, ..Event::default() });
        // An arrow's number is its own over all processes.
        let own = events(trace).into_iter().map(|event| Event { pid, id: event.id.map(|id| id + arrows), ..event });
        trace_events.extend(own);
        arrows = trace_events.iter().filter_map(|event| event.id).max().map_or(0, |last| last + 1);
    }
    ChromeTrace { trace_events, display_time_unit: "ms" }
}

fn events(trace: &Trace) -> Vec<Event> {
    let path = by_time(trace);
    let working = |span: &Span| span.work.map_or(0.0, |work| work.working.0);
    let ends = ends(trace, working, |span| span.end.0);
    let placed = in_lanes(trace, &ends);
    let lanes = placed.iter().map(|placed| placed.lane + 1).max().unwrap_or(1);
    let names = (0..lanes).map(|tid| match tid {
        GROUPS => track(tid, "steps, layers, operators".to_owned()),
        lane => track(lane, format!("lane {lane}")),
    });
    let groups = trace.spans.iter().filter_map(|group| stretch(trace, group, &placed));
    let work = placed.iter().flat_map(|placed| placed.events(trace, &path));
    names.chain(groups).chain(work).chain(arrows(&path, &placed)).collect()
}

/// When each span of this length ends if it begins as soon as what it waits for is done, and never before `least` says.
/// Answers that came from a store at once are laid out as if they had taken the time they once took.
#[must_use]
pub fn ends(trace: &Trace, length: impl Fn(&Span) -> f64, least: impl Fn(&Span) -> f64) -> Vec<f64> {
    let mut ends: Vec<f64> = Vec::with_capacity(trace.spans.len());
    for span in &trace.spans {
        let ready = span.after.iter().map(|id| ends[id.0 as usize]).fold(0.0, f64::max);
        ends.push(least(span).max(ready + length(span)));
    }
    ends
}

/// A span of work with its time in seconds and its lane.
struct Placed<'a> {
    span: &'a Span,
    work: &'a Work,
    /// From when on it waited for its turn.
    from: f64,
    start: f64,
    end: f64,
    lane: u32,
}

/// Each span of work in the first lane that is free when it comes.
fn in_lanes<'a>(trace: &'a Trace, ends: &[f64]) -> Vec<Placed<'a>> {
    let place = |(span, work): (&'a Span, &'a Work)| {
        let end = ends[span.id.0 as usize];
        let start = (end - work.working.0).max(0.0);
        Placed { span, work, from: (start - work.waiting.0).max(0.0), start, end, lane: GROUPS }
    };
    let mut placed: Vec<Placed<'a>> = trace.work().map(place).collect();
    placed.sort_by(|a, b| a.from.total_cmp(&b.from).then(a.span.id.cmp(&b.span.id)));
    let mut free: Vec<f64> = Vec::new();
    for placed in &mut placed {
        let lane = free.iter().position(|&free| free <= placed.from).unwrap_or_else(|| {
            free.push(0.0);
            free.len() - 1
        });
        free[lane] = placed.end;
        placed.lane = GROUPS + 1 + u32::try_from(lane).expect("an episode has far fewer than 2^32 spans");
    }
    placed
}

impl Placed<'_> {
    fn events(&self, trace: &Trace, path: &CriticalPath<Seconds>) -> Vec<Event> {
        let operator = self.span.parent.map(|id| trace.span(id).kind.to_string());
        let name = match operator {
            Some(operator) => format!("{operator}, {}", self.span.kind),
            None => self.span.kind.to_string(),
        };
        let category = match self.span.part {
            Part::Needed if path.spans.contains(&self.span.id) => "critical",
            Part::Needed => "work",
            Part::Spare => "spare",
            Part::Cancelled => "cancelled",
        };
        let work = Event {
            name,
            category,
            args: Some(Arguments {
                span: Some(self.span.id.0),
                output_tokens: (self.span.kind == SpanKind::ModelCall).then_some(self.work.output.0),
                slack_s: path.work_of(self.span.id).map(|own| own.slack.0),
                note: self.span.trouble.as_ref().map(ToString::to_string),
                ..Arguments::default()
            }),
            ..between(self.start, self.end, self.lane)
        };
        let waiting = (self.from < self.start).then(|| Event {
            name: "waiting".to_owned(),
            category: "waiting",
            ..between(self.from, self.start, self.lane)
        });
        waiting.into_iter().chain([work]).collect()
    }
}

/// A group from its first work to its last; `None` where it did none.
fn stretch(trace: &Trace, group: &Span, placed: &[Placed<'_>]) -> Option<Event> {
    let above = |span: &Span| span.parent.map(|id| trace.span(id));
    let inside = |work: &&Placed<'_>| {
        std::iter::successors(above(work.span), |span| above(span)).any(|span| span.id == group.id)
    };
    let own = || placed.iter().filter(inside);
    let start = own().map(|work| work.from).min_by(f64::total_cmp)?;
    let end = own().map(|work| work.end).max_by(f64::total_cmp)?;
    let args = Arguments {
        span: Some(group.id.0),
        note: group.trouble.as_ref().map(ToString::to_string),
        ..Arguments::default()
    };
    Some(Event { name: group.kind.to_string(), category: "group", args: Some(args), ..between(start, end, GROUPS) })
}

/// From each span of the critical path to the next.
fn arrows(path: &CriticalPath<Seconds>, placed: &[Placed<'_>]) -> Vec<Event> {
    let find = |id| placed.iter().find(|placed| placed.span.id == id);
    let pairs = path.spans.windows(2).filter_map(|pair| Some((find(pair[0])?, find(pair[1])?)));
    let end = |phase: &'static str, at: f64, lane: u32, id: u32| Event {
        name: "critical path".to_owned(),
        category: "critical",
        phase,
        dur: None,
        id: Some(id),
        ..between(at, at, lane)
    };
    let arrow = |(id, (from, to)): (u32, (&Placed<'_>, &Placed<'_>))| {
        // It leaves within the first stretch, or no viewer finds where it begins.
        let out = end("s", f64::midpoint(from.start, from.end), from.lane, id);
        [out, Event { binding: Some("e"), ..end("f", to.start, to.lane, id) }]
    };
    (0..).zip(pairs).flat_map(arrow).collect()
}

fn track(tid: u32, name: String) -> Event {
    let args = Some(Arguments { name: Some(name), ..Arguments::default() });
    Event { name: "thread_name".to_owned(), phase: "M", pid: 1, tid, args, ..Event::default() }
}

fn between(start: f64, end: f64, tid: u32) -> Event {
    let micros = |seconds: f64| (seconds * 1e6).round();
    let dur = Some(micros(end) - micros(start));
    Event { phase: "X", ts: micros(start), dur, pid: 1, tid, ..Event::default() }
}
