//! Running programs as a trait: what a program is asked to do, and what came of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::chat::LatencySource;
use crate::meter::CallMeter;
use crate::units::Seconds;

/// A Python program that nobody trusts, and what to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Program {
    /// The source, as a model wrote it.
    pub source: Arc<str>,
    /// What to do with it.
    pub goal: Goal,
}

/// What is asked of a program.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Call this function without arguments and return `str()` of its value.
    Call {
        /// The function's name.
        function: Arc<str>,
    },
    /// Hold the function against tests that the program cannot see or alter.
    Check {
        /// The function under test.
        entry_point: Arc<str>,
        /// Trusted source that the tests may use (the problem's own helpers), possibly empty.
        preamble: Arc<str>,
        /// Trusted source that defines `check(candidate)`; an exception is a failure.
        tests: Arc<str>,
    },
}

/// How a program ended. All of these are verdicts on the program; none is a failure of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    /// [`Goal::Call`]: the value, as text.
    Returned(Arc<str>),
    /// [`Goal::Check`]: every test passed.
    Passed,
    /// [`Goal::Check`]: a test failed; its message.
    Failed(Arc<str>),
    /// The program raised, did not compile, or lacks the function; the last line of the traceback.
    Raised(Arc<str>),
    /// Its wall-clock or CPU time ran out.
    TimedOut,
    /// It asked for more memory, processes, file or output than it may have, or was killed; which of these.
    Killed(Arc<str>),
}

/// One run of a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolRun {
    /// What came of it.
    pub outcome: ToolOutcome,
    /// What it printed, capped.
    pub stdout: Arc<str>,
    /// The duration that counts in the critical path, also on time-out and kill; without waiting for a slot.
    pub elapsed: Seconds,
    /// Where `elapsed` comes from.
    pub source: LatencySource,
    /// Wall-clock time measured here, whatever the clock of the run.
    pub measured: Seconds,
    /// Time spent waiting for a free slot.
    pub waiting: Seconds,
}

/// The sandbox itself failed: never a verdict on the program, always an unscored episode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("python sandbox: {0}")]
pub struct ToolError(pub String);

/// Anything that runs programs.
#[async_trait]
pub trait Interpreter: Send + Sync {
    /// Runs one program to its end or to its limits, and says in the meter how that goes. A program whose future is dropped
    /// is killed. An interpreter that asks another one hands the meter on.
    ///
    /// # Errors
    /// Only when the sandbox itself fails.
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError>;

    /// Runs one program for somebody who will wait for its end.
    ///
    /// # Errors
    /// As [`Self::run_metered`] does.
    async fn run(&self, program: &Program) -> Result<ToolRun, ToolError> {
        self.run_metered(program, &CallMeter::default()).await
    }
}

#[async_trait]
impl<T: Interpreter + ?Sized> Interpreter for Arc<T> {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        (**self).run_metered(program, meter).await
    }
}
