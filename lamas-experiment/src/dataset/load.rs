//! Rows to tasks, with checksums and splits.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lamas_core::digest::sha256;
use lamas_core::problem::{Domain, Gold, Problem, ProblemId, Task};
use serde::Deserialize;
use serde::de::Error;

use super::error::DataError;
use super::folder::DataFolders;
use super::lines::{Row, distinct, is_blank, lines};
use super::manifest::{AnswerIn, Manifest};
use crate::config::draft::Limit;
use crate::config::suggest;
use crate::config::text::{self, TextError};

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

impl Dataset {
    /// Loads a problem set by the name of its manifest.
    ///
    /// # Errors
    /// When a file is missing (with the command that fetches it), is not the right one, or does not parse.
    pub fn load(folders: &DataFolders, name: &str, limit: &Limit) -> Result<Self, DataError> {
        let manifest = folders.manifest(name)?;
        let path = find(folders, &manifest)?;
        let bytes = read(&path)?;
        let tasks = own(&manifest, &path, &bytes)?;
        let (train, test) = split(folders, &manifest, tasks.len())?;
        let take = |rows: &[usize], most: Option<usize>| -> Vec<Arc<Task>> {
            rows.iter().take(most.unwrap_or(rows.len())).map(|&row| Arc::clone(&tasks[row])).collect()
        };
        Ok(Self {
            train: take(&train, limit.train),
            test: take(&test, limit.test),
            sha256: manifest.sha256.clone(),
            manifest,
        })
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

/// The tasks of the file that a manifest describes, held against all that it says of it: checksum and rows.
///
/// # Errors
/// When it is another file, cannot be read, or holds more or fewer rows.
pub fn own(manifest: &Manifest, path: &Path, bytes: &[u8]) -> Result<Vec<Arc<Task>>, DataError> {
    verify(manifest, path, bytes)?;
    let tasks = parse(manifest, path, bytes)?;
    let (got, expected) = (tasks.len(), manifest.rows);
    if got == expected {
        return Ok(tasks);
    }
    Err(DataError::Rows { path: path.to_owned(), name: manifest.name.clone(), expected, got })
}

/// Compares a file with its manifest's checksum.
fn verify(manifest: &Manifest, path: &Path, bytes: &[u8]) -> Result<(), DataError> {
    let got = sha256(bytes);
    if got == manifest.sha256 {
        return Ok(());
    }
    let remedy = match manifest.source {
        Some(_) => format!("remove it and run `lamas-bench data fetch {}`", manifest.name),
        None => "restore it, or put its new checksum into the manifest".to_owned(),
    };
    let (name, expected) = (manifest.name.clone(), manifest.sha256.clone());
    Err(DataError::Checksum { path: path.to_owned(), name, expected: expected.into(), got: got.into(), remedy })
}

/// The most bytes of a file with problems or answers.
pub(super) const MOST_BYTES: u64 = 1 << 30;

fn unreadable(path: &Path) -> impl Fn(TextError) -> DataError {
    move |problem| DataError::Unreadable { place: problem.place(path), problem }
}

/// A file's bytes.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Vec<u8>, DataError> {
    text::bytes(path, MOST_BYTES).map_err(unreadable(path))
}

/// The text of a file's bytes.
///
/// # Errors
/// Names file and line.
pub fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    text::decode(bytes).map_err(unreadable(path))
}

/// The tasks of a file of JSON lines, whatever its checksum.
///
/// # Errors
/// Names the line and the field.
pub fn parse(manifest: &Manifest, path: &Path, bytes: &[u8]) -> Result<Vec<Arc<Task>>, DataError> {
    let row_error = |line: usize, message: String| DataError::Row { path: path.to_owned(), line, message };
    let mut tasks: Vec<Arc<Task>> = Vec::new();
    let mut lines_of: HashMap<ProblemId, usize> = HashMap::new();
    for (line, text) in lines(decode(path, bytes)?) {
        let task = Row::parse(text).and_then(|row| task(manifest, tasks.len(), &row));
        let task = task.map_err(|message| row_error(line, message))?;
        if let Some(first) = lines_of.insert(task.problem.id.clone(), line) {
            let id = own_id(manifest, &task);
            return Err(row_error(
                line,
                format!("id `{id}` stands in line {first} already; every task has an id of its own"),
            ));
        }
        tasks.push(Arc::new(task));
    }
    Ok(tasks)
}

/// A task's id without the name of its problem set.
#[must_use]
pub fn own_id<'a>(manifest: &Manifest, task: &'a Task) -> &'a str {
    let id = &*task.problem.id.0;
    id.strip_prefix(&*manifest.name).and_then(|id| id.strip_prefix('/')).unwrap_or(id)
}

