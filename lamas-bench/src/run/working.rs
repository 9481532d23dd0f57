//! A cell at work, and its files.

use std::path::PathBuf;

use lamas_controller::checkpoint::Origin;
use lamas_core::random::Seed;
use lamas_methods::Planner;
use lamas_methods::planner::{CHECKPOINT, FOUND};
use lamas_record::cell_record::{CellRecord, Part};
use lamas_record::directory::{RunDirectory, remove};
use lamas_record::rows::EpisodeFile;

use super::RunError;
use super::cell::Cell;
use super::standing::Standing;
use super::together::Member;

pub(super) const TRAIN: &str = "train.parquet";
pub(super) const TEST: &str = "test.parquet";
pub(super) const UPDATES: &str = "updates.parquet";
pub(super) const TRACES: &str = "traces.json";

/// A cell at work, with its files.
pub(super) struct Working<'a> {
    pub(super) cell: &'a Cell,
    pub(super) planner: Box<dyn Planner + 'a>,
    pub(super) files: CellFiles,
}

impl<'a> Working<'a> {
    /// Begins, with what earlier starts left.
    pub(super) fn begin(directory: &RunDirectory, standing: &'a Standing) -> Result<Self, RunError> {
        let cell = &standing.cell;
        let files = CellFiles::begin(directory, standing)?;
        let gave_up = |why| RunError::Controller { cell: cell.name(), why: Box::new(why) };
        Ok(Self { cell, planner: cell.planner().map_err(gave_up)?, files })
    }

    pub(super) fn member<'m>(&'m mut self, episodes: &'m mut EpisodeFile) -> Member<'m> {
        Member { cell: self.cell, planner: &mut *self.planner, episodes }
    }

    /// Where what it learns is kept, and what that must have come from to be used here.
    fn learned(&self) -> (&'static str, Origin) {
        let origin = Origin {
            config: self.files.record.made_from.sha256(),
            encoder: self.cell.data.encoder.clone(),
            seed: Seed(self.cell.seed),
        };
        (self.planner.file().unwrap_or(FOUND), origin)
    }

    pub(super) fn load(&mut self) -> Result<(), RunError> {
        let (file, origin) = self.learned();
        self.planner.load(&self.files.folder.join(file), &origin).map_err(RunError::Checkpoint)
    }

    pub(super) fn save(&self) -> Result<&'static str, RunError> {
        let (file, origin) = self.learned();
        self.planner.save(&self.files.folder.join(file), &origin).map_err(RunError::Checkpoint)?;
        Ok(file)
    }
}

/// A cell's folder, and what is known of its files.
pub(super) struct CellFiles {
    pub(super) folder: PathBuf,
    pub(super) record: CellRecord,
}

impl CellFiles {
    /// Gets a cell's folder ready; whatever is not taken over is removed from it.
    fn begin(directory: &RunDirectory, standing: &Standing) -> Result<Self, RunError> {
        let (folder, record) = (directory.cell(&standing.cell.name())?, standing.record.clone());
        for file in [TRAIN, UPDATES, CHECKPOINT, FOUND, TRACES, TEST] {
            if !record.names(file) {
                remove(&folder.join(file))?;
            }
        }
        record.write(&folder)?;
        Ok(Self { folder, record })
    }

    pub(super) fn trained(&mut self, start: u32, learned: &str) -> Result<(), RunError> {
        self.record.trained = Some(Part::of(start, &self.folder, &[TRAIN, UPDATES, learned])?);
        Ok(self.record.write(&self.folder)?)
    }

    /// Last: it says that the cell is finished.
    pub(super) fn tested(&mut self, start: u32) -> Result<(), RunError> {
        self.record.tested = Some(Part::of(start, &self.folder, &[TRACES, TEST])?);
        Ok(self.record.write(&self.folder)?)
    }
}
