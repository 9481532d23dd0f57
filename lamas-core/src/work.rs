//! From what a call or a program gave, or had used when it was cancelled, to its work in a trace.

use crate::chat::{ChatError, ChatResponse, FinishReason};
use crate::meter::Reading;
use crate::tool::{ToolOutcome, ToolRun};
use crate::trace::{Trouble, Work};
use crate::units::{Price, Seconds};

pub(crate) fn call_work(response: &ChatResponse, price: Price) -> Work {
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
pub(crate) fn failed_work(error: &ChatError, price: Price) -> Option<Work> {
    let (attempts, lost) = match error {
        ChatError::Exhausted { attempts, lost, .. } => (*attempts, *lost),
        ChatError::Rejected { lost, .. } => (lost.attempts, *lost),
        ChatError::Fatal(_) | ChatError::Unrecorded(_) => return None,
    };
    let cost = price.cost(lost.input, lost.output);
    let work = || Work { attempts, cost, lost, lost_cost: cost, ..Work::default() };
    (!lost.is_nothing()).then(work)
}

/// The work of a call or a program that was cancelled.
pub(crate) fn cancelled_work(reading: &Reading, price: Price) -> Work {
    let Reading { usage, lost, attempts, working, first_token, source } = *reading;
    let lost_cost = price.cost(lost.input, lost.output);
    Work {
        input: usage.input,
        output: usage.output,
        counted: usage.counted,
        working,
        first_token,
        attempts,
        cost: price.cost(usage.input, usage.output) + lost_cost,
        lost,
        lost_cost,
        source,
        ..Work::default()
    }
}

pub(crate) fn tool_work(run: &ToolRun) -> Work {
    Work {
        working: run.elapsed,
        waiting: run.waiting,
        measured: run.measured,
        attempts: 1,
        source: run.source,
        ..Work::default()
    }
}

pub(crate) fn trouble(outcome: &ToolOutcome) -> Option<Trouble> {
    match outcome {
        ToolOutcome::Returned(_) | ToolOutcome::Passed => None,
        ToolOutcome::Failed(message) => Some(Trouble::Failed(message.to_string())),
        ToolOutcome::Raised(message) => Some(Trouble::Raised(message.to_string())),
        ToolOutcome::TimedOut => Some(Trouble::TimedOut),
        ToolOutcome::Killed(reason) => Some(Trouble::Killed(reason.to_string())),
    }
}
