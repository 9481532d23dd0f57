//! The recorder of one episode: its spans in the order in which they were opened.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::chat::Message;
use crate::meter::CallMeter;
use crate::scope::Workbench;
use crate::trace::{Part, Span, SpanId, SpanKind, Trace, Work};
use crate::units::Seconds;
use crate::work::cancelled_work;

/// The recorder of one episode, shared by its scopes.
pub(crate) struct Recorder {
    pub(crate) workbench: Workbench,
    pub(crate) replicate: u64,
    started: Instant,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    spans: Vec<Entry>,
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
struct Entry {
    place: Vec<u32>,
    span: Span,
    /// `None` for groups.
    run: Option<Run>,
}

/// What is known of a span of work beside its span.
struct Run {
    meter: Arc<CallMeter>,
}

impl Recorder {
    pub(crate) fn new(workbench: Workbench, replicate: u64) -> Self {
        Self { workbench, replicate, started: Instant::now(), book: Mutex::default() }
    }

    fn now(&self) -> Seconds {
        Seconds(self.started.elapsed().as_secs_f64())
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
    pub(crate) fn begin(
        self: &Arc<Self>,
        (place, parent, after): (Vec<u32>, Option<SpanId>, Vec<SpanId>),
        kind: SpanKind,
    ) -> InFlight {
        let meter = Arc::<CallMeter>::default();
        let run = Run { meter: Arc::clone(&meter) };
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
        book.spans.push(Entry { place, span, run });
        id
    }

    pub(crate) fn update(&self, id: SpanId, change: impl FnOnce(&mut Span)) {
        let now = self.now();
        let span = &mut self.book().spans[id.0 as usize].span;
        span.end = now;
        change(span);
    }

    /// How many identical requests of this episode came before.
    pub(crate) fn ordinal(&self, question: Question) -> u32 {
        let mut book = self.book();
        let count = book.asked.entry(question).or_default();
        *count += 1;
        *count - 1
    }

    /// The call's future was dropped: its span ends now, and is billed what the call has used by now.
    fn drop_call(&self, id: SpanId) {
        let now = self.now();
        let Entry { span, run, .. } = &mut self.book().spans[id.0 as usize];
        if let Some(run) = run {
            run.end_early(span, now, now - span.start, self);
        }
    }

    /// The trace so far, with ids in the order of declaration.
    pub(crate) fn trace(&self) -> Trace {
        let book = self.book();
        let mut order: Vec<usize> = (0..book.spans.len()).collect();
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
    pub(crate) fn output(&self, group: Option<SpanId>) -> crate::units::Tokens {
        let book = self.book();
        let own = book.spans.iter().filter(|entry| entry.span.parent == group);
        own.filter_map(|entry| entry.span.work.map(|work| work.output)).sum()
    }
}

impl Run {
    fn end_early(&self, span: &mut Span, end: Seconds, had: Seconds, recorder: &Recorder) {
        let reading = self.meter.reading(had);
        let took = end - span.start;
        let waiting = Seconds((took - reading.working).0.max(0.0));
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
