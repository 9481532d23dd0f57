//! The laboratory's command line. The only place that prints.
//!
//! - [`validate_sim`] holds the simulated model against published figures
//! - [`fit_sim`] fits it again
//! - [`sensitivity`] varies its assumptions
//! - [`words`] generates word problems
//! - [`mod@bench`] measures how fast everything is

pub mod bench;
pub mod fit_sim;
pub mod sensitivity;
pub mod validate_sim;
pub mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lamas_bench::cli::args::Logging;
use lamas_bench::cli::{self as harness, logging};

/// The laboratory of LAMaS: what builds and checks the simulated model and the bundled problems, and measures speed.
#[derive(Debug, Parser)]
#[command(name = "lamas-lab", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// What is said on standard error.
    #[command(flatten)]
    pub logging: Logging,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hold the simulated model against published figures, fitted and held out.
    ValidateSim(validate_sim::ValidateSimArgs),
    /// Fit the simulated model's profile again, from published rows and recorded outputs.
    FitSim(fit_sim::FitSimArgs),
    /// Say over which region of the simulated model's assumptions conclusions hold.
    Sensitivity(sensitivity::SensitivityArgs),
    /// Generate word problems as JSON lines on standard output.
    Words(words::WordsArgs),
    /// Measure how fast everything is, end to end, against the targets.
    Bench(bench::BenchArgs),
    /// What `lamas-bench` does, as a process of its own that `bench` measures.
    #[command(subcommand, hide = true)]
    Harness(harness::args::Command),
}

/// Runs the program on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    match harness::arguments::<Cli>() {
        Ok(cli) => {
            harness::finish(logging::start(&cli.logging, &[]).map_err(Into::into).and_then(|()| run(cli.command)))
        }
        Err(code) => code,
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::ValidateSim(args) => validate_sim::run(&args),
        Command::FitSim(args) => fit_sim::run(&args),
        Command::Sensitivity(args) => sensitivity::run(&args),
        Command::Words(args) => words::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Harness(command) => harness::run(command),
    }
}
