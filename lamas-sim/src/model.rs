//! The simulated model itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Lost, Sampling, Usage};
use lamas_core::meter::{CallMeter, Course};
use lamas_core::random::{Seed, Stream, text_key};
use lamas_core::units::Tokens;

use super::catalogue::{Catalogue, CatalogueError, Facts, Known, Truth};
use super::effort::{self, Lengths};
use super::latent::Prior;
use super::outcome::{self, Judge, Outcome};
use super::profile::Profile;
use super::program;
use super::prompt::Prompt;
use super::prose::{self, BYTES_PER_TOKEN};
use super::request::Request;

/// Where the attractor of reasoned answers is drawn, among a problem's wrong answers.
const ATTRACTOR: u64 = 1000;
/// The same for programs.
const PROGRAM_ATTRACTOR: u64 = 1001;

/// A chat model whose behaviour is drawn from a profile.
///
/// It recognises problems of its catalogue in the messages and answers as the profile says: now right, now wrong, at a
/// length and after a time that are drawn as well. Every draw is a function of the model seed, the messages, the sampling
/// parameters and the sample index, so answers do not depend on the order of calls.
#[derive(Debug)]
pub struct SimModel {
    profile: Profile,
    catalogue: Catalogue,
    sections: HashMap<Arc<str>, (Prior, Lengths)>,
}

impl SimModel {
    /// A model that knows the problems of a catalogue.
    ///
    /// # Errors
    /// When the catalogue names a section that the profile lacks.
    pub fn new(profile: Profile, catalogue: Catalogue) -> Result<Self, CatalogueError> {
        let mut sections = HashMap::new();
        for known in &catalogue.known {
            if sections.contains_key(&known.section) {
                continue;
            }
            let section = profile.section(&known.section).ok_or_else(|| CatalogueError::UnknownSection {
                id: known.id.clone(),
                section: known.section.clone(),
                known: profile.sections.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            })?;
            let drawn = (Prior::new(&profile, section), Lengths::new(&profile.length, section));
            sections.insert(known.section.clone(), drawn);
        }
        Ok(Self { profile, catalogue, sections })
    }

    /// The profile that this model follows.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Answers a request at once; the timing says how long it would have taken.
    ///
    /// It is strict, since an experiment asks: a prompt that has lost its problem must leave its episode unscored, and
    /// not become a wrong answer.
    ///
    /// # Errors
    /// [`ChatError::Rejected`] where the messages hold no statement of the catalogue.
    pub fn answer(&self, request: &ChatRequest) -> Result<ChatResponse, ChatError> {
        let prompt = self.prompt(request).ok_or_else(|| {
            ChatError::rejected("the messages hold no problem statement that the simulated model knows")
        })?;
        Ok(self.about(&prompt, request))
    }

    /// Answers any request at once: as [`Self::answer`] does where it knows the problem, else with a short text that
    /// says nothing but what it is. For clients of all kinds, who are not in an experiment.
    #[must_use]
    pub fn answer_any(&self, request: &ChatRequest) -> ChatResponse {
        match self.prompt(request) {
            Some(prompt) => self.about(&prompt, request),
            None => self.neutral(request),
        }
    }

    /// Whether a request holds a problem of the catalogue.
    #[must_use]
    pub fn knows(&self, request: &ChatRequest) -> bool {
        self.prompt(request).is_some()
    }

