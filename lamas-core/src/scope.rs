//! Where an operator works: every model call and program goes through a scope, which records it as a span that depends on
//! whatever the scope did before.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Message, SampleIndex, Sampling};
use crate::operator::Failure;
use crate::tool::{Interpreter, Program, ToolOutcome, ToolRun};
use crate::trace::{Span, SpanId, SpanKind, Trace, Trouble, Work};
use crate::units::{Price, Seconds};

/// What the operators of an episode work with.
#[derive(Clone)]
pub struct Workbench {
    /// Who answers.
    pub chat: Arc<dyn ChatModel>,
    /// Who runs programs.
    pub interpreter: Arc<dyn Interpreter>,
    /// How the model is to sample.
    pub sampling: Sampling,
    /// What a call costs.
    pub price: Price,
}

/// The recorder of one episode, shared by its scopes.
struct Recorder {
    workbench: Workbench,
    replicate: u64,
    started: Instant,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    spans: Vec<Entry>,
    asked: HashMap<u64, u32>,
}

/// A span with its place in the order of declaration.
struct Entry {
    place: Vec<u32>,
    span: Span,
}

impl Recorder {
    fn now(&self) -> Seconds {
        Seconds(self.started.elapsed().as_secs_f64())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        // A panic elsewhere leaves the book readable: entries are pushed whole.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, place: Vec<u32>, parent: Option<SpanId>, after: Vec<SpanId>, kind: SpanKind) -> SpanId {
        let now = self.now();
        let mut book = self.book();
        let id = SpanId(u32::try_from(book.spans.len()).expect("an episode has far fewer than 2^32 spans"));
        let span = Span { id, parent, after, kind, start: now, end: now, work: None, skipped: false, trouble: None };
        book.spans.push(Entry { place, span });
        id
    }

    fn update(&self, id: SpanId, change: impl FnOnce(&mut Span)) {
        let now = self.now();
        let span = &mut self.book().spans[id.0 as usize].span;
        span.end = now;
        change(span);
    }

    /// The how-manieth identical request of this episode.
    fn ordinal(&self, messages: &[Message]) -> u32 {
        let mut hasher = DefaultHasher::new();
        messages.hash(&mut hasher);
        let mut book = self.book();
        let count = book.asked.entry(hasher.finish()).or_default();
        *count += 1;
        *count - 1
    }
}

/// The recording of one episode: opens its first scope and gives the trace at the end.
pub struct Recording {
    recorder: Arc<Recorder>,
}

impl Recording {
    /// Starts the episode's clock. The replicate is the part of [`SampleIndex`] that stands for seed and pass.
    #[must_use]
    pub fn start(workbench: Workbench, replicate: u64) -> Self {
        let recorder = Recorder { workbench, replicate, started: Instant::now(), book: Mutex::default() };
        Self { recorder: Arc::new(recorder) }
    }

    /// The outermost scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope {
            recorder: Arc::clone(&self.recorder),
            place: Vec::new(),
            declared: 0,
            group: None,
            frontier: Vec::new(),
        }
    }

    /// The trace so far, with ids in the order of declaration.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let book = self.recorder.book();
        let mut order: Vec<usize> = (0..book.spans.len()).collect();
        order.sort_by(|&a, &b| book.spans[a].place.cmp(&book.spans[b].place));
        let mut renamed = vec![SpanId(0); order.len()];
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
}

/// A place to work in: what is done through it is recorded under its group and after its frontier.
pub struct Scope {
    recorder: Arc<Recorder>,
    place: Vec<u32>,
    declared: u32,
    group: Option<SpanId>,
    frontier: Vec<SpanId>,
}

impl Scope {
    fn declare(&mut self) -> Vec<u32> {
        let mut place = self.place.clone();
        place.push(self.declared);
        self.declared += 1;
        place
    }

    /// Asks the model and waits for its answer.
    ///
    /// # Errors
    /// When the model gives none; the span says why.
    pub async fn chat(&mut self, messages: Vec<Message>) -> Result<ChatResponse, Failure> {
        let recorder = Arc::clone(&self.recorder);
        let sample = SampleIndex { replicate: recorder.replicate, ordinal: recorder.ordinal(&messages) };
        let request = ChatRequest { messages, sampling: recorder.workbench.sampling.clone(), sample };
        let place = self.declare();
        let id = recorder.open(place, self.group, self.frontier.clone(), SpanKind::ModelCall);
        let answer = recorder.workbench.chat.chat(&request).await;
        recorder.update(id, |span| match &answer {
            Ok(response) => span.work = Some(call_work(response, recorder.workbench.price)),
            Err(error) => {
                span.work = failed_work(error, recorder.workbench.price);
                span.trouble = Some(Trouble::Broke(error.to_string()));
            }
        });
        self.frontier = vec![id];
        Ok(answer?)
    }

