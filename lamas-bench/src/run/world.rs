//! Who answers, who runs programs, and on which clock.

use std::future::Future;
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use lamas_core::chat::{ChatModel, Sampling};
use lamas_core::digest::sha256;
use lamas_core::scope::Workbench;
use lamas_core::tool::Interpreter;
use lamas_core::units::Price;
use lamas_llm::limit::{Budget, CallObserver, Purse, Spent};
use lamas_llm::openai::{OpenAiModel, OpenAiSettings, PriceTable, Probe, SettingsError, Watched};
use lamas_operators::python::{self, Memoised, PythonPool, SandboxReport, SandboxSettings};
use lamas_sim::{Catalogue, CatalogueEntry, Mutants, SimInterpreter, SimModel, prepare};
use lamas_store::{Identity, Store, StoredInterpreter, StoredModel};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};

use super::RunError;
use lamas_experiment::config::model::Simulated;
use lamas_experiment::config::{Draft, Experiment, ModelChoice};
use lamas_experiment::dataset::Dataset;
use lamas_record::calls::RecordedCalls;
use lamas_record::directory::{RunDirectory, write_text};
use lamas_record::manifest::ModelRecord;
use lamas_record::provenance::Provenance;
use lamas_record::recording;
use lamas_record::spending;

/// Runs of identical programs that are remembered.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1 << 16).unwrap();

/// What all cells of a run share.
pub struct World {
    chat: Arc<dyn ChatModel>,
    interpreter: Arc<dyn Interpreter>,
    checker: Arc<dyn Interpreter>,
    sampling: Sampling,
    price: Price,
    purse: Arc<Purse>,
    clock: Clock,
    record: ModelRecord,
    sandbox: SandboxReport,
    /// Why the sandbox runs nothing any more, once that is so.
    broken: Arc<OnceLock<String>>,
}

/// How time passes.
enum Clock {
    /// In no time: tokio's paused clock, a runtime for each cell.
    Virtual,
    /// As it does: one runtime for all cells, whose connections outlive each of them.
    Live(Detached),
}

/// The clock of one cell.
pub enum Timeline<'a> {
    /// A runtime of its own, whose clock moves only when everything waits.
    Virtual(Detached),
    /// The run's runtime.
    Live(&'a Runtime),
}

/// A runtime that waits for nobody at its end: programs that still run when a run is interrupted end with the process.
pub struct Detached(Option<Runtime>);

impl Deref for Detached {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.0.as_ref().expect("it is taken when it is dropped")
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Timeline<'_> {
    /// Runs a future to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match self {
            Self::Virtual(runtime) => runtime.block_on(future),
            Self::Live(runtime) => runtime.block_on(future),
        }
    }
}

/// A paused runtime.
fn virtual_runtime() -> Detached {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without IO needs nothing that the system could refuse");
    Detached(Some(runtime))
}

/// The pool that runs an experiment's programs.
///
/// # Errors
/// When this system or the settings are not fit for it.
pub fn sandbox(draft: &Draft) -> Result<PythonPool, RunError> {
    // The programs of the simulated model are our own, so that any level of confinement will do.
    let allow_reduced = draft.sandbox.allow_reduced || draft.model.is_simulated();
    let settings = SandboxSettings { seed: Some(tests_seed(draft)), allow_reduced, ..draft.sandbox.clone() };
    PythonPool::new(settings).map_err(|error| RunError::Environment(error.to_string()))
}

/// Where the random numbers of tests start.
fn tests_seed(draft: &Draft) -> u64 {
    draft.sandbox.seed.unwrap_or(draft.seed)
}

