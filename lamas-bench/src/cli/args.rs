//! What can be asked for.

use std::path::{Path, PathBuf};

use clap::builder::RangedU64ValueParser;
use clap::{ArgAction, Args, Parser, Subcommand};

use lamas_experiment::config::ConfigError;
use lamas_experiment::config::yaml::Override;
use lamas_experiment::dataset::DataFolders;

use crate::run::RunError;

/// Learns which agents to run side by side and when to stop, and measures what that brings.
#[derive(Debug, Parser)]
#[command(name = "lamas-bench", version, after_help = AFTER_HELP, infer_subcommands = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// What is said on standard error.
    #[command(flatten)]
    pub logging: Logging,
}

/// What is said on standard error.
#[derive(Debug, Args)]
pub struct Logging {
    /// Say more on standard error; twice for details. `RUST_LOG` goes before it.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Write the log as JSON lines into this file as well.
    #[arg(long, global = true, value_name = "FILE")]
    pub log_json: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  lamas-bench sweep                                        the quickstart, on a simulated model
  lamas-bench sweep experiments/gsm8k.yaml --data-dir DIR  the published GSM8K rows
  lamas-bench sweep --set seeds=5 --set 'lambda_t=[0, 1e-4]' --out runs/five
  lamas-bench plan experiments/openai.yaml                 what it will take, before anything is paid
  lamas-bench doctor experiments/vllm.yaml                 is everything there that it needs?
  lamas-bench report runs/quickstart-0123abcd              tables and figures again, without a model
  lamas-bench data fetch gsm8k                             a public problem set, verified

Exit codes:
  0  done
  1  the run gave no result
  2  wrong arguments or a wrong experiment file
  3  a problem set is missing, damaged or malformed
  4  Python, the sandbox or another part of the surroundings is not fit, or `doctor` found a failure
  5  the model cannot be used; what was answered is kept, and the same command goes on once it can
  6  a file of the run cannot be read or written
  7  the budget is spent; everything is kept, and with a larger one the same command goes on
  130  interrupted; finished cells are kept, and the same command goes on from there
  141  nobody reads standard output any more, as in `| head -1`";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train and evaluate every method of an experiment, then print the tables and draw the figures.
    Sweep(ExperimentArgs),
    /// Only train the methods that learn, and keep their checkpoints.
    Train(ExperimentArgs),
    /// Evaluate what `train` left in the run's folder.
    Eval(ExperimentArgs),
    /// Write tables and figures of a finished run again. No model is needed.
    Report(super::report::ReportArgs),
    /// List, verify or fetch problem sets.
    Data(DataArgs),
    /// Score saved answers. No model is needed.
    Score(ScoreArgs),
    /// Look after a store of recorded answers.
    Store(super::store::StoreArgs),
    /// Say beforehand what an experiment will take: calls, tokens, dollars, hours. Nobody is asked.
    Plan(ExperimentArgs),
    /// Check everything that an experiment needs, and say what to do about what fails.
    Doctor(ExperimentArgs),
    /// Print the JSON schema of experiment files, for editors.
    Schema(super::schema::SchemaArgs),
    /// Serve the simulated model as an OpenAI-compatible endpoint, with faults on request.
    ServeSim(super::serve_sim::ServeSimArgs),
}

impl Command {
    /// The files that it is told to read.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Path> {
        match self {
            Self::Sweep(args) | Self::Train(args) | Self::Eval(args) | Self::Plan(args) | Self::Doctor(args) => {
                vec![&args.experiment]
            }
            Self::Score(args) => std::iter::once(&*args.answers).chain(args.data.as_deref()).collect(),
            Self::Store(args) => args.inputs(),
            Self::ServeSim(args) => args.inputs(),
            Self::Report(_) | Self::Data(_) | Self::Schema(_) => Vec::new(),
        }
    }
}

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

/// What to do with problem sets.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: DataCommand,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}

/// What to do with problem sets.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// What there is, and whether its file is there.
    List,
    /// Compare files with their checksums and parse every row.
    Verify {
        /// Which sets; all whose files are there by default.
        names: Vec<String>,
    },
    /// Fetch public files into the data folder and verify them.
    Fetch {
        /// Which sets.
        #[arg(required = true)]
        names: Vec<String>,
    },
}

/// Answers to score.
#[derive(Debug, Args)]
pub struct ScoreArgs {
    /// The problem set whose manifest says how to read rows and score answers.
    #[arg(long, value_name = "NAME")]
    pub dataset: String,

    /// The file with the problems; by default the set's own.
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,

    /// One `{"id": .., "answer": ".."}` a line; the id is the row number or the task's id.
    #[arg(long, value_name = "FILE")]
    pub answers: PathBuf,

    /// Where the scores go, as CSV.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Run programs even where the system cannot confine them fully.
    #[arg(long)]
    pub allow_reduced_sandbox: bool,

    /// Where problem sets lie.
    #[command(flatten)]
    pub folder: DataDir,
}
