//! The harness run as a process of its own, with its seconds and memory. It is this program again, so that nothing else
//! need be built or found.

use std::ffi::{OsStr, OsString};
use std::fs::{File, read_to_string};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use lamas_bench::run::RunError;
use lamas_core::stopwatch::Stopwatch;

/// How often a young process is looked at; an old one less often, so that looking costs nothing.
const YOUNG: Duration = Duration::from_millis(1);
const OLD: Duration = Duration::from_millis(20);
/// Clock ticks a second in Linux's /proc, on every architecture.
const TICKS: f64 = 100.0;

/// What a process took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Took {
    /// Seconds from its start to its end.
    pub seconds: f64,
    /// Seconds of processor time, of its children that have ended too.
    pub processor_seconds: f64,
    /// The most memory that it held itself, in MB.
    pub peak_mb: f64,
}

/// A command of the harness.
///
/// # Errors
/// When this program cannot be found.
pub fn command(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Command, RunError> {
    let program = std::env::current_exe().map_err(|error| refused(&error))?;
    let mut command = Command::new(program);
    command.arg("harness").args(args).stdin(Stdio::null()).stdout(Stdio::null());
    Ok(command)
}

/// Runs a command of the harness to its end. What it says on standard error goes into a file.
///
/// # Errors
/// When it cannot be started or fails: says what it said.
pub fn run(args: &[OsString], said: &Path) -> Result<Took, RunError> {
    let file = File::create(said).map_err(|error| RunError::file(said, error))?;
    let mut command = command(args)?;
    let clock = Stopwatch::real();
    let mut child = command.stderr(file).spawn().map_err(|error| refused(&error))?;
    let mut peak_mb = 0.0_f64;
    // A process that has ended keeps its clock, but no memory, until it is waited for.
    let (seconds, processor_seconds) = loop {
        let seconds = clock.elapsed().0;
        let stat = read_to_string(format!("/proc/{}/stat", child.id())).map_err(|error| refused(&error))?;
        let (ended, processor_seconds) = state(&stat);
        if ended {
            break (seconds, processor_seconds);
        }
        peak_mb = peak_mb.max(resident_peak_mb(child.id()));
        std::thread::sleep(if seconds < 1.0 { YOUNG } else { OLD });
    };
    let status = child.wait().map_err(|error| refused(&error))?;
    if !status.success() {
        let text = read_to_string(said).unwrap_or_default();
        return Err(RunError::Environment(format!("`lamas-bench {}` failed: {}", text_of(args), text.trim())));
    }
    Ok(Took { seconds, processor_seconds, peak_mb })
}

fn text_of(args: &[OsString]) -> String {
    args.iter().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn refused(error: &std::io::Error) -> RunError {
    RunError::Environment(format!("this program cannot be run again as a process: {error}"))
}

/// Whether a process has ended, and its seconds of processor time with those of its children that were waited for.
fn state(stat: &str) -> (bool, f64) {
    // The program's name may hold anything, so fields are counted from behind it.
    let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
    let fields: Vec<&str> = behind.split(' ').collect();
    let ticks = fields.iter().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok());
    (fields.first() == Some(&"Z"), ticks.sum::<f64>() / TICKS)
}

fn resident_peak_mb(process: u32) -> f64 {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    peak.map_or(0.0, |kib: f64| kib * 1024.0 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_behind_its_name() {
        let stat = "7 (a) Z (b) R 1 2 3 4 5 6 7 8 9 10 250 50 30 70 20 0";
        assert_eq!(state(stat), (false, 4.0));
        assert!(state("7 (x) Z 1 2 3 4 5 6 7 8 9 10 0 0 0 0").0);
    }
}
