//! A controller that draws layer after layer: what an entry has that says nothing of where its graphs come from.

use std::sync::Arc;

use lamas_controller::Result;
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::Embeddings;
use lamas_controller::episode::LayerEpisode;
use lamas_controller::orchestrate::LayerSession;
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::released::{REDRAWS, RedrawingSession, billed_before_steps};
use lamas_controller::settings::{Selection, Settings};
use lamas_core::random::Seed;
use lamas_core::trace::Trace;
use serde::Serialize;

use crate::gradient::{self, DrawsGraphs, Gradient};
use crate::material::Material;
use crate::plan::{self, Episodes, Kind, Plan, SettingsGrid, Tunable};
use crate::planner::{AttemptVerdict, Draws, Planner, Session};
use crate::spec::Spec;

/// The controller of LAMaS; all that there is to say of it are its settings.
#[derive(Debug, Clone, Serialize)]
pub struct Layered;

impl Spec for Layered {
    fn plans(&self, settings: SettingsGrid<'_>) -> Result<Vec<Arc<dyn Plan>>, String> {
        plan::each(self, settings)
    }
}

impl Tunable for Layered {
    const NAME: &'static str = "drawn";

    fn kind(&self, settings: &Settings) -> Kind {
        gradient::kind(settings)
    }

    fn episodes(&self, settings: &Settings, material: &Material<'_>) -> Episodes {
        gradient::episodes(settings, material)
    }

    fn batch(&self, settings: &Settings) -> Option<usize> {
        Some(settings.episodes())
    }

    fn planner<'a>(&'a self, settings: &'a Arc<Settings>, material: Material<'a>) -> Result<Box<dyn Planner + 'a>> {
        let policy = Policy::new(settings, &material.described()?, material.weights())?;
        let learner = Learner::new(Arc::clone(settings), material.actions(settings)?, policy)?;
        Ok(Box::new(Gradient::new(material, learner)))
    }
}

impl DrawsGraphs for Policy {
    type Session = LayerSession;

    fn sessions(
        learner: &Learner<Self>,
        material: &Material<'_>,
        queries: &Embeddings,
        rows: &[usize],
        (selection, seed): (Selection, &dyn Fn(usize) -> Seed),
    ) -> Result<Vec<Box<dyn Session>>> {
        let tables = learner.tables(queries, rows)?;
        let session = |(&row, table)| -> Box<dyn Session> {
            let session = LayerSession::new(learner, table, selection, seed(row));
            match RedrawingSession::of(&session, material.schedule) {
                Some(redrawing) => Box::new(redrawing),
                None => Box::new(session),
            }
        };
        Ok(rows.iter().zip(tables).map(session).collect())
    }

    fn episode(session: LayerSession, outcome: Option<EpisodeOutcome>, _settings: &Settings) -> LayerEpisode {
        LayerEpisode { layers: session.into_decisions(), outcome }
    }
}

impl Session for LayerSession {
    fn draws(&self) -> Draws {
        let names = self.actions().names();
        let layers = self.decisions();
        let drawn = layers.iter().map(|layer| layer.drawn.iter().map(|&o| names[o].clone()).collect());
        let entropy: f64 = layers.iter().map(|layer| layer.entropy).sum();
        let drew = !layers.is_empty();
        Draws {
            operators: drawn.collect(),
            log_prob: drew.then(|| layers.iter().map(|layer| layer.log_prob).sum()),
            entropy: drew.then(|| entropy / layers.len() as f64),
        }
    }

    fn verdict(self: Box<Self>, _attempts: u32, _trace: &Trace) -> AttemptVerdict {
        AttemptVerdict::Counts(self)
    }
}

impl Session for RedrawingSession {
    fn draws(&self) -> Draws {
        self.inner().draws()
    }

    fn verdict(self: Box<Self>, attempts: u32, trace: &Trace) -> AttemptVerdict {
        if !self.raised() {
            return AttemptVerdict::Counts(Box::new(self.into_inner()));
        }
        if attempts == REDRAWS {
            let reason = format!("{REDRAWS} redraws and the first draw all raised");
            return AttemptVerdict::GivenUp { session: Box::new(self.into_inner()), reason };
        }
        AttemptVerdict::Again { session: Box::new(self.next(attempts + 1)), billed: billed_before_steps(trace) }
    }
}
