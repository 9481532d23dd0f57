//! A story in the making: its sentences, its steps and the checks on its numbers.

use lamas_core::random::Stream;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::problem::WordProblem;
use super::words::{Amount, Person, Thing, as_sentence, capitalised, decimal, people, usd};

/// What a step's result is counted in, and hence which results make sense.
#[derive(Clone)]
pub(super) struct Unit {
    kind: Kind,
    one: String,
    many: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Dollars: whole cents.
    Money,
    /// Whole things.
    Count,
    /// Miles, liters, hours: up to two decimals.
    Measure,
}

/// Whole things, e.g. `count("page", "pages")`.
pub(super) fn count(one: &str, many: &str) -> Unit {
    Unit { kind: Kind::Count, one: format!(" {one}"), many: format!(" {many}") }
}

/// Whole things of a kind.
pub(super) fn of(thing: Thing) -> Unit {
    count(thing.one, thing.many)
}

/// Whole things that the sentence has named already.
pub(super) fn bare() -> Unit {
    Unit { kind: Kind::Count, one: String::new(), many: String::new() }
}

/// Dollars.
pub(super) fn dollars() -> Unit {
    Unit { kind: Kind::Money, one: String::new(), many: String::new() }
}

/// A continuous quantity, e.g. `measure("mile", "miles")`.
pub(super) fn measure(one: &str, many: &str) -> Unit {
    Unit { kind: Kind::Measure, ..count(one, many) }
}

impl Unit {
    /// Words after the unit, e.g. `left`.
    pub(super) fn then(self, tail: &str) -> Self {
        Self { one: format!("{} {tail}", self.one), many: format!("{} {tail}", self.many), ..self }
    }

    fn admits(&self, value: Amount) -> bool {
        let grain = match self.kind {
            Kind::Count => 1,
            Kind::Money | Kind::Measure => 100,
        };
        value > Amount::from(0) && (value * grain).is_integer()
    }

    fn show(&self, value: Amount) -> String {
        let noun = if value == Amount::from(1) { &self.one } else { &self.many };
        if self.kind == Kind::Money { format!("{}{noun}", usd(value)) } else { format!("{}{noun}", decimal(value)) }
    }
}

/// A story: draws, sentences and steps.
pub(super) struct Story {
    rng: Stream,
    sentences: Vec<String>,
    lines: Vec<String>,
    last: Amount,
    sound: bool,
}

/// Drawing.
impl Story {
    pub(super) fn new(rng: Stream) -> Self {
        Self { rng, sentences: Vec::new(), lines: Vec::new(), last: Amount::from(0), sound: true }
    }

    /// A whole number, both ends included.
    pub(super) fn int(&mut self, low: i64, high: i64) -> i64 {
        self.rng.random_range(low..=high)
    }

    /// A multiple of `grain`, both ends included.
    pub(super) fn multiple(&mut self, grain: i64, low: i64, high: i64) -> i64 {
        grain * self.int((low + grain - 1) / grain, high / grain)
    }

    /// A price between whole dollars; every third or so has cents.
    pub(super) fn price(&mut self, low: i64, high: i64) -> Amount {
        let whole = Amount::from(self.int(low, high));
        if high < 20 && self.maybe(35) { whole + Amount::new(self.pick(&[25, 50, 50, 75]), 100) } else { whole }
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        *choices.choose(&mut self.rng).expect("a plot offers at least one choice")
    }

    /// Several different choices, in random order.
    pub(super) fn pick_several<T: Copy, const N: usize>(&mut self, choices: &[T]) -> [T; N] {
        let drawn: [usize; N] =
            rand::seq::index::sample(&mut self.rng, choices.len(), N).into_vec().try_into().expect("N draws");
        drawn.map(|index| choices[index])
    }

    pub(super) fn maybe(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }

    pub(super) fn person(&mut self) -> Person {
        self.people::<1>()[0]
    }

