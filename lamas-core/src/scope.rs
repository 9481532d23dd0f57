//! Where an operator works: every model call and program goes through a scope, which records it as a span that depends on
//! whatever the scope did before.

use std::sync::Arc;

use crate::chat::{ChatRequest, ChatResponse, Message, SampleIndex};
use crate::events::{Event, Sink};
use crate::operator::Failure;
use crate::problem::ProblemId;
use crate::recorder::{InFlight, Lane, Position, Question, Recorder};
use crate::tool::{Program, ToolRun};
use crate::trace::{Span, SpanId, SpanKind, Trace, Trouble};
use crate::units::Seconds;
use crate::work::{call_work, failed_work, tool_work, trouble};
pub use crate::workbench::Workbench;

/// The recording of one episode: opens its first scope and gives the trace at the end.
pub struct Recording {
    recorder: Arc<Recorder>,
}

impl Recording {
    /// Starts the episode's clock. The replicate is the part of [`SampleIndex`] that stands for seed and pass.
    #[must_use]
    pub fn start(workbench: Workbench, replicate: u64) -> Self {
        Self { recorder: Arc::new(Recorder::new(workbench, replicate, None)) }
    }

    /// The same, and whatever happens is told to a sink.
    #[must_use]
    pub fn told(workbench: Workbench, replicate: u64, problem: ProblemId, sink: Arc<dyn Sink>) -> Self {
        Self { recorder: Arc::new(Recorder::new(workbench, replicate, Some((problem, sink)))) }
    }

    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        self.recorder.tell(event);
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
            path: Seconds::ZERO,
            lane: None,
        }
    }

    /// The trace so far, with ids in the order of declaration.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.recorder.trace()
    }
}

/// A place to work in: what is done through it is recorded under its group and after its frontier.
pub struct Scope {
    recorder: Arc<Recorder>,
    place: Vec<u32>,
    declared: u32,
    group: Option<SpanId>,
    frontier: Vec<SpanId>,
    /// The working time of the longest chain of work that led here, from the episode's start.
    path: Seconds,
    /// Where it belongs to an entrant of a race whose order of arrivals matters.
    lane: Option<Lane>,
}

impl Scope {
    fn declare(&mut self) -> Vec<u32> {
        let mut place = self.place.clone();
        place.push(self.declared);
        self.declared += 1;
        place
    }

    fn begin(&mut self, kind: SpanKind) -> InFlight {
        let place = self.declare();
        let (parent, after, path, lane) = (self.group, self.frontier.clone(), self.path, self.lane);
        self.recorder.begin(Position { place, parent, after, path, lane }, kind)
    }

    /// Goes on after this work.
    fn done(&mut self, work: SpanId, working: Seconds) {
        self.frontier = vec![work];
        self.path += working;
    }

    /// Asks the model and waits for its answer. A call whose future is dropped is cancelled, and billed as far as it got.
    ///
    /// # Errors
    /// When the model gives none; the span says why.
    pub async fn chat(&mut self, messages: Vec<Message>) -> Result<ChatResponse, Failure> {
        let recorder = Arc::clone(&self.recorder);
        let question = Question::of(&messages);
        let call = self.begin(SpanKind::ModelCall);
        let id = call.id();
        let sample = SampleIndex { replicate: recorder.replicate, ordinal: call.ordinal(question).await };
        let request = ChatRequest { messages, sampling: recorder.workbench.sampling.clone(), sample };
        let answer = recorder.workbench.chat.chat_metered(&request, call.meter()).await;
        call.end(|span| match &answer {
            Ok(response) => span.work = Some(call_work(response, recorder.workbench.price)),
            Err(error) => {
                span.work = failed_work(error, recorder.workbench.price);
                span.trouble = Some(Trouble::Broke(error.to_string()));
            }
        });
        self.done(id, answer.as_ref().map_or(Seconds::ZERO, |response| response.timing.working));
        Ok(answer?)
    }

    /// Runs a program and waits for its end. A program whose future is dropped is killed.
    ///
    /// # Errors
    /// When the sandbox fails; how the program itself ended is in the result.
    pub async fn run_program(&mut self, program: &Program) -> Result<ToolRun, Failure> {
        let recorder = Arc::clone(&self.recorder);
        let call = self.begin(SpanKind::ToolRun);
        let id = call.id();
        let run = recorder.workbench.interpreter.run_metered(program, call.meter()).await;
        call.end(|span| match &run {
            Ok(run) => {
                span.work = Some(tool_work(run));
                span.trouble = trouble(&run.outcome);
            }
            Err(error) => span.trouble = Some(Trouble::Broke(error.to_string())),
        });
        self.done(id, run.as_ref().map_or(Seconds::ZERO, |run| run.elapsed));
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
            path: self.path,
            lane: self.lane,
        }
    }

    /// Goes on once all of these are done.
    pub fn join(&mut self, branches: impl IntoIterator<Item = Self>) {
        let branches: Vec<Self> = branches.into_iter().collect();
        self.follow(&branches);
    }

    /// Goes on once whatever these have done so far is done.
    pub(crate) fn follow<'a>(&mut self, others: impl IntoIterator<Item = &'a Self>) {
        let mut frontier: Vec<SpanId> = Vec::new();
        for other in others {
            frontier.extend_from_slice(&other.frontier);
            self.path = self.path.max(other.path);
        }
        frontier.sort_unstable();
        frontier.dedup();
        if !frontier.is_empty() {
            self.frontier = frontier;
        }
    }

    /// A scope inside this one, with a group of its own.
    pub(crate) fn enter(&mut self, kind: SpanKind) -> Self {
        let place = self.declare();
        let group = self.recorder.open(place.clone(), self.group, kind);
        Self {
            recorder: Arc::clone(&self.recorder),
            place,
            declared: 0,
            group: Some(group),
            frontier: self.frontier.clone(),
            path: self.path,
            lane: self.lane,
        }
    }

    /// Makes it a lane of a race whose order of arrivals matters.
    pub(crate) fn in_lane(self, lane: Lane) -> Self {
        Self { lane: Some(lane), ..self }
    }

    /// The group that it works in; none for the outermost scope.
    pub(crate) fn group(&self) -> Option<SpanId> {
        self.group
    }

    /// The working time of the longest chain of work that led here, from the episode's start.
    pub(crate) fn path(&self) -> Seconds {
        self.path
    }

    /// The recorder of the episode.
    pub(crate) fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Ends the group that [`Scope::enter`] began.
    pub(crate) fn leave(&self, change: impl FnOnce(&mut Span)) {
        if let Some(group) = self.group {
            self.recorder.update(group, change);
        }
    }

    /// Output tokens of the work recorded in this scope's group.
    pub(crate) fn output(&self) -> crate::units::Tokens {
        self.recorder.output(self.group)
    }
}
