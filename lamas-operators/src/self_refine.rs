//! `self_refine`: reviews the solution that stands and rewrites it.

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, State};
use lamas_core::problem::Problem;
use lamas_core::scope::Scope;
use minijinja::context;

use crate::brief::{Brief, Skill};
use crate::prompt::Prompt;

pub(crate) struct SelfRefine;

#[async_trait]
impl Skill for SelfRefine {
    fn can_run(&self, _problem: &Problem, state: &State) -> bool {
        state.current().is_some()
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let Some(current) = brief.state.current() else { return Ok(Outcome::default()) };
        let values = context! { solution => brief.shown(current) };
        let rewritten = brief.solution(brief.ask(scope, Prompt::SelfRefine, values).await?);
        // A review that gives no answer is no reason to lose the one that stands.
        let lost = rewritten.answer.is_none() && current.answer.is_some();
        let change = if lost { Change::None } else { Change::Revise(rewritten) };
        Ok(Outcome { change, ran: None })
    }
}
