//! A cell's learning and evaluation, without any file.

use lamas_controller::Result as Planned;

use crate::run::cell::{Cell, CellError, Surroundings};
use crate::run::plan::{Job, Planner, with_planner};
use lamas_record::rows::EpisodeRow;

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
pub fn rehearse(cell: &Cell, around: &Surroundings<'_>) -> Result<Rehearsal, CellError> {
    with_planner(cell, Rehearse { cell, around })
}

struct Rehearse<'a> {
    cell: &'a Cell,
    around: &'a Surroundings<'a>,
}

impl Job for Rehearse<'_> {
    type Out = Result<Rehearsal, CellError>;

    fn run<P: Planner>(self, planner: Planned<P>) -> Self::Out {
        let mut planner = planner?;
        let learns = planner.file().is_some();
        let (mut train, mut test) = (Vec::new(), Vec::new());
        if learns {
            self.cell.train(&mut planner, &mut train, self.around)?;
        }
        self.cell.evaluate(&planner, &mut test, self.around)?;
        Ok(Rehearsal { train, test })
    }
}
