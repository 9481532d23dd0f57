//! How much of a plan the store holds already.
//!
//! Every cell runs on the store alone, as the real run will, for as long as the store answers: what it answers is what the
//! run will not have to pay. A cell ends at the batch in which the store lacks an answer, so that the count is a least one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse};
use lamas_core::meter::CallMeter;
use lamas_core::units::{Price, Tokens, Usd};
use lamas_store::Mode;
use rayon::prelude::*;

use super::quick::endpoint;
use super::rehearse::rehearse;
use super::sample::open;
use crate::bank::strict::Strict;
use crate::run::RunError;
use crate::run::cell::side_by_side;
use crate::run::context::Context;
use crate::run::load::{cells, prepare_all};
use lamas_experiment::config::Experiment;
use lamas_experiment::dataset::Dataset;

/// The longest that the store is tried.
const PATIENCE: Duration = Duration::from_secs(4);

/// What the store answers.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Held {
    /// Calls.
    pub calls: u64,
    /// Their tokens, input and output together.
    pub tokens: Tokens,
    /// What they would cost.
    pub usd: Usd,
    /// Whether there was no time to try everything.
    pub cut_short: bool,
}

/// Tries what the store answers of an experiment; `None` where it holds nothing of its model.
///
/// # Errors
/// When the store cannot be read or the surroundings are not fit.
pub fn held(experiment: &Experiment, datasets: &[Dataset]) -> Result<Option<Held>, RunError> {
    let Some(settings) = endpoint(experiment) else { return Ok(None) };
    let Some(archive) = open(&experiment.draft.store.path)? else { return Ok(None) };
    let stats = archive.stats().map_err(|error| RunError::Store(error.to_string()))?;
    if experiment.draft.store.mode == Mode::Off || !stats.models.iter().any(|model| model.model == settings.name) {
        return Ok(None);
    }
    let strict = Strict::of(experiment, datasets)?;
    let tally = Arc::new(Mutex::new(Held::default()));
    let (price, until) = (strict.world.price(), Instant::now() + PATIENCE);
    let world = strict.world.answered_by(|inner| Arc::new(Counted { inner, price, until, tally: Arc::clone(&tally) }));
    let prepared = prepare_all(experiment, datasets.to_vec())?;

    let context = Context::unwatched(experiment, &world);
    let cells = cells(experiment, &prepared);
    let groups = side_by_side(&cells, |cell, other| cell.shares_episodes(other));
    groups.par_iter().with_max_len(1).for_each(|group| {
        // They end with the first answer that is missing, which is what most of them are expected to do.
        let _ = rehearse(group, &context);
    });
    let held = *tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Some(held))
}

/// Counts what the store answers, for as long as there is time.
struct Counted {
    inner: Arc<dyn ChatModel>,
    price: Price,
    until: Instant,
    tally: Arc<Mutex<Held>>,
}

impl Counted {
    fn tally(&self) -> MutexGuard<'_, Held> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ChatModel for Counted {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        if Instant::now() > self.until {
            self.tally().cut_short = true;
            return Err(ChatError::Fatal("there is no time left".to_owned()));
        }
        let response = self.inner.chat_metered(request, meter).await?;
        let mut tally = self.tally();
        tally.calls += 1;
        tally.tokens = tally.tokens + response.usage.input + response.usage.output;
        tally.usd += self.price.cost(response.usage.input, response.usage.output);
        Ok(response)
    }
}
