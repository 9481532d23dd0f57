//! The recorder of one episode: its spans in the order in which they were opened, and what of them can be taken back.
//!
//! Two clocks are kept apart. A span's `start` and `end` are read from tokio's clock. Beside them each span of work has its
//! place on the episode's *path*: the working time of the longest chain of work before it. Where times are modelled, a timer
//! wakes up to a millisecond late and a program really runs for some time, so that the path alone says what came first.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use crate::chat::Message;
use crate::events::{Event, Sink, Told};
use crate::meter::{Ahead, CallMeter};
use crate::problem::ProblemId;
use crate::stopwatch::Stopwatch;
use crate::trace::{Part, Span, SpanId, SpanKind, Trace, Work};
use crate::units::{Seconds, Tokens};
use crate::work::cancelled_work;
use crate::workbench::Workbench;

/// The recorder of one episode, shared by its scopes.
pub(crate) struct Recorder {
    pub(crate) workbench: Workbench,
    pub(crate) replicate: u64,
    clock: Stopwatch,
    book: Mutex<Book>,
    listener: Option<(ProblemId, Arc<dyn Sink>)>,
}

#[derive(Default)]
struct Book {
    /// Counts what began and ended, so that a race sees whether anything has happened.
    version: u64,
    spans: Vec<Recorded>,
    /// How often each question has been asked, by a hash of its messages.
    asked: HashMap<Question, u32>,
}

/// A hash of the messages of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Question(u64);

impl Question {
    pub(crate) fn of(messages: &[Message]) -> Self {
        let mut hasher = DefaultHasher::new();
        messages.hash(&mut hasher);
        Self(hasher.finish())
    }
}

/// A span with its place in the order of declaration.
struct Recorded {
    place: Vec<u32>,
    span: Span,
    /// `None` for groups.
    run: Option<Run>,
}

/// An entrant's place in a race whose order of arrivals matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lane {
    /// The group of the race, and which of its waves.
    pub(crate) race: (SpanId, usize),
    /// The entrant's place in declared order.
    pub(crate) entrant: usize,
}

/// Where a span stands: in the order of declaration, in the trace and on the episode's path.
pub(crate) struct Position {
    pub(crate) place: Vec<u32>,
    pub(crate) parent: Option<SpanId>,
    pub(crate) after: Vec<SpanId>,
    pub(crate) path: Seconds,
    pub(crate) lane: Option<Lane>,
}

/// What is known of a span of work beside its span.
struct Run {
    meter: Arc<CallMeter>,
    /// Where on the episode's path it starts.
    path: Seconds,
    lane: Option<Lane>,
    question: Option<Question>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It waits until whoever stands before it on the path has asked.
    Asking,
    UnderWay,
    Over,
    /// It would have started only after its race was decided.
    NeverBegan,
}

impl Recorder {
    pub(crate) fn new(workbench: Workbench, replicate: u64, listener: Option<(ProblemId, Arc<dyn Sink>)>) -> Self {
        Self { workbench, replicate, clock: Stopwatch::of_run(), book: Mutex::default(), listener }
    }