impl World {
    /// Sets up model and sandbox. A run that cannot work ends here, before anything is paid.
    ///
    /// # Errors
    /// When Python, the profile or the model's settings are not fit for it.
    pub fn new(
        experiment: &Experiment,
        datasets: &[Dataset],
        directory: &RunDirectory,
        pool: PythonPool,
        observer: Arc<dyn CallObserver>,
    ) -> Result<Self, RunError> {
        let draft = &experiment.draft;
        let sandbox = pool.report().map_err(|error| RunError::Environment(error.to_string()))?;
        let broken = Arc::new(OnceLock::new());
        let watched = python::Watched::new(pool, Arc::clone(&broken));
        let checker: Arc<dyn Interpreter> = Arc::new(Memoised::new(watched, REMEMBERED));
        let parts = match &draft.model {
            ModelChoice::Simulated(simulated) => simulate(simulated, datasets, directory, &checker, draft)?,
            ModelChoice::Openai(settings) if !draft.store.mode.asks() => replay(settings, draft, &checker)?,
            ModelChoice::Openai(settings) => call(settings, draft, directory, &checker, observer)?,
        };
        let chat = if draft.calls {
            Arc::new(RecordedCalls::new(parts.chat, &directory.path("calls.jsonl"))?)
        } else {
            parts.chat
        };
        Ok(Self {
            chat,
            interpreter: parts.interpreter,
            checker,
            sampling: draft.sampling.clone(),
            price: parts.price,
            purse: parts.purse,
            clock: parts.clock,
            record: parts.record,
            sandbox,
            broken,
        })
    }

    /// The same world with another model, which may ask the one that was there.
    #[must_use]
    pub fn answered_by(self, model: impl FnOnce(Arc<dyn ChatModel>) -> Arc<dyn ChatModel>) -> Self {
        Self { chat: model(self.chat), ..self }
    }

    /// What an episode works with.
    #[must_use]
    pub fn workbench(&self) -> Workbench {
        Workbench {
            chat: Arc::clone(&self.chat),
            interpreter: Arc::clone(&self.interpreter),
            sampling: self.sampling.clone(),
            price: self.price,
        }
    }

    /// Runs hidden tests, outside any trace and clock.
    #[must_use]
    pub fn checker(&self) -> &dyn Interpreter {
        &*self.checker
    }

    /// What a call costs.
    #[must_use]
    pub fn price(&self) -> Price {
        self.price
    }

    /// What is spent, and whether anything is left.
    #[must_use]
    pub fn purse(&self) -> &Purse {
        &self.purse
    }

    /// A clock for one cell.
    #[must_use]
    pub fn timeline(&self) -> Timeline<'_> {
        match &self.clock {
            Clock::Virtual => Timeline::Virtual(virtual_runtime()),
            Clock::Live(runtime) => Timeline::Live(runtime),
        }
    }

    /// Whether time passes as it does.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.clock, Clock::Live(_))
    }

    /// Why the sandbox runs nothing any more; `None` while it does.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }

    /// The model, for the manifest.
    #[must_use]
    pub fn record(&self) -> &ModelRecord {
        &self.record
    }

    /// Whether the simulated model answers, in this process.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.record.simulated == Provenance::Simulated
    }

    /// The sandbox, for the manifest.
    #[must_use]
    pub fn sandbox(&self) -> &SandboxReport {
        &self.sandbox
    }
}

/// What differs between a simulated and a real model.
struct Parts {
    chat: Arc<dyn ChatModel>,
    interpreter: Arc<dyn Interpreter>,
    price: Price,
    purse: Arc<Purse>,
    clock: Clock,
    record: ModelRecord,
}

/// Whose list price a simulated model has.
const PRICED_AS: &str = "gpt-4o-mini";

fn simulate(
    simulated: &Simulated,
    datasets: &[Dataset],
    directory: &RunDirectory,
    checker: &Arc<dyn Interpreter>,
    draft: &Draft,
) -> Result<Parts, RunError> {
    let profile = simulated.load().map_err(|error| RunError::Environment(error.to_string()))?;
    let mutants = mutants(datasets, directory, &**checker)?;
    let entries = datasets.iter().flat_map(|dataset| {
        let section: Arc<str> = dataset.manifest.simulated_as.as_str().into();
        dataset.tasks().map(move |task| CatalogueEntry { task: (**task).clone(), section: Arc::clone(&section) })
    });
    let catalogue =
        Catalogue::new(entries.collect(), &mutants).map_err(|error| RunError::Environment(error.to_string()))?;
    let record = ModelRecord {
        name: format!("simulated/{}", simulated.title()),
        simulated: Provenance::Simulated,
        recorded: false,
        profile_sha256: Some(profile.hash()),
    };
    // Profiles of one's own are priced as the model that the built-in ones describe.
    let prices = PriceTable::built_in();
    let price = draft.price.or_else(|| prices.get(&profile.name)).or_else(|| prices.get(PRICED_AS));
    let price = price.ok_or_else(|| unknown_price(&profile.name))?;
    let purse = Arc::new(simulated_purse(draft.budget, directory)?);
    let interpreter = Arc::new(SimInterpreter::new(Arc::clone(checker), profile.clone(), draft.sandbox.wall_clock));
    let chat = SimModel::new(profile, catalogue).map_err(|error| RunError::Environment(error.to_string()))?;
    let chat = Arc::new(chat);
    Ok(Parts { chat, interpreter, price, purse, clock: Clock::Virtual, record })
}

