//! A race over recorded outputs: who arrives when, what the rule says to it, and what the others have cost by then. It
//! follows the executor step by step, with its rules, but asks no model.

use lamas_core::operator::OperatorName;
use lamas_core::race::{Arrival, Race, Standing, Verdict, Votes};
use lamas_core::random::Seed;
use lamas_core::units::{PathTokens, Seconds, Usd};
use rand::seq::SliceRandom;

use crate::bank::{Bank, Output, Row, arrival};

/// In which order the outputs of a row are taken, without replacement. All plans take the same order, so that they differ in
/// nothing else.
#[derive(Debug, Clone)]
pub struct Draw {
    /// `[generators][draws]`.
    order: Vec<Vec<usize>>,
}

impl Draw {
    /// The order of one replay of a row.
    #[must_use]
    pub fn new(bank: &Bank, row: usize, replay: usize, seed: Seed) -> Self {
        let of = |(generator, outputs): (usize, &Vec<Output>)| {
            let mut order: Vec<usize> = (0..outputs.len()).collect();
            order.shuffle(&mut seed.stream("replay", &[row as u64, replay as u64, generator as u64]));
            order
        };
        Self { order: bank.rows()[row].outputs.iter().enumerate().map(of).collect() }
    }

    /// The outputs as they were recorded.
    #[must_use]
    pub fn as_recorded(row: &Row) -> Self {
        Self { order: row.outputs.iter().map(|outputs| (0..outputs.len()).collect()).collect() }
    }
}

/// What came of a race.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replay {
    /// S of the answer that stands.
    pub score: f64,
    /// The longest path among the deciders, summed over waves.
    pub length: PathTokens,
    /// The same in seconds.
    pub seconds: Seconds,
    /// What was paid, for cancelled work too.
    pub cost: Usd,
}

/// An entrant of a wave.
struct Entrant<'a> {
    place: usize,
    operator: &'a OperatorName,
    output: &'a Output,
}

/// A race under way. It is made once for many replays, so that they share their memory.
#[derive(Debug, Default)]
pub struct Replayer<'a> {
    arrivals: Vec<Arrival>,
    /// `[arrivals]`.
    outputs: Vec<&'a Output>,
    /// `[generators]`: how many outputs earlier waves took.
    taken: Vec<usize>,
    /// Where among the arrivals those begin that the rule sees.
    seen_from: usize,
    /// Whether the first wave decided the last race.
    at_once: bool,
}

impl<'a> Replayer<'a> {
    /// What comes of a race on a row; `None` where it takes more than was recorded.
    pub fn run(&mut self, bank: &'a Bank, row: usize, race: &'a Race, draw: &Draw) -> Option<Replay> {
        let mut total = Replay { score: 0.0, length: PathTokens::ZERO, seconds: Seconds::ZERO, cost: Usd::ZERO };
        self.arrivals.clear();
        self.outputs.clear();
        self.taken.clear();
        self.taken.resize(bank.generators().len(), 0);
        let (mut stands, mut base) = (None, 0);
        // What is still to run, the next wave last.
        let mut waves = vec![race];
        while let Some(race) = waves.pop() {
            let entrants = self.enter(bank, row, race, draw, stands)?;
            self.seen_from = if race.afresh { self.arrivals.len() } else { 0 };
            let wave = self.wave(&bank.rows()[row], race, &entrants, base, total.seconds);
            total.length += wave.length;
            total.seconds += wave.seconds;
            total.cost += wave.cost;
            stands = wave.stands.or(stands);
            self.at_once = wave.decided && base == 0;
            base += entrants.len();
            if !wave.decided {
                waves.extend(race.then.iter().rev());
            }
        }
        Some(Replay { score: stands.map_or(0.0, |output| output.score), ..total })
    }

    /// Whether the first wave decided the last race. What follows that wave makes no difference then.
    pub(crate) fn at_once(&self) -> bool {
        self.at_once
    }

