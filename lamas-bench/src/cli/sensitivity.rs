//! `sensitivity`.

use std::path::PathBuf;

use clap::Args;

use super::args::DataDir;
use super::sweep::{start_threads, stop_on_ctrl_c};
use crate::config::yaml::{Override, Source};
use crate::dataset::DataFolders;
use crate::run::RunError;
use crate::run::progress::{Bars, Progress};
use crate::sensitivity::{Plan, report, worlds};

/// What is varied and where it goes.
#[derive(Debug, Args)]
pub struct SensitivityArgs {
    /// The file that says what is varied and what is concluded.
    #[arg(default_value = "experiments/sensitivity.yaml")]
    pub plan: PathBuf,

    /// Where table, figures and runs go. Runs are kept: the same command goes on where it ended.
    #[arg(long, value_name = "DIR", default_value = "runs/sensitivity")]
    pub out: PathBuf,

    /// Change a key of the base experiment, e.g. `seeds=5`; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<Override>,

    /// Cells that run at once; one for each core by default. Results do not depend on it.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,

    /// Where problem sets lie.
    #[command(flatten)]
    pub data: DataDir,
}

/// Runs an experiment over a region of the simulated model's assumptions and says where its conclusions hold.
///
/// # Errors
/// See [`RunError`].
pub fn run(args: &SensitivityArgs) -> anyhow::Result<()> {
    let plan = Plan::load(&args.plan, &args.set).map_err(RunError::from)?;
    let source = Source::read(&args.plan).map_err(RunError::from)?;
    start_threads(args.threads)?;
    let stop = stop_on_ctrl_c()?;
    let folders = DataFolders::new(args.data.data_dir.as_deref());
    let bars = Bars::new();
    let worlds = worlds::run(&plan, &source, &folders, &args.out, &stop, &bars);
    bars.finish();
    let worlds = worlds?;
    println!("{}", report::table(&plan, &worlds).markdown());
    for path in report::write(&plan, &worlds, &args.out)? {
        println!("wrote {}", path.display());
    }
    Ok(())
}
