//! `sc_ensemble`: universal self-consistency. The model sees the candidates as lettered options and names the most
//! consistent one.

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, State};
use lamas_core::problem::Problem;
use lamas_core::scope::Scope;
use lamas_score::compare::plurality;
use lamas_score::read::choice;
use minijinja::{Value, context};

use crate::brief::{Brief, Skill};
use crate::prompt::Prompt;

pub(crate) struct ScEnsemble;

#[async_trait]
impl Skill for ScEnsemble {
    fn can_run(&self, _problem: &Problem, state: &State) -> bool {
        state.candidates.len() >= 2
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let candidates = &brief.state.candidates;
        let options: Vec<Value> = (0..)
            .zip(candidates)
            .map(|(index, candidate)| context! { letter => choice::letters(index), text => brief.shown(candidate) })
            .collect();
        let reply = brief.ask(scope, Prompt::ScEnsemble, context! { options }).await?;
        let named = choice::named(&reply, candidates.len());
        let chosen = named.unwrap_or_else(|| {
            let answers: Vec<_> = candidates.iter().map(|candidate| candidate.answer.as_deref()).collect();
            // Where nobody has an answer, the first candidate is as good as any.
            plurality(brief.problem.domain, &answers).unwrap_or(0)
        });
        Ok(Outcome { change: Change::Select(chosen), ran: None })
    }
}
