//! Runs of programs, kept beside the answers that wrote them.
//!
//! The time that a program takes is part of the critical path, and thereby of what a controller learns. A run that goes on,
//! or is replayed, must find the times that it found before, or it would go another way.

use std::sync::Arc;

use async_trait::async_trait;
use lamas_core::tool::{Interpreter, Program, ToolError, ToolRun};
use lamas_core::units::Seconds;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::archive::{Archive, stored};
use super::error::StoreError;
use super::model::Store;
use super::question::{Key, key_of, sorted};
use super::settings::Mode;

/// A program's run: a row of the store, and a line of an export.
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
    /// The program with its limits, as JSON: what the key is taken of.
    pub(super) fn canonical(&self) -> String {
        canonical(&self.program, &self.limits)
    }

    /// The run as JSON.
    pub(super) fn run_text(&self) -> String {
        serde_json::to_string(&self.run).expect("a run is made of texts and numbers")
    }

    /// A checksum over the run, to find rows that were damaged or changed by hand.
    pub(super) fn checksum(run: &str) -> [u8; 32] {
        Sha256::digest(run).into()
    }

    /// The record with durations rounded to nanoseconds, so that they come back exactly from JSON.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        let run = &mut self.run;
        for seconds in [&mut run.elapsed, &mut run.measured, &mut run.waiting] {
            *seconds = Seconds((seconds.0 * 1e9).round() / 1e9);
        }
        self
    }

    /// Reads the columns of a row.
    pub(super) fn read(program: &str, run: &str, recorded: u64) -> Result<Self, String> {
        let (program, limits): (Program, Value) =
            serde_json::from_str(program).map_err(|error| format!("column program: {error}"))?;
        let run = serde_json::from_str(run).map_err(|error| format!("column run: {error}"))?;
        Ok(Self { program, limits, run, recorded })
    }
}

fn canonical(program: &Program, limits: &Value) -> String {
    serde_json::to_string(&(program, sorted(limits))).expect("a program is made of texts and numbers")
}

/// INSERT that leaves a run in place which is there already.
pub(super) const INSERT_RUN: &str = "INSERT INTO tool_run VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO NOTHING";

/// Runs an INSERT with a record's values; says how many rows changed.
pub(super) fn insert_run(
    connection: &rusqlite::Connection,
    sql: &str,
    record: &ToolRecord,
) -> Result<usize, rusqlite::Error> {
    let (program, run) = (record.canonical(), record.run_text());
    let key = key_of(&program).0;
    let checksum = ToolRecord::checksum(&run);
    connection.prepare_cached(sql)?.execute(params![key, program, run, stored(record.recorded), checksum])
}

impl Archive {
    fn find_run(&self, key: Key, since: u64) -> Result<Option<ToolRun>, StoreError> {
        let connection = self.connection();
        let sql = "SELECT run FROM tool_run WHERE key = ?1 AND recorded_ms >= ?2";
        let failed = |source| self.failed(source);
        let mut statement = connection.prepare_cached(sql).map_err(failed)?;
        let text =
            statement.query_row((key.0, stored(since)), |row| row.get::<_, String>(0)).optional().map_err(failed)?;
        text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| StoreError::Damaged {
            path: self.path().to_owned(),
            problem: format!("run {key}: {error}"),
        })
    }

    /// Keeps a run, unless another process has kept one since; returns the one that stands.
    fn keep_run(&self, record: ToolRecord, since: u64) -> Result<ToolRun, StoreError> {
        let sql = format!(
            "INSERT INTO tool_run VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET
                run = excluded.run, recorded_ms = excluded.recorded_ms, checksum = excluded.checksum
            WHERE tool_run.recorded_ms < {}",
            stored(since)
        );
        let changed = insert_run(&self.connection(), &sql, &record).map_err(|source| self.failed(source))?;
        if changed > 0 {
            return Ok(record.run);
        }
        let key = key_of(&record.canonical());
        Ok(self.find_run(key, since)?.unwrap_or(record.run))
    }
}

/// An interpreter behind a store.
///
/// A stored run comes at once, keeps its times, and says that they are recorded; it has not waited. A
/// run costs nothing, so that strict replay runs what it does not find, without keeping it.
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
    async fn run(&self, program: &Program) -> Result<ToolRun, ToolError> {
        let failed = |error: lamas_core::chat::ChatError| ToolError(error.to_string());
        let key = key_of(&canonical(program, &self.limits));
        let since = self.store.since();
        if let Some(run) = self.store.blocking(move |archive| archive.find_run(key, since)).await.map_err(failed)? {
            return Ok(ToolRun { source: run.source.replayed(), waiting: Seconds::ZERO, ..run });
        }
        let run = self.inner.run(program).await?;
        if self.store.mode() == Mode::StrictReplay {
            return Ok(run);
        }
        let waiting = run.waiting;
        let record =
            ToolRecord { program: program.clone(), limits: self.limits.clone(), run, recorded: super::model::now() };
        let record = record.rounded();
        let own = record.run.clone();
        let kept = self.store.blocking(move |archive| archive.keep_run(record, since)).await.map_err(failed)?;
        if kept == own { Ok(own) } else { Ok(ToolRun { source: kept.source.replayed(), waiting, ..kept }) }
    }
}
