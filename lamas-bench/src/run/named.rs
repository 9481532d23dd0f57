//! What an experiment names outside of itself: programs, files, folders, prices. All of it is looked at before anything is
//! made, so that a wrong name is told with its place and leaves nothing behind.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use lamas_controller::ControllerError;
use lamas_controller::encoder::Encoder;
use lamas_llm::openai::{HeaderSource, KeySource, OpenAiSettings};
use lamas_operators::prompt::Prompts;
use lamas_operators::python::PythonPool;
use lamas_store::{Archive, Mode, StoreError};

use super::encoder;
use super::world;
use super::{RunError, RunError::Environment};
use lamas_experiment::config::encoder::EncoderSource;
use lamas_experiment::config::{Experiment, ModelChoice, simulated_key};

/// Looks at the interpreter, the prompts, the encoder where a file or folder is named, and the model: its profile, or its
/// price and its store. Nobody is asked.
///
/// # Errors
/// [`RunError::Config`] with the place of what is wrong; another one where a default is not there or a store is damaged.
pub fn look(experiment: &Experiment, pool: &PythonPool) -> Result<(), RunError> {
    python(experiment, pool)?;
    prompts(experiment)?;
    if experiment.draft.encoder.source.names_a_place() {
        encoder(experiment)?;
    }
    match &experiment.draft.model {
        ModelChoice::Simulated(simulated) => {
            simulated.load().map(drop).map_err(|error| wrong(experiment, simulated_key(&error), error))
        }
        ModelChoice::Openai(settings) => {
            price(experiment, settings)?;
            store(experiment)
        }
    }
}

/// Reads every key of the model's endpoints; none where nobody is asked.
///
/// # Errors
/// [`RunError::Config`] where a file is named that holds none, [`RunError::Model`] where the environment lacks one.
pub fn keys(experiment: &Experiment) -> Result<(), RunError> {
    let draft = &experiment.draft;
    let ModelChoice::Openai(settings) = &draft.model else { return Ok(()) };
    if draft.store.mode == Mode::StrictReplay {
        return Ok(());
    }
    let check = |key: &str, source: &KeySource| {
        source.check().map_err(|error| match source {
            KeySource::File(_) => wrong(experiment, key, error),
            KeySource::Env(_) => RunError::Model(error.to_string()),
        })
    };
    for (index, endpoint) in settings.endpoints.iter().enumerate() {
        let at = format!("model.openai.endpoints[{index}]");
        if let Some(source) = &endpoint.key {
            check(&format!("{at}.key"), source)?;
        }
        for (name, header) in &endpoint.headers {
            if let HeaderSource::Secret(source) = header {
                check(&format!("{at}.headers.{name}"), source)?;
            }
        }
    }
    Ok(())
}

/// The prompts that the experiment names.
///
/// # Errors
/// When the folder cannot be read, or a template in it cannot be used.
pub fn prompts(experiment: &Experiment) -> Result<Arc<Prompts>, RunError> {
    let prompts = Prompts::load(experiment.draft.prompts.as_deref());
    prompts.map(Arc::new).map_err(|error| wrong(experiment, "prompts", error))
}

/// The encoder that the experiment names.
///
/// # Errors
/// When a model or a file is missing or damaged.
pub fn encoder(experiment: &Experiment) -> Result<Box<dyn Encoder>, RunError> {
    encoder::open(&experiment.draft.encoder.source).map_err(|error| unfit_encoder(experiment, &error))
}

/// Why an encoder cannot be opened, or cannot embed a text.
pub fn unfit_encoder(experiment: &Experiment, error: &ControllerError) -> RunError {
    match experiment.draft.encoder.source {
        EncoderSource::File { .. } => wrong(experiment, "encoder.path", error),
        EncoderSource::Minilm { folder: Some(_) } => wrong(experiment, "encoder.folder", error),
        EncoderSource::Minilm { folder: None } | EncoderSource::Hashed => Environment(format!("encoder: {error}")),
    }
}

fn python(experiment: &Experiment, pool: &PythonPool) -> Result<(), RunError> {
    pool.report().map(drop).map_err(|error| match experiment.draft.sandbox.python {
        Some(_) => wrong(experiment, "sandbox.python", error),
        None => Environment(error.to_string()),
    })
}

fn price(experiment: &Experiment, settings: &OpenAiSettings) -> Result<(), RunError> {
    world::price(settings, &experiment.draft).map(drop).map_err(|error| match error {
        RunError::Model(problem) => wrong(experiment, "model", problem),
        other => other,
    })
}

/// Whether the file is a store, or can become one.
fn store(experiment: &Experiment) -> Result<(), RunError> {
    let settings = &experiment.draft.store;
    let path = &settings.path;
    let begun = path.metadata().is_ok_and(|there| !there.is_file() || there.len() > 0);
    let looked = match settings.mode {
        Mode::Off => return Ok(()),
        Mode::StrictReplay => Archive::existing(path).map(drop),
        _ if begun => Archive::existing(path).map(drop),
        _ => return no_folder(path).map_or(Ok(()), |problem| Err(wrong(experiment, "store.path", problem))),
    };
    looked.map_err(|error| match error {
        StoreError::Missing { .. } | StoreError::Foreign { .. } => wrong(experiment, "store.path", error),
        other => RunError::Store(other.to_string()),
    })
}

/// Why a file cannot be made here; `None` where all that is missing are folders.
fn no_folder(path: &Path) -> Option<String> {
    let above = path.ancestors().skip(1).find(|above| above.exists())?;
    let problem =
        format!("{} cannot be made: {} is no folder; choose another `store.path`", path.display(), above.display());
    (!above.is_dir()).then_some(problem)
}

/// That what stands at a key cannot be used.
fn wrong(experiment: &Experiment, key: &str, problem: impl Display) -> RunError {
    experiment.tree.error(key, format!("{key}: {problem}")).into()
}
