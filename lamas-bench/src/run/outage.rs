//! Failures that are nobody's result: an endpoint that is gone, a sandbox that is broken.
//!
//! A call whose attempts are used up may be the endpoint's fault or its own: a server that is down fails every question, a
//! question that crashes a server fails alone. They are told apart by a question that any server answers. Where that fails
//! too, the run ends, so that no episode is left unscored for a server that will be back; where it is answered, the call
//! is tried once more and then given up, and its episode is unscored for good. Programs are treated the same way.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, Lost};
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_llm::limit::Failure;
use lamas_llm::openai::Probe;
use tokio::sync::OnceCell;

/// A chat model whose endpoints are looked at: before the first call, and when a call has failed for good.
pub struct Watched {
    inner: Arc<dyn ChatModel>,
    probes: Vec<Probe>,
    /// Why nobody can be asked, where that is so.
    first: OnceCell<Result<(), String>>,
    /// One look for all calls that fail at the same time, and what it found.
    out: tokio::sync::Mutex<Option<String>>,
}

/// What goes on once a server is back.
const REMEDY: &str = "everything that was answered is kept; the same command goes on once it is back";

impl Watched {
    /// A model behind these endpoints.
    #[must_use]
    pub fn new(inner: Arc<dyn ChatModel>, probes: Vec<Probe>) -> Self {
        Self { inner, probes, first: OnceCell::new(), out: tokio::sync::Mutex::default() }
    }

    /// Looks whether anybody answers at one endpoint at least.
    async fn reach(&self) -> Result<(), String> {
        let mut last = Ok(());
        for probe in &self.probes {
            last = probe.reach().await.map_err(|message| format!("nobody answers at {}: {message}", probe.url()));
            if last.is_ok() {
                break;
            }
        }
        let remedy =
            "start the server, or correct `base_url`, the network or the proxy (`lamas-bench doctor` says more)";
        last.map_err(|message| format!("{message}; {remedy}"))
    }

    /// Whether a question that any server answers is answered. Calls that fail together look once.
    async fn well(&self) -> Result<(), ChatError> {
        let mut out = self.out.lock().await;
        if let Some(message) = &*out {
            return Err(ChatError::Fatal(message.clone()));
        }
        let mut failed = Ok(());
        for probe in &self.probes {
            failed = match probe.call().await {
                Ok(_) | Err(Failure::Rejected(_)) => return Ok(()),
                Err(Failure::Fatal(message)) => Err(format!("{}: {message}", probe.url())),
                Err(Failure::Passing { message } | Failure::Busy { message, .. }) => {
                    Err(format!("{}: {message}", probe.url()))
                }
            };
        }
        failed.map_err(|message| {
            let message = format!("it has answered nothing for as long as calls are tried again: {message}; {REMEDY}");
            ChatError::Fatal(out.insert(message).clone())
        })
    }
}

#[async_trait]
impl ChatModel for Watched {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        self.first.get_or_init(|| self.reach()).await.clone().map_err(ChatError::Fatal)?;
        let before = match self.inner.chat_metered(request, meter).await {
            Err(ChatError::Exhausted { lost, .. }) => lost,
            other => return other,
        };
        self.well().await?;
        let again = and_lost(self.inner.chat_metered(request, meter).await, before);
        if let Err(ChatError::Exhausted { .. }) = again {
            self.well().await?;
        }
        again
    }
}

/// What came of a call that has lost this before.
fn and_lost(mut outcome: Result<ChatResponse, ChatError>, before: Lost) -> Result<ChatResponse, ChatError> {
    match &mut outcome {
        Ok(ChatResponse { lost, .. }) | Err(ChatError::Exhausted { lost, .. } | ChatError::Rejected { lost, .. }) => {
            *lost += before;
        }
        Err(ChatError::Fatal(_) | ChatError::Unrecorded(_)) => {}
    }
    outcome
}

/// A sandbox that is tried with a program of our own when it has failed on another one.
pub struct WatchedSandbox<I> {
    inner: I,
    broken: Arc<OnceLock<String>>,
}

impl<I> WatchedSandbox<I> {
    /// A sandbox; `broken` says why, once it is.
    pub fn new(inner: I, broken: Arc<OnceLock<String>>) -> Self {
        Self { inner, broken }
    }
}

#[async_trait]
impl<I: Interpreter> Interpreter for WatchedSandbox<I> {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        if let Ok(run) = self.inner.run_metered(program, meter).await {
            return Ok(run);
        }
        let again = self.inner.run_metered(program, meter).await;
        if let Err(error) = &again
            && !works(&self.inner).await
        {
            self.broken.get_or_init(|| error.to_string());
        }
        again
    }
}

/// Whether a harmless program runs.
async fn works(sandbox: &impl Interpreter) -> bool {
    let goal = Goal::Call { function: "solve".into() };
    let program = Program { source: "def solve():\n    return 7\n".into(), goal };
    let ran = sandbox.run(&program).await;
    ran.is_ok_and(|run| run.outcome == ToolOutcome::Returned("7".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use lamas_core::chat::LatencySource;
    use lamas_core::units::Seconds;

    use super::*;

    /// Fails on whatever holds a word; after so many runs on everything.
    struct Fragile {
        word: &'static str,
        lasts: AtomicU32,
    }

    #[async_trait]
    impl Interpreter for Fragile {
        async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
            let left = self.lasts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
            if left == Ok(0) || program.source.contains(self.word) {
                return Err(ToolError("it broke".to_owned()));
            }
            Ok(ToolRun {
                outcome: ToolOutcome::Returned("7".into()),
                stdout: "".into(),
                elapsed: Seconds::ZERO,
                source: LatencySource::Live,
                measured: Seconds::ZERO,
                waiting: Seconds::ZERO,
            })
        }
    }

    async fn run(lasts: u32, source: &str) -> (bool, Option<String>) {
        let broken = Arc::new(OnceLock::new());
        let sandbox = WatchedSandbox::new(Fragile { word: "evil", lasts: lasts.into() }, Arc::clone(&broken));
        let program = Program { source: source.into(), goal: Goal::Call { function: "solve".into() } };
        (sandbox.run(&program).await.is_ok(), broken.get().cloned())
    }

    #[tokio::test]
    async fn a_program_that_breaks_the_sandbox_alone_does_not_end_the_run() {
        assert_eq!(run(9, "good").await, (true, None));
        assert_eq!(run(9, "evil").await, (false, None));
        assert_eq!(run(0, "good").await, (false, Some("python sandbox: it broke".to_owned())));
    }
}
