//! The experiment that a command is about, and how it runs.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use lamas_experiment::config::yaml::Override;

use super::data_dir::DataDir;

/// An experiment and where it goes.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// The experiment file.
    #[arg(default_value = "experiments/quickstart.yaml")]
    pub experiment: PathBuf,

    /// The run's folder; by default runs/NAME-HASH, so that the same experiment goes on where it ended.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The first training seed; the same as `--set seed=N`.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Keep every call with its prompt and completion in the run's calls.jsonl; the same as `--set calls=true`.
    #[arg(long)]
    pub record_calls: bool,

    /// How it runs.
    #[command(flatten)]
    pub running: Running,
}

/// How one experiment runs, or several do.
#[derive(Debug, Args)]
pub struct Running {
    /// Change a key of every experiment that runs, e.g. `controller.tau=0.5`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<Override>,

    /// Cells that run at once; one for each core by default. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}
