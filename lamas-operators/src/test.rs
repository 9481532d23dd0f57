//! `test`: holds the program that stands against the problem's public examples, and has it rewritten while it fails.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, Solution, State};
use lamas_core::problem::Problem;
use lamas_core::scope::Scope;
use lamas_core::tool::{Goal, Program, ToolOutcome};
use minijinja::context;

use crate::brief::{Brief, Skill};
use crate::examples::goal;
use crate::feedback::{clipped, complaint};
use crate::prompt::Prompt;

const REWRITES: usize = 3;

pub(crate) struct Test;

#[async_trait]
impl Skill for Test {
    fn can_run(&self, problem: &Problem, state: &State) -> bool {
        state.current().is_some() && goal(problem).is_some()
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let (Some(current), Some(goal)) = (brief.state.current(), goal(brief.problem)) else {
            return Ok(Outcome::default());
        };
        let mut solution = current.clone();
        let mut failure = verdict(&solution, &goal, scope).await?;
        for _ in 0..REWRITES {
            let Some(failed) = &failure else { break };
            let values = context! { solution => brief.shown(&solution), failure => clipped(failed) };
            let rewritten = brief.solution(brief.ask(scope, Prompt::Reflect, values).await?);
            // Without a program there is nothing new to run: what failed stays, and the next rewrite starts from it.
            if rewritten.answer.is_some() {
                failure = verdict(&rewritten, &goal, scope).await?;
                solution = rewritten;
            }
        }
        let passes = failure.is_none();
        solution.passes_examples = Some(passes);
        Ok(Outcome { change: Change::Revise(solution), ran: Some(passes) })
    }
}

/// Runs the solution's program; `None` when it passes, else what the model has to be told.
async fn verdict(solution: &Solution, goal: &Goal, scope: &mut Scope) -> Result<Option<String>, Failure> {
    let Some(source) = &solution.answer else {
        return Ok(Some("The solution holds no program that defines the function.".to_owned()));
    };
    let program = Program { source: Arc::clone(source), goal: goal.clone() };
    Ok(match scope.run_program(&program).await?.outcome {
        ToolOutcome::Passed => None,
        other => Some(complaint(&other)),
    })
}
