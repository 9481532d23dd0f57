//! How much the bank of an experiment lacks.

use std::num::NonZeroU32;
use std::sync::Arc;

use futures::StreamExt;
use lamas_core::operator::Failure;
use lamas_core::scope::Workbench;
use lamas_experiment::config::{Experiment, ModelChoice};
use lamas_experiment::dataset::Dataset;
use lamas_methods::Kind;
use lamas_store::{Counted, Draw, Gauge, Identity};

use super::root::{Root, roots};
use super::strict::Strict;
use crate::forecast::rehearse::rehearse;
use crate::run::RunError;
use crate::run::cell::Cell;
use crate::run::context::Context;
use crate::run::world::{World, identity};

/// Roots at work at once.
const AT_ONCE: usize = 64;

/// A bank, as an experiment says it.
#[derive(Debug, Clone)]
pub struct Bank {
    /// Whose answers it holds.
    pub identity: Identity,
    /// Among which samples it draws.
    pub draw: Draw,
}

impl Bank {
    /// The bank of an experiment; `None` where it has none.
    #[must_use]
    pub fn of(experiment: &Experiment) -> Option<Self> {
        let ModelChoice::Openai(settings) = &experiment.draft.model else { return None };
        let draw = experiment.draft.store.bank()?;
        Some(Self { identity: identity(settings), draw })
    }

    /// How many samples each root has; one where that is what is recorded.
    #[must_use]
    pub fn samples(&self) -> NonZeroU32 {
        if let Draw::Of(samples) = self.draw { samples } else { NonZeroU32::MIN }
    }

    fn gauge(&self, world: &World) -> Arc<Gauge> {
        Arc::new(Gauge::new(world.workbench().chat, self.identity.clone(), self.draw))
    }
}

/// What a bank lacks.
#[derive(Debug, Default)]
pub struct Missing {
    /// The roots, and what hangs on those of their answers that are there.
    pub roots: Counted,
    /// What the cells ask whose graphs are known beforehand.
    pub cells: Counted,
}

impl Missing {
    /// Counts what the bank of an experiment lacks for these cells. Each answer that is missing may lead to questions that
    /// nobody knows yet, so that the counts are least ones.
    ///
    /// # Errors
    /// When the store cannot be read or the surroundings are not fit.
    pub fn count(experiment: &Experiment, datasets: &[Dataset], cells: &[Cell]) -> Result<Option<Self>, RunError> {
        let Some(bank) = Bank::of(experiment) else { return Ok(None) };
        let mut missing = Self::default();
        for (_, counted) in count_roots(experiment, datasets, cells, &bank)? {
            missing.roots.add(&counted);
        }
        let strict = Strict::of(experiment, datasets)?;
        let gauge = bank.gauge(&strict.world);
        let counting = Arc::clone(&gauge);
        let world = strict.world.answered_by(|_| counting);
        let context = Context::unwatched(experiment, &world);
        // What learns goes another way once an episode fails.
        let known = |cell: &&Cell| matches!(cell.plan.kind(), Kind::Fixed | Kind::Hindsight);
        for cell in cells.iter().filter(known) {
            rehearse(&[cell], &context).map_err(|error| RunError::Environment(format!("{}: {error}", cell.name())))?;
        }
        missing.cells = gauge.counted();
        Ok(Some(missing))
    }
}

/// The roots of these cells, each with what its bank has and lacks.
///
/// # Errors
/// When the store cannot be read or the surroundings are not fit.
pub fn count_roots(
    experiment: &Experiment,
    datasets: &[Dataset],
    cells: &[Cell],
    bank: &Bank,
) -> Result<Vec<(Root, Counted)>, RunError> {
    let Strict { world, .. } = &Strict::of(experiment, datasets)?;
    let looked = roots(cells).into_iter().map(|root| async move {
        let gauge = bank.gauge(world);
        let workbench = world.workbench();
        let episode = root.ask(bank.samples(), Workbench { chat: gauge.clone(), ..workbench });
        match episode.await.failure.filter(Failure::is_fatal) {
            Some(failure) => Err(RunError::Store(format!("{}: {failure}", root.title()))),
            None => Ok((root, gauge.counted())),
        }
    });
    let looked = futures::stream::iter(looked).buffered(AT_ONCE).collect::<Vec<_>>();
    world.timeline().block_on(looked).into_iter().collect()
}
