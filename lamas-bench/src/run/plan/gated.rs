//! Gates for operators and edges, learned in K passes with one update a batch, as the controller is.

use std::path::Path;

use lamas_controller::Result;
use lamas_controller::checkpoint::{self, Origin, Progress};
use lamas_controller::gates::{Episode, Gates, Layout, Session};
use lamas_controller::notes;
use lamas_controller::reinforce::{Learner, Network, Update};
use lamas_controller::settings::{Selection, Settings};
use lamas_core::operator::OperatorName;
use lamas_core::random::Seed;
use serde::Serialize;

use super::rows::Batches;
use super::{CHECKPOINT, FOUND};
use super::{Planner, Said, Trial, Tried, objective};
use crate::run::cell::Cell;
use lamas_experiment::config::plan::GateSpec;

/// What `found.yaml` says of gates that are the same for all queries.
#[derive(Serialize)]
struct Kept {
    open: Vec<Chance>,
}

/// An operator and the chance that its gate is open; the test rows get those with 1/2 or more.
#[derive(Serialize)]
struct Chance {
    operator: OperatorName,
    chance: f64,
}

/// A graph of gates.
pub struct Gated<'a> {
    cell: &'a Cell,
    learner: Learner<Gates>,
    batches: Batches,
}

impl<'a> Gated<'a> {
    /// Gates that have learned nothing.
    ///
    /// # Errors
    /// When settings or order do not fit the operators.
    pub fn new(cell: &'a Cell, spec: &GateSpec, settings: &Settings) -> Result<Self> {
        let actions = cell.data.actions(&settings.fallback)?;
        let layout = Layout::new(&actions, &spec.order, spec.edges)?;
        let gates = Gates::new(layout, spec.given, settings, &cell.descriptions()?, cell.weights())?;
        let learner = Learner::new(settings.clone(), actions, gates)?;
        Ok(Self { cell, learner, batches: Batches::new(cell, settings) })
    }
}

impl Planner for Gated<'_> {
    type Session = Session;

    fn next(&mut self) -> Result<Vec<Trial<Session>>> {
        let Some((pass, rows)) = self.batches.next() else { return Ok(Vec::new()) };
        let logits = self.learner.logits(&self.cell.data.train, &rows)?;
        let trial = |(row, logits): (usize, Vec<f64>)| {
            let seed = Seed(self.cell.seed).derive("draw", &[u64::from(pass), row as u64]);
            Trial { row, pass, session: Session::new(&self.learner, &logits, Selection::Draw, seed) }
        };
        Ok(rows.into_iter().zip(logits).map(trial).collect())
    }

    fn learn(&mut self, tried: Vec<Tried<Session>>) -> Result<Option<Update>> {
        let rows: Vec<usize> = tried.iter().map(|tried| tried.row).collect();
        let settings = self.learner.settings();
        let episode = |tried: &Tried<Session>| Episode {
            draw: tried.session.draw().clone(),
            reward: objective(tried.outcome.as_ref(), settings),
        };
        let episodes: Vec<Episode> = tried.iter().map(episode).collect();
        let queries = self.cell.data.train.tensor(&rows, self.learner.network().dtype())?;
        self.learner.update(&queries, &episodes).map(Some)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<Session>>>> {
        let logits = self.learner.logits(&self.cell.data.test, rows)?;
        let selection = self.learner.settings().evaluation;
        let trial = |(&row, logits): (&usize, Vec<f64>)| {
            let seed = Seed(self.cell.seed).derive("test draw", &[row as u64]);
            vec![Trial { row, pass: 0, session: Session::new(&self.learner, &logits, selection, seed) }]
        };
        Ok(rows.iter().zip(logits).map(trial).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(CHECKPOINT)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        let progress = Progress { pass: self.learner.settings().passes, batch: 0 };
        checkpoint::save(path, &self.learner, origin, progress)?;
        // For the reader only: the checkpoint holds the same.
        if let Some(chances) = self.learner.chances()? {
            let kept =
                Kept { open: chances.into_iter().map(|(operator, chance)| Chance { operator, chance }).collect() };
            notes::save(&path.with_file_name(FOUND), "gates", &kept, origin, self.learner.settings())?;
        }
        Ok(())
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        checkpoint::resume(path, &mut self.learner, origin).map(drop)
    }
}

impl super::Session for Session {
    fn said(&self) -> Said {
        let drawn = self.nodes().iter().map(|node| vec![node.operator.clone()]).collect();
        Said { drawn, log_prob: Some(self.log_prob()), entropy: Some(self.entropy()) }
    }
}
