//! What a part of the measurements is, and what it is given.

use std::ffi::OsString;
use std::path::PathBuf;

use super::child::{self, Took};
use super::curve::Curve;
use super::row::Row;
use lamas_bench::run::RunError;
use lamas_experiment::dataset::DataFolders;

/// The experiment that the quickstart, and what is like it, runs.
pub const QUICKSTART: &str = "experiments/quickstart.yaml";

/// What a part measured.
#[derive(Debug, Default)]
pub struct Measured {
    /// Lines of the table.
    pub rows: Vec<Row>,
    /// Panels of the figure.
    pub curves: Vec<Curve>,
}

/// Something that can be measured by itself.
pub struct Part {
    /// What `--only` calls it by.
    pub name: &'static str,
    /// Measures it.
    pub measure: fn(&Setup) -> Result<Measured, RunError>,
}

/// What every part is given.
pub struct Setup {
    /// Where runs of this program go while they are measured.
    pub scratch: PathBuf,
    /// Less of everything, to see that it works.
    pub quick: bool,
    /// How often a process is run.
    pub repetitions: usize,
    /// Whether all of the paper's experiments are run.
    pub paper: bool,
    /// A folder with problem sets.
    pub data_dir: Option<PathBuf>,
}

impl Setup {
    /// Where problem sets lie.
    #[must_use]
    pub fn folders(&self) -> DataFolders {
        DataFolders::new(self.data_dir.as_deref())
    }

    /// One of two amounts: the first in earnest, the second to see that it works.
    #[must_use]
    pub fn amount(&self, earnest: usize, quick: usize) -> usize {
        if self.quick { quick } else { earnest }
    }

    /// Runs a command of this program on an experiment in a new folder, and reads what `read` needs from that folder.
    ///
    /// # Errors
    /// When it fails, or its folder cannot be emptied or read.
    pub fn experiment<T>(
        &self,
        command: &str,
        experiment: &str,
        more: &[&str],
        read: impl FnOnce(&std::path::Path) -> Result<T, RunError>,
    ) -> Result<(Took, T), RunError> {
        let out = self.scratch.join("run");
        remove(&out)?;
        let mut args: Vec<OsString> = vec![command.into(), experiment.into(), "--out".into(), out.clone().into()];
        args.extend(self.data_dir.iter().flat_map(|folder| ["--data-dir".into(), folder.clone().into_os_string()]));
        args.extend(more.iter().map(Into::into));
        let took = child::run(&args, &self.scratch.join("said.txt"))?;
        let result = read(&out)?;
        remove(&out)?;
        Ok((took, result))
    }
}

/// Removes a folder, which need not be there.
fn remove(folder: &std::path::Path) -> Result<(), RunError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RunError::file(folder, error)),
        _ => Ok(()),
    }
}
