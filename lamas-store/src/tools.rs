//! Runs of programs, kept beside the answers that wrote them.
//!
//! The time that a program takes is part of the critical path, and thereby of what a controller learns. A run that goes on,
//! or is replayed, must find the times that it found before, or it would go another way.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::meter::{CallMeter, Course};
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::units::Seconds;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::error::StoreError;
use super::model::Store;
use super::question::{Key, key_of, sorted};
use super::row::{column, count, parsed, stored};

/// A program's run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolRecord {
    /// What was run.
    pub program: Program,
    /// What it was allowed, with sorted keys: other limits may end it otherwise.
    pub limits: Value,
    /// What came of it, with the times that it took.
    pub run: ToolRun,
    /// When it was recorded, in milliseconds since 1970.
    pub recorded: u64,
}

impl ToolRecord {
    /// The record with durations rounded to nanoseconds, so that they come back exactly from JSON.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let run = &mut self.run;
        for seconds in [&mut run.elapsed, &mut run.measured, &mut run.waiting] {
            *seconds = Seconds((seconds.0 * 1e9).round() / 1e9);
        }
        self.recorded = self.recorded.min(i64::MAX as u64);
        self
    }
}

/// A run as it is written: its texts, its key and its checksum are each made once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SealedRun {
    pub(super) record: ToolRecord,
    pub(super) key: Key,
    /// The program with its limits, as JSON: what the key is taken of.
    program: String,
    /// The run as JSON.
    run: String,
    /// Over everything, to find records that were damaged or changed by hand.
    pub(super) checksum: [u8; 32],
}

impl SealedRun {
    pub(super) fn new(record: ToolRecord) -> Self {
        let record = record.rounded();
        let program = canonical(&record.program, &record.limits);
        let run = serde_json::to_string(&record.run).expect("a run is made of texts and numbers");
        let checksum = checksum(&program, &run, record.recorded);
        Self { key: key_of(&program), record, program, run, checksum }
    }
}

fn canonical(program: &Program, limits: &Value) -> String {
    serde_json::to_string(&(program, sorted(limits))).expect("a program is made of texts and numbers")
}

fn checksum(program: &str, run: &str, recorded: u64) -> [u8; 32] {
    let mut sum = Sha256::new();
    for part in [program.as_bytes(), run.as_bytes(), &recorded.to_le_bytes()] {
        sum.update(part);
    }
    sum.finalize().into()
}

/// Reads a row of `SELECT * FROM tool_run`, and holds it against its key and its checksum.
pub(super) fn read_run(row: &Row<'_>) -> Result<SealedRun, String> {
    let (key, written): (Vec<u8>, Vec<u8>) = (column(row, "key")?, column(row, "checksum")?);
    let (program, run): (String, String) = (column(row, "program")?, column(row, "run")?);
    let recorded = count(column(row, "recorded_ms")?)?;
    let found = key_of(&program);
    if found.0 != *key {
        return Err("the program does not belong to its key".to_owned());
    }
    let checksum = checksum(&program, &run, recorded);
    // Older programs wrote a checksum of the run alone.
    if checksum != *written && Sha256::digest(&run)[..] != *written {
        return Err("the run does not belong to its checksum".to_owned());
    }
    let (parts, outcome): ((Program, Value), ToolRun) = (parsed("program", &program)?, parsed("run", &run)?);
    let record = ToolRecord { program: parts.0, limits: parts.1, run: outcome, recorded };
    Ok(SealedRun { record, key: found, program, run, checksum })
}

const INSERT: &str = "
INSERT INTO tool_run (key, program, run, recorded_ms, checksum) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (key) DO UPDATE SET program = excluded.program, run = excluded.run, recorded_ms = excluded.recorded_ms,
    checksum = excluded.checksum
WHERE tool_run.recorded_ms < ?6
";

impl Archive {
    fn find_run(&self, key: Key, since: u64) -> Result<Option<ToolRun>, StoreError> {
        let found = self.find_run_in(&self.connection(), key)?;
        Ok(found.filter(|sealed| sealed.record.recorded >= since).map(|sealed| sealed.record.run))
    }