    /// Runs a program and waits for its end.
    ///
    /// # Errors
    /// When the sandbox fails; how the program itself ended is in the result.
    pub async fn run_program(&mut self, program: &Program) -> Result<ToolRun, Failure> {
        let recorder = Arc::clone(&self.recorder);
        let place = self.declare();
        let id = recorder.open(place, self.group, self.frontier.clone(), SpanKind::ToolRun);
        let run = recorder.workbench.interpreter.run(program).await;
        recorder.update(id, |span| match &run {
            Ok(run) => {
                span.work = Some(tool_work(run));
                span.trouble = trouble(&run.outcome);
            }
            Err(error) => span.trouble = Some(Trouble::Broke(error.to_string())),
        });
        self.frontier = vec![id];
        Ok(run?)
    }

    /// A scope beside this one in the same group, which starts where this one stands. Branches run at the same time.
    #[must_use]
    pub fn branch(&mut self) -> Self {
        let place = self.declare();
        Self {
            recorder: Arc::clone(&self.recorder),
            place,
            declared: 0,
            group: self.group,
            frontier: self.frontier.clone(),
        }
    }

    /// Goes on once all of these are done.
    pub fn join(&mut self, branches: impl IntoIterator<Item = Self>) {
        let branches: Vec<Self> = branches.into_iter().collect();
        self.follow(&branches);
    }

    /// Goes on once whatever these have done so far is done.
    pub(crate) fn follow<'a>(&mut self, others: impl IntoIterator<Item = &'a Self>) {
        let mut frontier: Vec<SpanId> = others.into_iter().flat_map(|other| other.frontier.iter().copied()).collect();
        frontier.sort_unstable();
        frontier.dedup();
        if !frontier.is_empty() {
            self.frontier = frontier;
        }
    }

    /// A scope inside this one, with a group of its own.
    pub(crate) fn enter(&mut self, kind: SpanKind) -> Self {
        let place = self.declare();
        let group = self.recorder.open(place.clone(), self.group, Vec::new(), kind);
        Self {
            recorder: Arc::clone(&self.recorder),
            place,
            declared: 0,
            group: Some(group),
            frontier: self.frontier.clone(),
        }
    }

    /// Ends the group that [`Scope::enter`] began.
    pub(crate) fn leave(&self, change: impl FnOnce(&mut Span)) {
        if let Some(group) = self.group {
            self.recorder.update(group, change);
        }
    }

    /// Output tokens of the work recorded in this scope's group.
    pub(crate) fn output(&self) -> crate::units::Tokens {
        let book = self.recorder.book();
        book.spans
            .iter()
            .filter(|entry| entry.span.parent == self.group)
            .filter_map(|entry| entry.span.work.map(|work| work.output))
            .sum()
    }
}

fn call_work(response: &ChatResponse, price: Price) -> Work {
    let lost = response.lost;
    let lost_cost = price.cost(lost.input, lost.output);
    Work {
        input: response.usage.input,
        output: response.usage.output,
        counted: response.usage.counted,
        working: response.timing.working,
        waiting: response.timing.waiting,
        first_token: response.timing.first_token,
        measured: Seconds::ZERO,
        attempts: response.timing.attempts,
        cost: price.cost(response.usage.input, response.usage.output) + lost_cost,
        lost,
        lost_cost,
        no_text: response.text.trim().is_empty(),
        filtered: response.finish == FinishReason::Filtered,
        source: response.timing.source,
    }
}

/// The work of a call that gave no answer: none, unless it is billed.
fn failed_work(error: &ChatError, price: Price) -> Option<Work> {
    let (attempts, lost) = match error {
        ChatError::Exhausted { attempts, lost, .. } => (*attempts, *lost),
        ChatError::Rejected { lost, .. } => (lost.attempts, *lost),
        ChatError::Fatal(_) => return None,
    };
    let cost = price.cost(lost.input, lost.output);
    let work = || Work { attempts, cost, lost, lost_cost: cost, ..Work::default() };
    (!lost.is_nothing()).then(work)
}

fn tool_work(run: &ToolRun) -> Work {
    Work {
        working: run.elapsed,
        waiting: run.waiting,
        measured: run.measured,
        attempts: 1,
        source: run.source,
        ..Work::default()
    }
}

fn trouble(outcome: &ToolOutcome) -> Option<Trouble> {
    match outcome {
        ToolOutcome::Returned(_) | ToolOutcome::Passed => None,
        ToolOutcome::Failed(message) => Some(Trouble::Failed(message.to_string())),
        ToolOutcome::Raised(message) => Some(Trouble::Raised(message.to_string())),
        ToolOutcome::TimedOut => Some(Trouble::TimedOut),
        ToolOutcome::Killed(reason) => Some(Trouble::Killed(reason.to_string())),
    }
}
