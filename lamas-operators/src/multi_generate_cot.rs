//! `multi_generate_cot`: three answers reasoned step by step, independently and at the same time.

use async_trait::async_trait;
use futures::future::join_all;
use lamas_core::operator::{Change, Failure, Outcome};
use lamas_core::scope::Scope;

use crate::brief::{Brief, Skill};
use crate::prompt::Prompt;

const SAMPLES: usize = 3;

pub(crate) struct MultiGenerateCot;

#[async_trait]
impl Skill for MultiGenerateCot {
    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let mut branches: Vec<Scope> = (0..SAMPLES).map(|_| scope.branch()).collect();
        let asked = branches.iter_mut().map(|branch| brief.candidate(branch, Prompt::GenerateCot));
        let results = join_all(asked).await;
        scope.join(branches);
        let solutions = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(Outcome { change: Change::Append(solutions), ran: None })
    }
}
