//! Races as the executor runs them, under a paused clock: operators whose names say what they answer and when, and wake-up
//! noise.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, Message, Sampling, Timing,
    Usage,
};
use lamas_core::exec::{Episode, Executor};
use lamas_core::meter::{CallMeter, Course};
use lamas_core::operator::{Change, Failure, Operator, OperatorName, OperatorSet, Outcome, Role, Solution, State};
use lamas_core::orchestrator::{FixedGraph, FixedNodes, Node, Orchestrator, Schedule};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::{Domain, Problem, ProblemId};
use lamas_core::race::{Entrant, Race, Until};
use lamas_core::scope::{Scope, Workbench};
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::{Price, Seconds, Tokens};

/// What disturbs the order in which calls and programs wake up.
#[derive(Debug, Clone, Copy)]
pub enum Noise {
    /// Nothing.
    None,
    /// Calls give way to others a random number of times.
    Yields(u64),
    /// Programs really take a random time, in blocking threads.
    Sleeps(u64),
}

struct Disturbed {
    noise: Noise,
    drawn: AtomicU64,
}

impl Disturbed {
    fn draw(&self, seed: u64) -> u64 {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed);
        seed.wrapping_add(count).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61
    }

    async fn disturb(&self) {
        if let Noise::Yields(seed) = self.noise {
            for _ in 0..self.draw(seed) {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Answers `"SECONDS"` after that time, with fifty tokens a second; the text is which of the identical requests it was.
struct Model(Arc<Disturbed>);

#[async_trait]
impl ChatModel for Model {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        if &*request.messages[0].content == "unrecorded" {
            meter.will_follow();
            return Err(ChatError::Unrecorded("no answer is recorded".to_owned()));
        }
        let seconds: f64 = request.messages[0].content.parse().map_err(|_| ChatError::rejected("that is no number"))?;
        let response = ChatResponse {
            text: request.sample.ordinal.to_string().into(),
            usage: Usage { input: Tokens(10), output: Tokens((seconds * 50.0) as u64), counted: false },
            timing: Timing {
                working: Seconds(seconds),
                attempts: 1,
                source: LatencySource::Simulated,
                ..Timing::default()
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        };
        meter.follows(Course::of_call(&response));
        self.0.disturb().await;
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        self.0.disturb().await;
        Ok(response)
    }
}

/// Programs take 0.0004 s on the run's clock, and some time in a blocking thread.
struct Python(Arc<Disturbed>);

#[async_trait]
impl Interpreter for Python {
    async fn run_metered(&self, _: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        meter.will_follow();
        let really = match self.0.noise {
            Noise::Sleeps(seed) => Duration::from_micros(self.0.draw(seed) * 150),
            _ => Duration::ZERO,
        };
        tokio::task::spawn_blocking(move || std::thread::sleep(really)).await.map_err(|e| ToolError(e.to_string()))?;
        let (elapsed, waiting) = (Seconds(0.0004), Seconds::ZERO);
        let (outcome, source) = (ToolOutcome::Passed, LatencySource::Simulated);
        let run = ToolRun { outcome, stdout: "".into(), elapsed, source, measured: Seconds::ZERO, waiting };
        meter.follows(Course::of_run(&run));
        tokio::time::sleep(Duration::from_secs_f64(elapsed.0)).await;
        Ok(run)
    }
}

/// An operator by its name, `"KIND ANSWER SECONDS"`: `call` asks once, `twice` again, `three` three at once, and `program` runs one after its call.
/// `count` says how many candidates it sees, `mark` revises the one that stands, `broken` fails, and of `missing` nothing is
/// recorded.
struct Named(OperatorName);

#[async_trait]
impl Operator for Named {
    fn name(&self) -> &OperatorName {
        &self.0
    }
    fn description(&self) -> &str {
        "does what its name says"
    }
    fn role(&self) -> Role {
        Role::Generate
    }
    fn can_run(&self, _: &Problem, _: &State) -> bool {
        true
    }
    async fn run(&self, _: &Problem, state: &State, scope: &mut Scope) -> Result<Outcome, Failure> {
        let mut words = self.0.0.split(' ');
        let (kind, answer, seconds) = (words.next().unwrap(), words.next(), words.next().unwrap_or("1"));
        let text = match kind {
            "broken" => return Err(scope.chat(vec![Message::user("no number")]).await.unwrap_err()),
            "missing" => return Err(scope.chat(vec![Message::user("unrecorded")]).await.unwrap_err()),
            "mark" => {
                scope.chat(vec![Message::user("1")]).await?;
                let current = state.current().expect("it sees a solution").clone();
                let text = format!("{}, one of {}", current.text, state.candidates.len()).into();
                let revised = Solution { text, passes_examples: Some(&*current.text == "8"), ..current };
                return Ok(Outcome { change: Change::Revise(revised), ran: Some(true) });
            }
            "count" => {
                scope.chat(vec![Message::user("1")]).await?;
                let stands = state.current().map_or("nothing", |solution| &solution.text);
                format!("{} candidates, {stands} stands", state.candidates.len())
            }
            "three" => {
                let mut branches: Vec<Scope> = (0..3).map(|_| scope.branch()).collect();
                let asked = branches.iter_mut().map(|branch| branch.chat(vec![Message::user(seconds)]));
                let answers = futures::future::join_all(asked).await;
                scope.join(branches);
                answers.into_iter().collect::<Result<Vec<_>, _>>()?;
                answer.unwrap_or_default().to_owned()
            }
            _ => {
                scope.chat(vec![Message::user(seconds)]).await?;
                let mut sample = String::new();
                if kind == "twice" {
                    // The same question from all of its copies: which sample it is shows in what follows.
                    sample = scope.chat(vec![Message::user(seconds)]).await?.text.to_string();
                }
                if kind == "program" {
                    let goal = Goal::Call { function: "solve".into() };
                    scope.run_program(&Program { source: seconds.into(), goal }).await?;
                    sample = scope.chat(vec![Message::user("0.001")]).await?.text.to_string();
                }
                let answer = answer.unwrap_or_default();
                let solution = Solution {
                    text: if sample.is_empty() || kind == "twice" {
                        answer.into()
                    } else {
                        format!("{answer}/{sample}").into()
                    },
                    answer: Some(answer.into()),
                    by: format!("{} {sample}", self.0).as_str().into(),
                    passes_examples: None,
                    behaviour: None,
                };
                return Ok(Outcome { change: Change::Append(vec![solution]), ran: None });
            }
        };
        let answer = Some(text.as_str().into());
        let solution =
            Solution { text: text.into(), answer, by: self.0.clone(), passes_examples: None, behaviour: None };
        Ok(Outcome { change: Change::Append(vec![solution]), ran: None })
    }
}

/// The name of an operator that calls once, with this answer after so many seconds.
#[must_use]
pub fn call(answer: &str, seconds: f64) -> String {
    format!("call {answer} {seconds}")
}

/// A race of these operators, a copy of each.
#[must_use]
pub fn race(entrants: &[String], until: Until) -> Race {
    let entrants = entrants.iter().map(|name| Entrant { operator: name.as_str().into(), copies: 1 });
    Race::new(entrants.collect(), until)
}

/// An episode of these layers.
#[must_use]
pub fn play(layers: &[Race], schedule: Schedule, noise: Noise) -> Episode {
    play_with(&mut FixedGraph::of_races(layers.to_vec()), layers.iter(), schedule, noise)
}

/// An episode of these nodes, which wait for nothing but what they read.
#[must_use]
pub fn play_graph(nodes: Vec<Node>, noise: Noise) -> Episode {
    let races: Vec<Race> = nodes.iter().map(|node| node.race.clone()).collect();
    play_with(&mut FixedNodes::new(nodes), races.iter(), Schedule::Parallel, noise)
}

/// Plays whatever decides, with the operators that these races name.
pub fn play_with<'a>(
    orchestrator: &mut dyn Orchestrator,
    races: impl Iterator<Item = &'a Race>,
    schedule: Schedule,
    noise: Noise,
) -> Episode {
    let mut names = Vec::new();
    let mut waves: Vec<&Race> = races.collect();
    while let Some(race) = waves.pop() {
        names.extend(race.names().chain(&race.each).cloned());
        waves.extend(&race.then);
    }
    names.sort();
    names.dedup();
    let operators = names.into_iter().map(|name| Arc::new(Named(name)) as Arc<dyn Operator>).collect();
    let disturbed = Arc::new(Disturbed { noise, drawn: AtomicU64::new(0) });
    let workbench = Workbench {
        chat: Arc::new(Model(Arc::clone(&disturbed))),
        interpreter: Arc::new(Python(disturbed)),
        sampling: Sampling::default(),
        price: Price { input: 0.15, output: 0.60 },
    };
    let executor = Executor::new(OperatorSet::new(operators), workbench, schedule);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(executor.run(&problem(), &Pipeline::default(), orchestrator, 0))
}

/// A problem that none of these operators reads.
#[must_use]
pub fn problem() -> Problem {
    Problem {
        id: ProblemId("set/1".into()),
        domain: Domain::Maths,
        statement: "How many?".into(),
        entry_point: None,
        public_examples: [].into(),
    }
}

/// All that an episode left, as text.
#[must_use]
pub fn bytes(episode: &Episode) -> String {
    serde_json::to_string(&(&episode.trace, &episode.layers, &episode.answer)).unwrap()
}
