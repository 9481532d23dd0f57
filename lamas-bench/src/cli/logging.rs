//! Logs: quiet on standard error unless asked, and on request JSON lines in a file.

use std::fs::File;
use std::path::Path;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use super::args::Logging;
use super::out;
use crate::run::RunError;

/// Starts logging. `RUST_LOG` goes before them, and rules the file as well.
///
/// # Errors
/// When the file cannot be written, or is one that the command reads.
pub fn start(settings: &Logging, inputs: &[&Path]) -> Result<(), RunError> {
    let level = match settings.verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let stderr = fmt::layer().with_writer(std::io::stderr).with_filter(filter(level));
    let json = settings.log_json.as_deref().map(|path| begun(path, inputs)).transpose()?;
    let json = json.map(|file| {
        fmt::layer()
            .json()
            .with_writer(file)
            .with_filter(filter("info,lamas_llm=debug,lamas_store=debug,lamas_bench=debug,lamas_lab=debug"))
    });
    tracing_subscriber::registry().with(stderr).with(json).init();
    Ok(())
}

/// A log is written as it comes: through links, and into whatever lies there.
fn begun(path: &Path, inputs: &[&Path]) -> Result<File, RunError> {
    out::none_of(path, inputs)?;
    File::create(path).map_err(|error| RunError::file(path, format!("the log cannot be written: {error}")))
}

fn filter(default: &str) -> EnvFilter {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // It writes whole answers into the log.
    match "async_openai=off".parse() {
        Ok(off) => filter.add_directive(off),
        Err(_) => filter,
    }
}
