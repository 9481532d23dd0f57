//! A run's folder: where its files lie, written so that a file that is there is whole.

use std::fs::{self, File, TryLockError};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::RunError;

/// A run's folder. Cells write files of their own; whatever bears its final name is complete.
#[derive(Debug)]
pub struct RunDirectory {
    root: PathBuf,
}

/// Keeps a second process out of a run that is being written.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl RunDirectory {
    /// A run's folder for reading.
    ///
    /// # Errors
    /// When no run lies there.
    pub fn open(root: &Path) -> Result<Self, RunError> {
        let manifest = root.join("manifest.json");
        if manifest.is_file() {
            return Ok(Self { root: root.to_owned() });
        }
        Err(RunError::file(root, "no run lies here (manifest.json is missing); give the folder that `sweep` named"))
    }

    /// A run's folder for writing: new, or that of the very same experiment, to go on with.
    ///
    /// # Errors
    /// When it cannot be written, holds something else, or another process is writing it.
    pub fn create(root: &Path, hash: &str) -> Result<(Self, Lock), RunError> {
        match fs::read_to_string(root.join("manifest.json")) {
            Ok(text) => same_experiment(root, &text, hash)?,
            Err(_) if occupied(root) => {
                let message = "is not empty and holds no run; choose another --out, its files are left alone";
                return Err(RunError::file(root, message));
            }
            Err(_) => {}
        }
        let unwritable = |error: std::io::Error| {
            RunError::file(root, format!("cannot be written: {error}; choose a folder with --out"))
        };
        fs::create_dir_all(root.join("cells")).map_err(unwritable)?;
        let file = File::create(root.join(".lock")).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok((Self { root: root.to_owned() }, Lock { _file: file })),
            Err(TryLockError::WouldBlock) => {
                Err(RunError::file(root, "another process is writing this run; wait for it or choose another --out"))
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

    /// A cell's folder, made when it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn cell(&self, name: &str) -> Result<PathBuf, RunError> {
        let path = self.cell_path(name);
        fs::create_dir_all(&path).map_err(|error| RunError::file(&path, error))?;
        sweep_parts(&path);
        Ok(path)
    }

    /// Where a cell's folder lies.
    #[must_use]
    pub fn cell_path(&self, name: &str) -> PathBuf {
        self.root.join("cells").join(name)
    }
}

fn same_experiment(root: &Path, manifest: &str, hash: &str) -> Result<(), RunError> {
    let manifest: serde_json::Value =
        serde_json::from_str(manifest).map_err(|error| RunError::file(root.join("manifest.json"), error))?;
    if manifest["experiment_sha256"] == hash {
        return Ok(());
    }
    let message = "holds the run of another experiment (or of other settings); choose another --out, it is left alone";
    Err(RunError::file(root, message))
}

fn occupied(root: &Path) -> bool {
    let ours = |name: &std::ffi::OsStr| name == ".lock" || name == "cells";
    fs::read_dir(root).is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| !ours(&e.file_name()))))
}

/// Writes a file under another name and gives it its own when it is whole.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> Result<T, Box<dyn std::error::Error>>,
) -> Result<T, RunError> {
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

/// An empty file beside a file that is to be.
pub(super) fn part_of(path: &Path) -> Result<NamedTempFile, RunError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(PART).tempfile_in(folder).map_err(|error| unwritable(path, &error))
}

/// Gives a whole file its name.
pub(super) fn finish(part: NamedTempFile, path: &Path) -> Result<(), RunError> {
    let failed = |error: &dyn std::fmt::Display| unwritable(path, error);
    part.as_file().sync_all().map_err(|error| failed(&error))?;
    readable(part.as_file()).map_err(|error| failed(&error))?;
    part.persist(path).map(drop).map_err(|error| failed(&error.error))
}

pub(super) fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> RunError {
    RunError::file(path, format!("cannot be written: {error}"))
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
#[cfg(unix)]
pub(crate) fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(crate) fn readable(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// Writes a text file whole.
///
/// # Errors
/// When it cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<(), RunError> {
    write_whole(path, |file| Ok(file.write_all(text.as_bytes())?))
}
