//! A race under way: what has arrived, what the rule says to it, and what the race leaves. How its entrants run, at once or one
//! by one, stands on this.

use std::sync::Arc;

use super::drains::{Drained, Drains};
use super::executor::Executor;
use super::lanes::{Home, Out};
use crate::events::Event;
use crate::operator::{Change, Failure, OperatorName, Origin, Solution, State};
use crate::orchestrator::OperatorReport;
use crate::problem::Problem;
use crate::race::{Arrival, Classes, Race, Standing, Verdict, Votes, WaveReport};
use crate::scope::Scope;
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
pub(super) struct Racing<'r, 'a> {
    pub(super) ground: &'r Ground<'a>,
    classes: Classes<Solution>,
    /// First one first, over all waves.
    pub(super) arrivals: Vec<Arrival>,
    /// Where among them those begin that the rule sees.
    pub(super) seen_from: usize,
    pub(super) raced: Raced,
}

/// How a wave ended.
pub(super) struct Ended {
    pub(super) decided: bool,
    /// Places among the arrivals.
    pub(super) deciders: Vec<usize>,
    winner: Option<usize>,
    /// Where on the episode's path.
    pub(super) moment: Seconds,
}

/// Where the entrants of a wave are once it has ended.
#[derive(Default)]
pub(super) struct Field<'a> {
    pub(super) out: Vec<Out<'a>>,
    /// They have come home, but in the order of the path only after the end.
    pub(super) late: Vec<Home>,
    /// Their answers are not recorded: in the race that is replayed they were still out when it was decided.
    pub(super) absent: Vec<(Home, Failure)>,
    pub(super) arrived: Vec<(Home, Change)>,
    pub(super) left: Vec<(Home, Failure)>,
}

impl<'r, 'a> Racing<'r, 'a> {
    /// A race that begins with this state.
    pub(super) fn new(ground: &'r Ground<'a>, state: &State) -> Self {
        let origins = (0..state.candidates.len()).map(Some).collect();
        let (operators, waves, drained) = (Vec::new(), Vec::new(), Vec::new());
        let raced = Raced { state: state.clone(), origins, operators, waves, drained };
        Self { ground, classes: Classes::default(), arrivals: Vec::new(), seen_from: 0, raced }
    }

    /// Takes in what an entrant did. Returns a failure that ends the run.
    pub(super) fn arrive(&mut self, race: &Race, home: Home, field: &mut Field<'a>) -> Option<Failure> {
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
            class: votes.filter(|solution| solution.answer.is_some()).map(|solution| self.class_of(solution)),
            solution,
            ran: home.report.ran,
            output: home.report.output,
            at: home.scope.path(),
        }
    }

    fn class_of(&mut self, solution: &Solution) -> usize {
        let Ground { executor, problem, .. } = self.ground;
        self.classes.add(solution, |one, other| executor.equality.same(problem, one, other))
    }

    /// How the wave ends, if the rule has decided.
    pub(super) fn verdict(&self, race: &Race, outstanding: &[&OperatorName], moment: Seconds) -> Option<Ended> {
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
    pub(super) fn undecided(&self, moment: Seconds) -> Ended {
        let seen = Standing { problem: self.ground.problem, arrivals: &self.arrivals, outstanding: &[] };
        let winner = seen.votes().first().map(Votes::first);
        Ended { decided: false, deciders: (0..self.arrivals.len()).collect(), winner, moment }
    }

    /// Where a candidate stood when the race began.
    pub(super) fn before(&self, origin: Origin) -> Option<usize> {
        match origin {
            Origin::Before(place) => self.raced.origins[place],
            Origin::Made(_) => None,
        }
    }

    /// Has the winner stand, and says how the wave went.
    pub(super) fn finish(
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
