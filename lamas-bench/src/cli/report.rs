//! `report`.

use super::args::ReportArgs;
use super::sweep::print_paths;
use crate::report::Finished;

/// Writes tables and figures of a finished run again.
///
/// # Errors
/// When no finished run lies there or a file cannot be written.
pub fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let report = Finished::open(&args.run)?.report()?;
    println!("{}", report.main);
    print_paths(&args.run, &report.figures);
    Ok(())
}
