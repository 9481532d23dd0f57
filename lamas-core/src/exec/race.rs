//! Runs a race, wave by wave: who arrives in which order, what the rule says to it, and what becomes of the others.

use std::sync::Arc;

use super::drains::{Drained, Drains};
use super::executor::Executor;
use super::lanes::{Home, Out, Way, come_home, take_next};
use crate::events::Event;
use crate::operator::{Change, Failure, OperatorName, Origin, Solution, State};
use crate::orchestrator::{OperatorReport, Schedule};
use crate::problem::Problem;
use crate::race::{Arrival, Classes, Race, Standing, Verdict, Votes, WaveReport};
use crate::recorder::Lane;
use crate::scope::Scope;
use crate::trace::{Part, SpanKind};
use crate::units::Seconds;

/// What all races of an episode run on.
#[derive(Clone)]
pub(super) struct Ground<'a> {
    pub(super) executor: &'a Executor,
    pub(super) problem: &'a Problem,
    pub(super) drains: Arc<Drains<'a>>,
}

/// What a race left.
pub(super) struct Raced {
    pub(super) state: State,
    /// `[candidates]`: its place in the state that the race began with; `None` for what the race made.
    pub(super) origins: Vec<Option<usize>>,
    pub(super) operators: Vec<OperatorReport>,
    pub(super) waves: Vec<WaveReport>,
    pub(super) drained: Vec<Drained>,
}

/// A race under way.
struct Racing<'r, 'a> {
    ground: &'r Ground<'a>,
    classes: Classes<'r>,
    /// First one first, over all waves.
    arrivals: Vec<Arrival>,
    /// Where among them those begin that the rule sees.
    seen_from: usize,
    raced: Raced,
}

/// How a wave ended.
struct Ended {
    decided: bool,
    /// Places among the arrivals.
    deciders: Vec<usize>,
    winner: Option<usize>,
    /// Where on the episode's path.
    moment: Seconds,
}

/// Where the entrants of a wave are once it has ended.
#[derive(Default)]
struct Field<'a> {
    out: Vec<Out<'a>>,
    /// They have come home, but in the order of the path only after the end.
    late: Vec<Home>,
    /// Their answers are not recorded: in the race that is replayed they were still out when it was decided.
    absent: Vec<(Home, Failure)>,
    arrived: Vec<(Home, Change)>,
    left: Vec<(Home, Failure)>,
}

impl<'a> Ground<'a> {
    /// Runs a race and its further waves. `block` is the group of its layer or step.
    pub(super) async fn race(
        &self,
        state: &State,
        race: &Race,
        block: &mut Scope,
        schedule: Schedule,
    ) -> Result<Raced, Failure> {
        let origins = (0..state.candidates.len()).map(Some).collect();
        let (operators, waves, drained) = (Vec::new(), Vec::new(), Vec::new());
        let raced = Raced { state: state.clone(), origins, operators, waves, drained };
        let classes = Classes::new(&*self.executor.equality, self.problem);
        let mut racing = Racing { ground: self, classes, arrivals: Vec::new(), seen_from: 0, raced };
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

impl<'a> Racing<'_, 'a> {
    /// All entrants on one snapshot; true when the rule has decided.
    async fn at_once(&mut self, race: &Race, wave: usize, block: &mut Scope) -> Result<bool, Failure> {
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

    /// Takes in what an entrant did. Returns a failure that ends the run.
    fn arrive(&mut self, race: &Race, home: Home, field: &mut Field<'a>) -> Option<Failure> {
        match home.result.clone() {
            Ok(change) => {
                let arrival = self.arrival(race, &home, &change);
                self.arrivals.push(arrival);
                field.arrived.push((home, change));
                None
            }
            Err(failure) => {
                let fatal = failure.is_fatal().then(|| failure.clone());
                field.left.push((home, failure));
                fatal
            }
        }
    }

    fn arrival(&mut self, race: &Race, home: &Home, change: &Change) -> Arrival {
        let solution = stands(change, &self.raced.state);
        // Nobody asks for the votes of a layer.
        let votes = solution.as_ref().filter(|_| !race.is_layer() || !self.raced.waves.is_empty());
        Arrival {
            entrant: self.raced.operators.len() + home.entrant,
            operator: home.report.operator.clone(),
            class: votes.and_then(|solution| self.classes.of(solution)),
            solution,
            ran: home.report.ran,
            output: home.report.output,
            at: home.scope.path(),
        }
    }

    fn verdict(&self, race: &Race, outstanding: &[&OperatorName], moment: Seconds) -> Option<Ended> {
        let from = self.seen_from;
        let seen = Standing { problem: self.ground.problem, arrivals: &self.arrivals[from..], outstanding };
        match race.until.rule().verdict(&seen) {
            Verdict::Wait => None,
            Verdict::Decided { deciders, winner } => {
                let deciders = deciders.into_iter().map(|place| from + place).collect();
                Some(Ended { decided: true, deciders, winner: winner.map(|place| from + place), moment })
            }
        }
    }

    /// All have arrived: most votes count, and all have a part in that.
    fn undecided(&self, moment: Seconds) -> Ended {
        let seen = Standing { problem: self.ground.problem, arrivals: &self.arrivals, outstanding: &[] };
        let winner = seen.votes().first().map(Votes::first);
        Ended { decided: false, deciders: (0..self.arrivals.len()).collect(), winner, moment }
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

    fn before(&self, origin: Origin) -> Option<usize> {
        match origin {
            Origin::Before(place) => self.raced.origins[place],
            Origin::Made(_) => None,
        }
    }

    /// Has the winner stand, and says how the wave went.
    fn finish(
        &mut self,
        race: &Race,
        block: &Scope,
        ended: &Ended,
        base: usize,
        reports: impl Iterator<Item = OperatorReport>,
    ) {
        self.raced.operators.extend(reports);
        let winner = ended.winner.map(|winner| &self.arrivals[winner]);
        let place = winner
            .and_then(|winner| winner.solution.as_ref())
            .and_then(|solution| self.raced.state.candidates.iter().position(|candidate| candidate == solution));
        self.raced.state.current = place.or(self.raced.state.current);
        if race.is_layer() && self.raced.waves.is_empty() {
            return;
        }
        let entrant = |&place: &usize| self.arrivals[place].entrant;
        let wave = WaveReport {
            until: race.until.clone(),
            arrivals: self.arrivals.iter().map(|arrival| arrival.entrant).filter(|&e| e >= base).collect(),
            decided: ended.decided,
            deciders: ended.deciders.iter().map(entrant).collect(),
            winner: ended.winner.as_ref().map(entrant),
        };
        if let Some(layer) = block.group() {
            block.recorder().tell(|| Event::Decided { layer, wave: wave.clone() });
        }
        self.raced.waves.push(wave);
    }

    /// One entrant after another, each on what the one before left, until the rule has decided. Whoever has run is needed,
    /// since the next one waited for it; whoever has not costs nothing.
    async fn one_by_one(&mut self, race: &Race, block: &mut Scope) -> Result<bool, Failure> {
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

/// The solution that an operator leaves standing; `None` where it made and chose none.
fn stands(change: &Change, snapshot: &State) -> Option<Solution> {
    match change {
        Change::None => None,
        Change::Append(solutions) => solutions.last().cloned(),
        Change::Select(index) => snapshot.candidates.get(*index).cloned(),
        Change::Revise(solution) => Some(solution.clone()),
    }
}
