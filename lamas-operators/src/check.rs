//! `check`: runs the program that stands on the problem's public examples and writes down how that went. It asks nobody, and
//! rewrites nothing.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, Solution, State};
use lamas_core::problem::Problem;
use lamas_core::scope::Scope;
use lamas_core::tool::{Program, ToolOutcome};

use crate::brief::{Brief, Skill};
use crate::examples::goal;

pub(crate) struct Check;

#[async_trait]
impl Skill for Check {
    fn can_run(&self, problem: &Problem, state: &State) -> bool {
        state.current().is_some() && goal(problem).is_some()
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let (Some(current), Some(goal)) = (brief.state.current(), goal(brief.problem)) else {
            return Ok(Outcome::default());
        };
        let outcome = match &current.answer {
            Some(source) => Some(scope.run_program(&Program { source: Arc::clone(source), goal }).await?.outcome),
            None => None,
        };
        let passes = outcome == Some(ToolOutcome::Passed);
        // Which examples fail, and with what. A program that does not get as far as them has no behaviour to share.
        let behaviour = match outcome {
            Some(ToolOutcome::Failed(how)) => Some(how),
            _ => None,
        };
        let solution = Solution { passes_examples: Some(passes), behaviour, ..current.clone() };
        Ok(Outcome { change: Change::Revise(solution), ran: Some(passes) })
    }
}
