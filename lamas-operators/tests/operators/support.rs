//! A scripted model and a scripted interpreter, and episodes run with them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, LatencySource, Lost, SampleIndex, Sampling, Timing,
    Usage,
};
use lamas_core::exec::{Episode, Executor};
use lamas_core::meter::CallMeter;
use lamas_core::operator::{OperatorName, OperatorSet, Solution, State};
use lamas_core::orchestrator::{Decision, FixedGraph, Observation, Orchestrator, Schedule};
use lamas_core::pipeline::Pipeline;
use lamas_core::problem::{Domain, Example, Problem, ProblemId};
use lamas_core::scope::Workbench;
use lamas_core::tool::{Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::{Price, Seconds, Tokens};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;

/// One scripted answer: the text and how many tokens long it is, or an error.
pub type Reply = Result<(String, u64), ChatError>;

/// An answer of so many tokens.
pub fn says(text: &str, tokens: u64) -> Reply {
    Ok((text.to_owned(), tokens))
}

/// Gives its replies in order; a reply of n tokens takes n seconds.
#[derive(Default)]
pub struct Model {
    replies: Mutex<VecDeque<Reply>>,
    asked: Mutex<Vec<(String, SampleIndex)>>,
}

#[async_trait]
impl ChatModel for Model {
    async fn chat_metered(&self, request: &ChatRequest, _: &CallMeter) -> Result<ChatResponse, ChatError> {
        let [message] = &*request.messages else { panic!("operators ask with one message") };
        self.asked.lock().unwrap().push((message.content.to_string(), request.sample));
        let reply = self.replies.lock().unwrap().pop_front().expect("a reply for every call");
        let (text, tokens) = reply?;
        tokio::time::sleep(Duration::from_secs(tokens)).await;
        Ok(ChatResponse {
            text: text.into(),
            usage: Usage { input: Tokens(10), output: Tokens(tokens), counted: false },
            timing: Timing {
                working: Seconds(tokens as f64),
                attempts: 1,
                source: LatencySource::Simulated,
                ..Timing::default()
            },
            finish: FinishReason::Stop,
            lost: Lost::default(),
        })
    }
}

/// Gives its outcomes in order; a program takes half a second.
#[derive(Default)]
pub struct Python {
    outcomes: Mutex<VecDeque<Result<ToolOutcome, ToolError>>>,
    ran: Mutex<Vec<Program>>,
}

#[async_trait]
impl Interpreter for Python {
    async fn run_metered(&self, program: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        self.ran.lock().unwrap().push(program.clone());
        let outcome = self.outcomes.lock().unwrap().pop_front().expect("an outcome for every program")?;
        Ok(ToolRun {
            outcome,
            stdout: "".into(),
            elapsed: Seconds(0.5),
            source: LatencySource::Simulated,
            measured: Seconds(0.5),
            waiting: Seconds::ZERO,
        })
    }
}

/// What an episode left, and what was asked and run in it.
pub struct Played {
    pub episode: Episode,
    /// Before each decision.
    pub states: Vec<State>,
    pub asked: Vec<String>,
    pub samples: Vec<SampleIndex>,
    pub ran: Vec<Program>,
}

impl Played {
    /// The texts of the candidates at the last decision.
    pub fn texts(&self) -> Vec<&str> {
        self.last().candidates.iter().map(|candidate| &*candidate.text).collect()
    }

    /// The state at the last decision.
    pub fn last(&self) -> &State {
        self.states.last().expect("an orchestrator decides at least once")
    }

    /// The answer of an episode that did not fail.
    pub fn answer(&self) -> &Solution {
        assert_eq!(self.episode.failure, None);
        self.episode.answer.as_ref().expect("an answer")
    }

    /// Whether the only operator of the last layer ran its program well.
    pub fn ran_well(&self) -> Option<bool> {
        self.episode.layers.last().expect("a layer").operators[0].ran
    }
}

/// An episode to be played: layers of operators, and the script.
pub struct Scene {
    pub problem: Problem,
    pub layers: Vec<Vec<&'static str>>,
    pub replies: Vec<Reply>,
    pub outcomes: Vec<Result<ToolOutcome, ToolError>>,
    pub schedule: Schedule,
}

impl Scene {
    pub fn new<const N: usize>(problem: Problem, layers: [&[&'static str]; N], replies: Vec<Reply>) -> Self {
        Self {
            problem,
            layers: layers.iter().map(|layer| layer.to_vec()).collect(),
            replies,
            outcomes: Vec::new(),
            schedule: Schedule::Parallel,
        }
    }

    pub fn running(mut self, outcomes: impl IntoIterator<Item = ToolOutcome>) -> Self {
        self.outcomes = outcomes.into_iter().map(Ok).collect();
        self
    }

    pub fn sequential(mut self) -> Self {
        self.schedule = Schedule::Sequential;
        self
    }

    /// Plays it to its end; every reply and outcome of the script has to be used.
    pub async fn play(mut self) -> Played {
        let outcomes = Mutex::new(std::mem::take(&mut self.outcomes).into());
        let python = Arc::new(Python { outcomes, ran: Mutex::default() });
        let mut played = self.play_with(Arc::clone(&python) as Arc<dyn Interpreter>).await;
        assert!(python.outcomes.lock().unwrap().is_empty(), "outcomes were left over");
        played.ran = std::mem::take(&mut *python.ran.lock().unwrap());
        played
    }

    /// Plays it with this interpreter instead of the script's outcomes.
    pub async fn play_with(self, interpreter: Arc<dyn Interpreter>) -> Played {
        let model = Arc::new(Model { replies: Mutex::new(self.replies.into()), asked: Mutex::default() });
        let workbench = Workbench {
            chat: Arc::clone(&model) as Arc<dyn ChatModel>,
            interpreter,
            sampling: Sampling::default(),
            price: Price { input: 0.0, output: 1e6 },
        };
        let executor = Executor::new(all(self.problem.domain), workbench, self.schedule);
        let named = |layer: Vec<&'static str>| layer.into_iter().map(OperatorName::from).collect();
        let graph = FixedGraph::new(self.layers.into_iter().map(named).collect());
        let mut graph = Watched { graph, states: Vec::new() };
        let episode = executor.run(&self.problem, &Pipeline::default(), &mut graph, 7).await;
        assert!(model.replies.lock().unwrap().is_empty(), "replies were left over");
        let (asked, samples) = std::mem::take(&mut *model.asked.lock().unwrap()).into_iter().unzip();
        Played { episode, states: graph.states, asked, samples, ran: Vec::new() }
    }
}

/// All operators of a domain with the built-in prompts.
pub fn all(domain: Domain) -> OperatorSet {
    registry::operators(domain, &Arc::new(Prompts::load(None).expect("the built-in prompts are sound")))
}

/// A maths problem whose statement holds whatever could upset a template.
pub fn maths() -> Problem {
    Problem {
        id: ProblemId("m/1".into()),
        domain: Domain::Maths,
        statement: r"Let $S = \{{1}, {{2}}\}$ and {% x %} {# y #} \boxed{-2}. What is $6 \cdot 7$ & <b>?".into(),
        entry_point: None,
        public_examples: [].into(),
    }
}

/// A code problem with a helper and an example.
pub fn code() -> Problem {
    Problem {
        id: ProblemId("c/1".into()),
        domain: Domain::Code,
        statement: "def double(x):\n    return 2 * x\n\n\ndef add(x, y):\n    \"\"\" Add {{x}} and {y}.\n    >>> add(1, 2)\n    3\n    \"\"\"\n".into(),
        entry_point: Some("add".into()),
        public_examples: [Example { call: "add(1, 2)".into(), expected: "3".into() }].into(),
    }
}

/// A fixed graph that keeps the state before each of its decisions.
struct Watched {
    graph: FixedGraph,
    states: Vec<State>,
}

impl Orchestrator for Watched {
    fn decide(&mut self, seen: &Observation<'_>) -> Decision {
        self.states.push(seen.state.clone());
        self.graph.decide(seen)
    }
}
