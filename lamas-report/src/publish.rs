//! The small files of a report in a folder that is kept: tables, figures, `results.csv` and the manifest.

use std::fs;
use std::path::{Path, PathBuf};

use lamas_record::RecordError;
use lamas_record::directory::RunDirectory;

/// Which files of which folders.
const KEPT: [(&str, &[&str]); 3] =
    [("", &["manifest.json", "results.csv"]), ("tables", &["md", "csv", "tex"]), ("figures", &["svg", "png", "pdf"])];

/// Copies what a reader of the results wants, and leaves out episodes, checkpoints and traces. Files of an earlier report
/// that the run no longer writes are removed from `tables/` and `figures/`; everything else in the folder is left alone. Links
/// to files are written through.
///
/// # Errors
/// When a file cannot be read or written, or the folder is the run's own, or holds tables or figures that are no report's.
pub fn copy(run: &RunDirectory, target: &Path) -> Result<Vec<PathBuf>, RecordError> {
    place(run, target)?;
    let mut copied = Vec::new();
    for (folder, kept) in KEPT {
        let (from, to) = (run.path(folder), target.join(folder));
        if !folder.is_empty() && to.is_dir() {
            fs::remove_dir_all(&to).map_err(|error| RecordError::unwritable(&to, error))?;
        }
        fs::create_dir_all(&to).map_err(|error| RecordError::unwritable(&to, error))?;
        for file in files(&from)? {
            let name = file.file_name().unwrap_or_default();
            let extension = Path::new(name).extension().unwrap_or_default();
            if kept.iter().any(|kept| *kept == name || *kept == extension) {
                let target = to.join(name);
                fs::copy(&file, &target).map_err(|error| RecordError::unwritable(&target, error))?;
                copied.push(target);
            }
        }
    }
    Ok(copied)
}

/// Whether nothing is lost that is no copy.
fn place(run: &RunDirectory, target: &Path) -> Result<(), RecordError> {
    let refuse = |path: &Path, message| Err(RecordError::file(path, message));
    let real = |path: &Path| path.canonicalize().map_err(|error| RecordError::file(path, error));
    if !target.exists() {
        return Ok(());
    }
    if real(target)?.starts_with(real(run.root())?) {
        return refuse(target, "lies in the run's own folder; choose another one for the copy");
    }
    if target.join("manifest.json").is_file() {
        return Ok(());
    }
    let others = ["tables", "figures"].map(|folder| target.join(folder));
    match others.iter().find(|folder| fs::symlink_metadata(folder).is_ok()) {
        Some(folder) => {
            refuse(folder, "is none of an earlier report, and would be replaced; choose another folder for the copy")
        }
        None => Ok(()),
    }
}

/// The files of a folder by name; none where it is missing.
fn files(folder: &Path) -> Result<Vec<PathBuf>, RecordError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |error| RecordError::file(folder, error);
    let entries = fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    // A link may lead to a file that is no part of the run.
    let own = entries.into_iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut paths: Vec<PathBuf> = own.map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}