    /// People with different names.
    pub(super) fn people<const N: usize>(&mut self) -> [Person; N] {
        self.pick_several(&people())
    }
}

/// Telling.
impl Story {
    /// One more sentence or several.
    pub(super) fn say(&mut self, text: &str) {
        self.sentences.push(as_sentence(text));
    }

    /// One of several wordings of the same facts.
    pub(super) fn say_either(&mut self, wordings: &[&str]) {
        let wording = self.pick(wordings);
        self.say(wording);
    }

    /// Now and then a sentence that does not matter to the answer.
    pub(super) fn aside(&mut self, text: &str) {
        if self.maybe(30) {
            self.say(text);
        }
    }

    /// The question: its answer is the last step's result.
    pub(super) fn ask(&mut self, wordings: &[&str]) {
        self.say_either(wordings);
    }

    /// Throws this draw away unless `condition` holds.
    pub(super) fn require(&mut self, condition: bool) {
        self.sound &= condition;
    }
}

/// Working out. Every call is one step of the solution and returns its result.
impl Story {
    pub(super) fn add(&mut self, lead: &str, a: impl Into<Amount>, b: impl Into<Amount>, unit: Unit) -> Amount {
        self.sum(lead, &[a.into(), b.into()], unit)
    }

    pub(super) fn sum(&mut self, lead: &str, terms: &[Amount], unit: Unit) -> Amount {
        self.step(lead, " + ", terms, terms.iter().sum(), unit)
    }

    pub(super) fn sub(&mut self, lead: &str, a: impl Into<Amount>, b: impl Into<Amount>, unit: Unit) -> Amount {
        let (a, b) = (a.into(), b.into());
        self.step(lead, " - ", &[a, b], a - b, unit)
    }

    pub(super) fn mul(&mut self, lead: &str, a: impl Into<Amount>, b: impl Into<Amount>, unit: Unit) -> Amount {
        let (a, b) = (a.into(), b.into());
        self.step(lead, " * ", &[a, b], a * b, unit)
    }

    pub(super) fn div(&mut self, lead: &str, a: impl Into<Amount>, b: impl Into<Amount>, unit: Unit) -> Amount {
        let (a, b) = (a.into(), b.into());
        self.step(lead, " / ", &[a, b], a / b, unit)
    }

    /// `percent` per cent of a whole.
    pub(super) fn percent(&mut self, lead: &str, percent: i64, of: impl Into<Amount>, unit: Unit) -> Amount {
        self.part(lead, percent, 100, of, unit)
    }

    /// `top / bottom` of a whole.
    pub(super) fn part(&mut self, lead: &str, top: i64, bottom: i64, of: impl Into<Amount>, unit: Unit) -> Amount {
        let of = of.into();
        if top == 1 {
            return self.div(lead, of, bottom, unit);
        }
        let result = of * top / bottom;
        self.line(lead, &format!("{} * {top} / {bottom}", decimal(of)), result, unit)
    }

    fn step(&mut self, lead: &str, sign: &str, terms: &[Amount], result: Amount, unit: Unit) -> Amount {
        let expression: Vec<String> = terms.iter().map(|&term| decimal(term)).collect();
        self.line(lead, &expression.join(sign), result, unit)
    }

    #[expect(clippy::needless_pass_by_value, reason = "plots build units in place")]
    fn line(&mut self, lead: &str, expression: &str, result: Amount, unit: Unit) -> Amount {
        self.require(unit.admits(result));
        self.lines.push(format!("{} {expression} = {}.", capitalised(lead), unit.show(result)));
        self.last = result;
        result
    }

    /// The finished problem, or nothing when its numbers did not work out.
    pub(super) fn finish(self, row: usize) -> Option<WordProblem> {
        let steps = self.lines.len();
        (self.sound && (2..=8).contains(&steps)).then(|| WordProblem {
            id: format!("words/{row:03}"),
            question: self.sentences.join(" "),
            solution: self.lines.join("\n"),
            answer: decimal(self.last),
            steps,
        })
    }
}
