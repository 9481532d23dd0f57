//! Exports: a record per line of JSON.

use std::io::{BufRead, Read as _, Write};

use lamas_core::chat::ChatResponse;
use lamas_core::tool::{Program, ToolRun};
use lamas_core::units::Usd;
use rusqlite::TransactionBehavior;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::archive::{Archive, LARGEST};
use super::error::StoreError;
use super::question::Question;
use super::record::{Record, Sealed};
use super::row::{hex, read_answer};
use super::tools::{SealedRun, ToolRecord, read_run};
use super::upkeep::{Merged, Table};

/// An answer as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerLine {
    question: Question,
    response: ChatResponse,
    cost: Usd,
    recorded: u64,
    /// Of the record; older exports have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// A program's run as a line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunLine {
    program: Program,
    limits: Value,
    run: ToolRun,
    recorded: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
}

/// What tells the two apart.
#[derive(Deserialize)]
struct Kind {
    program: Option<IgnoredAny>,
}

pub(super) enum Line {
    Answer(Box<Sealed>),
    Run(Box<SealedRun>),
}

impl From<Sealed> for AnswerLine {
    fn from(sealed: Sealed) -> Self {
        let Record { question, response, cost, recorded } = sealed.record;
        Self { question, response, cost, recorded, checksum: Some(hex(&sealed.checksum)) }
    }
}

impl From<SealedRun> for RunLine {
    fn from(sealed: SealedRun) -> Self {
        let ToolRecord { program, limits, run, recorded } = sealed.record;
        Self { program, limits, run, recorded, checksum: Some(hex(&sealed.checksum)) }
    }
}

impl AnswerLine {
    fn seal(self) -> Result<Sealed, String> {
        let Self { question, response, cost, recorded, checksum } = self;
        let sealed = Sealed::new(Record { question, response, cost, recorded });
        sealed.record.check()?;
        belongs(checksum.as_deref(), &sealed.checksum).map(|()| sealed)
    }
}

impl RunLine {
    fn seal(self) -> Result<SealedRun, String> {
        let Self { program, limits, run, recorded, checksum } = self;
        let sealed = SealedRun::new(ToolRecord { program, limits, run, recorded });
        belongs(checksum.as_deref(), &sealed.checksum).map(|()| sealed)
    }
}

fn belongs(written: Option<&str>, found: &[u8; 32]) -> Result<(), String> {
    match written {
        Some(written) if written != hex(found) => {
            Err("the record does not belong to its checksum; it was damaged or changed by hand".to_owned())
        }
        _ => Ok(()),
    }
}

impl Line {
    fn parse(text: &str) -> Result<Self, String> {
        let said = |error: serde_json::Error| error.to_string();
        let kind: Kind = serde_json::from_str(text).map_err(said)?;
        if kind.program.is_some() {
            let line: RunLine = serde_json::from_str(text).map_err(said)?;
            line.seal().map(|sealed| Self::Run(Box::new(sealed)))
        } else {
            let line: AnswerLine = serde_json::from_str(text).map_err(said)?;
            line.seal().map(|sealed| Self::Answer(Box::new(sealed)))
        }
    }
}

/// The records of an export, one after another; a line that is none ends it.
pub(super) fn lines(from: &mut dyn BufRead) -> impl Iterator<Item = Result<Line, StoreError>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let line = next_line(from)?;
            number += 1;
            let bad = |problem: String| StoreError::Line { line: number, problem };
            let line = match line.map_err(bad) {
                Ok(line) => line,
                Err(error) => return Some(Err(error)),
            };
            // Some editors put a byte order mark in front.
            let line = line.trim_start_matches('\u{feff}');
            if !line.trim().is_empty() {
                return Some(Line::parse(line).map_err(bad));
            }
        }
    })
}

/// The next line without its end, or what is wrong with it; `None` at the end. No more than [`LARGEST`] bytes are held.
fn next_line(from: &mut dyn BufRead) -> Option<Result<String, String>> {
    let mut line = Vec::new();
    let limit = LARGEST as u64 + 1;
    match from.take(limit).read_until(b'\n', &mut line) {
        Ok(0) => None,
        Err(error) => Some(Err(error.to_string())),
        Ok(_) if line.len() > LARGEST => Some(Err(format!("it is longer than {} MiB", LARGEST >> 20))),
        Ok(_) if line.starts_with(&[0x1f, 0x8b]) => Some(Err("it is compressed (gzip); unpack it first".to_owned())),
        Ok(_) => Some(String::from_utf8(line).map_err(|error| format!("it is not UTF-8: {}", error.utf8_error()))),
    }
}

impl Archive {
    /// Writes every answer as a line of JSON, in the order of keys, and then every run of a program. Returns their number.
    /// Everything is checked before the first line is written: a damaged store is never exported as a good one.
    ///
    /// # Errors
    /// When the store is damaged or cannot be read, or the lines cannot be written.
    pub fn export(&self, to: &mut dyn Write) -> Result<u64, StoreError> {
        let written = |source: std::io::Error| StoreError::Io { path: "export".into(), source };
        let connection = self.connection();
        // Both readings see the same records, whatever others write meanwhile.
        let snapshot = connection.unchecked_transaction().map_err(|source| self.failed(source))?;
        self.structure(&snapshot)?;
        self.each(&snapshot, Table::ANSWERS, read_answer, |sealed| sealed.map(drop))?;
        self.each(&snapshot, Table::RUNS, read_run, |sealed| sealed.map(drop))?;
        let mut lines = 0;
        let mut write = |line: serde_json::Result<String>| {
            let mut line = line.map_err(|error| written(error.into()))?;
            line.push('\n');
            lines += 1;
            to.write_all(line.as_bytes()).map_err(written)
        };
        self.each(&snapshot, Table::ANSWERS, read_answer, |sealed| {
            write(serde_json::to_string(&AnswerLine::from(sealed?)))
        })?;
        self.each(&snapshot, Table::RUNS, read_run, |sealed| write(serde_json::to_string(&RunLine::from(sealed?))))?;
        to.flush().map_err(written)?;
        Ok(lines)
    }

    /// Takes in the lines of an export, all or none. A question that has an answer keeps it, unless that is damaged.
    ///
    /// # Errors
    /// When a line is not a record or does not belong to its checksum, or the store cannot be written.
    pub fn import(&self, from: &mut dyn BufRead) -> Result<Merged, StoreError> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| self.failed(source))?;
        let mut merged = Merged::default();
        for line in lines(from) {
            let stands = match line? {
                Line::Answer(sealed) => self.put(&transaction, &sealed, 0)?.is_some(),
                Line::Run(sealed) => self.put_run(&transaction, &sealed, 0)?.is_some(),
            };
            merged.count(!stands);
        }
        transaction.commit().map_err(|source| self.failed(source))?;
        Ok(merged)
    }
}
