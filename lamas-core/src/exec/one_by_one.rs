//! Entrants that run one after another, each on what the one before left.

use std::sync::Arc;

use super::lanes::{Home, Out, Way};
use super::racing::{Field, Ground, Raced, Racing};
use crate::operator::{Failure, OperatorName, Origin, Solution, State};
use crate::orchestrator::OperatorReport;
use crate::race::Race;
use crate::scope::Scope;
use crate::trace::SpanKind;

impl Racing<'_, '_> {
    /// One entrant after another, each on what the one before left, until the rule has decided. Whoever has run is needed,
    /// since the next one waited for it; whoever has not costs nothing.
    pub(super) async fn one_by_one(&mut self, race: &Race, block: &mut Scope) -> Result<bool, Failure> {
        let base = self.raced.operators.len();
        let names: Vec<&OperatorName> = race.names().collect();
        let mut field = Field::default();
        // By whom each candidate was made in this wave.
        let mut made: Vec<Option<usize>> = vec![None; self.raced.state.candidates.len()];
        let mut ended = None;
        for (entrant, &name) in names.iter().enumerate() {
            let scope = block.enter(SpanKind::Operator(name.clone()));
            let snapshot = Arc::new(self.raced.state.clone());
            let Ground { executor, problem, .. } = self.ground;
            let home = Out::new(entrant, Way::new(name, race), executor, problem, snapshot, scope).home().await;
            block.follow([&home.scope]);
            if let Some(failure) = self.arrive(race, home, &mut field)
                && !race.strict
            {
                return Err(failure);
            }
            match field.left.last() {
                Some((_, failure)) if race.strict => return Err(failure.clone()),
                _ => {}
            }
            if let Some((home, change)) = field.arrived.last().filter(|(home, _)| home.entrant == entrant) {
                let (state, origins) = self.raced.state.merged_from([change]);
                made = origins
                    .iter()
                    .map(|origin| match origin {
                        Origin::Before(place) => made[*place],
                        Origin::Made(_) => Some(home.entrant),
                    })
                    .collect();
                self.raced.origins = origins.iter().map(|origin| self.before(*origin)).collect();
                self.raced.state = state;
            }
            ended = self.verdict(race, &names[entrant + 1..], block.path());
            if ended.is_some() {
                break;
            }
        }
        if self.arrivals.is_empty()
            && let Some((_, failure)) = field.left.first()
        {
            return Err(failure.clone());
        }
        let ended = ended.unwrap_or_else(|| self.undecided(block.path()));
        let decides = |entrant: usize| ended.deciders.iter().any(|&d| self.arrivals[d].entrant == base + entrant);
        let keep: Vec<bool> = made.iter().map(|by| by.is_none_or(&decides)).collect();
        self.raced.keep(&keep);
        let failed = |(home, _): (Home, Failure)| (home.entrant, OperatorReport { failed: true, ..home.report });
        let mut reports: Vec<(usize, OperatorReport)> = field.left.into_iter().map(failed).collect();
        reports.extend(field.arrived.into_iter().map(|(home, _)| (home.entrant, home.report)));
        reports.sort_by_key(|(entrant, _)| *entrant);
        self.finish(race, block, &ended, base, reports.into_iter().map(|(_, report)| report));
        Ok(ended.decided)
    }
}

impl Raced {
    /// Drops the candidates that are not to be kept.
    fn keep(&mut self, keep: &[bool]) {
        let kept: Vec<usize> = (0..keep.len()).filter(|&index| keep[index]).collect();
        let current = self.state.current.and_then(|index| kept.iter().position(|&k| k == index));
        let candidates: Vec<Solution> = kept.iter().map(|&index| self.state.candidates[index].clone()).collect();
        let current = current.or(candidates.len().checked_sub(1));
        self.origins = kept.iter().map(|&index| self.origins[index]).collect();
        self.state = State { candidates, current };
    }
}
