//! Networks that draw graphs, learned in K passes over the training rows with one update a batch.

use std::path::Path;

use lamas_controller::Result;
use lamas_controller::checkpoint::{self, Origin};
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::Embeddings;
use lamas_controller::notes;
use lamas_controller::reinforce::{Learner, Network, Update};
use lamas_controller::settings::{Selection, Settings};
use lamas_core::random::Seed;
use serde_yaml::Value;

use crate::material::Material;
use crate::plan::{Episodes, Kind};
use crate::planner::{CHECKPOINT, Decider, FOUND, Planner, Session, Trial, TrialResult};

/// A network whose draws are graphs.
pub(crate) trait DrawsGraphs: Network + Sized {
    /// One draw that has been at work.
    type Session: Session;

    /// A session for each of these queries, given by their rows. The seed is the episode's own.
    fn sessions(
        learner: &Learner<Self>,
        material: &Material<'_>,
        queries: &Embeddings,
        rows: &[usize],
        how: (Selection, &dyn Fn(usize) -> Seed),
    ) -> Result<Vec<Box<dyn Session>>>;

    /// What is learned from. This is the session that the attempt left which counts.
    fn episode(session: Self::Session, outcome: Option<EpisodeOutcome>, settings: &Settings) -> Self::Episode;

    /// What was learned, in words, where words can say it. For the reader only: the checkpoint holds the same.
    fn found(_learner: &Learner<Self>) -> Result<Option<(&'static str, Value)>> {
        Ok(None)
    }
}

/// A network in training.
pub(crate) struct Gradient<'a, N> {
    material: Material<'a>,
    learner: Learner<N>,
    /// Those that are left: passes and rows.
    batches: std::vec::IntoIter<Vec<(u32, usize)>>,
}

/// How many episodes learning takes.
pub(crate) fn episodes(settings: &Settings, material: &Material<'_>) -> Episodes {
    Episodes { train: settings.passes as usize * material.train.len(), per_answer: 1 }
}

/// What a method is whose network learns: nothing without a pass.
pub(crate) fn kind(settings: &Settings) -> Kind {
    if settings.passes == 0 { Kind::Random } else { Kind::Learned }
}

impl<'a, N: DrawsGraphs> Gradient<'a, N> {
    /// Training that has not begun.
    pub fn new(material: Material<'a>, learner: Learner<N>) -> Self {
        let batches = material.batches(learner.settings()).into_iter();
        Self { material, learner, batches }
    }
}

fn trial(row: usize, pass: u32, session: Box<dyn Session>) -> Trial {
    Trial { row, pass, decider: Decider::Session(session) }
}

impl<N: DrawsGraphs> Planner for Gradient<'_, N> {
    fn next(&mut self) -> Result<Vec<Trial>> {
        let Some(batch) = self.batches.next() else { return Ok(Vec::new()) };
        let train = self.material.train;
        let mut trials = Vec::new();
        for of_pass in batch.chunk_by(|(one, _), (other, _)| one == other) {
            let (pass, rows) = (of_pass[0].0, of_pass.iter().map(|(_, row)| *row).collect::<Vec<_>>());
            let seed = |row: usize| self.material.seed.derive("draw", &[u64::from(pass), row as u64]);
            let sessions = N::sessions(&self.learner, &self.material, train, &rows, (Selection::Draw, &seed))?;
            trials.extend(rows.into_iter().zip(sessions).map(|(row, session)| trial(row, pass, session)));
        }
        Ok(trials)
    }

    fn learn(&mut self, results: Vec<TrialResult>) -> Result<Option<Update>> {
        let rows: Vec<usize> = results.iter().map(|result| result.row).collect();
        let queries = self.material.train.tensor(&rows, self.learner.network().dtype())?;
        let settings = self.learner.settings();
        let episode = |result: TrialResult| N::episode(result.decider.session(), result.outcome, settings);
        let episodes: Vec<_> = results.into_iter().map(episode).collect();
        self.learner.update_of(&queries, &episodes, &rows).map(Some)
    }

    fn answers(&self, rows: &[usize]) -> Result<Vec<Vec<Trial>>> {
        let seed = |row: usize| self.material.seed.derive("test draw", &[row as u64]);
        let (test, selection) = (self.material.test, self.learner.settings().evaluation);
        let sessions = N::sessions(&self.learner, &self.material, test, rows, (selection, &seed))?;
        Ok(rows.iter().zip(sessions).map(|(&row, session)| vec![trial(row, 0, session)]).collect())
    }

    fn file(&self) -> Option<&'static str> {
        Some(CHECKPOINT)
    }

    fn save(&self, path: &Path, origin: &Origin) -> Result<()> {
        let settings = self.learner.settings();
        checkpoint::save(path, &self.learner, origin)?;
        match N::found(&self.learner)? {
            Some((note, found)) => notes::save(&path.with_file_name(FOUND), note, &found, origin, settings),
            None => Ok(()),
        }
    }

    fn load(&mut self, path: &Path, origin: &Origin) -> Result<()> {
        checkpoint::resume(path, &mut self.learner, origin)
    }
}
