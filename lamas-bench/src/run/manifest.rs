//! `manifest.json`: what was run, so that a result can be read and repeated.

use lamas_core::orchestrator::Schedule;
use lamas_operators::python::SandboxReport;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::RunError;
use super::directory::{RunDirectory, write_text};
use super::prepare::Prepared;
use super::provenance::Provenance;
use super::world::World;
use lamas_experiment::config::{Experiment, Kind, name};

/// The version of the manifest's format. Runs of version 1 carry neither checksums nor a list of cells; they are read,
/// but not gone on with.
pub const VERSION: u32 = 2;

/// What was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunManifest {
    /// The format's version.
    pub version: u32,
    /// The version of this program.
    pub lamas: String,
    /// The experiment's name.
    pub name: String,
    /// SHA-256 of the resolved experiment.
    pub experiment_sha256: String,
    /// The experiment with all defaults and overrides in it. It holds no secrets: keys are named, never written.
    pub experiment: Value,
    /// The files that the experiment includes, relative to its own folder.
    #[serde(default)]
    pub included: Vec<String>,
    /// The model.
    pub model: ModelRecord,
    /// The level that the Python sandbox reached.
    pub sandbox: SandboxReport,
    /// What made the embeddings.
    pub encoder: String,
    /// The problem sets, in order.
    pub datasets: Vec<DatasetRecord>,
    /// The methods, in order.
    pub methods: Vec<MethodRecord>,
    /// The training seeds.
    pub seeds: Vec<u64>,
    /// Which start of the run wrote this, from 1.
    #[serde(default)]
    pub start: u32,
    /// The cells, in order.
    #[serde(default)]
    pub cells: Vec<CellEntry>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellEntry {
    /// Its folder's name.
    pub name: String,
    /// SHA-256 of everything that it was made from; `cell.json` in its folder has the parts.
    pub made_from: String,
    /// What this start found finished and took over.
    pub taken_over: TakenOver,
}

/// What a start took over of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenOver {
    /// Nothing: all of it is this start's.
    Nothing,
    /// Its training.
    Training,
    /// All of it.
    All,
}

/// Who answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name.
    pub name: String,
    /// Whether texts, tokens and seconds are simulated. Of an endpoint that is known once it has answered.
    pub simulated: Provenance,
    /// SHA-256 of the simulated model's profile.
    pub profile_sha256: Option<String>,
}

/// One problem set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// Its name in files.
    pub name: String,
    /// Its name in tables and figures.
    pub title: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Training rows.
    pub train: usize,
    /// Test rows.
    pub test: usize,
    /// Where the public examples of code problems come from.
    pub public_examples: String,
    /// Points of score by which a method may fall behind another one and still count as not worse.
    pub margin: f64,
}

/// One method.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MethodRecord {
    /// Its name in files.
    pub name: String,
    /// Its name in tables and figures.
    pub title: String,
    /// Whether it learns by gradient, so that there are training curves.
    pub learned: bool,
    /// How it comes by its graphs.
    pub kind: Kind,
    /// Whether it knows what it cannot know: a bound, never to be ranked.
    pub hindsight: bool,
    /// Which published systems it stands for; it does not claim to be them.
    pub stands_for: Option<String>,
    /// What it is, in one sentence.
    pub about: String,
    /// Operators of a layer at once or one after another.
    pub schedule: Schedule,
}

/// Writes the manifest of a run.
///
/// # Errors
/// When it cannot be written.
pub fn write(
    directory: &RunDirectory,
    experiment: &Experiment,
    prepared: &[std::sync::Arc<Prepared>],
    world: &World,
    start: u32,
    cells: Vec<CellEntry>,
) -> Result<(), RunError> {
    let datasets = prepared.iter().map(|data| {
        let manifest = &data.dataset.manifest;
        DatasetRecord {
            name: manifest.name.clone(),
            title: manifest.title.clone(),
            sha256: data.dataset.sha256.clone(),
            train: data.dataset.train.len(),
            test: data.dataset.test.len(),
            public_examples: "docstring".to_owned(),
            margin: manifest.margin,
        }
    });
    let methods = experiment.methods.iter().map(|method| MethodRecord {
        name: method.name.clone(),
        title: method.title.clone(),
        learned: method.kind() == Kind::Learned,
        kind: method.kind(),
        hindsight: method.kind() == Kind::Hindsight,
        stands_for: method.stands_for.clone(),
        about: method.about.clone(),
        schedule: method.schedule,
    });
    let manifest = RunManifest {
        version: VERSION,
        lamas: env!("CARGO_PKG_VERSION").to_owned(),
        name: experiment.draft.name.clone(),
        experiment_sha256: experiment.hash(),
        experiment: experiment.resolved(),
        included: experiment.included(),
        model: world.record().clone(),
        sandbox: world.sandbox().clone(),
        encoder: prepared.first().map(|data| data.encoder.clone()).unwrap_or_default(),
        datasets: datasets.collect(),
        methods: methods.collect(),
        seeds: experiment.seeds.clone(),
        start,
        cells,
    };
    save(directory, &manifest)
}

