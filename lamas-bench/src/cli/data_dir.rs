//! Where problem sets lie, as commands are told.

use std::path::PathBuf;

use clap::Args;
use lamas_experiment::config::ConfigError;
use lamas_experiment::dataset::DataFolders;

use crate::run::RunError;

/// Where problem sets lie.
#[derive(Debug, Args)]
pub struct DataDir {
    /// A folder with problem sets, looked in before the project's own data/.
    #[arg(long, env = "LAMAS_DATA_DIR", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
}

impl DataDir {
    /// Where to look for problem sets.
    ///
    /// # Errors
    /// When the folder that is named is none.
    pub fn folders(&self) -> Result<DataFolders, RunError> {
        match &self.data_dir {
            Some(folder) if !folder.is_dir() => Err(RunError::Config(ConfigError::Invalid {
                place: format!("--data-dir {}", folder.display()),
                message: "there is no such folder; correct --data-dir, or the variable LAMAS_DATA_DIR".to_owned(),
            })),
            own => Ok(DataFolders::new(own.as_deref())),
        }
    }
}
