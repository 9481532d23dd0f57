//! A run's folder: where its files lie, written so that a file that is there is whole.

use std::fs::{self, File, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{DAMAGED, RecordError};

/// A run's folder. Cells write files of their own; whatever bears its final name is complete.
#[derive(Debug)]
pub struct RunDirectory {
    root: PathBuf,
}

/// Keeps a second process out of a run that is being written. At its end, the folders of a start that came to nothing are
/// removed.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    root: PathBuf,
    /// Whether this start made the run's folder.
    made: bool,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whatever holds something stays, and what cannot be removed does no harm.
        let _ = fs::remove_dir(self.root.join(CELLS));
        let rest = || -> std::io::Result<Vec<std::ffi::OsString>> {
            fs::read_dir(&self.root)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
        };
        if self.made && rest().is_ok_and(|rest| rest == [LOCK]) {
            let _ = fs::remove_file(self.root.join(LOCK)).and_then(|()| fs::remove_dir(&self.root));
        }
    }
}

impl RunDirectory {
    /// A run's folder for reading.
    ///
    /// # Errors
    /// When no run lies there.
    pub fn open(root: &Path) -> Result<Self, RecordError> {
        let manifest = root.join("manifest.json");
        if manifest.is_file() {
            return Ok(Self { root: root.to_owned() });
        }
        let remedy = if has_cells(root) { DAMAGED } else { "give the folder that `sweep` named" };
        Err(RecordError::file(root, format!("no run lies here (manifest.json is missing); {remedy}")))
    }

    /// Whether a run may be written there; nothing is.
    ///
    /// # Errors
    /// When a file lies there, or a folder that holds something else.
    pub fn look(root: &Path) -> Result<(), RecordError> {
        let refuse = |message| Err(RecordError::file(root, message));
        if root.exists() && !root.is_dir() {
            return refuse("is a file, but a run is a folder; choose another --out");
        }
        if !root.join("manifest.json").is_file() && occupied(root) && !has_cells(root) {
            return refuse("is not empty and holds no run; choose another --out, its files are left alone");
        }
        Ok(())
    }

    /// A run's folder for writing: new, or that of an earlier start.
    ///
    /// # Errors
    /// When it cannot be written, holds something else, or another process is writing it.
    pub fn create(root: &Path) -> Result<(Self, Lock), RecordError> {
        Self::look(root)?;
        let unwritable = |error: std::io::Error| {
            RecordError::file(root, format!("cannot be written: {error}; choose a folder with --out"))
        };
        let made = !root.exists();
        fs::create_dir_all(root).map_err(unwritable)?;
        folder(&root.join(CELLS))?;
        no_link(&root.join(LOCK))?;
        let file = File::create(root.join(LOCK)).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok((Self { root: root.to_owned() }, Lock { _file: file, root: root.to_owned(), made })),
            Err(TryLockError::WouldBlock) => {
                Err(RecordError::file(root, "another process is writing this run; wait for it or choose another --out"))
            }
            Err(TryLockError::Error(error)) => Err(unwritable(error)),
        }
    }

    /// The folder itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder in it for what is written, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made, or leads out of the run's folder.
    pub fn folder(&self, name: &str) -> Result<PathBuf, RecordError> {
        folder(&self.root.join(name))
    }

    /// A cell's folder, made when it is not there.
    ///
    /// # Errors
    /// As [`Self::folder`].
    pub fn cell(&self, name: &str) -> Result<PathBuf, RecordError> {
        folder(&self.root.join(CELLS))?;
        let path = folder(&self.cell_path(name))?;
        sweep_parts(&path);
        Ok(path)
    }

    /// Removes a file of it, if it is there.
    ///
    /// # Errors
    /// When it stays there.
    pub fn remove(&self, name: &str) -> Result<(), RecordError> {
        remove(&self.root.join(name))
    }

    /// Where a cell's folder lies.
    #[must_use]
    pub fn cell_path(&self, name: &str) -> PathBuf {
        self.root.join(CELLS).join(name)
    }
}

/// The file in a cell's folder that says what the cell was made from.
pub const CELL_RECORD: &str = "cell.json";

/// The folder that holds the cells' own.
pub const CELLS: &str = "cells";

/// The file that a process holds while it writes the run.
const LOCK: &str = ".lock";

/// The name of a cell's folder, e.g. `words.lamas.1e-4.s1`: the only place where it is made. Neither problem sets nor
/// methods have a `.` in their names, so that no two cells share a folder.
#[must_use]
pub fn cell_name(dataset: &str, method: &str, lambda_t: Option<f64>, seed: u64) -> String {
    let lambda = lambda_t.map_or_else(String::new, |lambda_t| format!(".{lambda_t:e}"));
    format!("{dataset}.{method}{lambda}.s{seed}")
}

/// A folder that is one: what is written into a link would be written elsewhere.
fn folder(path: &Path) -> Result<PathBuf, RecordError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => Ok(path.to_owned()),
        Ok(_) => Err(RecordError::file(path, "is a link or a file, but must be a folder of the run; remove it")),
        Err(_) => fs::create_dir(path).map(|()| path.to_owned()).map_err(|error| RecordError::unwritable(path, error)),
    }
}

/// Removes a file, if it is there.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn remove(path: &Path) -> Result<(), RecordError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RecordError::unwritable(path, error)),
        _ => Ok(()),
    }
}

