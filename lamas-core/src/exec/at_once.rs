//! Entrants that all start at once, on one snapshot.

use std::sync::Arc;

use super::drains::Drained;
use super::lanes::{Home, Out, Way, come_home, take_next};
use super::racing::{Ended, Field, Ground, Racing};
use crate::operator::{Failure, OperatorName};
use crate::orchestrator::OperatorReport;
use crate::race::Race;
use crate::recorder::Lane;
use crate::scope::Scope;
use crate::trace::{Part, SpanKind};
use crate::units::Seconds;

impl<'a> Racing<'_, 'a> {
    /// All entrants on one snapshot; true when the rule has decided.
    pub(super) async fn at_once(&mut self, race: &Race, wave: usize, block: &mut Scope) -> Result<bool, Failure> {
        let ordered = !race.until.rule().waits_for_all();
        let mut field = self.start(race, wave, block, ordered);
        let ended = loop {
            let Some(next) = take_next(&mut field.late, &field.out, ordered, block.recorder()) else {
                if field.out.is_empty() {
                    match field.absent.first() {
                        // Without them it cannot be decided.
                        Some((_, failure)) => return Err(failure.clone()),
                        None => break self.undecided(block.path()),
                    }
                }
                let home = come_home(&field.late, &mut field.out, ordered, block.recorder()).await;
                field.late.extend(home);
                continue;
            };
            let moment = next.scope.path();
            if ordered
                && let Some(failure) = next.result.as_ref().err().filter(|failure| failure.is_unrecorded()).cloned()
            {
                field.absent.push((next, failure));
                continue;
            }
            if let Some(failure) = self.arrive(race, next, &mut field).filter(|_| !race.strict) {
                field.drop_out(block, moment);
                return Err(failure);
            }
            if let Some(ended) = self.verdict(race, &field.outstanding(), moment) {
                break ended;
            }
        };
        if race.strict || self.arrivals.is_empty() {
            field.left.sort_by_key(|(home, _)| home.entrant);
            if let Some((_, failure)) = field.left.first() {
                return Err(failure.clone());
            }
        }
        let decided = ended.decided;
        self.settle(race, block, &ended, field);
        Ok(decided)
    }

    fn start(&self, race: &Race, wave: usize, block: &mut Scope, ordered: bool) -> Field<'a> {
        let snapshot = Arc::new(self.raced.state.clone());
        let layer = block.group().expect("a race runs within the group of its layer");
        let enter = |(entrant, name): (usize, &OperatorName)| {
            let scope = block.enter(SpanKind::Operator(name.clone()));
            let scope = if ordered { scope.in_lane(Lane { race: (layer, wave), entrant }) } else { scope };
            let Ground { executor, problem, .. } = self.ground;
            Out::new(entrant, Way::new(name, race), executor, problem, Arc::clone(&snapshot), scope)
        };
        let out = race.names().enumerate().map(enter).collect();
        Field { out, ..Field::default() }
    }

    /// Puts the deciders' work together, and ends everybody else's.
    fn settle(&mut self, race: &Race, block: &mut Scope, ended: &Ended, field: Field<'a>) {
        let base = self.raced.operators.len();
        let decides = |entrant: usize| ended.deciders.iter().any(|&d| self.arrivals[d].entrant == base + entrant);
        let Field { out, late, absent, arrived, left } = field;
        let mut reports: Vec<(usize, OperatorReport)> = Vec::new();
        let (mut deciders, spare): (Vec<_>, Vec<_>) = arrived.into_iter().partition(|(home, _)| decides(home.entrant));
        deciders.sort_by_key(|(home, _)| home.entrant);
        for (home, part) in spare.into_iter().map(|(home, _)| (home, Part::Spare)) {
            block.recorder().spare(home.group);
            reports.push((home.entrant, OperatorReport { part, ..home.report }));
        }
        for (home, _) in left {
            block.recorder().spare(home.group);
            reports.push((home.entrant, OperatorReport { part: Part::Spare, failed: true, ..home.report }));
        }
        // Nobody knows what they had used, so that they are billed nothing.
        reports.extend(cut(Vec::new(), absent.into_iter().map(|(home, _)| home).collect(), block, ended.moment));
        if race.drain {
            for home in late {
                block.recorder().spare(home.group);
                reports.push((home.entrant, OperatorReport { part: Part::Spare, ..home.report }));
            }
            for out in out {
                let report = OperatorReport { part: Part::Spare, ..out.report() };
                reports.push((out.entrant, report));
                self.raced.drained.push(Drained { operator: base + out.entrant, group: out.group });
                self.ground.drains.add(out);
            }
        } else {
            reports.extend(cut(out, late, block, ended.moment));
        }
        let changes = deciders.iter().map(|(_, change)| change);
        let (state, origins) = self.raced.state.merged_from(changes);
        self.raced.origins = origins.iter().map(|origin| self.before(*origin)).collect();
        self.raced.state = state;
        reports.extend(deciders.iter().map(|(home, _)| (home.entrant, home.report.clone())));
        block.join(deciders.into_iter().map(|(home, _)| home.scope));
        reports.sort_by_key(|(entrant, _)| *entrant);
        self.finish(race, block, ended, base, reports.into_iter().map(|(_, report)| report));
    }
}

impl Field<'_> {
    /// Who is out as far as the rule knows, in declared order.
    fn outstanding(&self) -> Vec<&OperatorName> {
        let out = self.out.iter().map(|out| (out.entrant, &out.operator));
        let late = self.late.iter().chain(self.absent.iter().map(|(home, _)| home));
        let late = late.map(|home| (home.entrant, &home.report.operator));
        let mut all: Vec<_> = out.chain(late).collect();
        all.sort_by_key(|(entrant, _)| *entrant);
        all.into_iter().map(|(_, name)| name).collect()
    }

    /// Ends everybody's work for a failure that ends the run.
    fn drop_out(self, block: &Scope, moment: Seconds) {
        cut(self.out, self.late, block, moment);
    }
}

/// Ends the work of whoever is out at this moment of the path.
fn cut(out: Vec<Out<'_>>, late: Vec<Home>, block: &Scope, moment: Seconds) -> Vec<(usize, OperatorReport)> {
    // Dropped first: what a model learns of its bill while it is dropped counts.
    let out: Vec<_> = out.into_iter().map(|out| (out.entrant, out.group, out.report())).collect();
    let late = late.into_iter().map(|home| (home.entrant, home.group, OperatorReport { ran: None, ..home.report }));
    let cut = |(entrant, group, report): (usize, _, OperatorReport)| {
        let output = block.recorder().cut(group, moment);
        (entrant, OperatorReport { output, part: Part::Cancelled, ..report })
    };
    out.into_iter().chain(late).map(cut).collect()
}