fn task(manifest: &Manifest, number: usize, row: &Row) -> Result<Task, String> {
    let fields = &manifest.fields;
    let text = |field: &str| row.filled(field).map(Arc::<str>::from);
    let statement = text(&fields.statement)?;
    let id = match &fields.id {
        Some(field) => row.text(field)?,
        None => number.to_string(),
    };
    if is_blank(&id) {
        return Err("the id is blank; give every task one of its own".to_owned());
    }
    let entry_point = fields.entry_point.as_deref().map(text).transpose()?;
    let public_examples = match &entry_point {
        Some(name) => lamas_score::code::public_examples(&statement, name).into(),
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

fn maths_gold(manifest: &Manifest, row: &Row) -> Result<Gold, String> {
    let fields = &manifest.fields;
    let field = fields.answer.as_deref().unwrap_or_default();
    let whole = row.text(field)?;
    let answer: Option<Cow<'_, str>> = match &fields.answer_in {
        AnswerIn::Whole => Some((&*whole).into()),
        AnswerIn::Boxed => lamas_score::read::reference_answer(&whole),
        AnswerIn::After(mark) => whole.rsplit_once(mark.as_str()).map(|(_, answer)| answer.into()),
    };
    // A blank one could be met by no answer.
    let answer = answer.filter(|answer| !is_blank(answer));
    let answer = answer.ok_or_else(|| format!("`{field}` holds no answer where the manifest says"))?.trim().into();
    let solution = fields.solution.as_deref().map(|field| row.string(field)).transpose()?.unwrap_or_default().into();
    Ok(Gold::Answer { answer, solution })
}

fn code_gold(manifest: &Manifest, row: &Row, statement: &str) -> Result<Gold, String> {
    let fields = &manifest.fields;
    let tests = row.filled(fields.tests.as_deref().unwrap_or_default())?.into();
    let body = row.string(fields.solution.as_deref().unwrap_or_default())?;
    Ok(Gold::Tests { tests, reference: format!("{statement}{body}").into() })
}

/// Which of a file's rows train and which test.
///
/// # Errors
/// When the file is missing or wrong, names rows twice or that are not there, or none to test.
pub fn split(folders: &DataFolders, manifest: &Manifest, rows: usize) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let file = &manifest.split.file;
    let path = folders.find(file).ok_or_else(|| DataError::Missing {
        file: file.clone(),
        folders: folders.describe(),
        remedy: "splits ship with the project: start there, or point --data-dir at its data/ folder".to_owned(),
    })?;
    let refuse = |message: String| DataError::Split { path: path.clone(), message };
    let name = &manifest.split.name;
    let bytes = read(&path)?;
    let all: Splits = serde_json::from_str(decode(&path, &bytes)?).map_err(|error| refuse(error.to_string()))?;
    let own = all.0.get(name).ok_or_else(|| {
        refuse(format!("has no split `{name}`{}", suggest::hint(name, all.0.keys().map(String::as_str))))
    })?;
    // Which list names a row, and where in it.
    let mut seen: HashMap<usize, (&str, usize)> = HashMap::new();
    for (key, list) in [("train", &own.train), ("test", &own.test)] {
        for (index, &row) in list.iter().enumerate() {
            if row >= rows {
                return Err(refuse(format!("`{name}.{key}[{index}]` names row {row}, but there are {rows}")));
            }
            match seen.insert(row, (key, index)) {
                None => {}
                Some((other, first)) if other == key => {
                    let message = format!("`{name}.{key}` names row {row} twice, as number {first} and {index}");
                    return Err(refuse(message + "; remove one of them"));
                }
                Some(_) => return Err(refuse(format!("row {row} of `{name}` both trains and tests"))),
            }
        }
    }
    if own.test.is_empty() {
        return Err(refuse(format!("`{name}.test` names no row; without any there is nothing to answer")));
    }
    Ok((own.train.clone(), own.test.clone()))
}

/// A file's splits by name, none of them twice.
struct Splits(BTreeMap<String, Rows>);

/// The rows of a split; what else it says is for readers.
#[derive(Deserialize)]
struct Rows {
    train: Vec<usize>,
    test: Vec<usize>,
}

impl<'de> Deserialize<'de> for Splits {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rows = distinct(deserializer, "splits by name")?;
        let rows = rows.into_iter().map(|(name, value)| {
            let rows =
                Rows::deserialize(value).map_err(|error| D::Error::custom(format!("split `{name}`: {error}")))?;
            Ok((name, rows))
        });
        rows.collect::<Result<_, _>>().map(Self)
    }
}
