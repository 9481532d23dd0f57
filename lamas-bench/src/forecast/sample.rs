//! Episodes of one method on one problem set, answered by the store where it can and by the simulated model elsewhere.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use lamas_controller::settings::Settings;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, LatencySource};
use lamas_core::meter::CallMeter;
use lamas_core::units::Price;
use lamas_llm::limit::Budget;
use lamas_store::{Archive, Identity, Question};

use super::estimate::{Effort, Scale, Spread, estimate};
use super::quick::{endpoint, with_quick_encoder};
use super::rehearse::{Rehearsal, Rehearsed, rehearse};
use crate::bank::missing::Bank;
use crate::run::RunError;
use crate::run::cell::Cell;
use crate::run::context::{CellError, Context};
use crate::run::load::prepare_all;
use crate::run::world::{World, identity, price, sandbox};
use lamas_experiment::config::{Experiment, Method, ModelChoice};
use lamas_experiment::dataset::Dataset;
use lamas_methods::{Kind, Plan};
use lamas_record::directory::{Lock, RunDirectory};
use lamas_record::rows::EpisodeRow;

/// Rows of each split that are tried.
const ROWS: usize = 16;

/// Calls that must have been recorded before they say anything of the real model.
const ENOUGH: u64 = 20;

/// How much longer or shorter a model's answers may be of which nothing is known.
const UNKNOWN: f64 = 2.0;

/// Runs samples.
pub struct Sampler {
    /// The experiment on the simulated model.
    experiment: Experiment,
    /// The real model's store, where there is one.
    store: Option<Arc<Archive>>,
    /// The real model; `None` where the experiment's own is simulated.
    real: Option<Identity>,
    /// How many samples of a question its bank holds; `None` where it is no bank.
    samples: Option<NonZeroU32>,
    directory: RunDirectory,
    _lock: Lock,
    _folder: tempfile::TempDir,
}

/// What a sample of one method's episodes on one problem set took.
pub struct Sample {
    /// Training episodes; none of a fixed graph.
    pub train: Rehearsed,
    /// Test episodes.
    pub test: Rehearsed,
    /// How the real model's answers differ from these.
    pub scale: Scale,
    /// What a call costs.
    pub price: Price,
    /// Calls that the store answered.
    pub recorded: u64,
    /// All calls.
    pub calls: u64,
    spread: Spread,
    seconds_per_call: f64,
}

impl Sampler {
    /// Opens the store and a temporary folder.
    ///
    /// # Errors
    /// When the model's price is not known or the store cannot be read.
    pub fn new(experiment: &Experiment) -> Result<Self, RunError> {
        let mut simulated = with_quick_encoder(experiment);
        let draft = &mut simulated.draft;
        draft.budget = Budget::default();
        draft.calls = false;
        let mut real = None;
        if let Some(settings) = endpoint(experiment) {
            settings.check().map_err(|error| RunError::Model(error.to_string()))?;
            draft.price = Some(price(settings, &experiment.draft)?);
            draft.model = ModelChoice::default();
            real = Some(identity(settings));
        }
        let store = if real.is_some() { open(&experiment.draft.store.path)? } else { None };
        let unwritable = |error: std::io::Error| RunError::file(std::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let (directory, lock) = RunDirectory::create(folder.path())?;
        let samples = Bank::of(experiment).map(|bank| bank.samples());
        Ok(Self { experiment: simulated, store, real, samples, directory, _lock: lock, _folder: folder })
    }

    /// Runs a sample of a method's episodes on a problem set.
    ///
    /// # Errors
    /// When the surroundings are not fit for it, or an episode cannot be run.
    pub fn sample(&self, data: &Dataset, method: &Method) -> Result<Sample, RunError> {
        let first = |tasks: &[Arc<_>]| tasks.iter().take(ROWS).cloned().collect();
        let data = Dataset { train: first(&data.train), test: first(&data.test), ..data.clone() };
        let pool = sandbox(&self.experiment.draft)?;
        let world = World::new(&self.experiment, std::slice::from_ref(&data), &self.directory, pool, Arc::new(()))?;
        let tally = Arc::new(Tally::default());
        let (store, real, samples) = (self.store.clone(), self.real.clone(), self.samples);
        let answered = |simulated| -> Arc<dyn ChatModel> {
            Arc::new(Blend { simulated, store: store.zip(real), samples, tally: Arc::clone(&tally) })
        };
        let world = world.answered_by(answered);
        let prepared = prepare_all(&self.experiment, vec![data])?;
        let one_pass = |settings: &Settings| Settings { passes: settings.passes.min(1), ..settings.clone() };
        let named = Arc::new(method.clone());
        let cell = |plan: &Arc<dyn Plan>| Cell {
            method: Arc::clone(&named),
            plan: plan.changed(&one_pass),
            data: Arc::clone(&prepared[0]),
            seed: self.experiment.seeds[0],
        };
        let cells: Vec<Cell> = method.plans.iter().map(cell).collect();
        // One stands for all, or all that share episodes.
        let sharing = cells[1..].iter().filter(|cell| cell.shares_episodes(&cells[0]));
        let sharing: Vec<&Cell> = std::iter::once(&cells[0]).chain(sharing).collect();
        let context = Context { concurrency: ROWS, ..Context::unwatched(&self.experiment, &world) };
        let Rehearsal { train, test } = rehearse(&sharing, &context).map_err(|error| match error {
            CellError::Controller(why) => RunError::Controller { cell: cells[0].name(), why: Box::new(why) },
            other => RunError::Environment(format!("{}: {other}", cells[0].name())),
        })?;
        let spread =
            if matches!(method.kind(), Kind::Fixed | Kind::Hindsight) { Spread::Fixed } else { Spread::Learned };
        Ok(Sample {
            train,
            test,
            scale: tally.scale(self.real.is_some()),
            price: world.price(),
            recorded: tally.recorded.load(Ordering::Relaxed),
            calls: tally.calls.load(Ordering::Relaxed),
            spread,
            seconds_per_call: tally.seconds_per_call(),
        })
    }
}

/// A store that exists.
pub(super) fn open(path: &Path) -> Result<Option<Arc<Archive>>, RunError> {
    if !path.exists() {
        return Ok(None);
    }
    Archive::existing(path).map(|archive| Some(Arc::new(archive))).map_err(|error| RunError::Store(error.to_string()))
}

impl Sample {
    /// Whether it is fixed beforehand what the method runs.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.spread == Spread::Fixed
    }

