//! A row of a bank as the executor draws it: one race that waits for all, of which the output of every entrant is kept.

use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::operator::Solution;
use lamas_core::orchestrator::{Decision, Observation, OperatorReport, Orchestrator};
use lamas_core::problem::Problem;
use lamas_core::race::{Classes, Equality, Race};
use lamas_core::trace::{SpanId, Trace};
use lamas_core::units::{Gamma, Price, Tokens, Usd};

use crate::bank::{Output, Row};

/// Runs one race and nothing else, and keeps what its entrants made.
#[derive(Debug)]
pub struct Drawing {
    race: Race,
    /// Candidates that were there before.
    before: usize,
    made: Vec<Solution>,
    /// `[entrants]`.
    reports: Vec<OperatorReport>,
}

/// What outputs are measured in.
#[derive(Debug, Clone, Copy)]
pub struct Measures {
    /// Tokens per second of tool time.
    pub gamma: Gamma,
    /// What calls cost.
    pub price: Price,
}

impl Drawing {
    /// Draws the outputs of this race, which must wait for all.
    #[must_use]
    pub fn new(race: Race) -> Self {
        Self { race, before: 0, made: Vec::new(), reports: Vec::new() }
    }

    /// All solutions that were made, in declared order.
    #[must_use]
    pub fn made(&self) -> &[Solution] {
        &self.made
    }

    /// The row, once it is known of each solution whether it is right. `right: [made]`, `None` where that could not be told.
    ///
    /// Whoever failed, and whatever could not be scored, is left out: outputs may be fewer than entrants. Who made nothing gave
    /// no answer, which is wrong.
    #[must_use]
    pub fn row(
        &self,
        problem: &Problem,
        trace: &Trace,
        right: &[Option<bool>],
        equality: &dyn Equality,
        measures: Measures,
    ) -> Row {
        let (paths, times) = (by_tokens(trace, measures.gamma), by_time(trace));
        let mut outputs = vec![Vec::new(); self.race.entrants.len()];
        let mut classes = Classes::default();
        let entrants = self.generators().zip(&self.reports).zip(paths.layer(0).zip(times.layer(0))).enumerate();
        for (entrant, ((generator, report), (path, time))) in entrants {
            if !works(report) {
                continue;
            }
            let (solution, score) = match self.made_by(entrant) {
                Some(place) => match right.get(place).copied().flatten() {
                    Some(right) => (Some(&self.made[place]), f64::from(u8::from(right))),
                    None => continue,
                },
                None => (None, 0.0),
            };
            let answered = solution.filter(|solution| solution.answer.is_some());
            let same = |one: &Solution, other: &Solution| equality.same(problem, one, other);
            let (prompt, completion) = paid(trace, path.span, measures.price);
            outputs[generator].push(Output {
                class: answered.map(|solution| classes.add(solution, same)),
                score,
                output: report.output,
                length: path.length,
                seconds: time.length,
                prompt,
                completion,
                ran: report.ran,
                passed: solution.and_then(|solution| solution.passes_examples),
                follow_ups: Vec::new(),
            });
        }
        Row { problem: problem.clone(), outputs }
    }

    /// `[entrants]`: which of the race's operators each is, by its place.
    fn generators(&self) -> impl Iterator<Item = usize> {
        let copies = |(generator, copies): (usize, u32)| (0..copies).map(move |_| generator);
        self.race.entrants.iter().map(|entrant| entrant.copies).enumerate().flat_map(copies)
    }

    /// The place among what was made of the solution that an entrant leaves standing. Copies of an operator make equally many.
    fn made_by(&self, entrant: usize) -> Option<usize> {
        let name = &self.reports[entrant].operator;
        let of_name = |report: &&OperatorReport| report.operator == *name && works(report);
        let own: Vec<usize> = (0..self.made.len()).filter(|&place| self.made[place].by == *name).collect();
        let up_to = |end: usize| self.reports[..end].iter().filter(of_name).count();
        let (before, all) = (up_to(entrant), up_to(self.reports.len()));
        let each = if own.len().is_multiple_of(all) { own.len() / all } else { 0 };
        ((before + 1) * each).checked_sub(1).map(|last| own[last])
    }
}

/// Whether an entrant has done its work.
fn works(report: &OperatorReport) -> bool {
    !report.failed && !report.skipped
}

/// What the work below an operator has cost: for its prompts and failed attempts, and for what it wrote.
fn paid(trace: &Trace, operator: SpanId, price: Price) -> (Usd, Usd) {
    let own = trace.work().filter(|(span, _)| span.parent == Some(operator)).map(|(_, work)| work);
    own.fold((Usd::ZERO, Usd::ZERO), |(prompt, completion), work| {
        let written = price.cost(Tokens(0), work.output).0.min(work.cost.0);
        (prompt + Usd(work.cost.0 - written), completion + Usd(written))
    })
}

impl Orchestrator for Drawing {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        match seen.layers {
            [] => {
                self.before = seen.state.candidates.len();
                Decision::Race(self.race.clone())
            }
            [drawn, ..] => {
                self.made = seen.state.candidates[self.before..].to_vec();
                self.reports.clone_from(&drawn.operators);
                Decision::Stop
            }
        }
    }
}
