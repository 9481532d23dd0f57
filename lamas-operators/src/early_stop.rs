//! `early_stop`: does no work; its role ends the graph after its layer.

use async_trait::async_trait;
use lamas_core::operator::{Failure, Outcome};
use lamas_core::scope::Scope;

use crate::brief::{Brief, Skill};

pub(crate) struct EarlyStop;

#[async_trait]
impl Skill for EarlyStop {
    async fn run(&self, _brief: Brief<'_>, _scope: &mut Scope) -> Result<Outcome, Failure> {
        Ok(Outcome::default())
    }
}