    /// What `train` training and `test` test episodes take.
    #[must_use]
    pub fn times(&self, train: u64, test: u64) -> Effort {
        let part = |rows: &[EpisodeRow], count| {
            estimate(rows, self.seconds_per_call, self.spread, self.scale, self.price, count)
        };
        part(&self.train.rows, train) + part(&self.test.rows, test)
    }
}

/// Answers from the store where it holds them, and simulated ones elsewhere.
struct Blend {
    simulated: Arc<dyn ChatModel>,
    store: Option<(Arc<Archive>, Identity)>,
    samples: Option<NonZeroU32>,
    tally: Arc<Tally>,
}

impl Blend {
    /// What the store is asked for.
    fn asked(&self, identity: &Identity, request: &ChatRequest) -> Question {
        let question = Question::new(identity, request);
        match self.samples {
            Some(samples) => question.drawn(samples),
            None => question,
        }
    }
}

/// What recorded and simulated answers to the same calls amount to. Seconds are counted in microseconds.
#[derive(Default)]
struct Tally {
    calls: AtomicU64,
    recorded: AtomicU64,
    /// Recorded and simulated output tokens of the calls that the store answered.
    output: [AtomicU64; 2],
    /// The same in microseconds.
    micros: [AtomicU64; 2],
    /// Output tokens and microseconds of the calls that the simulated model answered.
    missing: [AtomicU64; 2],
}

#[async_trait]
impl ChatModel for Blend {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let simulated = self.simulated.chat_metered(request, meter).await?;
        let recorded = match &self.store {
            Some((archive, identity)) => archive
                .find(self.asked(identity, request).key(), 0)
                .map_err(|error| ChatError::Fatal(error.to_string()))?,
            None => None,
        };
        // What a simulated model once answered over HTTP says nothing of the real one.
        let recorded = recorded.map(|record| record.response);
        let recorded = recorded.filter(|response| response.timing.source != LatencySource::Simulated);
        self.tally.count(&simulated, recorded.as_ref());
        Ok(recorded.unwrap_or(simulated))
    }
}

impl Tally {
    fn count(&self, simulated: &ChatResponse, recorded: Option<&ChatResponse>) {
        // A record may claim any number of tokens.
        let add = |to: &AtomicU64, amount| {
            let more = |sum: u64| Some(sum.saturating_add(amount));
            let _ = to.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        };
        let micros = |response: &ChatResponse| (response.timing.working.0 * 1e6) as u64;
        add(&self.calls, 1);
        match recorded {
            Some(recorded) => {
                add(&self.recorded, 1);
                for (index, response) in [recorded, simulated].into_iter().enumerate() {
                    add(&self.output[index], response.usage.output.0);
                    add(&self.micros[index], micros(response));
                }
            }
            None => {
                add(&self.missing[0], simulated.usage.output.0);
                add(&self.missing[1], micros(simulated));
            }
        }
    }

    /// The episodes hold recorded answers as they are; the simulated ones among them are scaled to be like those.
    fn scale(&self, is_real: bool) -> Scale {
        let value = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
        if self.recorded.load(Ordering::Relaxed) < ENOUGH {
            return Scale { output: 1.0, seconds: 1.0, unknown: if is_real { UNKNOWN } else { 1.0 } };
        }
        let scale = |[recorded, simulated]: &[AtomicU64; 2], missing: &AtomicU64| {
            let (recorded, simulated, missing) = (value(recorded), value(simulated), value(missing));
            (recorded + missing * recorded / simulated.max(1.0)) / (recorded + missing).max(1.0)
        };
        Scale {
            output: scale(&self.output, &self.missing[0]),
            seconds: scale(&self.micros, &self.missing[1]),
            unknown: 1.0,
        }
    }

    fn seconds_per_call(&self) -> f64 {
        let micros = self.micros[0].load(Ordering::Relaxed) + self.missing[1].load(Ordering::Relaxed);
        micros as f64 / 1e6 / (self.calls.load(Ordering::Relaxed).max(1) as f64)
    }
}
