//! Rows to tasks, with checksums and splits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lamas_core::problem::{Domain, Gold, Problem, ProblemId, Task};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::folder::DataFolders;
use super::manifest::{AnswerIn, Manifest};
use crate::config::ConfigError;
use crate::config::experiment::{Limit, hex};

/// A problem set that is ready to run.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What is particular to it.
    pub manifest: Manifest,
    /// SHA-256 of the file that was read.
    pub sha256: String,
    /// The training rows, in the split's order.
    pub train: Vec<Arc<Task>>,
    /// The test rows, in the split's order.
    pub test: Vec<Arc<Task>>,
}

/// Why a problem set cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A manifest is wrong.
    #[error(transparent)]
    Manifest(#[from] ConfigError),
    /// There is no manifest of this name.
    #[error("unknown dataset `{name}`{hint}")]
    UnknownDataset {
        /// As it was asked for.
        name: String,
        /// A suggestion, or where manifests were looked for.
        hint: String,
    },
    /// The file is not there.
    #[error("{} is missing (looked in {folders}); {remedy}", file.display())]
    Missing {
        /// Which file.
        file: PathBuf,
        /// Where it was looked for.
        folders: String,
        /// The command that brings it.
        remedy: String,
    },
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not the one that the manifest describes.
    #[error("{}: sha256 is {got}, but the manifest of `{name}` says {expected}; {remedy}", path.display())]
    Checksum {
        /// Which file.
        path: PathBuf,
        /// Which dataset.
        name: String,
        /// What the manifest says.
        expected: Box<str>,
        /// What the file has.
        got: Box<str>,
        /// What to do.
        remedy: String,
    },
    /// Something in the file is wrong.
    #[error("{}:{line}: {message}", path.display())]
    Row {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The split does not fit.
    #[error("{}: {message}", path.display())]
    Split {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// The file could not be fetched.
    #[error("{0}")]
    Fetch(String),
}

impl Dataset {
    /// Loads a problem set by the name of its manifest.
    ///
    /// # Errors
    /// When a file is missing (with the command that fetches it), is not the right one, or does not parse.
    pub fn load(folders: &DataFolders, name: &str, limit: &Limit) -> Result<Self, DataError> {
        let manifest = folders.manifest(name)?;
        let path = find(folders, &manifest)?;
        let bytes = read(&path)?;
        let sha256 = verify(&manifest, &path, &bytes)?;
        let tasks = parse(&manifest, &path, &bytes)?;
        let (train, test) = split(folders, &manifest, tasks.len())?;
        let take = |rows: &[usize], most: Option<usize>| -> Vec<Arc<Task>> {
            rows.iter().take(most.unwrap_or(rows.len())).map(|&row| Arc::clone(&tasks[row])).collect()
        };
        Ok(Self { train: take(&train, limit.train), test: take(&test, limit.test), manifest, sha256 })
    }

    /// All of its tasks: training rows, then test rows.
    pub fn tasks(&self) -> impl Iterator<Item = &Arc<Task>> {
        self.train.iter().chain(&self.test)
    }
}

/// Where a dataset's file lies.
///
/// # Errors
/// Names the command that brings it.
pub fn find(folders: &DataFolders, manifest: &Manifest) -> Result<PathBuf, DataError> {
    folders.find(&manifest.file).ok_or_else(|| DataError::Missing {
        file: manifest.file.clone(),
        folders: folders.describe(),
        remedy: match manifest.source {
            Some(_) => format!("`lamas-bench data fetch {}` brings it, or point --data-dir at it", manifest.name),
            None => "it ships with the project: start there, or point --data-dir at its data/ folder".to_owned(),
        },
    })
}

/// Compares a file with its manifest's checksum and returns it.
///
/// # Errors
/// When it is another file.
pub fn verify(manifest: &Manifest, path: &Path, bytes: &[u8]) -> Result<String, DataError> {
    let got = hex(&Sha256::digest(bytes));
    if got == manifest.sha256 {
        return Ok(got);
    }
    let remedy = match manifest.source {
        Some(_) => format!("remove it and run `lamas-bench data fetch {}`", manifest.name),
        None => "restore it, or put its new checksum into the manifest".to_owned(),
    };
    let (name, expected) = (manifest.name.clone(), manifest.sha256.clone());
    Err(DataError::Checksum { path: path.to_owned(), name, expected: expected.into(), got: got.into(), remedy })
}

/// A file's bytes.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    std::fs::read(path).map_err(|source| DataError::Unreadable { path: path.to_owned(), source })
}

/// The tasks of a file of JSON lines, whatever its checksum.
///
/// # Errors
/// Names the line and the field.
pub fn parse(manifest: &Manifest, path: &Path, bytes: &[u8]) -> Result<Vec<Arc<Task>>, DataError> {
    let row_error = |line: usize, message: String| DataError::Row { path: path.to_owned(), line, message };
    let text = std::str::from_utf8(bytes).map_err(|error| row_error(1, error.to_string()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut tasks = Vec::with_capacity(manifest.rows);
    for (index, line) in lines {
        let row: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| row_error(index + 1, error.to_string()))?;
        let task = task(manifest, tasks.len(), &row).map_err(|message| row_error(index + 1, message))?;
        tasks.push(Arc::new(task));
    }
    Ok(tasks)
}

fn task(manifest: &Manifest, number: usize, row: &Map<String, Value>) -> Result<Task, String> {
    let fields = &manifest.fields;
    let statement = text(row, &fields.statement)?;
    let id = match &fields.id {
        Some(field) => text(row, field)?.to_string(),
        None => number.to_string(),
    };
    let entry_point = fields.entry_point.as_deref().map(|field| text(row, field)).transpose()?;
    let public_examples = match &entry_point {
        Some(name) => lamas_score::public_examples(&statement, name).into(),
        None => [].into(),
    };
    let gold = match manifest.domain {
        Domain::Maths => maths_gold(manifest, row)?,
        Domain::Code => code_gold(manifest, row, &statement)?,
    };
    let id = ProblemId(format!("{}/{id}", manifest.name).into());
    let problem = Problem { id, domain: manifest.domain, statement, entry_point, public_examples };
    Ok(Task { problem, gold })
}

fn maths_gold(manifest: &Manifest, row: &Map<String, Value>) -> Result<Gold, String> {
    let fields = &manifest.fields;
    let field = fields.answer.as_deref().unwrap_or_default();
    let whole = text(row, field)?;
    let answer = match &fields.answer_in {
        AnswerIn::Whole => Some(&*whole),
        AnswerIn::Boxed => lamas_score::last_boxed(&whole),
        AnswerIn::After(mark) => whole.rsplit_once(mark.as_str()).map(|(_, answer)| answer),
    };
    let answer = answer.ok_or_else(|| format!("`{field}` holds no answer where the manifest says"))?.trim().into();
    let solution = fields.solution.as_deref().map(|field| text(row, field)).transpose()?.unwrap_or_default();
    Ok(Gold::Answer { answer, solution })
}

fn code_gold(manifest: &Manifest, row: &Map<String, Value>, statement: &str) -> Result<Gold, String> {
    let fields = &manifest.fields;
    let tests = text(row, fields.tests.as_deref().unwrap_or_default())?;
    let body = text(row, fields.solution.as_deref().unwrap_or_default())?;
    Ok(Gold::Tests { tests, reference: format!("{statement}{body}").into() })
}

fn text(row: &Map<String, Value>, field: &str) -> Result<Arc<str>, String> {
    match row.get(field) {
        Some(Value::String(text)) => Ok(text.as_str().into()),
        Some(Value::Number(number)) => Ok(number.to_string().into()),
        Some(_) => Err(format!("field `{field}` is neither text nor a number")),
        None => Err(format!("field `{field}` is missing")),
    }
}

fn split(folders: &DataFolders, manifest: &Manifest, rows: usize) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let file = &manifest.split.file;
    let path = folders.find(file).ok_or_else(|| DataError::Missing {
        file: file.clone(),
        folders: folders.describe(),
        remedy: "splits ship with the project: start there, or point --data-dir at its data/ folder".to_owned(),
    })?;
    let refuse = |message: String| DataError::Split { path: path.clone(), message };
    let all: Map<String, Value> = serde_json::from_slice(&read(&path)?).map_err(|error| refuse(error.to_string()))?;
    let own = all.get(&manifest.split.name).ok_or_else(|| refuse(format!("has no split `{}`", manifest.split.name)))?;
    let rows_of = |key: &str| -> Result<Vec<usize>, DataError> {
        let numbers: Vec<usize> = own
            .get(key)
            .and_then(|list| serde_json::from_value(list.clone()).ok())
            .ok_or_else(|| refuse(format!("`{}.{key}` is not a list of row numbers", manifest.split.name)))?;
        match numbers.iter().find(|&&row| row >= rows) {
            Some(row) => Err(refuse(format!("`{}.{key}` names row {row}, but there are {rows}", manifest.split.name))),
            None => Ok(numbers),
        }
    };
    let (train, test) = (rows_of("train")?, rows_of("test")?);
    let trained: std::collections::BTreeSet<_> = train.iter().collect();
    match test.iter().find(|row| trained.contains(row)) {
        Some(row) => Err(refuse(format!("row {row} of `{}` both trains and tests", manifest.split.name))),
        None => Ok((train, test)),
    }
}
