//! `cell.json` in a cell's folder: what the cell was made from, which of its files are whole, and which start made them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RecordError;
use super::checksums;
use super::directory::{CELL_RECORD, CELLS, RunDirectory, write_text};
use super::made_from::MadeFrom;

/// The only version of the file's format.
const VERSION: u32 = 1;

/// What is known of a cell's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellRecord {
    version: u32,
    /// What its files are made from.
    pub made_from: MadeFrom,
    /// Its training, once that is finished.
    pub trained: Option<Part>,
    /// Its evaluation, once that is finished.
    pub tested: Option<Part>,
}

/// A finished half of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The start of the run that made it, from 1.
    pub start: u32,
    /// SHA-256 of each of its files.
    pub files: BTreeMap<String, String>,
}

impl CellRecord {
    /// A cell of which nothing is done.
    #[must_use]
    pub fn new(made_from: MadeFrom) -> Self {
        Self { version: VERSION, made_from, trained: None, tested: None }
    }

    /// What a cell's folder says; `None` where nothing was begun. A half of which a file was removed counts as not done.
    ///
    /// # Errors
    /// When the file cannot be read, or there are results that nobody knows the making of.
    pub fn read(folder: &Path) -> Result<Option<Self>, RecordError> {
        let path = folder.join(CELL_RECORD);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return unrecorded(folder),
            Err(error) => return Err(RecordError::unreadable(path, error)),
        };
        let mut record: Self =
            serde_json::from_str(&text).map_err(|error| RecordError::file(&path, format!("{error}; {REMEDY}")))?;
        if record.version != VERSION {
            let message = format!("version {} is not known; this program reads version {VERSION}", record.version);
            return Err(RecordError::file(path, message));
        }
        let whole = |part: &Part| part.files.keys().all(|file| folder.join(file).is_file());
        let lost = record.trained.as_ref().is_some_and(|part| !whole(part));
        record.trained = record.trained.filter(whole);
        record.tested = record.tested.filter(|part| !lost && whole(part));
        Ok(Some(record))
    }

    /// Whether its training is finished; so it is where all of the cell is.
    #[must_use]
    pub fn is_trained(&self) -> bool {
        self.trained.is_some() || self.is_tested()
    }

    /// Whether the cell is finished.
    #[must_use]
    pub fn is_tested(&self) -> bool {
        self.tested.is_some()
    }

    /// Holds its files against their checksums.
    ///
    /// # Errors
    /// Names the first that is damaged.
    pub fn check(&self, folder: &Path) -> Result<(), RecordError> {
        for part in self.trained.iter().chain(&self.tested) {
            for (file, sum) in &part.files {
                checksums::check_file(&folder.join(file), sum, REMEDY)?;
            }
        }
        Ok(())
    }

    /// Whether a file of the cell is whole.
    #[must_use]
    pub fn names(&self, file: &str) -> bool {
        self.trained.iter().chain(&self.tested).any(|part| part.files.contains_key(file))
    }

    /// Writes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), RecordError> {
        let path = folder.join(CELL_RECORD);
        let text = serde_json::to_string_pretty(self).map_err(|error| RecordError::file(&path, error))?;
        write_text(&path, &(text + "\n"))
    }
}

/// The last start of a run that finished anything, by what its cells say; 0 where none did.
///
/// # Errors
/// When the folder of cells cannot be read.
pub fn last_start(directory: &RunDirectory) -> Result<u32, RecordError> {
    let cells = directory.path(CELLS);
    let unreadable = |error| RecordError::unreadable(&cells, error);
    let mut last = 0;
    for entry in std::fs::read_dir(&cells).map_err(unreadable)? {
        // What is wrong with a cell is told where it is taken over.
        let record = CellRecord::read(&entry.map_err(unreadable)?.path()).ok().flatten();
        let parts = record.iter().flat_map(|record| record.trained.iter().chain(&record.tested));
        last = parts.map(|part| part.start).fold(last, u32::max);
    }
    Ok(last)
}

const REMEDY: &str = "remove the cell's folder, and the same command runs it again";

impl Part {
    /// What was just made by a start: those of these files that are there.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of(start: u32, folder: &Path, files: &[&str]) -> Result<Self, RecordError> {
        let there = files.iter().filter(|file| folder.join(file).is_file());
        let sum = |file: &&str| Ok(((*file).to_owned(), checksums::of_file(&folder.join(file))?));
        Ok(Self { start, files: there.map(sum).collect::<Result<_, RecordError>>()? })
    }
}

fn unrecorded(folder: &Path) -> Result<Option<CellRecord>, RecordError> {
    if ["train.parquet", "test.parquet"].iter().any(|file| folder.join(file).is_file()) {
        return Err(RecordError::file(
            folder,
            format!("holds results, but no {CELL_RECORD} that says what they were made from; {REMEDY}"),
        ));
    }
    Ok(None)
}
