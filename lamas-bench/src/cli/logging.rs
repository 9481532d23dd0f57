//! Logs: quiet on standard error unless asked, and on request JSON lines in a file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;
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
    let stderr = fmt::layer().with_writer(io::stderr).with_filter(filter(level));
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
fn begun(path: &Path, inputs: &[&Path]) -> Result<Log, RunError> {
    out::none_of(path, inputs)?;
    let file = File::create(path).map_err(|error| unwritten(path, &error))?;
    Ok(Log { path: path.to_owned(), file })
}

fn unwritten(path: &Path, error: &io::Error) -> RunError {
    RunError::file(path, format!("the log cannot be written: {error}"))
}

/// A log that remembers the first line that could not be written: who writes lines hears nothing of it.
struct Log {
    path: PathBuf,
    file: File,
}

static LOST: Mutex<Option<RunError>> = Mutex::new(None);

/// Why the log is not whole, where it is not.
pub fn lost() -> Option<RunError> {
    LOST.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> &'a Self {
        self
    }
}

impl io::Write for &Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.file).write(bytes).inspect_err(|error| {
            LOST.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| unwritten(&self.path, error));
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.file).flush()
    }
}

fn filter(default: &str) -> EnvFilter {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // It writes whole answers into the log.
    match "async_openai=off".parse() {
        Ok(off) => filter.add_directive(off),
        Err(_) => filter,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn case_a_log_that_cannot_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let log = begun(&folder.path().join("log"), &[]).unwrap();
        log.make_writer().write_all(b"line").unwrap();
        assert!(lost().is_none());
        let log = begun(Path::new("/dev/full"), &[]).unwrap();
        log.make_writer().write_all(b"line").unwrap_err();
        insta::assert_snapshot!(lost().unwrap(), @"/dev/full: the log cannot be written: No space left on device (os error 28)");
    }
}
