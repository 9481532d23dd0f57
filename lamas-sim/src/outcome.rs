//! What an answer says: right, wrong in the usual way, wrong in a way of its own, or what an earlier answer said.

use std::borrow::Cow;

use lamas_core::random::{Seed, Stream};
use rand::RngExt;

use super::answer::{same, wrong};
use super::catalogue::{Facts, Known, Programs, Shown, Truth};
use super::prior::{Choice, final_answer, shown_answer};
use super::profile::Answers;
use super::prompt::Prompt;
use super::request::Request;

/// How many wrong answers of its own reasoning can come to, beside the attractor.
const REASONED_STRAYS: u64 = 32;
/// The same for programs: few, so that a store of runs profits.
const PROGRAM_STRAYS: u64 = 4;
/// How often a draw for a wrong answer is repeated when it gives an answer that is taken.
const RETRIES: u64 = 16;

/// What a call says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    /// A final answer.
    Answer(Cow<'a, str>),
    /// A Python program for a maths problem that returns this, or does not run.
    Solve(Option<Cow<'a, str>>),
    /// The program of a code problem at this place.
    Program(usize),
    /// One of the options.
    Option(&'a str),
}

/// Decides outcomes of one problem.
pub(super) struct Judge<'a> {
    pub seed: Seed,
    pub answers: &'a Answers,
    pub known: &'a Known,
    pub facts: &'a Facts,
}

impl<'a> Judge<'a> {
    /// Draws what a call says, and whether that is wrong.
    pub(super) fn decide(
        &self,
        prompt: &'a Prompt<'_>,
        request: &Request<'a>,
        stream: &mut Stream,
    ) -> (Outcome<'a>, bool) {
        if let Request::Ensemble(choices) = request {
            return (Outcome::Option(self.name_one(choices, stream)), false);
        }
        match &self.known.truth {
            Truth::Answer(right) => {
                let answer = self.maths(prompt, request, right, stream);
                let fails = matches!(&answer, Outcome::Answer(text) | Outcome::Solve(Some(text)) if !same(text, right));
                (answer, fails)
            }
            Truth::Programs(programs) => {
                let program = self.code(prompt, request, programs, stream);
                (Outcome::Program(program), program != Programs::RIGHT)
            }
        }
    }

    fn maths(&self, prompt: &'a Prompt<'_>, request: &Request<'a>, right: &'a str, stream: &mut Stream) -> Outcome<'a> {
        let latent = &self.facts.latent;
        match request {
            Request::Program if !stream.random_bool(self.answers.program_runs.get()) => Outcome::Solve(None),
            Request::Program => Outcome::Solve(Some(self.draw_program(right, stream))),
            Request::Direct => Outcome::Answer(self.draw(latent.direct, right, stream)),
            Request::WriteUp(Some(output)) if stream.random_bool(self.answers.write_up.get()) => {
                Outcome::Answer((*output).into())
            }
            Request::WriteUp(Some(_)) => Outcome::Answer(self.slip(stream)),
            Request::Refine => {
                Outcome::Answer(self.reviewed(shown_answer(&prompt.rest, prompt.after()), right, stream))
            }
            _ => Outcome::Answer(self.draw(latent.reasoned, right, stream)),
        }
    }

    /// A shown answer after review; where none is shown, an answer of its own.
    fn reviewed(&self, shown: Option<&'a str>, right: &'a str, stream: &mut Stream) -> Cow<'a, str> {
        let latent = &self.facts.latent;
        match shown {
            Some(shown) if same(shown, right) && stream.random_bool(latent.breaks) => self.slip(stream),
            Some(shown) if !same(shown, right) && stream.random_bool(latent.repairs) => right.into(),
            Some(shown) => shown.into(),
            None => self.draw(latent.reasoned, right, stream),
        }
    }

    /// The right answer with probability `success`, else a wrong one.
    fn draw(&self, success: f64, right: &'a str, stream: &mut Stream) -> Cow<'a, str> {
        if stream.random_bool(success) { right.into() } else { self.slip(stream) }
    }

    /// A wrong answer of reasoning.
    fn slip(&self, stream: &mut Stream) -> Cow<'a, str> {
        if stream.random_bool(self.answers.attractor.get()) {
            return self.facts.attractor.as_str().into();
        }
        self.stray(stream.random_range(0..REASONED_STRAYS), &self.facts.attractor).into()
    }

    fn draw_program(&self, right: &'a str, stream: &mut Stream) -> Cow<'a, str> {
        if stream.random_bool(self.facts.latent.program) {
            return right.into();
        }
        if stream.random_bool(self.answers.attractor.get()) {
            return self.facts.program_attractor.as_str().into();
        }
        self.stray(REASONED_STRAYS + stream.random_range(0..PROGRAM_STRAYS), &self.facts.program_attractor).into()
    }

    fn stray(&self, number: u64, taken: &str) -> String {
        another(self.seed, self.known, number, taken)
    }

    fn code(&self, prompt: &Prompt<'_>, request: &Request<'_>, programs: &Programs, stream: &mut Stream) -> usize {
        let latent = &self.facts.latent;
        let shown = match request {
            Request::Refine | Request::Reflect => programs.shown(&prompt.text),
            _ => Shown::Nothing,
        };
        let success = match (request, shown) {
            (Request::Reflect, Shown::Known(Programs::RIGHT)) => 1.0,
            (Request::Reflect, Shown::Known(_) | Shown::Foreign) => latent.reflects,
            (Request::Refine, Shown::Known(Programs::RIGHT)) => 1.0 - latent.breaks,
            (Request::Refine, Shown::Known(wrong)) => {
                return if stream.random_bool(latent.repairs) { Programs::RIGHT } else { wrong };
            }
            (Request::Direct, _) => latent.direct,
            _ => latent.reasoned,
        };
        if stream.random_bool(success) { Programs::RIGHT } else { self.wrong_program(programs, stream) }
    }

    fn wrong_program(&self, programs: &Programs, stream: &mut Stream) -> usize {
        let attractor = programs.wrong(self.facts.latent.attractor_passes).start;
        if stream.random_bool(self.answers.attractor.get()) {
            return attractor;
        }
        let passing = stream.random_bool(self.answers.passes_public.get());
        let strays: Vec<usize> = programs.wrong(passing).filter(|&program| program != attractor).collect();
        if strays.is_empty() { attractor } else { strays[stream.random_range(0..strays.len())] }
    }

    /// Names a member of the plurality, or now and then another option.
    fn name_one(&self, choices: &[Choice<'a>], stream: &mut Stream) -> &'a str {
        let groups = self.groups(choices);
        let votes: Vec<usize> =
            groups.iter().map(|group| groups.iter().filter(|other| *other == group).count()).collect();
        let most = votes.iter().copied().max().unwrap_or(0);
        let (leading, others): (Vec<usize>, Vec<usize>) = (0..choices.len()).partition(|&choice| votes[choice] == most);
        let sound = others.is_empty() || stream.random_bool(self.answers.plurality.get());
        choices[self.by_position(if sound { &leading } else { &others }, stream)].label
    }

    /// One of some options, the very first of all with a little more weight.
    fn by_position(&self, places: &[usize], stream: &mut Stream) -> usize {
        let weight = |place: usize| if place == 0 { 1.0 + self.answers.position_bias.get() } else { 1.0 };
        let whole: f64 = places.iter().map(|&place| weight(place)).sum();
        let mut left = stream.random::<f64>() * whole;
        for &place in places {
            left -= weight(place);
            if left < 0.0 {
                return place;
            }
        }
        places.last().copied().unwrap_or(0)
    }

    /// For each option the first one that says the same.
    fn groups(&self, choices: &[Choice<'a>]) -> Vec<usize> {
        let first = |same: &dyn Fn(usize, usize) -> bool| -> Vec<usize> {
            (0..choices.len()).map(|choice| (0..choice).find(|&other| same(choice, other)).unwrap_or(choice)).collect()
        };
        match &self.known.truth {
            Truth::Answer(_) => {
                let said: Vec<&str> =
                    choices.iter().map(|choice| final_answer(choice.body).unwrap_or(choice.body)).collect();
                first(&|a, b| same(said[a], said[b]))
            }
            Truth::Programs(programs) => {
                let shown: Vec<Shown> = choices.iter().map(|choice| programs.shown(choice.body)).collect();
                first(&|a, b| match (shown[a], shown[b]) {
                    (Shown::Known(left), Shown::Known(right)) => left == right,
                    _ => choices[a].body == choices[b].body,
                })
            }
        }
    }
}

/// A wrong answer that is neither right nor `taken`; the same for the same number.
pub(super) fn another(seed: Seed, known: &Known, number: u64, taken: &str) -> String {
    let Truth::Answer(right) = &known.truth else { return String::new() };
    let draws = (0..RETRIES)
        .map(|retry| wrong(right, &known.statement, &mut seed.stream("sim/wrong", &[known.key, number, retry])));
    // An answer with too few likes of its form has its attractor only.
    draws.into_iter().find(|wrong| !same(wrong, right) && !same(wrong, taken)).unwrap_or_else(|| taken.to_owned())
}
