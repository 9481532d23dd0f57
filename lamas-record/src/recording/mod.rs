//! Recordings: what a response store holds as one compressed Parquet file, with a manifest beside it (`NAME.parquet`,
//! `NAME.json`) that says who answered, how, when and on what.
//!
//! A recording may leave out what was asked. Its answers are then found by their keys alone: whoever has the problems
//! replays them, and nobody learns the problems from it.
//!
//! - [`manifest`]: what is said of a recording
//! - [`table`]: its columns

pub mod manifest;
pub mod table;

use std::path::{Path, PathBuf};

use lamas_store::{Archive, Kept, Recording};

use self::manifest::{AGAIN, About, RecordingManifest, Summary, VERSION};
use super::RecordError;
use super::checksums::{check_file, of_file};
use super::directory::write_text;
use super::parquet::{read_parquet, write_parquet};

/// How a store is written as a recording.
#[derive(Debug, Clone)]
pub struct Export {
    /// Who answered.
    pub about: About,
    /// SHA-256 of every prompt template, by file.
    pub prompts: manifest::Prompts,
    /// Whether what was asked goes with the answers.
    pub questions: bool,
}

/// Writes a store as a recording.
///
/// # Errors
/// When the store is damaged or holds no answer, or a file cannot be written.
pub fn write(archive: &Archive, path: &Path, export: Export) -> Result<RecordingManifest, RecordError> {
    let (mut rows, mut summary) = (table::Rows::default(), Summary::default());
    let took = archive.records(&mut |key, kept| {
        summary.add(&kept);
        rows.push(key, &kept, export.questions);
        Ok(())
    });
    took.map_err(|error| RecordError::file(archive.path(), error))?;
    if summary.answers == 0 {
        return Err(RecordError::file(archive.path(), "holds no answers; record some first (`lamas-bench bank`)"));
    }
    write_parquet(path, &rows.table().map_err(|error| RecordError::table(path, &error))?)?;
    let Export { about, prompts, questions } = export;
    let manifest = RecordingManifest { version: VERSION, sha256: of_file(path)?, about, prompts, questions, summary };
    let beside = manifest_of(path);
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| RecordError::file(&beside, error))?;
    write_text(&beside, &(text + "\n"))?;
    Ok(manifest)
}

/// Reads the manifest of a recording, and holds the file against it.
///
/// # Errors
/// When either is missing or damaged, or of a later version.
pub fn check(path: &Path) -> Result<RecordingManifest, RecordError> {
    let manifest = manifest::read(&manifest_of(path))?;
    check_file(path, &manifest.sha256, AGAIN)?;
    Ok(manifest)
}

/// Reads a recording for a store that is to answer from it.
///
/// # Errors
/// As [`check`]; and when a row is none of ours.
pub fn load(path: &Path) -> Result<(RecordingManifest, Recording), RecordError> {
    let manifest = check(path)?;
    let recording = table::recording(&read_parquet(path)?).map_err(|problem| damaged(path, &problem))?;
    Ok((manifest, recording))
}

/// Reads several recordings as one.
///
/// # Errors
/// As [`load`].
pub fn load_all(paths: &[PathBuf]) -> Result<Recording, RecordError> {
    let mut all = Recording::default();
    paths.iter().try_for_each(|path| load(path).map(|(_, recording)| all.add(recording)))?;
    Ok(all)
}

/// Reads a recording for a store that is to take it in.
///
/// # Errors
/// As [`load`]; and when it does not say what was asked.
pub fn records(path: &Path) -> Result<(RecordingManifest, Vec<Kept>), RecordError> {
    let manifest = check(path)?;
    if !manifest.questions {
        let message = "does not say what was asked, so that no store can take it in; name it under `store.recordings`, \
                       where it is read as it is";
        return Err(RecordError::file(path, message));
    }
    let records = table::records(&read_parquet(path)?).map_err(|problem| damaged(path, &problem))?;
    Ok((manifest, records))
}

/// Where the manifest of a recording lies.
#[must_use]
pub fn manifest_of(path: &Path) -> PathBuf {
    path.with_extension("json")
}

fn damaged(path: &Path, problem: &str) -> RecordError {
    RecordError::file(path, format!("{problem}; {AGAIN}"))
}
