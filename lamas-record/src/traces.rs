//! `traces.json` in a cell's folder: whole traces of the first test queries.

use std::path::Path;

use lamas_core::critical_path::CriticalPath;
use lamas_core::trace::{self, Trace};
use lamas_core::units::PathTokens;
use serde::{Deserialize, Serialize};

use super::DAMAGED;
use super::RecordError;

/// Reads a cell's whole traces.
///
/// # Errors
/// When the file cannot be read, is of another schema, or holds a trace that does not fit together.
pub fn read_traces(path: &Path) -> Result<Vec<SavedTrace>, RecordError> {
    let text = std::fs::read_to_string(path).map_err(|error| RecordError::unreadable(path, error))?;
    parse_traces(&text).map_err(|message| RecordError::file(path, message))
}

/// Reads whole traces from the text of such a file.
///
/// # Errors
/// When it is of another schema, or holds a trace that does not fit together.
pub fn parse_traces(text: &str) -> Result<Vec<SavedTrace>, String> {
    #[derive(Deserialize)]
    struct Version {
        schema: u32,
    }
    // The version comes first: another one may have other fields.
    let versions: Vec<Version> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let Some(Version { schema }) = versions.iter().find(|version| version.schema != trace::SCHEMA) {
        return Err(format!("traces of version {schema} are not known; this program reads version {}", trace::SCHEMA));
    }
    let traces: Vec<SavedTrace> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    for saved in &traces {
        saved.check().map_err(|message| format!("{}: {message}; {DAMAGED}", saved.problem))?;
    }
    Ok(traces)
}

/// A whole trace, as `traces.json` holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedTrace {
    /// Schema of the trace.
    pub schema: u32,
    /// The problem's id.
    pub problem: String,
    /// S; `None` = unscored.
    pub score: Option<f64>,
    /// What happened.
    pub trace: Trace,
    /// Its critical path in tokens.
    pub critical_path: CriticalPath<PathTokens>,
}

impl SavedTrace {
    fn check(&self) -> Result<(), String> {
        self.trace.check()?;
        let CriticalPath { spans, work, operators, .. } = &self.critical_path;
        let named = spans.iter().copied().chain(work.iter().map(|work| work.span));
        let mut named = named.chain(operators.iter().map(|operator| operator.span));
        match named.find(|id| id.0 as usize >= self.trace.spans.len()) {
            Some(id) => Err(format!("the critical path names span {}, which is not there", id.0)),
            None => Ok(()),
        }
    }
}