/// What a start leaves that ended before it could say what it was.
const BEGUN: [&str; 5] = [LOCK, CELLS, "mutants.json", "spending.csv", "calls.jsonl"];

fn occupied(root: &Path) -> bool {
    let ours =
        |name: &std::ffi::OsStr| BEGUN.iter().any(|begun| name == *begun) || name.to_string_lossy().starts_with(PART);
    fs::read_dir(root).is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| !ours(&e.file_name()))))
}

/// Whether cells lie there that say what they were made from: a run, even where its manifest is lost.
fn has_cells(root: &Path) -> bool {
    let there = |entry: std::io::Result<fs::DirEntry>| entry.is_ok_and(|cell| cell.path().join(CELL_RECORD).is_file());
    fs::read_dir(root.join(CELLS)).is_ok_and(|mut cells| cells.any(there))
}

/// Writes a file under another name and gives it its own when it is whole.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<T, Box<dyn std::error::Error>>,
) -> Result<T, RecordError> {
    let failed = |error: &dyn std::fmt::Display| unwritable(path, error);
    let part = part_of(path)?;
    let mut writer = BufWriter::new(part.as_file());
    let value = write(&mut writer).map_err(|error| failed(&error))?;
    writer.flush().map_err(|error| failed(&error))?;
    drop(writer);
    finish(part, path)?;
    Ok(value)
}

/// What the parts of files are called until they are whole.
const PART: &str = ".part-";

/// Refuses to write where a link lies: what is written into it would lie outside of the run, and another file in its place
/// would leave the link's reader with the old one.
///
/// # Errors
/// When it is one.
pub fn no_link(path: &Path) -> Result<(), RecordError> {
    match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => {
            let message = "is a link, but a run's files lie in its own folder; remove it, and link to the file instead";
            Err(RecordError::file(path, message))
        }
        _ => Ok(()),
    }
}

/// An empty file beside a file that is to be.
pub(crate) fn part_of(path: &Path) -> Result<NamedTempFile, RecordError> {
    no_link(path)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(PART).tempfile_in(folder).map_err(|error| unwritable(path, &error))
}

/// Gives a whole file its name.
pub(crate) fn finish(part: NamedTempFile, path: &Path) -> Result<(), RecordError> {
    let failed = |error: &dyn std::fmt::Display| unwritable(path, error);
    part.as_file().sync_all().map_err(|error| failed(&error))?;
    readable(part.as_file()).map_err(|error| failed(&error))?;
    part.persist(path).map(drop).map_err(|error| failed(&error.error))
}

pub(crate) fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> RecordError {
    RecordError::unwritable(path, error)
}

/// Removes the parts that a killed process left in a folder.
fn sweep_parts(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(PART) {
            // What cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Temporary files are private; results are not.
///
/// # Errors
/// When its permissions cannot be changed.
#[cfg(unix)]
pub fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub fn readable(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// Writes a text file whole.
///
/// # Errors
/// When it cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), RecordError> {
    write_whole(path, |file| Ok(file.write_all(text.as_bytes())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn case_what_leads_out_of_the_folder_is_not_written_into() {
        let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (run, _lock) = RunDirectory::create(root.path()).unwrap();
        for name in ["tables", "cells/a"] {
            std::os::unix::fs::symlink(elsewhere.path(), run.path(name)).unwrap();
        }
        for refused in [run.folder("tables"), run.cell("a")] {
            assert!(refused.unwrap_err().to_string().contains("is a link"));
        }
        assert!(run.cell("b").is_ok());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn case_a_run_whose_manifest_is_lost_is_gone_on_with() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("results.csv"), "").unwrap();
        assert!(RunDirectory::look(root.path()).unwrap_err().to_string().contains("holds no run"));
        let said = || RunDirectory::open(root.path()).unwrap_err().to_string();
        assert!(said().ends_with("give the folder that `sweep` named"), "{}", said());
        fs::create_dir_all(root.path().join("cells/a")).unwrap();
        fs::write(root.path().join("cells/a/cell.json"), "{}").unwrap();
        RunDirectory::look(root.path()).unwrap();
        assert!(said().ends_with(DAMAGED), "{}", said());
    }

    #[test]
    fn a_start_that_comes_to_nothing_leaves_nothing_of_its_own() {
        let root = tempfile::tempdir().unwrap();
        let (fresh, empty, begun) = (root.path().join("fresh"), root.path().join("empty"), root.path().join("begun"));
        fs::create_dir(&empty).unwrap();
        for at in [&fresh, &empty, &begun] {
            let (run, _lock) = RunDirectory::create(at).unwrap();
            if *at == begun {
                run.cell("a").unwrap();
            }
        }
        assert!(!fresh.exists() && empty.is_dir() && begun.join("cells/a").is_dir());
    }

    #[test]
    fn a_start_that_ended_early_is_gone_on_with_and_other_folders_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let at = root.path().join("run");
        for begun in BEGUN.iter().skip(2) {
            let (run, _lock) = RunDirectory::create(&at).unwrap();
            fs::write(run.path(begun), "").unwrap();
        }
        drop(RunDirectory::create(&at).unwrap());
        fs::write(at.join("thesis.tex"), "").unwrap();
        assert!(RunDirectory::create(&at).unwrap_err().to_string().contains("holds no run"));
    }
}
