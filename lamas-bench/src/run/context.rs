//! What cells run in, and why one may end early.

use lamas_controller::ControllerError;
use lamas_core::units::Gamma;
use lamas_experiment::config::Experiment;
use lamas_record::RecordError;

use super::progress::{Progress, Silent};
use super::stop::{GRACE, NEVER, Stop};
use super::world::World;

/// What a cell runs in.
pub struct Context<'a> {
    /// Who answers, who runs programs.
    pub world: &'a World,
    /// Episodes in flight.
    pub concurrency: usize,
    /// Tokens per second of tool time, the same for every method (equation 9).
    pub gamma: Gamma,
    /// How many test queries leave their whole trace.
    pub traces: usize,
    /// Whether the user wants the run to end.
    pub stop: &'a Stop,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

/// Why a cell ended early.
#[derive(Debug, thiserror::Error)]
pub enum CellError {
    /// The run is to end.
    #[error("interrupted")]
    Stopped,
    /// The model cannot be used until the user acts.
    #[error("{0}")]
    Fatal(String),
    /// Nobody is asked, and what this cell needs is not recorded; others may do without it.
    #[error("{0}")]
    Unrecorded(String),
    /// The sandbox runs nothing any more.
    #[error("{0}")]
    Broken(String),
    /// The controller gave up.
    #[error(transparent)]
    Controller(#[from] ControllerError),
    /// An episode cannot be written down.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Episodes that are started before the next look at whether the run is to end.
pub const WINDOW: usize = 64;

impl<'a> Context<'a> {
    /// What an experiment's cells run in where nobody watches: nobody is told, nothing ends them early, and no trace is kept.
    #[must_use]
    pub fn unwatched(experiment: &Experiment, world: &'a World) -> Self {
        let Experiment { draft, gamma, .. } = experiment;
        Self { world, concurrency: draft.concurrency, gamma: *gamma, traces: 0, stop: &NEVER, progress: &Silent }
    }
}

impl Context<'_> {
    /// Episodes that are started before the next look at whether the run is to end, where more than [`WINDOW`] may be in
    /// flight.
    #[must_use]
    pub fn window(&self) -> usize {
        WINDOW.max(self.concurrency)
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    /// When it is to end.
    pub fn check(&self) -> Result<(), CellError> {
        let purse = self.world.purse();
        let ends = self.stop.is_requested() || purse.is_stopped() || purse.reached().is_some();
        if ends { Err(CellError::Stopped) } else { Ok(()) }
    }

    /// What comes of work, unless the run is interrupted first. Then no further call is made, pauses end, and calls in
    /// flight have a few seconds: what they answer is paid for, and is kept.
    ///
    /// # Errors
    /// When the run is interrupted.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, CellError> {
        tokio::pin!(work);
        tokio::select! {
            biased;
            () = self.stop.requested() => {}
            done = &mut work => return Ok(done),
        }
        self.world.purse().stop("interrupted");
        if self.world.is_live() {
            // Cut off or not: the cell begins anew, with the answers that the store keeps.
            let _ = tokio::time::timeout(GRACE, work).await;
        }
        Err(CellError::Stopped)
    }
}
