//! A sandbox that breaks: its failures are nobody's result.
//!
//! A program that cannot be run may be the sandbox's fault or its own: a sandbox that is broken runs nothing, a program that
//! breaks it fails alone. They are told apart by a harmless program. Where that does not run either, the run is to end.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use lamas_core::meter::CallMeter;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};

/// A sandbox that is tried with a program of our own when it has failed on another one.
pub struct Watched<I> {
    inner: I,
    broken: Arc<OnceLock<String>>,
}

impl<I> Watched<I> {
    /// A sandbox; `broken` says why, once it is.
    pub fn new(inner: I, broken: Arc<OnceLock<String>>) -> Self {
        Self { inner, broken }
    }
}

#[async_trait]
impl<I: Interpreter> Interpreter for Watched<I> {
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
        let sandbox = Watched::new(Fragile { word: "evil", lasts: lasts.into() }, Arc::clone(&broken));
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
