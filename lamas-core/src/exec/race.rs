//! Runs a race, wave by wave.

use super::racing::{Ground, Raced, Racing};
use crate::operator::{Failure, State};
use crate::orchestrator::Schedule;
use crate::race::Race;
use crate::scope::Scope;

impl<'a> Ground<'a> {
    /// Runs a race and its further waves. `block` is the group of its layer or step.
    pub(super) async fn race(
        &self,
        state: &State,
        race: &Race,
        block: &mut Scope,
        schedule: Schedule,
    ) -> Result<Raced, Failure> {
        let mut racing = Racing::new(self, state);
        let (mut next, mut wave) = (Some(race), 0);
        while let Some(race) = next {
            if race.afresh {
                racing.arrivals.clear();
            }
            let decided = match schedule {
                Schedule::Parallel => racing.at_once(race, wave, block).await?,
                Schedule::Sequential => racing.one_by_one(race, block).await?,
            };
            next = race.then.as_deref().filter(|_| !decided);
            wave += 1;
        }
        Ok(racing.raced)
    }
}
