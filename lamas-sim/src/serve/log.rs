//! The request log: a JSON line for each request that could be read.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use lamas_core::chat::{ChatResponse, SampleIndex};
use lamas_core::units::Seconds;
use serde::Serialize;

use super::body::Asked;
use super::fault::Fault;

/// A file with a JSON line for each request; see `docs/simulator.md` for the fields.
#[derive(Debug, Clone)]
pub struct RequestLog(Arc<Mutex<BufWriter<File>>>);

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RequestEnd {
    /// The whole answer was handed over.
    Answered,
    /// The client went away before.
    Abandoned,
    /// The source had no answer.
    Rejected,
    /// On purpose.
    Failed(Fault),
}

impl Serialize for RequestEnd {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Answered => "answered",
            Self::Abandoned => "abandoned",
            Self::Rejected => "rejected",
            Self::Failed(fault) => fault.as_str(),
        })
    }
}

/// What the log says about a request.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    /// In hexadecimal, since JSON numbers do not hold 64 bits everywhere.
    pub(super) key: String,
    pub(super) attempt: u32,
    pub(super) seed: Option<i64>,
    pub(super) replicate: String,
    pub(super) ordinal: u32,
    pub(super) choices: u32,
    pub(super) stream: bool,
    /// Whether it holds a problem that the source knows.
    pub(super) known: bool,
    pub(super) outcome: RequestEnd,
    /// Modelled seconds to the first token and to the last, of the choice that took longest.
    pub(super) first_token_s: Option<f64>,
    pub(super) working_s: Option<f64>,
    pub(super) output_tokens: u64,
}

impl Line {
    /// A request that has just come.
    pub(super) fn new(key: u64, attempt: u32, asked: &Asked, sample: SampleIndex, known: bool) -> Self {
        Self {
            key: format!("{key:016x}"),
            attempt,
            seed: asked.seed,
            replicate: sample.replicate.to_string(),
            ordinal: sample.ordinal,
            choices: asked.choices,
            stream: asked.stream,
            known,
            outcome: RequestEnd::Abandoned,
            first_token_s: None,
            working_s: None,
            output_tokens: 0,
        }
    }

    /// Takes in what is going to be said.
    pub(super) fn answers(&mut self, answers: &[ChatResponse]) {
        let longest = |time: fn(&ChatResponse) -> Seconds| answers.iter().map(|a| time(a).0).reduce(f64::max);
        self.first_token_s = longest(|answer| answer.timing.first_token);
        self.working_s = longest(|answer| answer.timing.working);
        self.output_tokens = answers.iter().map(|answer| answer.usage.output.0).sum();
    }
}

impl RequestLog {
    /// A log in a new file; an older one of this name is replaced.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path) -> std::io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(BufWriter::new(File::create(path)?)))))
    }

    fn write(&self, line: &Line) -> std::io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&text)?;
        file.flush()
    }
}

/// A request on its way. Its line is written when it ends, however it does.
#[derive(Debug)]
pub(super) struct LogEntry {
    pub(super) log: Option<RequestLog>,
    pub(super) line: Line,
}

impl LogEntry {
    /// Says how it ended.
    pub(super) fn end(mut self, outcome: RequestEnd) {
        self.line.outcome = outcome;
    }
}

impl Drop for LogEntry {
    fn drop(&mut self) {
        if let Some(log) = &self.log
            && let Err(error) = log.write(&self.line)
        {
            tracing::error!("a line of the request log is lost: {error}");
        }
    }
}
