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
        // What is still to run, the next wave last.
        let (mut waves, mut wave) = (vec![race], 0);
        while let Some(race) = waves.pop() {
            racing.seen_from = if race.afresh { racing.arrivals.len() } else { 0 };
            let decided = match schedule {
                Schedule::Parallel => racing.at_once(race, wave, block).await?,
                Schedule::Sequential => racing.one_by_one(race, block).await?,
            };
            if !decided {
                waves.extend(race.then.iter().rev());
            }
            wave += 1;
        }
        Ok(racing.raced)
    }
}
