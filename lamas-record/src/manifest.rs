//! `manifest.json`: what was run, so that a result can be read and repeated.

use lamas_core::orchestrator::Schedule;
use lamas_operators::python::SandboxReport;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DAMAGED;
use super::RecordError;
use super::directory::{RunDirectory, write_text};
use super::provenance::Provenance;
use lamas_experiment::config::name;
use lamas_methods::Kind;

/// The only version of the manifest's format that is read. Runs of version 1 carry neither checksums nor a list of cells,
/// those of version 2 do not say what was cancelled.
pub const VERSION: u32 = 3;

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
    /// Whether nobody was asked: everything was answered from what is recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recorded: bool,
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
    /// The graph that every query got, in words; `None` where that was not known beforehand.
    #[serde(default)]
    pub graph: Option<String>,
    /// The one operator that it asks so many times at once, for figures over that number; `None` for other graphs.
    #[serde(default)]
    pub contest: Option<ContestRecord>,
}

/// One operator that starts so many times at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestRecord {
    /// Which operator.
    pub operator: String,
    /// How many times.
    pub copies: u32,
    /// When its answer is decided, in words; `None` for a single call.
    pub until: Option<String>,
}

/// Writes the manifest of a run.
///
/// # Errors
/// When it cannot be written.
pub fn write(directory: &RunDirectory, manifest: &RunManifest) -> Result<(), RecordError> {
    let path = directory.path("manifest.json");
    let text = serde_json::to_string_pretty(manifest).map_err(|error| RecordError::file(&path, error))?;
    write_text(&path, &(text + "\n"))
}

/// Writes down whose answers a run turned out to be made of.
///
/// # Errors
/// When the manifest cannot be read or written.
pub fn label(directory: &RunDirectory, provenance: Provenance) -> Result<(), RecordError> {
    let mut manifest = read(directory)?;
    if manifest.model.simulated == provenance {
        return Ok(());
    }
    manifest.model.simulated = provenance;
    write(directory, &manifest)
}

/// The version alone: other versions may have other keys.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// The manifest of a run's earlier start; `None` where it was lost or cut: each cell says itself what it was made from.
///
/// # Errors
/// When it is of another version, or the system does not give it.
pub fn earlier(directory: &RunDirectory) -> Result<Option<RunManifest>, RecordError> {
    let path = directory.path("manifest.json");
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| RecordError::unreadable(&path, error))?,
    };
    match serde_json::from_slice::<Versioned>(&bytes) {
        Ok(Versioned { version: VERSION }) => Ok(serde_json::from_slice(&bytes).ok()),
        Ok(_) => read(directory).map(Some),
        Err(_) => Ok(None),
    }
}

/// Reads the manifest of a run.
///
/// # Errors
/// When it is missing, of another version, or holds names that are none of files.
pub fn read(directory: &RunDirectory) -> Result<RunManifest, RecordError> {
    let path = directory.path("manifest.json");
    let text = std::fs::read_to_string(&path).map_err(|error| RecordError::unreadable(&path, error))?;
    let damaged = |error: serde_json::Error| RecordError::file(&path, format!("{error}; {DAMAGED}"));
    let Versioned { version } = serde_json::from_str(&text).map_err(damaged)?;
    if version != VERSION {
        let whose = if version < VERSION { "an earlier" } else { "a later" };
        let message = format!(
            "is of version {version}, that of {whose} program, but this one reads version {VERSION}; start the `sweep` again \
             in a new folder (--out), or read the run with the program that wrote it"
        );
        return Err(RecordError::file(path, message));
    }
    let manifest: RunManifest = serde_json::from_str(&text).map_err(damaged)?;
    let datasets = manifest.datasets.iter().map(|data| ("datasets", &data.name));
    let mut names = datasets.chain(manifest.methods.iter().map(|method| ("methods", &method.name)));
    names
        .try_for_each(|(key, name)| name::check(name).map_err(|message| format!("{key}: {message}")))
        .map_err(|message| RecordError::file(&path, message))?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn case_a_manifest_that_was_cut_is_as_good_as_none_and_another_version_is_not() {
        let root = tempfile::tempdir().unwrap();
        let (run, _lock) = RunDirectory::create(root.path()).unwrap();
        assert!(earlier(&run).unwrap().is_none());
        for cut in ["", "{\"version\": 3, \"lam", "\0\u{1f}", "{}", "{\"version\": 3}"] {
            fs::write(run.path("manifest.json"), cut).unwrap();
            assert!(earlier(&run).unwrap().is_none(), "{cut}");
            assert!(read(&run).unwrap_err().to_string().ends_with(DAMAGED), "{cut}");
        }
        fs::write(run.path("manifest.json"), "{\"version\": 2}").unwrap();
        assert!(earlier(&run).unwrap_err().to_string().contains("version 2"));
    }
}
