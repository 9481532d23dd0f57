//! `report`.

use std::path::PathBuf;

use clap::Args;

use super::out::say;
use super::sweep::print_paths;
use lamas_report::{Finished, publish};

/// A finished run.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The run's folder, as `sweep` named it.
    pub run: PathBuf,

    /// Copy tables, figures, results.csv and the manifest into this folder, without episodes and checkpoints.
    #[arg(long, value_name = "DIR")]
    pub publish: Option<PathBuf>,
}

/// Writes tables and figures of a finished run again.
///
/// # Errors
/// When no finished run lies there or a file cannot be written.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let finished = Finished::open(&args.run)?;
    let report = finished.report()?;
    say(report.main)?;
    print_paths(&args.run, &report.figures)?;
    if let Some(folder) = &args.publish {
        let copied = publish::copy(&finished.directory, folder)?;
        say(format_args!("kept     {} files in {}", copied.len(), folder.display()))?;
    }
    Ok(())
}
