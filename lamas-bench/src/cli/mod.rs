//! The command line: arguments, messages and exit codes. The only place that prints.
//!
//! - [`args`]: what can be asked for
//! - [`sweep`] runs `sweep`, `train` and `eval`
//! - [`fit_sim`] fits the simulated model again
//! - [`report`] makes tables and figures again
//! - [`logging`]: what is said on standard error, and the log as JSON lines
//! - [`data`]: `data list`, `verify`, `fetch`, `words`
//! - [`store`] looks after recorded answers
//! - [`plan`] says beforehand what an experiment will take
//! - [`doctor`] checks everything that it needs
//! - [`score`] scores saved answers
//! - [`sensitivity`] varies its assumptions
//! - [`validate_sim`] holds it against published figures
//! - [`serve_sim`] serves the simulated model over HTTP
//! - [`mod@bench`] measures how fast everything is

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is the command line")]

pub mod args;
pub mod bench;
pub mod data;
pub mod doctor;
pub mod fit_sim;
pub mod logging;
pub mod plan;
pub mod report;
pub mod score;
pub mod sensitivity;
pub mod serve_sim;
pub mod store;
pub mod sweep;
pub mod validate_sim;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

use crate::dataset::DataError;
use crate::run::RunError;

/// Runs the program on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = logging::start(cli.verbose, cli.log_json.as_deref()) {
        eprintln!("error: {error}");
        return ExitCode::from(error.exit_code());
    }
    let result = match cli.command {
        Command::Sweep(args) => sweep::run(&args, crate::run::sweep::Phase::Both),
        Command::Train(args) => sweep::run(&args, crate::run::sweep::Phase::Train),
        Command::Eval(args) => sweep::run(&args, crate::run::sweep::Phase::Evaluate),
        Command::Report(args) => report::run(&args),
        Command::Data(args) => data::run(&args),
        Command::Score(args) => score::run(&args),
        Command::FitSim(args) => fit_sim::run(&args),
        Command::Sensitivity(args) => sensitivity::run(&args),
        Command::ValidateSim(args) => validate_sim::run(&args),
        Command::Store(args) => store::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::ServeSim(args) => serve_sim::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The code of the error below all context.
fn exit_code(error: &anyhow::Error) -> u8 {
    if let Some(error) = error.downcast_ref::<RunError>() {
        return error.exit_code();
    }
    match error.downcast_ref::<DataError>() {
        Some(_) => 3,
        None => 1,
    }
}