/// The simulated model is paid nothing: only its time is counted, and only where that is limited.
fn simulated_purse(budget: Budget, directory: &RunDirectory) -> Result<Purse, RunError> {
    match budget.wall_clock {
        Some(_) => Ok(spending::purse(&directory.path("spending.csv"), budget, Price::FREE)?),
        None => Ok(Purse::new(budget, Price::FREE, Spent::default(), Box::new(()))),
    }
}

/// Wrong programs for the code problems: carried by the library, or made once and kept in the run's folder.
fn mutants(datasets: &[Dataset], directory: &RunDirectory, checker: &dyn Interpreter) -> Result<Mutants, RunError> {
    let path = directory.path("mutants.json");
    // A cache only: whatever cannot be read, or is damaged, is made anew.
    let own = std::fs::read_to_string(&path).ok().and_then(|text| KeptMutants::read(&text)).unwrap_or_default();
    let known = Mutants::embedded().and(own);
    let tasks = datasets.iter().flat_map(Dataset::tasks).map(|task| &**task);
    let parallel = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let preparation = virtual_runtime()
        .block_on(prepare(tasks, checker, known, parallel))
        .map_err(|error| RunError::Environment(error.to_string()))?;
    if let Some(id) = preparation.failing_references.first() {
        let message = format!("the reference program of {id} does not pass its own tests here; check the dataset");
        return Err(RunError::Environment(message));
    }
    if !preparation.mutants.is_empty() {
        let text = KeptMutants::text(&preparation.mutants).map_err(|error| RunError::file(&path, error))?;
        write_text(&path, &text)?;
    }
    Ok(preparation.mutants)
}

/// `mutants.json`: wrong programs with the checksum of their text.
#[derive(Serialize, Deserialize)]
struct KeptMutants {
    sha256: String,
    mutants: Mutants,
}

impl KeptMutants {
    fn sum(mutants: &Mutants) -> serde_json::Result<String> {
        Ok(sha256(serde_json::to_string(mutants)?))
    }

    fn text(mutants: &Mutants) -> serde_json::Result<String> {
        serde_json::to_string(&Self { sha256: Self::sum(mutants)?, mutants: mutants.clone() })
    }

    /// `None` where they are not as they were written.
    fn read(text: &str) -> Option<Mutants> {
        let kept: Self = serde_json::from_str(text).ok()?;
        (Self::sum(&kept.mutants).ok()? == kept.sha256).then_some(kept.mutants)
    }
}

fn call(
    settings: &OpenAiSettings,
    draft: &Draft,
    directory: &RunDirectory,
    checker: &Arc<dyn Interpreter>,
    observer: Arc<dyn CallObserver>,
) -> Result<Parts, RunError> {
    let price = price(settings, draft)?;
    let purse = Arc::new(spending::purse(&directory.path("spending.csv"), draft.budget, price)?);
    let runtime = Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| RunError::Environment(format!("the runtime cannot be started: {error}")))?;
    let inside = runtime.enter();
    let model = OpenAiModel::new(settings, observer).map_err(|error| RunError::Model(error.to_string()))?;
    let probe = |endpoint| Ok(Probe::new(settings, endpoint)?.paid_from(Arc::clone(&purse)));
    let probes: Result<_, SettingsError> = settings.endpoints.iter().map(probe).collect();
    let probes = probes.map_err(|error| RunError::Model(error.to_string()))?;
    let model: Arc<dyn ChatModel> = Arc::new(Watched::new(Arc::new(model.paid_from(Arc::clone(&purse))), probes));
    let (chat, interpreter) = match open_store(draft)? {
        // Time passes as it does here, and a run that goes on must not take again what it took before.
        Some(store) => {
            let chat = StoredModel::new(model, Arc::clone(&store), identity(settings), price).at_once();
            (Arc::new(chat) as Arc<dyn ChatModel>, stored_runs(store, draft, checker))
        }
        None => (model, Arc::clone(checker)),
    };
    drop(inside);
    Ok(Parts {
        chat,
        interpreter,
        price,
        purse,
        clock: Clock::Live(Detached(Some(runtime))),
        record: record(settings, draft),
    })
}

