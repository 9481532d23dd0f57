//! What can be asked for.

use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, Parser, Subcommand};

use super::data_dir::DataDir;
use super::experiment::ExperimentArgs;
use lamas_record::checksums::SUMS;

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
    /// Write what happened in single episodes of a finished run as Chrome's trace events, which Perfetto shows (ui.perfetto.dev).
    Trace(super::trace::TraceArgs),
    /// List, verify or fetch problem sets.
    Data(DataArgs),
    /// Score saved answers. No model is needed.
    Score(ScoreArgs),
    /// Look after a store of recorded answers.
    Store(super::store::StoreArgs),
    /// Record everything that an experiment asks into its bank of answers: what is there is not asked again.
    Bank(ExperimentArgs),
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
    pub fn inputs(&self) -> Vec<PathBuf> {
        let owned = |paths: Vec<&Path>| paths.into_iter().map(Path::to_owned).collect();
        match self {
            Self::Sweep(args)
            | Self::Train(args)
            | Self::Eval(args)
            | Self::Bank(args)
            | Self::Plan(args)
            | Self::Doctor(args) => {
                args.out.iter().flat_map(|out| of_run(out)).chain([args.experiment.clone()]).collect()
            }
            Self::Score(args) => std::iter::once(&args.answers).chain(&args.data).cloned().collect(),
            Self::Store(args) => owned(args.inputs()),
            Self::ServeSim(args) => owned(args.inputs()),
            Self::Report(args) => of_run(&args.run).collect(),
            Self::Trace(args) => of_run(&args.run).collect(),
            Self::Data(_) | Self::Schema(_) => Vec::new(),
        }
    }
}

/// What a run's folder cannot do without.
fn of_run(folder: &Path) -> impl Iterator<Item = PathBuf> {
    ["manifest.json", "episodes.parquet", "updates.parquet", "spending.csv", SUMS]
        .map(|file| folder.join(file))
        .into_iter()
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
