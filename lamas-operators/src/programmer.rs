//! `programmer`: has the model write a Python `solve()` for a maths problem, runs it, and has its output written up.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::scope::Scope;
use lamas_core::tool::{Goal, Program, ToolOutcome};
use minijinja::context;

use crate::brief::{Brief, Skill};
use crate::feedback::{clipped, complaint};
use crate::prompt::Prompt;

const TRIES: usize = 3;
const FUNCTION: &str = "solve";

pub(crate) struct Programmer;

#[async_trait]
impl Skill for Programmer {
    fn can_run(&self, problem: &Problem, _state: &State) -> bool {
        problem.domain == Domain::Maths
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let Some((program, output)) = compute(brief, scope).await? else {
            return Ok(Outcome { change: Change::None, ran: Some(false) });
        };
        let values = context! { program => &*program, output => clipped(&output) };
        let mut solution = brief.solution(brief.ask(scope, Prompt::WriteUp, values).await?);
        // A write-up that loses the result does not undo the computation.
        solution.answer.get_or_insert(output);
        Ok(Outcome { change: Change::Append(vec![solution]), ran: Some(true) })
    }
}

/// A program that runs, and its output; `None` when no try ran.
async fn compute(brief: Brief<'_>, scope: &mut Scope) -> Result<Option<(Arc<str>, Arc<str>)>, Failure> {
    let mut prompt = Prompt::Program;
    let mut values = context! {};
    for _ in 0..TRIES {
        let reply = brief.ask(scope, prompt, values).await?;
        let program = lamas_score::code::defining(&reply, FUNCTION).map(Arc::<str>::from);
        let error = match &program {
            Some(source) => match run(source, scope).await? {
                Ok(output) => return Ok(Some((Arc::clone(source), output))),
                Err(error) => error,
            },
            None => "The reply holds no program that defines `solve()`.".to_owned(),
        };
        prompt = Prompt::ProgramRetry;
        values = context! { program => &*program.unwrap_or(reply), error => clipped(&error) };
    }
    Ok(None)
}

/// The program's output, or what the model has to be told.
async fn run(source: &Arc<str>, scope: &mut Scope) -> Result<Result<Arc<str>, String>, Failure> {
    let program = Program { source: Arc::clone(source), goal: Goal::Call { function: FUNCTION.into() } };
    Ok(match scope.run_program(&program).await?.outcome {
        ToolOutcome::Returned(value) if matches!(value.trim(), "" | "None") => {
            Err("`solve()` returned nothing. It has to return the final answer, not print it.".to_owned())
        }
        ToolOutcome::Returned(value) => Ok(value),
        other => Err(complaint(&other)),
    })
}