    /// Who takes part in a wave, in declared order.
    fn enter(
        &mut self,
        bank: &'a Bank,
        row: usize,
        race: &'a Race,
        draw: &Draw,
        stands: Option<&'a Output>,
    ) -> Option<Vec<Entrant<'a>>> {
        let outputs = &bank.rows()[row].outputs;
        let mut entrants = Vec::with_capacity(8);
        for entrant in &race.entrants {
            let copies = entrant.copies as usize;
            match bank.generators().iter().position(|name| *name == entrant.operator) {
                Some(generator) => {
                    let first = self.taken[generator];
                    let operator = &bank.names(row)[generator];
                    for &index in draw.order[generator].get(first..first + copies)? {
                        let output = &outputs[generator][index];
                        entrants.push(Entrant { place: entrants.len(), operator, output });
                    }
                    self.taken[generator] += copies;
                }
                None => {
                    for output in stands?.follow_up(&entrant.operator)?.get(..copies)? {
                        entrants.push(Entrant { place: entrants.len(), operator: &entrant.operator, output });
                    }
                }
            }
        }
        Some(entrants)
    }

    /// One wave, from its start at `from` on the path.
    fn wave(&mut self, row: &Row, race: &Race, entrants: &[Entrant<'a>], base: usize, from: Seconds) -> Wave<'a> {
        let rule = race.until.rule();
        let before = self.arrivals.len();
        let mut verdict = Verdict::Wait;
        let order = self.arrive(row, entrants, base, from, &mut |seen, _| {
            if !rule.waits_for_all() || seen.outstanding.is_empty() {
                verdict = rule.verdict(seen);
            }
            verdict != Verdict::Wait
        });
        let decided = verdict != Verdict::Wait;
        let (deciders, winner) = match verdict {
            Verdict::Decided { deciders, winner } => {
                let from = self.seen_from;
                (deciders.into_iter().map(|place| from + place).collect::<Vec<_>>(), winner.map(|place| from + place))
            }
            Verdict::Wait => ((0..self.arrivals.len()).collect(), self.most_votes(row)),
        };
        let needed = deciders.iter().filter(|&&place| place >= before).map(|&place| self.outputs[place]);
        let longest = |(length, seconds): (PathTokens, Seconds), output: &Output| {
            (length.max(output.length), seconds.max(output.seconds))
        };
        let (length, seconds) = needed.fold((PathTokens::ZERO, Seconds::ZERO), longest);
        // Without a winner it is the last of the deciders in declared order that stands.
        let last = || deciders.iter().copied().max_by_key(|&place| self.arrivals[place].entrant);
        let stands = winner.or_else(last).map(|place| self.outputs[place]);
        let cost = bill(&order, self.outputs.len() - before, race.drain);
        Wave { decided, stands, length, seconds, cost }
    }

    /// Has entrants arrive one after another, until whoever sees how the race stands, and what has arrived, says that it is
    /// enough. Returns the entrants in the order of their arrival.
    fn arrive(
        &mut self,
        row: &Row,
        entrants: &[Entrant<'a>],
        base: usize,
        from: Seconds,
        enough: &mut dyn FnMut(&Standing<'_>, &[&'a Output]) -> bool,
    ) -> Vec<&'a Output> {
        let mut order: Vec<&Entrant<'a>> = entrants.iter().collect();
        order.sort_by(|one, other| one.output.seconds.0.total_cmp(&other.output.seconds.0));
        let mut places: Vec<usize> = entrants.iter().map(|entrant| entrant.place).collect();
        let mut names: Vec<&OperatorName> = entrants.iter().map(|entrant| entrant.operator).collect();
        for entrant in &order {
            let at = from + entrant.output.seconds;
            self.arrivals.push(arrival(entrant.output, base + entrant.place, entrant.operator, at));
            self.outputs.push(entrant.output);
            let out = places.iter().position(|place| *place == entrant.place).expect("it was out");
            places.remove(out);
            names.remove(out);
            let arrivals = &self.arrivals[self.seen_from..];
            let seen = Standing { problem: &row.problem, arrivals, outstanding: &names };
            if enough(&seen, &self.outputs) {
                break;
            }
        }
        order.into_iter().map(|entrant| entrant.output).collect()
    }

    /// Shows how the first wave of a race stands after every arrival, and what would have come of it had all who arrived
    /// decided there and then; false where it takes more than was recorded.
    pub fn watch(
        &mut self,
        bank: &'a Bank,
        row: usize,
        race: &'a Race,
        draw: &Draw,
        see: &mut dyn FnMut(&Standing<'_>, Replay),
    ) -> bool {
        self.arrivals.clear();
        self.outputs.clear();
        self.taken.clear();
        self.taken.resize(bank.generators().len(), 0);
        self.seen_from = 0;
        let Some(entrants) = self.enter(bank, row, race, draw, None) else { return false };
        let mut order: Vec<&'a Output> = entrants.iter().map(|entrant| entrant.output).collect();
        order.sort_by(|one, other| one.seconds.0.total_cmp(&other.seconds.0));
        self.arrive(&bank.rows()[row], &entrants, 0, Seconds::ZERO, &mut |seen, arrived| {
            let winner = seen.votes().first().map(Votes::first);
            let longest = |most: PathTokens, output: &&Output| most.max(output.length);
            let replay = Replay {
                score: winner.map_or(0.0, |place| arrived[place].score),
                length: arrived.iter().fold(PathTokens::ZERO, longest),
                seconds: arrived.last().map_or(Seconds::ZERO, |output| output.seconds),
                cost: bill(&order, arrived.len(), race.drain),
            };
            see(seen, replay);
            false
        });
        true
    }

    /// Who was the first to give the answer that most gave.
    fn most_votes(&self, row: &Row) -> Option<usize> {
        let seen = Standing { problem: &row.problem, arrivals: &self.arrivals, outstanding: &[] };
        seen.votes().first().map(Votes::first)
    }
}

/// What a wave came to.
struct Wave<'a> {
    decided: bool,
    stands: Option<&'a Output>,
    length: PathTokens,
    seconds: Seconds,
    cost: Usd,
}

/// What entrants have cost once so many of them have arrived, the others cancelled then; or paid in full where they drain.
fn bill(order: &[&Output], arrived: usize, drain: bool) -> Usd {
    let (arrived, out) = order.split_at(arrived);
    let moment = arrived.last().map_or(Seconds::ZERO, |output| output.seconds);
    let paid = arrived.iter().map(|output| output.cost()).sum::<Usd>();
    paid + out.iter().map(|output| if drain { output.cost() } else { output.cost_by(moment) }).sum::<Usd>()
}