fn save(directory: &RunDirectory, manifest: &RunManifest) -> Result<(), RunError> {
    let path = directory.path("manifest.json");
    let text = serde_json::to_string_pretty(manifest).map_err(|error| RunError::file(&path, error))?;
    write_text(&path, &(text + "\n"))
}

/// Writes down whose answers a run turned out to be made of.
///
/// # Errors
/// When the manifest cannot be read or written.
pub fn label(directory: &RunDirectory, provenance: Provenance) -> Result<(), RunError> {
    let mut manifest = read(directory)?;
    if manifest.model.simulated == provenance {
        return Ok(());
    }
    manifest.model.simulated = provenance;
    save(directory, &manifest)
}

/// Reads the manifest of a run.
///
/// # Errors
/// When it is missing, of another version, or holds names that are none of files.
pub fn read(directory: &RunDirectory) -> Result<RunManifest, RunError> {
    let path = directory.path("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|error| RunError::file(&path, error))?;
    let manifest: RunManifest = serde_json::from_str(&text).map_err(|error| RunError::file(&path, error))?;
    if !(1..=VERSION).contains(&manifest.version) {
        let message = format!("version {} is not known; this program reads versions up to {VERSION}", manifest.version);
        return Err(RunError::file(path, message));
    }
    let datasets = manifest.datasets.iter().map(|data| ("datasets", &data.name));
    let mut names = datasets.chain(manifest.methods.iter().map(|method| ("methods", &method.name)));
    names
        .try_for_each(|(key, name)| name::check(name).map_err(|message| format!("{key}: {message}")))
        .map_err(|message| RunError::file(&path, message))?;
    Ok(manifest)
}

/// Keys that an experiment may change when a run is gone on with: what may be spent, what is kept, and where and how fast
/// the model is asked.
const VOLATILE: [&str; 4] = ["budget", "calls", "store", "concurrency"];

/// Keys of which a run may get more, or show it otherwise: its cells say themselves what they were made from.
const GROWING: [&str; 6] = ["datasets", "methods", "lambda_t", "seeds", "tables", "figures"];

/// Says whether a folder's earlier starts were of this experiment, but for cells that are new or gone; the number of this
/// start.
///
/// # Errors
/// When the folder holds the run of another experiment; names what differs.
pub fn next_start(directory: &RunDirectory, experiment: &Experiment) -> Result<u32, RunError> {
    if !directory.path("manifest.json").is_file() {
        return Ok(1);
    }
    let refuse = |what: &str| {
        let message = format!("holds the run of another experiment ({what}); choose another --out, it is left alone");
        Err(RunError::file(directory.root(), message))
    };
    let earlier = read(directory)?;
    if earlier.version != VERSION {
        return refuse("by an earlier version of the program, which did not keep what its cells were made from");
    }
    // As the other one was: written and read again.
    let resolved = serde_json::from_str(&experiment.resolved().to_string()).unwrap_or_default();
    let (was, is) = (comparable(earlier.experiment), comparable(resolved));
    let mut keys = was.keys().chain(is.keys());
    match keys.find(|key| was.get(*key) != is.get(*key)) {
        Some(key) => {
            let text = |value: Option<&Value>| value.map_or_else(|| "not there".to_owned(), Value::to_string);
            refuse(&format!("{key} was {}, is {}", text(was.get(key)), text(is.get(key))))
        }
        None => Ok(earlier.start.saturating_add(1)),
    }
}

/// The keys of an experiment that must be the same in all starts of a run.
fn comparable(mut experiment: Value) -> Map<String, Value> {
    if let Some(Value::Object(endpoint)) = experiment.pointer_mut("/model/openai") {
        endpoint.retain(|key, _| !["endpoints", "timeouts", "retries"].contains(&key.as_str()));
    }
    let Value::Object(mut keys) = experiment else { return Map::new() };
    keys.retain(|key, _| !VOLATILE.contains(&key.as_str()) && !GROWING.contains(&key.as_str()));
    keys
}
