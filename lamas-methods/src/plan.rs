//! A recipe with its settings: what runs in the cells of an experiment.

use std::fmt::Debug;
use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::graph::Graph;
use crate::ground::Ground;
use crate::material::Material;
use crate::planner::Planner;

/// A method's settings, one for each of its values of lambda_t. They are made when a plan asks for them: one without any
/// setting must not fail for what it does not read.
pub type SettingsGrid<'a> = &'a dyn Fn() -> Result<Vec<Arc<Settings>>, String>;

/// Where a method's graphs come from, with everything that this takes.
pub trait Plan: Debug + Send + Sync {
    /// How it comes by its graphs, for manifests and tables.
    fn kind(&self) -> Kind;

    /// What it is, for a record of what results were made from. Its settings are recorded beside it.
    fn record(&self) -> Value;

    /// The graph that every query gets; `None` where that is not known beforehand.
    fn graph(&self) -> Option<&Graph> {
        None
    }

    /// Whether it can answer on a problem set.
    ///
    /// # Errors
    /// Why it never could, at its key below the entry.
    fn fits(&self, ground: &Ground<'_>) -> Result<(), Fault>;

    /// The operators that it may run; none where it may run all that work on the problems.
    fn may_run(&self) -> Vec<OperatorName> {
        Vec::new()
    }

    /// Its settings; `None` where it reads none, so that its episodes have no reward.
    fn settings(&self) -> Option<&Arc<Settings>> {
        None
    }

    /// The same under other settings, where it has any.
    fn changed(&self, change: &dyn Fn(&Settings) -> Settings) -> Arc<dyn Plan>;

    /// How many episodes it takes, without running any.
    fn episodes(&self, material: &Material<'_>) -> Episodes;

    /// How many episodes it learns from at once; `None` where it takes as many as there are.
    fn batch(&self) -> Option<usize> {
        None
    }

    /// Whether it asks, under other settings too, for some of the same episodes. Its cells then run side by side, and what
    /// several of them ask for is run once.
    fn shares_episodes(&self) -> bool {
        false
    }

    /// The plan at work; it has learned nothing.
    ///
    /// # Errors
    /// When its settings do not fit the operators.
    fn planner<'a>(&'a self, material: Material<'a>) -> Result<Box<dyn Planner + 'a>>;
}

/// How many episodes a plan takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episodes {
    /// To learn from, all together: never more than K passes over the training rows.
    pub train: usize,
    /// To answer each test query.
    pub per_answer: usize,
}

/// How a method comes by its graphs, for manifests and tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Written down.
    Fixed,
    /// Drawn by a controller that has learned nothing.
    Random,
    /// Learned by gradient.
    Learned,
    /// Found by trial.
    Searched,
    /// Taken from similar training rows.
    Routed,
    /// Learned from single answers to the training rows, whatever is run.
    Adaptive,
    /// Chosen after the fact: a bound, which cannot be had and is never ranked.
    Hindsight,
}

impl Kind {
    /// Whether it learns from training rows, so that it is nothing without any.
    #[must_use]
    pub fn learns(self) -> bool {
        match self {
            Self::Learned | Self::Searched | Self::Routed | Self::Adaptive => true,
            Self::Fixed | Self::Random | Self::Hindsight => false,
        }
    }
}

/// The value of a key whose plans have settings.
pub(crate) trait Tunable: Serialize + Clone + Debug + Send + Sync + 'static {
    /// What a record calls it.
    const NAME: &'static str;

    /// As [`Plan::shares_episodes`].
    const SHARES_EPISODES: bool = false;

    /// As [`Plan::kind`].
    fn kind(&self, settings: &Settings) -> Kind;

    /// As [`Plan::fits`].
    fn fits(&self, settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        ground.actions(settings).map(drop)
    }

    /// As [`Plan::may_run`].
    fn may_run(&self) -> Vec<OperatorName> {
        Vec::new()
    }

    /// As [`Plan::episodes`].
    fn episodes(&self, settings: &Settings, material: &Material<'_>) -> Episodes;

    /// As [`Plan::batch`].
    fn batch(&self, _settings: &Settings) -> Option<usize> {
        None
    }

    /// As [`Plan::planner`].
    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>>;
}

/// A value of a key with its settings.
#[derive(Debug, Clone)]
struct Tuned<S> {
    spec: S,
    settings: Arc<Settings>,
}

/// A plan for each of the settings.
pub(crate) fn each<S: Tunable>(spec: &S, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
    let plan = |settings| Arc::new(Tuned { spec: spec.clone(), settings }) as Arc<dyn Plan>;
    Ok(settings()?.into_iter().map(plan).collect())
}

impl<S: Tunable> Plan for Tuned<S> {
    fn kind(&self) -> Kind {
        self.spec.kind(&self.settings)
    }

    fn record(&self) -> Value {
        json!({ (S::NAME): self.spec })
    }

    fn fits(&self, ground: &Ground<'_>) -> Result<(), Fault> {
        self.spec.fits(&self.settings, ground)
    }

    fn may_run(&self) -> Vec<OperatorName> {
        self.spec.may_run()
    }

    fn settings(&self) -> Option<&Arc<Settings>> {
        Some(&self.settings)
    }

    fn changed(&self, change: &dyn Fn(&Settings) -> Settings) -> Arc<dyn Plan> {
        Arc::new(Self { spec: self.spec.clone(), settings: Arc::new(change(&self.settings)) })
    }

    fn episodes(&self, material: &Material<'_>) -> Episodes {
        self.spec.episodes(&self.settings, material)
    }

    fn batch(&self) -> Option<usize> {
        self.spec.batch(&self.settings)
    }

    fn shares_episodes(&self) -> bool {
        S::SHARES_EPISODES
    }

    fn planner<'a>(&'a self, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        self.spec.planner(&self.settings, material)
    }
}