/// Only what the store holds: nobody is asked, no key is needed, and the recorded time passes in no time.
fn replay(settings: &OpenAiSettings, draft: &Draft, checker: &Arc<dyn Interpreter>) -> Result<Parts, RunError> {
    let store = open_store(draft)?.ok_or_else(|| RunError::file(&draft.store.path, "there is nothing to replay"))?;
    Ok(Parts {
        chat: Arc::new(StoredModel::alone(Arc::clone(&store), identity(settings))),
        interpreter: stored_runs(store, draft, checker),
        price: price(settings, draft)?,
        purse: Arc::new(Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(()))),
        clock: Clock::Virtual,
        record: record(settings, draft),
    })
}

/// Programs whose runs are kept: the time that they take is part of what a controller learns.
fn stored_runs(store: Arc<Store>, draft: &Draft, checker: &Arc<dyn Interpreter>) -> Arc<dyn Interpreter> {
    let SandboxSettings { wall_clock, cpu, memory_mib, file_mib, scratch_mib, output_kib, .. } = &draft.sandbox;
    let limits = serde_json::json!({
        "wall_clock": wall_clock.0, "cpu": cpu.0, "memory_mib": memory_mib, "file_mib": file_mib,
        "scratch_mib": scratch_mib, "output_kib": output_kib, "seed": tests_seed(draft),
    });
    Arc::new(StoredInterpreter::new(Arc::clone(checker), store, limits))
}

fn open_store(draft: &Draft) -> Result<Option<Arc<Store>>, RunError> {
    let Some(store) = draft.store.open().map_err(|error| RunError::Store(error.to_string()))? else { return Ok(None) };
    Ok(Some(Arc::new(store.over(recording::load_all(&draft.store.recordings)?))))
}

/// Who an endpoint's answers are kept under.
#[must_use]
pub fn identity(settings: &OpenAiSettings) -> Identity {
    Identity { model: settings.name.clone(), parameters: settings.parameters() }
}

fn record(settings: &OpenAiSettings, draft: &Draft) -> ModelRecord {
    let (name, recorded) = (settings.name.clone(), !draft.store.mode.asks());
    ModelRecord { name, simulated: Provenance::Real, recorded, profile_sha256: None }
}

/// What an endpoint's calls cost: the experiment's price, the model's own, or the table's.
///
/// # Errors
/// When none of them says.
pub fn price(settings: &OpenAiSettings, draft: &Draft) -> Result<Price, RunError> {
    let table = PriceTable::built_in().extended(draft.prices.clone());
    let price = draft.price.or_else(|| settings.price(&table));
    price.ok_or_else(|| unknown_price(&settings.name))
}

fn unknown_price(model: &str) -> RunError {
    RunError::Model(format!(
        "what `{model}` costs is not known; write `price: {{input: .., output: ..}}` into the experiment (USD per \
         million tokens; 0 for a server of your own)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_damaged_wrong_programs_are_made_anew() {
        let text = KeptMutants::text(&Mutants::embedded()).unwrap();
        assert_eq!(KeptMutants::read(&text), Some(Mutants::embedded()));
        for byte in (0..text.len()).step_by(text.len() / 300) {
            let mut damaged = text.clone().into_bytes();
            damaged[byte] ^= 1 << (byte % 7);
            let read = String::from_utf8(damaged).ok().and_then(|text| KeptMutants::read(&text));
            assert!(read.is_none_or(|mutants| mutants == Mutants::embedded()), "byte {byte}");
        }
    }
}
