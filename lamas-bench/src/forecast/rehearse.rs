//! The learning and evaluation of cells that share episodes, or of a single cell, without any file.

use std::sync::atomic::{AtomicU64, Ordering};

use lamas_record::rows::EpisodeRow;

use crate::run::cell::Cell;
use crate::run::context::{CellError, Context};
use crate::run::progress::Progress;
use crate::run::together::{Member, evaluate, train};

/// What a rehearsal leaves.
#[derive(Debug, Default)]
pub struct Rehearsal {
    /// Its learning; nothing where it does not learn.
    pub train: Rehearsed,
    /// Its answers to the test queries.
    pub test: Rehearsed,
}

/// One half of it.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The episodes of the first cell.
    pub rows: Vec<EpisodeRow>,
    /// Episodes that were run for all cells, for each one that a single cell asked for: between 1 and the number of cells.
    run: f64,
    cells: usize,
}

impl Rehearsed {
    /// Episodes that are run for each one that is asked for, where so many of the cells go side by side: 1 where no two ask for
    /// the same. What each further cell brings that the others do not ask for is taken to be as much as here.
    #[must_use]
    pub fn share(&self, cells: usize) -> f64 {
        if self.cells < 2 || cells < 2 {
            return 1.0;
        }
        let further = (self.run - 1.0) / (self.cells - 1) as f64;
        (1.0 + further * (cells - 1) as f64) / cells as f64
    }
}

/// What runs one half of cells that go side by side.
type Half = dyn Fn(&mut [Member<'_>], &Context<'_>) -> Result<(), CellError>;

/// Lets cells that share episodes learn and answer side by side, as a sweep does.
///
/// # Errors
/// As a sweep's cells.
pub fn rehearse(cells: &[&Cell], context: &Context<'_>) -> Result<Rehearsal, CellError> {
    let mut planners = cells.iter().map(|cell| cell.planner()).collect::<Result<Vec<_>, _>>()?;
    let learns = planners.first().is_some_and(|planner| planner.file().is_some());
    let mut half = |run: &Half| {
        let mut rows: Vec<Vec<EpisodeRow>> = vec![Vec::new(); cells.len()];
        let counted = Counted::default();
        let members = cells.iter().zip(&mut planners).zip(&mut rows);
        let mut members: Vec<Member<'_>> =
            members.map(|((cell, planner), episodes)| Member { cell, planner: &mut **planner, episodes }).collect();
        run(&mut members, &Context { progress: &counted, ..*context })?;
        drop(members);
        let all = cells.len();
        let run = (counted.run_of_asked() * all as f64).clamp(1.0, all as f64);
        Ok::<_, CellError>(Rehearsed { rows: rows.swap_remove(0), run, cells: all })
    };
    let train =
        if learns { half(&|members, context| train(members, context).map(drop))? } else { Rehearsed::default() };
    let test = half(&|members, context| evaluate(members, context).map(drop))?;
    Ok(Rehearsal { train, test })
}

/// Counts episodes that are run and those that are asked for.
#[derive(Default)]
struct Counted {
    run: AtomicU64,
    asked: AtomicU64,
}

impl Counted {
    fn run_of_asked(&self) -> f64 {
        let [run, asked] = [&self.run, &self.asked].map(|count| count.load(Ordering::Relaxed) as f64);
        if asked > 0.0 { run / asked } else { 1.0 }
    }
}

impl Progress for Counted {
    fn stage(&self, _: &str) {}
    fn work_ahead(&self, _: u64, _: u64) {}
    fn cell_started(&self, _: &str) {}
    fn episodes(&self, asked: u64) {
        self.run.fetch_add(1, Ordering::Relaxed);
        self.asked.fetch_add(asked, Ordering::Relaxed);
    }
    fn cell_finished(&self, _: &str) {}
    fn waiting(&self, _: &str) {}
    fn finish(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_ask_for_the_same_pay_once_and_those_that_do_not_each() {
        let shares =
            |run, cells| [1, 2, 3].map(|side_by_side| Rehearsed { rows: Vec::new(), run, cells }.share(side_by_side));
        assert_eq!(shares(1.0, 3), [1.0, 0.5, 1.0 / 3.0]);
        assert_eq!(shares(3.0, 3), [1.0; 3]);
        assert_eq!(shares(2.0, 3), [1.0, 0.75, 2.0 / 3.0]);
        assert_eq!(shares(1.0, 1), [1.0; 3]);
    }
}
