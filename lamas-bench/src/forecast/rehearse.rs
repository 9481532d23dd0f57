//! A cell's learning and evaluation, without any file.

use lamas_record::rows::EpisodeRow;

use crate::run::cell::Cell;
use crate::run::context::{CellError, Context};
use crate::run::together::{Member, evaluate, train};

/// What a rehearsal leaves.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Training episodes.
    pub train: Vec<EpisodeRow>,
    /// Test episodes.
    pub test: Vec<EpisodeRow>,
}

/// Lets a cell learn and answer, as a sweep does.
///
/// # Errors
/// As a sweep's cells.
pub fn rehearse(cell: &Cell, context: &Context<'_>) -> Result<Rehearsal, CellError> {
    let mut planner = cell.planner()?;
    let mut rehearsal = Rehearsal::default();
    if planner.file().is_some() {
        train(&mut [Member { cell, planner: &mut *planner, episodes: &mut rehearsal.train }], context)?;
    }
    evaluate(&mut [Member { cell, planner: &mut *planner, episodes: &mut rehearsal.test }], context)?;
    Ok(rehearsal)
}
