//! A cell, and what earlier starts left of it: what is taken over, and what is still to run.

use std::collections::BTreeSet;

use lamas_record::cell_record::CellRecord;
use lamas_record::directory::RunDirectory;
use lamas_record::manifest::{CellEntry, TakenOver};

use super::RunError;
use super::cell::Cell;
use super::made_from::{Shared, made_from};

/// Which part of each cell to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Train the methods that learn.
    Train,
    /// Evaluate what is trained; a missing checkpoint is an error.
    Evaluate,
    /// Both.
    Both,
}

/// A cell and what earlier starts left of it.
pub(super) struct Standing {
    pub(super) cell: Cell,
    pub(super) record: CellRecord,
}

impl Standing {
    /// What earlier starts left of a cell; what was made from something else is never taken over.
    pub(super) fn of(directory: &RunDirectory, cell: Cell, shared: &Shared) -> Result<Self, RunError> {
        let folder = directory.cell_path(&cell.name());
        let made_from = made_from(&cell, shared);
        let Some(record) = CellRecord::read(&folder)?.filter(CellRecord::is_trained) else {
            return Ok(Self { cell, record: CellRecord::new(made_from) });
        };
        let differences: Vec<String> =
            made_from.differences(&record.made_from).iter().take(SHOWN).map(ToString::to_string).collect();
        if !differences.is_empty() {
            let message = format!(
                "was made from something else ({}); choose another --out, or remove the folder, and the same command \
                 runs the cell anew",
                differences.join("; ")
            );
            return Err(RunError::file(folder, message));
        }
        record.check(&folder)?;
        Ok(Self { cell, record })
    }

    pub(super) fn entry(&self) -> CellEntry {
        let taken_over = match (self.record.is_tested(), self.record.is_trained()) {
            (true, _) => TakenOver::All,
            (false, true) => TakenOver::Training,
            (false, false) => TakenOver::Nothing,
        };
        CellEntry { name: self.cell.name(), made_from: self.record.made_from.sha256(), taken_over }
    }

    /// Episodes that a whole start of it runs.
    pub(super) fn episodes(&self, phase: Phase) -> u64 {
        let cell = &self.cell;
        match phase {
            Phase::Train => cell.training_episodes(),
            Phase::Evaluate => cell.test_episodes(),
            Phase::Both => cell.training_episodes() + cell.test_episodes(),
        }
    }

    /// Episodes that it still has to run.
    pub(super) fn ahead(&self, phase: Phase) -> u64 {
        let Self { cell, record } = self;
        let train = if phase == Phase::Evaluate || record.is_trained() { 0 } else { cell.training_episodes() };
        let test = if phase == Phase::Train || record.is_tested() { 0 } else { cell.test_episodes() };
        train + test
    }

    /// Whether two cells ask in part for the same episodes, and have come as far as each other.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        self.record.is_trained() == other.record.is_trained() && self.cell.shares_episodes(&other.cell)
    }
}

/// Differences that a message names.
const SHOWN: usize = 5;

/// No two cells may write the same files.
pub(super) fn each_has_a_folder(directory: &RunDirectory, cells: &[Standing]) -> Result<(), RunError> {
    let mut names = BTreeSet::new();
    match cells.iter().map(|standing| standing.cell.name()).find(|name| !names.insert(name.clone())) {
        Some(twice) => Err(RunError::file(
            directory.cell_path(&twice),
            "two cells of the experiment would share this folder; give one of the methods, or of the values of \
             lambda_t, another name",
        )),
        None => Ok(()),
    }
}
