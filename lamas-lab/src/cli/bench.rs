//! `bench`.

use lamas_bench::cli::out::{say, warn};
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::bench::PARTS;
use crate::bench::machine::Machine;
use crate::bench::part::Setup;
use crate::bench::report::Report;
use lamas_bench::cli::data_dir::DataDir;
use lamas_bench::cli::sweep::start_threads;
use lamas_bench::run::RunError;

/// What is measured and where it goes.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Where table, figure and scratch go.
    #[arg(long, value_name = "DIR", default_value = "runs/bench")]
    pub out: PathBuf,

    /// Only this part; may be repeated.
    #[arg(long, value_name = "PART", value_parser = PossibleValuesParser::new(PARTS.map(|part| part.name)))]
    pub only: Vec<String>,

    /// Less of everything, to see that it works; the figures mean nothing.
    #[arg(long)]
    pub quick: bool,

    /// How often processes are run.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub repetitions: u16,

    /// Run all of the paper's experiments too, which needs the public problem sets.
    #[arg(long)]
    pub paper: bool,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}

/// Measures what a user waits for and prints it beside its targets.
///
/// # Errors
/// When a part cannot be run.
pub fn run(args: &BenchArgs) -> anyhow::Result<()> {
    start_threads(None)?;
    let machine = Machine::here();
    for warning in machine.warnings() {
        warn(format_args!("warning: {warning}"));
    }
    let scratch = args.out.join("scratch");
    std::fs::create_dir_all(&scratch).map_err(|error| RunError::file(&scratch, error))?;
    let setup = Setup {
        scratch: scratch.canonicalize().map_err(|error| RunError::file(&scratch, error))?,
        quick: args.quick,
        repetitions: if args.quick { 1 } else { args.repetitions.into() },
        paper: args.paper,
        data_dir: args.data.data_dir.clone(),
    };
    let (mut measured, mut failed) = (Vec::new(), None);
    for part in PARTS.iter().filter(|part| args.only.is_empty() || args.only.iter().any(|name| name == part.name)) {
        warn(format_args!("measuring {} ..", part.name));
        match (part.measure)(&setup) {
            Ok(part) => measured.push(part),
            // What was measured before took minutes: it is told all the same.
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    let report = Report::new(machine, measured);
    let paths = report.write(&args.out)?;
    std::fs::remove_dir_all(&scratch).map_err(|error| RunError::file(&scratch, error))?;
    say(report.table().markdown())?;
    for path in paths {
        say(format_args!("wrote {}", path.display()))?;
    }
    failed.map_or(Ok(()), |error| Err(error.into()))
}
