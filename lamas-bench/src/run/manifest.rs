//! What a run's manifest says of an experiment, and whether a folder's earlier starts were of the same one.

use std::sync::Arc;

use lamas_core::orchestrator::Schedule;
use lamas_experiment::config::{Experiment, Method};
use lamas_methods::{Contest, Graph, Kind};
use lamas_record::RecordError;
use lamas_record::cell_record::last_start;
use lamas_record::directory::RunDirectory;
use lamas_record::manifest::{CellEntry, ContestRecord, DatasetRecord, MethodRecord, RunManifest, VERSION, earlier};
use serde_json::{Map, Value};

use super::prepare::Prepared;
use super::world::World;

/// The manifest of a run of an experiment.
#[must_use]
pub fn of(
    experiment: &Experiment,
    prepared: &[Arc<Prepared>],
    world: &World,
    start: u32,
    cells: Vec<CellEntry>,
) -> RunManifest {
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
        graph: method.graph().map(ToString::to_string),
        contest: contest(method),
    });
    RunManifest {
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
    }
}

/// The one operator that a method asks so many times at once. Steps would be part of what is shown over that number, and one
/// after another is not at once.
fn contest(method: &Method) -> Option<ContestRecord> {
    let alone = !method.steps && method.schedule == Schedule::Parallel;
    let Contest { operator, copies, until } = method.graph().filter(|_| alone).and_then(Graph::contest)?;
    Some(ContestRecord { operator: operator.to_string(), copies, until })
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
pub fn next_start(directory: &RunDirectory, experiment: &Experiment) -> Result<u32, RecordError> {
    let Some(earlier) = earlier(directory)? else { return Ok(last_start(directory)?.saturating_add(1)) };
    let refuse = |what: &str| {
        let message = format!("holds the run of another experiment ({what}); choose another --out, it is left alone");
        Err(RecordError::file(directory.root(), message))
    };
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
