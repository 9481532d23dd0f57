//! Where the model's files lie.

use std::fs::File;
use std::path::{Path, PathBuf};

use lamas_core::capped;
use lamas_core::digest::hex;
use sha2::{Digest, Sha256};

use crate::{ControllerError, Result};

/// The environment variable that names a folder with the model's files.
pub const FOLDER_VARIABLE: &str = "LAMAS_MINILM";

/// The command that gets the files.
pub const FETCH: &str = "python3 scripts/minilm/fetch.py FOLDER";

/// The model's folder in a Hugging Face cache.
const IN_CACHE: &str = "models--sentence-transformers--all-MiniLM-L6-v2/snapshots";

/// A folder that holds `model.safetensors`, `tokenizer.json` and `config.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder(PathBuf);

/// The model's files, read.
pub(super) struct Files {
    /// What the encoder is called: the model, and which weights, tokenizer and forward pass it was made of.
    pub name: String,
    pub weights: Vec<u8>,
    pub tokenizer: Vec<u8>,
    pub config: Vec<u8>,
}

impl ModelFolder {
    /// The named folder; without a name the one in `LAMAS_MINILM`, or else a snapshot in the Hugging Face cache, whose
    /// place `HF_HUB_CACHE`, `HUGGINGFACE_HUB_CACHE`, `HF_HOME` and `XDG_CACHE_HOME` move.
    ///
    /// # Errors
    /// When none of these holds the model: says where it looked and which command gets the files.
    pub fn find(named: Option<&Path>) -> Result<Self> {
        Self::find_in(named, &|variable| {
            std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
        })
    }

    fn find_in(named: Option<&Path>, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Result<Self> {
        // A folder that was named is meant: nothing else takes its place.
        let candidates = match named.map(Path::to_owned).or_else(|| variable(FOLDER_VARIABLE)) {
            Some(folder) => vec![folder],
            None => hub_cache(variable).map(|cache| snapshots(&cache.join(IN_CACHE))).unwrap_or_default(),
        };
        let complete = |folder: &&PathBuf| FILES.iter().all(|file| folder.join(file).is_file());
        match candidates.iter().find(complete) {
            Some(folder) => Ok(Self(folder.clone())),
            None => Err(ControllerError::ModelMissing { looked: list(&candidates) }),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn read(&self) -> Result<Files> {
        let read = |file: &'static str| {
            File::open(self.0.join(file))
                .and_then(|file| capped::bytes(file, capped::MOST_OF_A_FILE))
                .map_err(|error| self.damaged(file, error.to_string()))
        };
        let (weights, tokenizer, config) = (read("model.safetensors")?, read("tokenizer.json")?, read("config.json")?);
        let digest = Sha256::new_with_prefix([FORWARD_PASS]).chain_update(&weights).chain_update(&tokenizer).finalize();
        let short = hex(&digest[..6]);
        Ok(Files { name: format!("all-MiniLM-L6-v2-{short}"), weights, tokenizer, config })
    }

    pub(super) fn damaged(&self, file: &'static str, message: String) -> ControllerError {
        ControllerError::Model { path: self.0.join(file), message }
    }
}

/// Raised when embeddings are computed in another way, whose last bits differ, so that kept ones are not taken for these.
const FORWARD_PASS: u8 = 2;

const FILES: [&str; 3] = ["model.safetensors", "tokenizer.json", "config.json"];

/// The hub's cache as its own libraries look for it.
fn hub_cache(variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let home = || Some(variable("HOME")?.join(".cache"));
    variable("HF_HUB_CACHE").or_else(|| variable("HUGGINGFACE_HUB_CACHE")).or_else(|| {
        let hugging_face =
            variable("HF_HOME").or_else(|| Some(variable("XDG_CACHE_HOME").or_else(home)?.join("huggingface")))?;
        Some(hugging_face.join("hub"))
    })
}

/// The snapshots in name order, so that the choice does not depend on the file system; the folder itself if there is
/// none, so that the error can name it.
fn snapshots(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    if found.is_empty() { vec![folder.to_owned()] } else { found }
}

fn list(folders: &[PathBuf]) -> String {
    let names: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    if names.is_empty() { "no folder, since HOME is not set".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(folder: &Path) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        for file in FILES {
            std::fs::write(folder.join(file), "{}").unwrap();
        }
        folder.to_owned()
    }

    fn find(named: Option<&Path>, variables: &[(&str, &Path)]) -> Result<PathBuf> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_path_buf());
        ModelFolder::find_in(named, &variable).map(|folder| folder.0)
    }

    #[test]
    fn the_named_folder_goes_before_the_variable_and_that_before_the_cache() {
        let root = tempfile::tempdir().unwrap();
        let (home, other) = (root.path().join("home"), root.path().join("hf"));
        let cached = model(&home.join(".cache/huggingface/hub").join(IN_CACHE).join("abc"));
        let moved = model(&other.join("hub").join(IN_CACHE).join("def"));
        let named = model(&root.path().join("named"));
        assert_eq!(find(None, &[("HOME", &home)]).unwrap(), cached);
        assert_eq!(find(None, &[("HOME", &home), ("HF_HOME", &other)]).unwrap(), moved);
        assert_eq!(find(None, &[("HUGGINGFACE_HUB_CACHE", &other.join("hub"))]).unwrap(), moved);
        assert_eq!(find(None, &[("HOME", &home), (FOLDER_VARIABLE, &named)]).unwrap(), named);
        assert_eq!(find(Some(&named), &[("HOME", &home), (FOLDER_VARIABLE, &moved)]).unwrap(), named);
    }

    #[test]
    fn a_missing_model_names_the_places_and_the_command() {
        let root = tempfile::tempdir().unwrap();
        let half = model(&root.path().join("half"));
        std::fs::remove_file(half.join("tokenizer.json")).unwrap();
        for (named, variables) in [(Some(half.as_path()), vec![]), (None, vec![("HOME", root.path())])] {
            let message = find(named, &variables).unwrap_err().to_string();
            assert!(message.contains(&root.path().display().to_string()) && message.contains(FETCH), "{message}");
        }
        assert!(find(None, &[]).unwrap_err().to_string().contains("HOME is not set"));
    }
}
