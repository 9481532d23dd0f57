//! What is said of a recording: who answered, asked how, when, and how much there is.

use std::collections::BTreeMap;
use std::path::Path;

use lamas_core::chat::{LatencySource, Sampling};
use lamas_store::Kept;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::RecordError;

/// What to do about a recording that is damaged.
pub(super) const AGAIN: &str = "the recording is damaged, or its two files do not belong together: fetch both again";

/// The format's version.
pub const VERSION: u32 = 1;

/// SHA-256 of prompt templates, by file.
pub type Prompts = BTreeMap<String, String>;

/// What a recording is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingManifest {
    /// The format's version.
    pub version: u32,
    /// SHA-256 of the Parquet file.
    pub sha256: String,
    /// Who answered.
    pub about: About,
    /// SHA-256 of every prompt template with which it was asked, by file.
    pub prompts: Prompts,
    /// Whether what was asked stands in it.
    pub questions: bool,
    /// How much there is.
    pub summary: Summary,
}

/// Who answered, as whoever started the server knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The model's name.
    pub model: String,
    /// The file of its weights.
    pub weights: String,
    /// SHA-256 of that file.
    pub sha256: String,
    /// How its weights are rounded, e.g. `Q4_K_M`.
    pub quantisation: String,
    /// The server's program.
    pub server: String,
    /// The server's settings.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub settings: Value,
    /// What it ran on.
    pub machine: Value,
}

/// What the records of a recording amount to.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Answers.
    pub answers: u64,
    /// Runs of programs.
    pub runs: u64,
    /// Prompt tokens of all answers.
    pub input_tokens: u64,
    /// Generated tokens of all answers.
    pub output_tokens: u64,
    /// Working time of all answers, one after another, in hours.
    pub call_hours: f64,
    /// Answers that a simulated model gave.
    pub simulated: u64,
    /// The day of the first answer, in UTC, e.g. `2026-11-25`.
    pub first: String,
    /// The day of the last answer.
    pub last: String,
    /// How it was asked, and how many answers each way has.
    pub asked: Vec<Asked>,
}

/// A way of asking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The model's name in requests.
    pub model: String,
    /// Parameters of requests.
    pub parameters: Value,
    /// How to sample.
    pub sampling: Sampling,
    /// Answers.
    pub answers: u64,
}

impl Summary {
    /// Adds a record.
    pub fn add(&mut self, kept: &Kept) {
        let Kept::Answer(record) = kept else {
            self.runs += 1;
            return;
        };
        let (question, response) = (&record.question, &record.response);
        let day = day(record.recorded);
        if self.answers == 0 || day < self.first {
            self.first.clone_from(&day);
        }
        if day > self.last {
            self.last = day;
        }
        self.answers += 1;
        self.input_tokens += response.usage.input.0;
        self.output_tokens += response.usage.output.0;
        self.call_hours += response.timing.working.0 / 3600.0;
        self.simulated += u64::from(response.timing.source == LatencySource::Simulated);
        let same = |asked: &&mut Asked| {
            asked.model == question.model
                && asked.parameters == question.parameters
                && asked.sampling == question.sampling
        };
        match self.asked.iter_mut().find(same) {
            Some(asked) => asked.answers += 1,
            None => self.asked.push(Asked {
                model: question.model.clone(),
                parameters: question.parameters.clone(),
                sampling: question.sampling.clone(),
                answers: 1,
            }),
        }
    }
}

impl RecordingManifest {
    /// The prompt templates that are not those of this recording, so that nothing which is asked with them is found in it.
    #[must_use]
    pub fn other_prompts(&self, prompts: &Prompts) -> Vec<String> {
        let differs = |file: &&String| self.prompts.get(*file) != prompts.get(*file);
        prompts.keys().filter(differs).cloned().collect()
    }
}

/// Reads who answered from a file, as `scripts/local_model/run` writes it.
///
/// # Errors
/// When it cannot be read or lacks something.
pub fn about(path: &Path) -> Result<About, RecordError> {
    let text =
        std::fs::read_to_string(path).map_err(|error| RecordError::file(path, format!("cannot be read: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        let message = format!(
            "{error}; it must name `model`, `weights`, `sha256`, `quantisation`, `server` and `machine`, as the `about.json` \
             of `scripts/local_model/run` does"
        );
        RecordError::file(path, message)
    })
}

/// The version alone: others may have other keys.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Reads a manifest.
///
/// # Errors
/// When it cannot be read, or is of another version.
pub fn read(path: &Path) -> Result<RecordingManifest, RecordError> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let message = format!("{error}; a recording has its manifest beside it, of the same name");
        RecordError::file(path, message)
    })?;
    let damaged = |error: serde_json::Error| RecordError::file(path, format!("{error}; {AGAIN}"));
    let Versioned { version } = serde_json::from_str(&text).map_err(damaged)?;
    if version != VERSION {
        let message = format!("is of version {version}, and this program reads version {VERSION}");
        return Err(RecordError::file(path, message));
    }
    serde_json::from_str(&text).map_err(damaged)
}

/// The day of a time in milliseconds since 1970, e.g. `2026-11-25`, in UTC.
fn day(milliseconds: u64) -> String {
    // The civil calendar, counted in eras of 400 years that begin in March (Hinnant, "chrono-compatible low-level date
    // algorithms").
    let days = milliseconds / 86_400_000 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_the_calendar() {
        let known = [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_796_079_268, "2026-11-30"),
        ];
        for (seconds, expected) in known {
            assert_eq!(day(seconds * 1000), expected);
        }
        assert_eq!(day(4_107_542_400_000), "2100-03-01");
    }
}
