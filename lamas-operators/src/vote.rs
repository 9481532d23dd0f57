//! `vote`: the candidates' answers are counted, and most votes win. It asks nobody.

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, State};
use lamas_core::problem::Problem;
use lamas_core::scope::Scope;
use lamas_score::compare::plurality;

use crate::brief::{Brief, Skill};

pub(crate) struct Vote;

#[async_trait]
impl Skill for Vote {
    fn can_run(&self, _problem: &Problem, state: &State) -> bool {
        state.candidates.len() >= 2
    }

    async fn run(&self, brief: Brief<'_>, _scope: &mut Scope) -> Result<Outcome, Failure> {
        let answers: Vec<_> = brief.state.candidates.iter().map(|candidate| candidate.answer.as_deref()).collect();
        let chosen = plurality(brief.problem.domain, &answers);
        Ok(Outcome { change: chosen.map_or(Change::None, Change::Select), ran: None })
    }
}
