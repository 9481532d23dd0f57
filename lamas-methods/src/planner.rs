//! A plan at work on one problem set: what it wants to try, what it learns of that, and how it answers.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use lamas_adaptive::bank::Row;
use lamas_controller::Result;
use lamas_controller::checkpoint::Origin;
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::reinforce::Update;
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::Orchestrator;
use lamas_core::race::Race;
use lamas_core::trace::Trace;
use lamas_core::units::Usd;

use crate::graph::Graph;

/// The file in a cell's folder that holds what was learned by gradient.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

/// The file in a cell's folder that holds what was found by trial, as YAML.
pub const FOUND: &str = "found.yaml";

/// A plan at work. Everything that it tries and learns from are training rows. By default it learns nothing.
pub trait Planner {
    /// The next episodes to learn from; none when learning is over.
    ///
    /// # Errors
    /// When the controller gives up.
    fn next(&mut self) -> Result<Vec<Trial>> {
        Ok(Vec::new())
    }

    /// Learns from these episodes, in the order in which they were asked for; says so where that was a step of an optimiser.
    ///
    /// # Errors
    /// When the controller gives up.
    fn learn(&mut self, _results: Vec<TrialResult>) -> Result<Option<Update>> {
        Ok(None)
    }

    /// The episodes that answer these test queries: one for each, or several of which [`Planner::choose`] takes one.
    ///
    /// # Errors
    /// When the controller gives up.
    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>>;

    /// Which of a query's episodes counts, by their whole rewards (`None` = unscored).
    fn choose(&self, _rewards: &[Option<f64>]) -> usize {
        0
    }

    /// The file in the cell's folder that holds what was learned; `None` where nothing is.
    fn file(&self) -> Option<&'static str> {
        None
    }

    /// Writes what was learned.
    ///
    /// # Errors
    /// When it cannot be written.
    fn save(&self, _path: &Path, _origin: &Origin) -> Result<()> {
        Ok(())
    }

    /// Takes what was learned from the file, which must belong to this experiment.
    ///
    /// # Errors
    /// When it cannot be read, is damaged or foreign.
    fn load(&mut self, _path: &Path, _origin: &Origin) -> Result<()> {
        Ok(())
    }
}

/// One episode to be run.
pub struct Trial {
    /// The row of the split.
    pub row: usize,
    /// The pass, from 0. Trials of the same row and pass see the same samples.
    pub pass: u32,
    /// Who decides.
    pub decider: Decider,
}

impl Trial {
    /// A graph on a row.
    #[must_use]
    pub fn of_graph(row: usize, pass: u32, graph: &Arc<Graph>) -> Self {
        Self { row, pass, decider: Decider::Graph(Arc::clone(graph)) }
    }

    /// A race on a row that waits for all, of which every output is kept.
    #[must_use]
    pub fn of_field(row: usize, pass: u32, field: &Arc<Race>) -> Self {
        Self { row, pass, decider: Decider::Field(Arc::clone(field)) }
    }

    /// What makes it the same episode as another one, so that one run does for both; `None` where nothing does, since what
    /// a session draws is its own.
    #[must_use]
    pub fn identity(&self) -> Option<(usize, u32, Known)> {
        self.decider.known().map(|known| (self.row, self.pass, known))
    }
}

/// What an episode runs, where that is known beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Known {
    /// As [`Decider::Graph`].
    Graph(Arc<Graph>),
    /// As [`Decider::Field`].
    Field(Arc<Race>),
}

/// Who decides in an episode.
pub enum Decider {
    /// These layers, whatever happens.
    Graph(Arc<Graph>),
    /// Nobody: all of these run, and what each of them makes is scored by itself and kept.
    Field(Arc<Race>),
    /// A session, which decides as it goes.
    Session(Box<dyn Session>),
}

impl Decider {
    /// What it runs; `None` for a session, which belongs to one episode.
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        match self {
            Self::Graph(graph) => Some(Known::Graph(Arc::clone(graph))),
            Self::Field(field) => Some(Known::Field(Arc::clone(field))),
            Self::Session(_) => None,
        }
    }

    /// The session that a planner of sessions has made.
    ///
    /// # Panics
    /// When it is another planner's.
    #[must_use]
    pub fn session<S: Session>(self) -> S {
        let session: Box<dyn Any> = match self {
            Self::Session(session) => session,
            Self::Graph(graph) => Box::new(graph),
            Self::Field(field) => Box::new(field),
        };
        *session.downcast().expect("a planner learns from the sessions that it made itself")
    }
}

/// A trial with what came of it.
pub struct TrialResult {
    /// The row of the training split.
    pub row: usize,
    /// Who decided.
    pub decider: Decider,
    /// What came of it; `None` = unscored.
    pub outcome: Option<EpisodeOutcome>,
    /// The outputs of a [`Decider::Field`]; `None` of any other.
    pub drawn: Option<Arc<Row>>,
}

impl From<Known> for Decider {
    fn from(known: Known) -> Self {
        match known {
            Known::Graph(graph) => Self::Graph(graph),
            Known::Field(field) => Self::Field(field),
        }
    }
}

impl TrialResult {
    /// S - lambda_c C - lambda_t T; `None` = unscored.
    #[must_use]
    pub fn reward(&self, settings: &Settings) -> Option<f64> {
        self.outcome.as_ref().map(|outcome| outcome.reward(settings).total())
    }
}

/// One query's orchestrator, which can say afterwards what it drew.
pub trait Session: Orchestrator + Any {
    /// What the episode's row shows of the draws.
    fn draws(&self) -> Draws;

    /// Whether the attempt that has this trace counts, and what follows where it does not. `attempts` came before it.
    fn verdict(self: Box<Self>, attempts: u32, trace: &Trace) -> AttemptVerdict;
}

/// Whether an attempt at a query counts.
pub enum AttemptVerdict {
    /// It does, and this is the session that the planner gets back.
    Counts(Box<dyn Session>),
    /// It does not: this session makes another attempt.
    Again {
        /// Who decides in it.
        session: Box<dyn Session>,
        /// What is paid for the attempt that does not count.
        billed: Usd,
    },
    /// None does, so that the episode is unscored.
    GivenUp {
        /// The session that the planner gets back.
        session: Box<dyn Session>,
        /// Why.
        reason: String,
    },
}

/// What a session has drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draws {
    /// The operators, layer by layer, before the environment rewrote anything.
    pub operators: Vec<Vec<OperatorName>>,
    /// Log-probability of all decisions, in nats; `None` without a policy.
    pub log_prob: Option<f64>,
    /// Mean entropy of the distributions drawn from, in nats; `None` without a policy.
    pub entropy: Option<f64>,
}
