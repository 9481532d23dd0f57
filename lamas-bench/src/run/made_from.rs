//! What a cell's result is made from, gathered from everything that makes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use lamas_controller::encoder::Embeddings;
use lamas_core::problem::Task;
use lamas_operators::prompt::Prompts;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::cell::Cell;
use super::prepare::Prepared;
use super::world::World;
use lamas_experiment::config::{Experiment, ModelChoice};
use lamas_record::made_from::{MadeFrom, sha256};

/// What the cells of one experiment share.
pub struct Shared {
    all: MadeFrom,
    /// By problem set: what every cell on it shares, and what those that learn share besides.
    sets: BTreeMap<String, [MadeFrom; 2]>,
}

impl Shared {
    /// What enters every cell of an experiment.
    #[must_use]
    pub fn of(experiment: &Experiment, world: &World, prompts: &Prompts, prepared: &[Arc<Prepared>]) -> Self {
        let name = |data: &Prepared| data.dataset.manifest.name.clone();
        let sets = prepared.par_iter().map(|data| (name(data), of_set(data))).collect();
        Self { all: of_all(experiment, world, prompts), sets }
    }
}

fn of_all(experiment: &Experiment, world: &World, prompts: &Prompts) -> MadeFrom {
    let draft = &experiment.draft;
    let mut parts = MadeFrom::default();
    parts.put("program.version", env!("CARGO_PKG_VERSION"));
    parts.put("program.code", env!("LAMAS_CODE"));
    parts.put("model", model(&draft.model, world));
    parts.put("sampling", &draft.sampling);
    parts.put("price", world.price());
    parts.put("gamma", experiment.gamma);
    parts.put("traces", draft.traces);
    parts.put("sandbox.level", world.sandbox().confinement.level);
    parts.put("sandbox.python", &world.sandbox().python);
    let mut limits = serde_json::to_value(&draft.sandbox).expect("settings can be written");
    if let Some(limits) = limits.as_object_mut() {
        // How many at once, and where the interpreter lies, changes nothing.
        limits.retain(|key, _| !["servers", "python", "allow_reduced"].contains(&key.as_str()));
    }
    parts.put("sandbox", limits);
    for (file, source) in prompts.sources() {
        parts.put(&format!("prompts.{file}"), sha256([source.as_bytes()]));
    }
    parts
}

fn of_set(data: &Prepared) -> [MadeFrom; 2] {
    let (mut parts, mut learning) = (MadeFrom::default(), MadeFrom::default());
    let operators: Vec<&str> = data.operators.iter().map(|operator| &*operator.name().0).collect();
    parts.put("operators", operators);
    parts.put("problems.scorer", data.dataset.manifest.scorer);
    parts.put("problems.simulated_as", &data.dataset.manifest.simulated_as);
    parts.put("rows.test", rows(&data.dataset.test));
    learning.put("rows.train", rows(&data.dataset.train));
    learning.put("encoder", &data.encoder);
    learning.put("encoder.train", embeddings(&data.train));
    learning.put("encoder.test", embeddings(&data.test));
    learning.put("encoder.operators", embeddings(&data.descriptions));
    [parts, learning]
}

fn model(choice: &ModelChoice, world: &World) -> Value {
    match choice {
        ModelChoice::Simulated(_) => json!({"simulated": true, "profile": world.record().profile_sha256}),
        // Where it is served, and how long it is waited for, may change while a run goes on.
        ModelChoice::Openai(settings) => json!({"name": settings.name, "parameters": settings.parameters()}),
    }
}

/// What a cell is made from.
///
/// # Panics
/// When the cell's problem set is not among those that are shared.
#[must_use]
pub fn made_from(cell: &Cell, shared: &Shared) -> MadeFrom {
    let mut parts = shared.all.clone();
    let [set, learning] = &shared.sets[&cell.data.dataset.manifest.name];
    parts.extend(set);
    parts.put("seed", cell.seed);
    parts.put("method.schedule", cell.method.schedule);
    parts.put("method.steps", cell.data.pipeline(cell.method.steps));
    parts.put("method.plan", cell.plan.record());
    // What does not learn reads neither training rows nor embeddings.
    if let Some(settings) = cell.settings() {
        let settings = serde_json::to_value(settings).expect("settings can be written");
        for (key, value) in settings.as_object().into_iter().flatten() {
            parts.put(&format!("method.{key}"), value);
        }
        parts.extend(learning);
    }
    parts
}

/// Rows as they are used: problems and what scores them, in their order.
fn rows(tasks: &[Arc<Task>]) -> String {
    let texts: Vec<String> = tasks
        .iter()
        .map(|task| serde_json::to_string(&(&task.problem, &task.gold)).expect("tasks can be written"))
        .collect();
    sha256(texts.iter().map(String::as_bytes))
}

fn embeddings(embeddings: &Embeddings) -> String {
    let bytes: Vec<u8> = embeddings.values().iter().flat_map(|value| value.to_le_bytes()).collect();
    sha256([(embeddings.dimensions() as u64).to_le_bytes().as_slice(), &bytes])
}
