//! What came of a program's run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chat::LatencySource;
use crate::units::Seconds;

/// How a program ended. All of these are verdicts on the program; none is a failure of the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    /// [`Goal::Call`](super::Goal::Call): the value, as text.
    Returned(Arc<str>),
    /// [`Goal::Check`](super::Goal::Check): every test passed.
    Passed,
    /// [`Goal::Check`](super::Goal::Check): a test failed; its message.
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