    /// Tells whoever listens; `event` is made only then.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some((problem, sink)) = &self.listener {
            sink.tell(Told { problem: problem.clone(), replicate: self.replicate, event: event() });
        }
    }

    fn now(&self) -> Seconds {
        self.clock.elapsed()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic elsewhere leaves the book readable: entries are pushed whole.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a group.
    pub(crate) fn open(&self, place: Vec<u32>, parent: Option<SpanId>, kind: SpanKind) -> SpanId {
        self.push(place, parent, Vec::new(), kind, None)
    }

    /// Opens a span of work.
    pub(crate) fn begin(self: &Arc<Self>, position: Position, kind: SpanKind) -> InFlight {
        let Position { place, parent, after, path, lane } = position;
        let meter = Arc::<CallMeter>::default();
        let phase = if lane.is_some() && kind == SpanKind::ModelCall { Phase::Asking } else { Phase::UnderWay };
        let run = Run { meter: Arc::clone(&meter), path, lane, question: None, phase };
        let id = self.push(place, parent, after, kind, Some(run));
        InFlight { recorder: Arc::clone(self), id, meter, ended: false }
    }

    fn push(
        &self,
        place: Vec<u32>,
        parent: Option<SpanId>,
        after: Vec<SpanId>,
        kind: SpanKind,
        run: Option<Run>,
    ) -> SpanId {
        let now = self.now();
        let mut book = self.book();
        let id = SpanId(u32::try_from(book.spans.len()).expect("an episode has far fewer than 2^32 spans"));
        let (work, skipped, trouble, part) = (None, false, None, Part::Needed);
        let span = Span { id, parent, after, kind, start: now, end: now, work, skipped, trouble, part };
        let told = self.listener.is_some().then(|| span.clone());
        book.spans.push(Recorded { place, span, run });
        book.version += 1;
        drop(book);
        told.into_iter().for_each(|span| self.tell(|| Event::Started(span)));
        id
    }

    pub(crate) fn update(&self, id: SpanId, change: impl FnOnce(&mut Span)) {
        let now = self.now();
        let mut book = self.book();
        book.version += 1;
        let Recorded { span, run, .. } = &mut book.spans[id.0 as usize];
        span.end = now;
        change(span);
        if let Some(run) = run {
            run.phase = Phase::Over;
        }
        let told = self.listener.is_some().then(|| span.clone());
        drop(book);
        told.into_iter().for_each(|span| self.tell(|| Event::Ended(span)));
    }

    /// A number that grows with everything that begins and ends.
    pub(crate) fn version(&self) -> u64 {
        self.book().version
    }

    /// The least place on the episode's path at which something of this group may end that is under way; `None` where
    /// nothing is known of that, as with live calls.
    pub(crate) fn bound(&self, group: SpanId) -> Option<Seconds> {
        let book = self.book();
        let own = book.spans.iter().filter(|entry| entry.span.parent == Some(group));
        own.filter_map(|entry| entry.run.as_ref()?.bound()).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Whether a call may ask: nobody who is under way in its race could still ask before it on the path. So identical
    /// questions are numbered in the order of the path, whatever order timers wake up in.
    fn may_ask(&self, id: SpanId) -> bool {
        let book = self.book();
        let Some(Run { lane: Some(lane), path, .. }) = &book.spans[id.0 as usize].run else { return true };
        let before = |run: &Run| {
            let other = run.lane.filter(|other| other.race == lane.race && other.entrant != lane.entrant);
            other
                .zip(run.bound())
                .is_some_and(|(other, bound)| bound.0.total_cmp(&path.0).then(other.entrant.cmp(&lane.entrant)).is_lt())
        };
        !book.spans.iter().filter_map(|entry| entry.run.as_ref()).any(before)
    }

    /// How many identical requests of this episode came before this one.
    fn ordinal(&self, id: SpanId, question: Question) -> u32 {
        let mut guard = self.book();
        let Book { spans, asked, version } = &mut *guard;
        *version += 1;
        if let Some(run) = &mut spans[id.0 as usize].run {
            (run.question, run.phase) = (Some(question), Phase::UnderWay);
        }
        let count = asked.entry(question).or_default();
        *count += 1;
        *count - 1
    }

    /// The call's future was dropped: its span ends now, and is billed what the call has used by now.
    fn drop_call(&self, id: SpanId) {
        let now = self.now();
        let mut book = self.book();
        book.version += 1;
        let Recorded { span, run, .. } = &mut book.spans[id.0 as usize];
        if let Some(run) = run {
            run.end_early(span, now, now - span.start, self);
        }
    }

    /// Takes an entrant out of its race, which was decided at this moment of the episode's path. Its call in flight ends
    /// then. What it did before is paid, but nothing waits for it. Returns its output tokens.
    ///
    /// Where times are modelled, what lies behind that moment is taken back, whether or not it has been worked off already:
    /// what happens within one tick of a timer happens in no particular order.
    pub(crate) fn cut(&self, group: SpanId, moment: Seconds) -> Tokens {
        let mut told = Vec::new();
        let mut guard = self.book();
        let Book { spans, asked, .. } = &mut *guard;
        let mut end = spans[group.0 as usize].span.start;
        let mut output = Tokens(0);
        for Recorded { span, run, .. } in spans.iter_mut().filter(|entry| entry.span.parent == Some(group)) {
            let Some(run) = run else { continue };
            run.cut(span, moment, self);
            if run.phase == Phase::NeverBegan {
                let asked = run.question.and_then(|question| asked.get_mut(&question));
                asked.into_iter().for_each(|count| *count -= 1);
            } else {
                end = end.max(span.end);
                output += span.work.map_or(Tokens(0), |work| work.output);
            }
            if self.listener.is_some() && span.is_cancelled() {
                told.push(span.clone());
            }
        }
        let group = &mut spans[group.0 as usize].span;
        (group.part, group.end) = (Part::Cancelled, end);
        if self.listener.is_some() {
            told.push(group.clone());
        }
        drop(guard);
        told.into_iter().for_each(|span| self.tell(|| Event::Cancelled(span)));
        output
    }

    /// What an entrant did is paid, but nothing waits for it: its race was decided without it.
    pub(crate) fn spare(&self, group: SpanId) {
        for Recorded { span, .. } in &mut self.book().spans {
            if span.id == group || span.parent == Some(group) {
                span.part = Part::Spare;
            }
        }
    }

    /// The trace so far, with ids in the order of declaration.
    pub(crate) fn trace(&self) -> Trace {
        let book = self.book();
        let began = |entry: &Recorded| entry.run.as_ref().is_none_or(|run| run.phase != Phase::NeverBegan);
        let mut order: Vec<usize> = (0..book.spans.len()).filter(|&index| began(&book.spans[index])).collect();
        order.sort_by(|&a, &b| book.spans[a].place.cmp(&book.spans[b].place));
        let mut renamed = vec![SpanId(0); book.spans.len()];
        for (new, &old) in order.iter().enumerate() {
            renamed[old] = SpanId(u32::try_from(new).expect("an episode has far fewer than 2^32 spans"));
        }
        let rename = |id: &SpanId| renamed[id.0 as usize];
        let spans = order.iter().map(|&old| {
            let span = &book.spans[old].span;
            let mut after: Vec<SpanId> = span.after.iter().map(rename).collect();
            after.sort_unstable();
            Span { id: renamed[old], parent: span.parent.as_ref().map(rename), after, ..span.clone() }
        });
        Trace { spans: spans.collect() }
    }

    /// Output tokens of the work recorded in a group.
    pub(crate) fn output(&self, group: Option<SpanId>) -> Tokens {
        let book = self.book();
        let own = book.spans.iter().filter(|entry| entry.span.parent == group);
        own.filter_map(|entry| entry.span.work.map(|work| work.output)).sum()
    }
}

impl Run {
    /// The least place on the path at which it may end.
    fn bound(&self) -> Option<Seconds> {
        match (self.phase, self.meter.ahead()) {
            (Phase::Over | Phase::NeverBegan, _) | (Phase::UnderWay, Ahead::Live) => None,
            (Phase::Asking, _) | (Phase::UnderWay, Ahead::ToBeTold) => Some(self.path),
            (Phase::UnderWay, Ahead::Known(course)) => Some(self.path + course.working),
        }
    }

    fn cut(&mut self, span: &mut Span, moment: Seconds, recorder: &Recorder) {
        let had = Seconds((moment - self.path).0.max(0.0));
        let (modelled, length) = match self.meter.ahead() {
            Ahead::Live => (self.question.is_none() && self.lane.is_some() && span.kind == SpanKind::ModelCall, 0.0),
            Ahead::ToBeTold => (true, f64::INFINITY),
            Ahead::Known(course) => (true, course.working.0),
        };
        if modelled && self.path.0 >= moment.0 {
            self.phase = Phase::NeverBegan;
            (span.part, span.end, span.work) = (Part::Cancelled, span.start, None);
        } else if modelled && self.path.0 + length >= moment.0 {
            self.end_early(span, span.start + had, had, recorder);
        } else if span.part == Part::Needed {
            span.part = Part::Spare;
        }
    }

    fn end_early(&mut self, span: &mut Span, end: Seconds, had: Seconds, recorder: &Recorder) {
        let reading = self.meter.reading(had);
        let waiting = Seconds((end - span.start - reading.working).0.max(0.0));
        self.phase = Phase::Over;
        (span.end, span.part, span.trouble) = (end, Part::Cancelled, None);
        span.work = Some(Work { waiting, ..cancelled_work(&reading, recorder.workbench.price) });
    }
}

/// A call or a program under way. Dropped before its end, it is cancelled.
pub(crate) struct InFlight {
    recorder: Arc<Recorder>,
    id: SpanId,
    meter: Arc<CallMeter>,
    ended: bool,
}

impl InFlight {
    pub(crate) fn id(&self) -> SpanId {
        self.id
    }

    pub(crate) fn meter(&self) -> &CallMeter {
        &self.meter
    }

    /// Waits for its turn to ask, and says how many identical requests came before it. Whoever polls a race polls it again
    /// as long as anything happens in it, so that nobody need be woken.
    pub(crate) async fn ordinal(&self, question: Question) -> u32 {
        let turn = |_: &mut Context<'_>| if self.recorder.may_ask(self.id) { Poll::Ready(()) } else { Poll::Pending };
        std::future::poll_fn(turn).await;
        self.recorder.ordinal(self.id, question)
    }

    /// It came to its end.
    pub(crate) fn end(mut self, change: impl FnOnce(&mut Span)) {
        self.ended = true;
        self.recorder.update(self.id, change);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.ended {
            self.recorder.drop_call(self.id);
        }
    }
}
