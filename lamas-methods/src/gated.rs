//! Gates for operators and edges, learned as the controller is.

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::Embeddings;
use lamas_controller::gates::{Conditioning, GateEpisode, GateSession, Gates, Layout};
use lamas_controller::reinforce::Learner;
use lamas_controller::settings::{Selection, Settings};
use lamas_core::operator::OperatorName;
use lamas_core::random::Seed;
use lamas_core::trace::Trace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::gradient::{self, DrawsGraphs, Gradient};
use crate::graph::MOST_OPERATORS;
use crate::ground::{Ground, setting};
use crate::limit::Limit;
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::{AttemptVerdict, Draws, Planner, Session};
use crate::spec::Spec;

/// A graph of gates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GateSpec {
    /// The operators in the order in which they run; those that a domain lacks are left out.
    pub order: Vec<OperatorName>,
    /// Whether pairs of operators have gates; otherwise each reads all that went before. No by default.
    #[serde(default)]
    pub edges: bool,
    /// What the gates depend on; `query`.
    #[serde(default)]
    pub given: Conditioning,
}

impl Spec for GateSpec {
    fn limits(&self) -> Vec<Limit> {
        vec![Limit::new("gates.order", self.order.len(), MOST_OPERATORS)]
    }

    fn operators(&self) -> Vec<(String, OperatorName)> {
        let named = |(index, name): (usize, &OperatorName)| (format!("gates.order[{index}]"), name.clone());
        self.order.iter().enumerate().map(named).collect()
    }

    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(self, settings)
    }
}

impl Tunable for GateSpec {
    const NAME: &'static str = "gated";

    fn kind(&self, _settings: &Settings) -> Kind {
        Kind::Learned
    }

    fn fits(&self, settings: &Settings, ground: &Ground<'_>) -> Result<(), Fault> {
        let layout = Layout::new(&ground.actions(settings)?, &self.order, self.edges);
        layout.map(drop).map_err(|error| setting("set.", error))
    }

    fn may_run(&self) -> Vec<OperatorName> {
        self.names()
    }

    fn episodes(&self, settings: &Settings, material: &Material<'_>) -> Episodes {
        gradient::episodes(settings, material)
    }

    fn batch(&self, settings: &Settings) -> Option<usize> {
        Some(settings.episodes())
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        let actions = material.actions(settings)?;
        let layout = Layout::new(&actions, &self.order, self.edges)?;
        let gates = Gates::new(layout, self.given, settings, &material.described()?, material.weights())?;
        let learner = Learner::new(Arc::clone(settings), actions, gates)?;
        Ok(Box::new(Gradient::new(material, learner)))
    }
}

/// What [`FOUND`](crate::planner::FOUND) says of gates that are the same for all queries.
#[derive(Serialize)]
struct OpenGates {
    open: Vec<Chance>,
}

/// An operator and the chance that its gate is open; the test rows get those with 1/2 or more.
#[derive(Serialize)]
struct Chance {
    operator: OperatorName,
    chance: f64,
}

impl DrawsGraphs for Gates {
    type Session = GateSession;

    fn sessions(
        learner: &Learner<Self>,
        _material: &Material<'_>,
        queries: &Embeddings,
        rows: &[usize],
        (selection, seed): (Selection, &dyn Fn(usize) -> Seed),
    ) -> Result<Vec<Box<dyn Session>>> {
        let logits = learner.logits(queries, rows)?;
        let session = |(&row, logits): (&usize, Vec<f64>)| -> Box<dyn Session> {
            Box::new(GateSession::new(learner, &logits, selection, seed(row)))
        };
        Ok(rows.iter().zip(logits).map(session).collect())
    }

    fn episode(session: GateSession, outcome: Option<EpisodeOutcome>, settings: &Settings) -> GateEpisode {
        GateEpisode { draw: session.draw().clone(), reward: outcome.map(|outcome| outcome.reward(settings).total()) }
    }

    fn found(learner: &Learner<Self>) -> Result<Option<(&'static str, serde_yaml::Value)>> {
        let Some(chances) = learner.chances()? else { return Ok(None) };
        let open = chances.into_iter().map(|(operator, chance)| Chance { operator, chance }).collect();
        Ok(Some(("gates", serde_yaml::to_value(OpenGates { open }).expect("names and numbers can be written"))))
    }
}

impl Session for GateSession {
    fn draws(&self) -> Draws {
        let operators = self.nodes().iter().map(|node| node.race.names().cloned().collect()).collect();
        Draws { operators, log_prob: Some(self.log_prob()), entropy: Some(self.entropy()) }
    }

    fn verdict(self: Box<Self>, _attempts: u32, _trace: &Trace) -> AttemptVerdict {
        AttemptVerdict::Counts(self)
    }
}
