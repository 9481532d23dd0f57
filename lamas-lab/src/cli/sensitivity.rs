//! `sensitivity`.

use lamas_bench::cli::out::say;
use std::path::PathBuf;

use clap::Args;

use crate::sensitivity::{Plan, report, worlds};
use lamas_bench::cli::experiment::Running;
use lamas_bench::cli::sweep::{start_threads, stop_on_ctrl_c};
use lamas_bench::run::RunError;
use lamas_bench::run::progress::{Bars, Progress};
use lamas_experiment::dataset::DataFolders;

/// What is varied and where it goes.
#[derive(Debug, Args)]
pub struct SensitivityArgs {
    /// The file that says what is varied and what is concluded.
    #[arg(default_value = "experiments/sensitivity.yaml")]
    pub plan: PathBuf,

    /// Where table, figures and runs go. Runs are kept: the same command goes on where it ended.
    #[arg(long, value_name = "DIR", default_value = "runs/sensitivity")]
    pub out: PathBuf,

    /// How the experiments run.
    #[command(flatten)]
    pub running: Running,
}

/// Runs an experiment over a region of the simulated model's assumptions and says where its conclusions hold.
///
/// # Errors
/// See [`RunError`].
pub fn run(args: &SensitivityArgs) -> anyhow::Result<()> {
    let plan = Plan::load(&args.plan, &args.running.set).map_err(RunError::from)?;
    start_threads(args.running.threads)?;
    let stop = stop_on_ctrl_c()?;
    let folders = DataFolders::new(args.running.data.data_dir.as_deref());
    let bars = Bars::new();
    let worlds = worlds::run(&plan, &folders, &args.out, &stop, &bars);
    bars.finish();
    let worlds = worlds?;
    say(report::table(&plan, &worlds).markdown())?;
    for path in report::write(&plan, &worlds, &args.out)? {
        say(format_args!("wrote {}", path.display()))?;
    }
    Ok(())
}
