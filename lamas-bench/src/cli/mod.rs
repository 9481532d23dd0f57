//! The command line: arguments, messages and exit codes. The only place that prints.
//!
//! - [`args`]: what can be asked for; [`experiment`], [`data_dir`]: what several commands are told
//! - [`sweep`] runs `sweep`, `train` and `eval`
//! - [`report`] makes tables and figures again
//! - [`out`]: standard output and error, and files that the user names
//! - [`logging`]: what is said on standard error, and the log as JSON lines
//! - [`data`]: `data list`, `verify`, `fetch`
//! - [`store`] looks after recorded answers; [`bank`] records all that an experiment asks
//! - [`plan`] says beforehand what an experiment will take
//! - [`doctor`] checks everything that it needs
//! - [`score`] scores saved answers
//! - [`schema`] prints what an experiment may say
//! - [`trace`] shows single episodes of a run in a viewer of traces
//! - [`serve_sim`] serves the simulated model over HTTP

pub mod args;
pub mod bank;
pub mod data;
pub mod data_dir;
pub mod doctor;
pub mod experiment;
pub mod logging;
pub mod out;
pub mod plan;
pub mod report;
pub mod schema;
pub mod score;
pub mod serve_sim;
pub mod store;
pub mod sweep;
pub mod trace;

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

use crate::run::RunError;
use lamas_experiment::config::ConfigError;
use lamas_experiment::dataset::DataError;
use lamas_record::RecordError;
use lamas_report::ReportError;

/// Runs the program on the process's arguments.
#[must_use]
pub fn main() -> ExitCode {
    match arguments::<Cli>() {
        Ok(cli) => {
            let inputs = cli.command.inputs();
            let started = logging::start(&cli.logging, &inputs.iter().map(PathBuf::as_path).collect::<Vec<_>>());
            finish(started.map_err(Into::into).and_then(|()| run(cli.command)))
        }
        Err(code) => code,
    }
}

/// The process's arguments; where they only ask for help or the version, or are wrong, that is said.
///
/// # Errors
/// The process's exit code.
pub fn arguments<C: Parser>() -> Result<C, ExitCode> {
    C::try_parse().map_err(|said| {
        let printed = said.print().and_then(|()| io::stdout().flush());
        match printed {
            // There is nobody to tell.
            _ if said.use_stderr() => ExitCode::from(WRONG_ARGUMENTS),
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::from(out::CLOSED),
            Err(error) => finish(Err(out::unwritten(error).into())),
        }
    })
}

/// What a program says to its shell that was called wrongly.
const WRONG_ARGUMENTS: u8 = 2;

/// Does what is asked for.
///
/// # Errors
/// See `exit_code`: what each error makes of the process.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Sweep(args) => sweep::run(&args, crate::run::sweep::Phase::Both),
        Command::Train(args) => sweep::run(&args, crate::run::sweep::Phase::Train),
        Command::Eval(args) => sweep::run(&args, crate::run::sweep::Phase::Evaluate),
        Command::Report(args) => report::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Data(args) => data::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Store(args) => store::run(&args),
        Command::Bank(args) => bank::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::ServeSim(args) => serve_sim::run(&args),
    }
}

/// Says what went wrong, if anything, and gives the process's exit code.
pub fn finish(result: anyhow::Result<()>) -> ExitCode {
    // A log that was asked for and is not whole is a failure where nothing worse is.
    let result = result.and_then(|()| logging::lost().map_or(Ok(()), |lost| Err(lost.into())));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Nothing is wrong where the reader has seen enough, as in `| head -1`.
        Err(_) if out::is_closed() => ExitCode::from(out::CLOSED),
        Err(error) => {
            out::warn(format_args!("error: {error:#}"));
            ExitCode::from(exit_code(error))
        }
    }
}

/// The code of the error below all context.
fn exit_code(error: anyhow::Error) -> u8 {
    let known = error
        .downcast::<RunError>()
        .or_else(|error| error.downcast::<ReportError>().map(RunError::from))
        .or_else(|error| error.downcast::<RecordError>().map(RunError::from))
        .or_else(|error| error.downcast::<DataError>().map(RunError::from))
        .or_else(|error| error.downcast::<ConfigError>().map(RunError::from));
    known.map_or(1, |error| error.exit_code())
}
