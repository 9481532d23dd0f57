//! Paths in an experiment are relative to the file that names them, those of options and defaults to the working directory.

use std::path::{Path, PathBuf};

use lamas_llm::openai::{HeaderSource, KeySource};

use super::ModelChoice;
use super::draft::Draft;
use super::encoder::EncoderSource;
use super::tree::Tree;

/// Puts the folder of its file before every path of a draft.
pub fn locate(draft: &mut Draft, tree: &Tree) {
    let place = |key: &str, path: &mut PathBuf| *path = tree.located(key, path);
    // A bare name is looked for on `PATH`, or is a profile of the library.
    let place_file = |key: &str, path: &mut PathBuf| {
        if !is_name(path) {
            place(key, path);
        }
    };
    if let Some(prompts) = &mut draft.prompts {
        place("prompts", prompts);
    }
    if let Some(python) = &mut draft.sandbox.python {
        place_file("sandbox.python", python);
    }
    place("store.path", &mut draft.store.path);
    for (index, recording) in draft.store.recordings.iter_mut().enumerate() {
        place(&format!("store.recordings[{index}]"), recording);
    }
    match &mut draft.encoder.source {
        EncoderSource::Minilm { folder: Some(folder) } => place("encoder.folder", folder),
        EncoderSource::File { path } => place("encoder.path", path),
        EncoderSource::Minilm { folder: None } | EncoderSource::Hashed => {}
    }
    match &mut draft.model {
        ModelChoice::Simulated(simulated) if !simulated.is_built_in() => {
            // `model: simulated/PROFILE` and `model: {simulated: {profile: ..}}`.
            let key = if tree.at("model.simulated.profile").is_some() { "model.simulated.profile" } else { "model" };
            place(key, &mut simulated.profile);
        }
        ModelChoice::Simulated(_) => {}
        ModelChoice::Openai(settings) => {
            for (index, endpoint) in settings.endpoints.iter_mut().enumerate() {
                let key = format!("model.openai.endpoints[{index}]");
                if let Some(KeySource::File(path)) = &mut endpoint.key {
                    place(&format!("{key}.key"), path);
                }
                for (name, header) in &mut endpoint.headers {
                    if let HeaderSource::Secret(KeySource::File(path)) = header {
                        place(&format!("{key}.headers.{name}"), path);
                    }
                }
            }
        }
    }
}

/// Whether it is one plain part, such as `python3`.
fn is_name(path: &Path) -> bool {
    path.components().count() == 1 && path.file_name().is_some_and(|name| name == path.as_os_str())
}
