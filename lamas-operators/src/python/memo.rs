//! Identical programs run once: what came of the first run, and what it took, is remembered.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::units::Seconds;

/// An interpreter that runs each program once, also when several ask for it at the same time.
///
/// A remembered run keeps its outcome and its durations and says that they are recorded; it has not
/// waited. Failures of the sandbox are not remembered. The oldest runs are forgotten first.
#[derive(Debug)]
pub struct Memoised<I> {
    inner: I,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Memory {
    runs: HashMap<Program, Arc<Flight>>,
    order: VecDeque<Program>,
    capacity: usize,
}

/// One run that several callers may wait for.
#[derive(Debug, Default)]
struct Flight {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
enum State {
    /// Nobody runs it: the next caller does.
    #[default]
    Open,
    Running,
    Done(ToolRun),
}

/// A caller's part.
enum Part {
    Run(Runner),
    Reuse(ToolRun),
}

impl<I> Memoised<I> {
    /// Remembers up to `capacity` runs of `inner`.
    pub fn new(inner: I, capacity: NonZeroUsize) -> Self {
        let memory = Memory { runs: HashMap::new(), order: VecDeque::new(), capacity: capacity.get() };
        Self { inner, memory: Mutex::new(memory) }
    }

    /// The interpreter that runs what is not remembered.
    pub fn inner(&self) -> &I {
        &self.inner
    }

    fn flight(&self, program: &Program) -> Arc<Flight> {
        lock(&self.memory).flight(program)
    }
}

impl Memory {
    fn flight(&mut self, program: &Program) -> Arc<Flight> {
        if let Some(flight) = self.runs.get(program) {
            return Arc::clone(flight);
        }
        if self.order.len() == self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.runs.remove(&oldest);
        }
        let flight = Arc::<Flight>::default();
        self.order.push_back(program.clone());
        self.runs.insert(program.clone(), Arc::clone(&flight));
        flight
    }
}

impl Flight {
    /// What the caller has to do, as far as that is known already.
    fn try_join(self: &Arc<Self>) -> Option<Part> {
        let mut state = lock(&self.state);
        match &*state {
            State::Open => {
                *state = State::Running;
                Some(Part::Run(Runner { flight: Arc::clone(self), done: false }))
            }
            State::Running => None,
            State::Done(run) => Some(Part::Reuse(run.clone())),
        }
    }

    /// Waits until it is known. Blocks.
    fn join(self: &Arc<Self>) -> Part {
        loop {
            if let Some(part) = self.try_join() {
                return part;
            }
            let running = |state: &mut State| matches!(state, State::Running);
            drop(self.changed.wait_while(lock(&self.state), running));
        }
    }

    fn settle(&self, state: State) {
        *lock(&self.state) = state;
        self.changed.notify_all();
    }
}

/// The duty to run. Dropped without a run, because that failed or was cancelled, it passes to somebody else.
struct Runner {
    flight: Arc<Flight>,
    done: bool,
}

impl Runner {
    fn finish(mut self, run: ToolRun) {
        self.done = true;
        self.flight.settle(State::Done(run));
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if !self.done {
            self.flight.settle(State::Open);
        }
    }
}

#[async_trait]
impl<I: Interpreter> Interpreter for Memoised<I> {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        let flight = self.flight(program);
        let part = match flight.try_join() {
            Some(part) => part,
            None => {
                // A blocking thread, like a run's own: a paused clock must not run ahead of the run that is awaited.
                tokio::task::spawn_blocking(move || flight.join())
                    .await
                    .map_err(|error| ToolError(format!("waiting for an identical run failed: {error}")))?
            }
        };
        match part {
            Part::Reuse(run) => Ok(ToolRun { source: run.source.replayed(), waiting: Seconds::ZERO, ..run }),
            Part::Run(runner) => {
                let run = self.inner.run_metered(program, meter).await?;
                runner.finish(run.clone());
                Ok(run)
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is a single step, so a panic elsewhere leaves them whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
