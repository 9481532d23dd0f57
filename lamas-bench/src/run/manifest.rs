//! `manifest.json`: what was run, so that a result can be read and repeated.

use lamas_core::orchestrator::Schedule;
use lamas_operators::python::SandboxReport;
use serde::{Deserialize, Serialize};

use super::RunError;
use super::directory::{RunDirectory, write_text};
use super::prepare::Prepared;
use super::provenance::Provenance;
use super::world::World;
use crate::config::{Experiment, Kind};

/// The only version of the manifest's format.
pub const VERSION: u32 = 1;

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
    pub experiment: serde_json::Value,
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
/// When it is missing or of another version.
pub fn read(directory: &RunDirectory) -> Result<RunManifest, RunError> {
    let path = directory.path("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|error| RunError::file(&path, error))?;
    let manifest: RunManifest = serde_json::from_str(&text).map_err(|error| RunError::file(&path, error))?;
    if manifest.version != VERSION {
        let message = format!("version {} is not known; this program reads version {VERSION}", manifest.version);
        return Err(RunError::file(path, message));
    }
    Ok(manifest)
}
