//! Running programs as a trait: what a program is asked to do, and what came of it.

mod run;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::run::{ToolOutcome, ToolRun};
use crate::meter::CallMeter;

/// A Python program that nobody trusts, and what to do with it.
///
/// ```
/// use lamas_core::tool::{Goal, Program};
///
/// let program = Program {
///     source: "def solve():\n    return 7 * 8\n".into(),
///     goal: Goal::Call { function: "solve".into() },
/// };
/// # assert!(program.source.contains("solve"));
/// ```
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