    fn find_run_in(&self, connection: &Connection, key: Key) -> Result<Option<SealedRun>, StoreError> {
        let failed = |source| self.failed(source);
        let mut statement = connection.prepare_cached("SELECT * FROM tool_run WHERE key = ?1").map_err(failed)?;
        let found = statement.query_row((key.0,), |row| Ok(read_run(row))).optional().map_err(failed)?;
        let own = |sealed: SealedRun| if sealed.key == key { Ok(sealed) } else { Err("it has another key".to_owned()) };
        found
            .map(|found| found.and_then(own))
            .transpose()
            .map_err(|problem| self.damaged(format!("run {key}"), problem))
    }

    /// Writes a run, unless a whole one of `since` or later stands there, which is returned. A damaged one is replaced.
    pub(super) fn put_run(
        &self,
        connection: &Connection,
        sealed: &SealedRun,
        since: u64,
    ) -> Result<Option<SealedRun>, StoreError> {
        let failed = |source| self.failed(source);
        let insert = || {
            let SealedRun { record, key, program, run, checksum } = sealed;
            let values = params![key.0, program, run, stored(record.recorded), checksum, stored(since)];
            Ok(connection.prepare_cached(INSERT)?.execute(values)? > 0)
        };
        if insert().map_err(failed)? {
            return Ok(None);
        }
        match self.find_run_in(connection, sealed.key) {
            Err(StoreError::Record { .. }) => {
                connection.execute("DELETE FROM tool_run WHERE key = ?1", (sealed.key.0,)).map_err(failed)?;
                insert().map_err(failed)?;
                Ok(None)
            }
            stands => stands,
        }
    }
}

/// An interpreter behind a store.
///
/// A stored run comes at once, keeps its times, and says that they are recorded; it has not waited. A
/// run costs nothing, so that strict replay runs what it does not find, without keeping it. A damaged one is run again and
/// replaced; strict replay ends with its name.
pub struct StoredInterpreter {
    inner: Arc<dyn Interpreter>,
    store: Arc<Store>,
    limits: Value,
}

impl StoredInterpreter {
    /// An interpreter behind a store; `limits` is whatever of its settings may change how a program ends.
    #[must_use]
    pub fn new(inner: Arc<dyn Interpreter>, store: Arc<Store>, limits: Value) -> Self {
        Self { inner, store, limits }
    }
}

#[async_trait]
impl Interpreter for StoredInterpreter {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        let failed = |error: StoreError| ToolError(error.to_string());
        let strict = !self.store.mode().asks();
        let key = key_of(&canonical(program, &self.limits));
        let since = self.store.since();
        meter.will_follow();
        match self.store.blocking(move |archive| archive.find_run(key, since)).await {
            Ok(Some(run)) => {
                let run = ToolRun { source: run.source.replayed(), waiting: Seconds::ZERO, ..run };
                meter.follows(Course::of_run(&run));
                return Ok(run);
            }
            Ok(None) => {}
            Err(damaged @ StoreError::Record { .. }) if !strict => {
                tracing::warn!("{damaged}; the program is run again");
            }
            Err(error) => return Err(failed(error)),
        }
        meter.goes_live();
        let run = self.inner.run_metered(program, meter).await?;
        if strict {
            return Ok(run);
        }
        let waiting = run.waiting;
        let (program, limits) = (program.clone(), self.limits.clone());
        let sealed = SealedRun::new(ToolRecord { program, limits, run, recorded: super::model::now() });
        let own = sealed.record.run.clone();
        let put = move |archive: &Archive| archive.put_run(&archive.connection(), &sealed, since);
        match self.store.blocking(put).await.map_err(failed)? {
            Some(SealedRun { record: ToolRecord { run, .. }, .. }) if run != own => {
                Ok(ToolRun { source: run.source.replayed(), waiting, ..run })
            }
            _ => Ok(own),
        }
    }
}
