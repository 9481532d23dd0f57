//! `generate`: one direct answer.

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome};
use lamas_core::scope::Scope;

use crate::brief::{Brief, Skill};
use crate::prompt::Prompt;

pub(crate) struct Generate;

#[async_trait]
impl Skill for Generate {
    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let solution = brief.candidate(scope, Prompt::Generate).await?;
        Ok(Outcome { change: Change::Append(vec![solution]), ran: None })
    }
}
