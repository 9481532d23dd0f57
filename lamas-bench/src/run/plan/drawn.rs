//! A controller that draws layer after layer, learned in K passes with one update a batch.

use std::path::Path;

use lamas_controller::Result;
use lamas_controller::checkpoint::{self, Origin, Progress};
use lamas_controller::episode::Episode;
use lamas_controller::orchestrate::Session;
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::{Learner, Update};
use lamas_controller::settings::{Selection, Settings};
use lamas_controller::table::PolicyTable;
use lamas_core::random::Seed;

use super::CHECKPOINT;
use super::rows::Batches;
use super::{Planner, Said, Trial, Tried};
use crate::run::cell::Cell;

/// The controller of LAMaS.
pub struct Drawn<'a> {
    cell: &'a Cell,
    learner: Learner<Policy>,
    batches: Batches,
}

impl<'a> Drawn<'a> {
    /// A controller that has learned nothing.
    ///
    /// # Errors
    /// When the settings do not fit the operators.
    pub fn new(cell: &'a Cell, settings: &Settings) -> Result<Self> {
        let actions = cell.data.actions(&settings.fallback)?;
        let policy = Policy::new(settings, &cell.descriptions()?, cell.weights())?;
        let learner = Learner::new(settings.clone(), actions, policy)?;
        Ok(Self { cell, learner, batches: Batches::new(cell, settings) })
    }

    fn session(&self, table: PolicyTable, selection: Selection, seed: Seed) -> Session {
        Session::new(&self.learner, table, selection, seed).under(self.cell.method.schedule)
    }
}

impl Planner for Drawn<'_> {
    type Session = Session;

    fn next(&mut self) -> Result<Vec<Trial<Session>>> {
        let Some((pass, rows)) = self.batches.next() else { return Ok(Vec::new()) };
        let tables = self.learner.tables(&self.cell.data.train, &rows)?;
        let trial = |(row, table): (usize, _)| {
            let seed = Seed(self.cell.seed).derive("draw", &[u64::from(pass), row as u64]);
            Trial { row, pass, session: self.session(table, Selection::Draw, seed) }
        };
        Ok(rows.into_iter().zip(tables).map(trial).collect())
    }

    fn learn(&mut self, tried: Vec<Tried<Session>>) -> Result<Option<Update>> {
        let rows: Vec<usize> = tried.iter().map(|tried| tried.row).collect();
        let queries = self.cell.data.train.tensor(&rows, self.learner.network().dtype())?;
        let episode =
            |tried: Tried<Session>| Episode { layers: tried.session.into_decisions(), outcome: tried.outcome };
        self.learner.update(&queries, &tried.into_iter().map(episode).collect::<Vec<_>>()).map(Some)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial<Session>>>> {
        let tables = self.learner.tables(&self.cell.data.test, rows)?;
        let selection = self.learner.settings().evaluation;
        let trial = |(&row, table)| {
            let seed = Seed(self.cell.seed).derive("test draw", &[row as u64]);
            vec![Trial { row, pass: 0, session: self.session(table, selection, seed) }]
        };
        Ok(rows.iter().zip(tables).map(trial).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(CHECKPOINT)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        let progress = Progress { pass: self.learner.settings().passes, batch: 0 };
        checkpoint::save(path, &self.learner, origin, progress)
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        checkpoint::resume(path, &mut self.learner, origin).map(drop)
    }
}

impl super::Session for Session {
    fn again(&self, attempt: u32) -> Option<Self> {
        self.raised().then(|| self.attempt(attempt))
    }

    fn said(&self) -> Said {
        let names = self.actions().names();
        let layers = self.decisions();
        let drawn = layers.iter().map(|layer| layer.drawn.iter().map(|&o| names[o].clone()).collect());
        let entropy: f64 = layers.iter().map(|layer| layer.entropy).sum();
        let learned = !layers.is_empty();
        Said {
            drawn: drawn.collect(),
            log_prob: learned.then(|| layers.iter().map(|layer| layer.log_prob).sum()),
            entropy: learned.then(|| entropy / layers.len() as f64),
        }
    }
}
