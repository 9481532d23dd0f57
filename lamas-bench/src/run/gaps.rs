//! The cells that a recording cannot answer.

use std::collections::BTreeSet;
use std::fmt;

use lamas_record::manifest::CellEntry;

use super::cell::Cell;

/// The cells that a recording cannot answer, and what they lack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaps {
    gaps: Vec<Gap>,
    /// Cells of the experiment.
    cells: usize,
}

/// Cells that were run side by side and lack the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Which.
    pub cells: Vec<String>,
    /// What was asked for first that is not recorded, and how to record it.
    pub lacks: String,
}

/// Gaps that a message names.
const SHOWN: usize = 5;

impl Gaps {
    /// The gaps of an experiment of so many cells, in the order of its cells.
    #[must_use]
    pub fn new(mut gaps: Vec<Gap>, cells: usize) -> Self {
        gaps.sort_by(|a, b| a.cells.cmp(&b.cells));
        Self { gaps, cells }
    }

    /// Whether everything is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gaps.is_empty()
    }

    /// The rows of tables that cannot be had, as dataset, method and lambda_t: all seeds of a cell that has a gap, since
    /// the seeds of a row belong together.
    fn rows<'c>(&self, cells: impl IntoIterator<Item = &'c Cell>) -> BTreeSet<String> {
        let lacking: BTreeSet<&String> = self.gaps.iter().flat_map(|gap| &gap.cells).collect();
        cells.into_iter().filter(|cell| lacking.contains(&cell.name())).map(row).collect()
    }

    /// The cells whose rows can be had.
    #[must_use]
    pub fn without<'c>(&self, cells: &[&'c Cell]) -> Vec<&'c Cell> {
        let rows = self.rows(cells.iter().copied());
        cells.iter().copied().filter(|cell| !rows.contains(&row(cell))).collect()
    }
}

/// What the seeds of a cell share.
fn row(cell: &Cell) -> String {
    Cell { seed: 0, ..cell.clone() }.name()
}

impl fmt::Display for Gaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lacking: usize = self.gaps.iter().map(|gap| gap.cells.len()).sum();
        write!(f, "the recording cannot answer {lacking} of {} cells; the others are done", self.cells)?;
        for gap in self.gaps.iter().take(SHOWN) {
            write!(f, "\n  {}: {}", gap.cells.join(", "), gap.lacks)?;
        }
        match self.gaps.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more; `lamas-bench plan` counts what is missing"),
        }
    }
}

/// The entries of a manifest that belong to these cells.
#[must_use]
pub fn entries(entries: Vec<CellEntry>, cells: &[&Cell]) -> Vec<CellEntry> {
    let names: BTreeSet<String> = cells.iter().map(|cell| cell.name()).collect();
    entries.into_iter().filter(|entry| names.contains(&entry.name)).collect()
}
