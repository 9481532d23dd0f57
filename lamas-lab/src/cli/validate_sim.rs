//! `validate-sim`.

use lamas_bench::cli::out::say;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::validate;
use crate::validate::published::Group;
use lamas_bench::cli::experiment::Running;
use lamas_bench::cli::sweep::{start_threads, stop_on_ctrl_c};
use lamas_bench::run::RunError;
use lamas_bench::run::progress::{Bars, Progress};
use lamas_experiment::dataset::DataFolders;

/// Where the simulated model is held against published figures.
#[derive(Debug, Args)]
pub struct ValidateSimArgs {
    /// Where tables, figure and runs go. Runs are kept: the same command goes on where it ended.
    #[arg(long, value_name = "DIR", default_value = "runs/validate-sim")]
    pub out: PathBuf,

    /// How the experiments run.
    #[command(flatten)]
    pub running: Running,
}

/// Runs the simulated model on the published rows and says how far off it is.
///
/// # Errors
/// When a figure that it was fitted to is too far off, or see [`RunError`].
pub fn run(args: &ValidateSimArgs) -> anyhow::Result<()> {
    let experiments = validate::experiments(&args.running.set).map_err(RunError::from)?;
    start_threads(args.running.threads)?;
    let stop = stop_on_ctrl_c()?;
    let folders = DataFolders::new(args.running.data.data_dir.as_deref());
    let bars = Bars::new();
    let result = validate::run(experiments, &folders, &args.out, &stop, &bars);
    bars.finish();
    let verdicts = match result {
        Err(error @ RunError::Data(_)) => {
            return Err(error).context(
                "the published figures are of public problem sets, which are not shipped; \
                 `lamas-bench data fetch gsm8k humaneval math` brings them",
            );
        }
        other => other?,
    };
    let files = validate::report::write(&verdicts, &args.out)?;
    say(validate::report::markdown(&verdicts))?;
    for file in files {
        say(format_args!("wrote {}", file.display()))?;
    }
    let failed = verdicts.iter().filter(|verdict| verdict.group == Group::Calibration && !verdict.within()).count();
    if failed > 0 {
        bail!("{failed} figures that the model was fitted to are too far off");
    }
    Ok(())
}