    fn prompt<'a>(&self, request: &'a ChatRequest) -> Option<Prompt<'a>> {
        Prompt::read(&request.messages, &self.catalogue.statements)
    }

    /// An answer to a known problem.
    fn about(&self, prompt: &Prompt<'_>, request: &ChatRequest) -> ChatResponse {
        let known = &self.catalogue.known[prompt.entry];
        let (prior, lengths) = &self.sections[&known.section];
        let facts = known.facts.get_or_init(|| facts(prior, known, self.profile.seed));
        let mut stream = effort::call_stream(self.profile.seed, request);

        let kind = Request::of(prompt, known.domain);
        let judge = Judge { seed: self.profile.seed, answers: &self.profile.answers, known, facts };
        let (outcome, wrong) = judge.decide(prompt, &kind, &mut stream);
        let length = lengths.draw(&kind, facts.latent.length, wrong, &mut stream);
        let text = write(&outcome, &kind, known, length, &mut stream);
        self.response(text, request, known.key, &mut stream)
    }

    /// An answer to anything else.
    fn neutral(&self, request: &ChatRequest) -> ChatResponse {
        let mut stream = effort::call_stream(self.profile.seed, request);
        let length = effort::neutral_length(&self.profile, &mut stream);
        let text = prose::neutral(length, &mut stream);
        let subject = request.messages.last().map_or(0, |message| text_key(&message.content));
        self.response(text, request, subject, &mut stream)
    }

    /// A text as an answer, with what it took. `subject` is what all calls of one episode are about.
    fn response(&self, text: String, request: &ChatRequest, subject: u64, stream: &mut Stream) -> ChatResponse {
        let (text, finish) = cut(text, &request.sampling);
        let usage =
            Usage { input: effort::input_tokens(request), output: Tokens(effort::tokens(&text)), counted: false };
        let mut episode = self.episode(subject, request);
        let timing = effort::timing(&self.profile.latency, usage.output, stream, &mut episode);
        ChatResponse { text: text.into(), usage, timing, finish, lost: Lost::default() }
    }

    /// The stream that all calls of an episode share: one problem, one replicate.
    fn episode(&self, subject: u64, request: &ChatRequest) -> Stream {
        let replicate = if request.sampling.temperature > 0.0 { request.sample.replicate } else { 0 };
        self.profile.seed.stream("sim/episode", &[subject, replicate])
    }
}

#[async_trait]
impl ChatModel for SimModel {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let response = self.answer(request)?;
        meter.follows(Course::of_call(&response));
        tokio::time::sleep(Duration::from_secs_f64(response.timing.working.0)).await;
        Ok(response)
    }
}

fn facts(prior: &Prior, known: &Known, seed: Seed) -> Facts {
    let latent = prior.draw(&known.statement, known.key);
    let attractor = outcome::another(seed, known, ATTRACTOR, "");
    let program_attractor = if latent.shares_attractor {
        attractor.clone()
    } else {
        outcome::another(seed, known, PROGRAM_ATTRACTOR, &attractor)
    };
    Facts { latent, attractor, program_attractor }
}

/// Puts an outcome into words, about `length` tokens of them.
fn write(outcome: &Outcome<'_>, kind: &Request<'_>, known: &Known, length: f64, stream: &mut Stream) -> String {
    match outcome {
        Outcome::Answer(answer) => {
            let quantities = prose::quantities(&known.statement);
            prose::solution(answer, &quantities, length, *kind == Request::Reasoned, stream)
        }
        Outcome::Solve(answer) => {
            let quantities = prose::quantities(&known.statement);
            let program = match answer {
                Some(answer) => program::right_or_wrong(answer, &quantities, stream),
                None => program::broken(&quantities, stream),
            };
            prose::fenced(&program, length, stream)
        }
        Outcome::Program(place) => match &known.truth {
            Truth::Programs(programs) => prose::fenced(programs.text(*place), length, stream),
            Truth::Answer(_) => String::new(),
        },
        Outcome::Option(label) => prose::choice(label, length, stream),
    }
}

/// Ends a text where a stop text or the token limit does.
fn cut(mut text: String, sampling: &Sampling) -> (String, FinishReason) {
    let stops = sampling.stop.iter().filter(|stop| !stop.is_empty());
    if let Some(end) = stops.filter_map(|stop| text.find(stop.as_str())).min() {
        text.truncate(end);
    }
    let limit = sampling.max_tokens.map_or(usize::MAX, |most| (most as usize).saturating_mul(BYTES_PER_TOKEN));
    if text.len() <= limit {
        return (text, FinishReason::Stop);
    }
    text.truncate(text.floor_char_boundary(limit));
    (text, FinishReason::Length)
}
