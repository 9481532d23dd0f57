//! Looking after an archive: statistics, export, import, merge, prune, verify.

use std::io::{BufRead, Write};
use std::path::Path;

use lamas_core::units::{Seconds, Tokens, Usd};
use rusqlite::{Row, named_params, params};
use serde::{Deserialize, Serialize};

use super::archive::{Archive, check_format, insert, insert_if_new, read, record, stored};
use super::error::StoreError;
use super::question::key_of;
use super::record::Record;
use super::tools::{INSERT_RUN, ToolRecord, insert_run};

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Size of the data in bytes, without the write-ahead log.
    pub bytes: u64,
    /// By model, in the order of their names.
    pub models: Vec<ModelStats>,
    /// Runs of programs.
    pub runs: u64,
}

/// What a store holds of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelStats {
    /// The model's name.
    pub model: String,
    /// Answers.
    pub answers: u64,
    /// Prompt tokens of all answers.
    pub input: Tokens,
    /// Generated tokens of all answers.
    pub output: Tokens,
    /// Answers whose usage was counted here.
    pub counted: u64,
    /// Answers that a simulated model gave.
    #[serde(default)]
    pub simulated: u64,
    /// What all answers cost.
    pub cost: Usd,
    /// Working time of all answers.
    pub working: Seconds,
    /// Waiting time of all answers when they were recorded.
    pub waiting: Seconds,
    /// Mean time to the first token.
    pub first_token: Seconds,
    /// When the oldest answer was recorded, in milliseconds since 1970.
    pub oldest: u64,
    /// When the newest answer was recorded, in milliseconds since 1970.
    pub newest: u64,
}

/// What came of an import or a merge.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// Answers that were new.
    pub added: u64,
    /// Questions that had an answer already, which stays.
    pub present: u64,
}

/// Which answers to remove: those that meet every condition given, all of them without any.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Prune {
    /// Of this model.
    pub model: Option<String>,
    /// Recorded before this time, in milliseconds since 1970.
    pub before: Option<u64>,
}

/// What a check of the whole store found.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// Answers looked at.
    pub checked: u64,
    /// What is wrong, one line each; empty when all is well.
    pub faults: Vec<String>,
}

impl Archive {
    /// What the store holds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let connection = self.connection();
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let stats = || {
            let bytes = read(pragma("page_count")?.saturating_mul(pragma("page_size")?));
            let sql = "SELECT model, count(*), sum(input_tokens), sum(output_tokens), sum(counted), total(cost_usd),
                    total(working_s), total(waiting_s), avg(first_token_s), min(recorded_ms), max(recorded_ms),
                    sum(source = 'simulated')
                FROM response GROUP BY model ORDER BY model";
            let models = connection.prepare(sql)?.query_map([], model_stats)?.collect::<Result<_, _>>()?;
            let runs = connection.query_row("SELECT count(*) FROM tool_run", [], |row| row.get(0)).map(read)?;
            Ok(Stats { bytes, models, runs })
        };
        stats().map_err(|source| self.failed(source))
    }

    /// Writes every answer as a line of JSON, in the order of keys, and then every run of a program. Returns their number.
    ///
    /// # Errors
    /// When the store is damaged or cannot be read, or the lines cannot be written.
    pub fn export(&self, to: &mut dyn Write) -> Result<u64, StoreError> {
        let written = |source: std::io::Error| StoreError::Io { path: "export".into(), source };
        let mut lines = 0;
        self.each(|record| {
            let record = record.map_err(|problem| self.damaged(problem))?;
            serde_json::to_writer(&mut *to, &record).map_err(|error| written(error.into()))?;
            to.write_all(b"\n").map_err(written)?;
            lines += 1;
            Ok(())
        })?;
        self.each_run(|record| {
            let record = record.map_err(|problem| self.damaged(problem))?;
            serde_json::to_writer(&mut *to, &record).map_err(|error| written(error.into()))?;
            to.write_all(b"\n").map_err(written)?;
            lines += 1;
            Ok(())
        })?;
        to.flush().map_err(written)?;
        Ok(lines)
    }

    /// Takes in the lines of an export, all or none. A question that has an answer keeps it.
    ///
    /// # Errors
    /// When a line is not a record, or the store cannot be written.
    pub fn import(&self, from: &mut dyn BufRead) -> Result<Merged, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(|source| self.failed(source))?;
        let sql = insert_if_new();
        let mut merged = Merged::default();
        for (index, line) in from.lines().enumerate() {
            let bad = |problem: String| StoreError::Line { line: index + 1, problem };
            let line = line.map_err(|error| bad(error.to_string()))?;
            if line.trim().is_empty() {
                continue;
            }
            let added = match Line::parse(&line).map_err(bad)? {
                Line::Answer(record) => insert(&transaction, &sql, &record.rounded()),
                Line::Run(record) => insert_run(&transaction, INSERT_RUN, &record.rounded()),
            };
            merged.count(added.map_err(|source| self.failed(source))? > 0);
        }
        transaction.commit().map_err(|source| self.failed(source))?;
        Ok(merged)
    }

    /// Takes in another store's answers, all or none. A question that has an answer keeps it.
    ///
    /// # Errors
    /// When the other is not a store of this version, or this one cannot be written.
    pub fn merge(&self, other: &Path) -> Result<Merged, StoreError> {
        // Opened once on its own, so that what is wrong with it is said of it.
        let total = {
            let archive = Self::existing(other)?;
            let connection = archive.connection();
            check_format(&connection, other)?;
            connection
                .query_row("SELECT (SELECT count(*) FROM response) + (SELECT count(*) FROM tool_run)", [], |row| {
                    row.get(0)
                })
                .map(read)
                .map_err(|source| archive.failed(source))?
        };
        let connection = self.connection();
        let merge = || {
            connection.execute("ATTACH ?1 AS other", params![other.to_string_lossy()])?;
            let add = |table: &str| {
                let from = format!("INSERT INTO {table} SELECT * FROM other.{table} WHERE true");
                connection.execute(&format!("{from} ON CONFLICT (key) DO NOTHING"), [])
            };
            let both = || {
                let transaction = connection.unchecked_transaction()?;
                let added = add("response")? + add("tool_run")?;
                transaction.commit()?;
                Ok(added)
            };
            let added = both();
            connection.execute_batch("DETACH other")?;
            added
        };
        let added = merge().map_err(|source| self.failed(source))? as u64;
        Ok(Merged { added, present: total.saturating_sub(added) })
    }

    /// Removes answers and gives their space back to the disk. Returns their number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn prune(&self, which: &Prune) -> Result<u64, StoreError> {
        let connection = self.connection();
        let prune = || {
            let sql = "DELETE FROM response
                WHERE (:model IS NULL OR model = :model) AND (:before IS NULL OR recorded_ms < :before)";
            let before = which.before.map(stored);
            let mut removed = connection.execute(sql, named_params! {":model": which.model, ":before": before})?;
            // A program's run belongs to no model.
            if which.model.is_none() {
                let sql = "DELETE FROM tool_run WHERE :before IS NULL OR recorded_ms < :before";
                removed += connection.execute(sql, named_params! {":before": before})?;
            }
            connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            Ok(removed as u64)
        };
        prune().map_err(|source| self.failed(source))
    }

    /// Checks the file's structure, and the key and the checksum of every answer.
    ///
    /// # Errors
    /// When the file cannot be read at all; whatever else is wrong is in the result.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let mut verification = Verification::default();
        let structure = || {
            let connection = self.connection();
            let mut statement = connection.prepare("PRAGMA integrity_check")?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()
        };
        let structure = structure().map_err(|source| self.failed(source))?;
        verification.faults.extend(structure.into_iter().filter(|line| line != "ok"));
        let connection = self.connection();
        let mut rows = |table: &str, fault: fn(&Row<'_>) -> Option<String>| {
            let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY key"))?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                verification.checked += 1;
                verification.faults.extend(fault(row));
            }
            Ok(())
        };
        let checked = rows("response", fault).and_then(|()| rows("tool_run", run_fault));
        checked.map_err(|source| self.failed(source))?;
        Ok(verification)
    }

    fn each_run(
        &self,
        mut take: impl FnMut(Result<ToolRecord, String>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let connection = self.connection();
        let failed = |source| self.failed(source);
        let mut statement = connection.prepare("SELECT * FROM tool_run ORDER BY key").map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(run_record(row))?;
        }
        Ok(())
    }

    fn each(&self, mut take: impl FnMut(Result<Record, String>) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let connection = self.connection();
        let failed = |source| self.failed(source);
        let mut statement = connection.prepare("SELECT * FROM response ORDER BY key").map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(record(row))?;
        }
        Ok(())
    }

    fn damaged(&self, problem: String) -> StoreError {
        StoreError::Damaged { path: self.path().to_owned(), problem }
    }
}

impl Merged {
    fn count(&mut self, added: bool) {
        if added {
            self.added += 1;
        } else {
            self.present += 1;
        }
    }
}

fn model_stats(row: &Row<'_>) -> Result<ModelStats, rusqlite::Error> {
    let count = |index| row.get(index).map(read);
    Ok(ModelStats {
        model: row.get(0)?,
        answers: count(1)?,
        input: Tokens(count(2)?),
        output: Tokens(count(3)?),
        counted: count(4)?,
        cost: Usd(row.get(5)?),
        working: Seconds(row.get(6)?),
        waiting: Seconds(row.get(7)?),
        first_token: Seconds(row.get(8)?),
        oldest: count(9)?,
        newest: count(10)?,
        simulated: count(11)?,
    })
}

/// A line of an export.
enum Line {
    Answer(Box<Record>),
    Run(Box<ToolRecord>),
}

impl Line {
    fn parse(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        // Parsed from the text again, for the place in messages and the exact numbers.
        let parsed = if value.get("program").is_some() {
            serde_json::from_str(text).map(|run| Self::Run(Box::new(run)))
        } else {
            serde_json::from_str(text).map(|answer| Self::Answer(Box::new(answer)))
        };
        parsed.map_err(|error| error.to_string())
    }
}

/// Reads a row of `SELECT * FROM tool_run`.
fn run_record(row: &Row<'_>) -> Result<ToolRecord, String> {
    let text = |name: &str| row.get::<_, String>(name).map_err(|error| format!("column {name}: {error}"));
    let recorded = row.get("recorded_ms").map_err(|error| format!("column recorded_ms: {error}"))?;
    ToolRecord::read(&text("program")?, &text("run")?, read(recorded))
}

/// What is wrong with a run's row.
fn run_fault(row: &Row<'_>) -> Option<String> {
    let key: Vec<u8> = row.get("key").ok()?;
    let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let check = || {
        let record = run_record(row)?;
        let checksum: Vec<u8> = row.get("checksum").map_err(|error| error.to_string())?;
        match (key_of(&record.canonical()).0 == *key, ToolRecord::checksum(&record.run_text()) == *checksum) {
            (false, _) => Err("the program does not belong to its key".to_owned()),
            (_, false) => Err("the run does not belong to its checksum".to_owned()),
            _ => Ok(()),
        }
    };
    check().err().map(|problem| format!("run {name}: {problem}"))
}

/// What is wrong with a row.
fn fault(row: &Row<'_>) -> Option<String> {
    let key: Vec<u8> = row.get("key").ok()?;
    let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let check = || {
        let record = record(row)?;
        let question: String = row.get("question").map_err(|error| error.to_string())?;
        let checksum: Vec<u8> = row.get("checksum").map_err(|error| error.to_string())?;
        match (key_of(&question).0 == *key, record.checksum() == *checksum) {
            (false, _) => Err("the question does not belong to its key".to_owned()),
            (_, false) => Err("the answer does not belong to its checksum".to_owned()),
            _ => Ok(()),
        }
    };
    check().err().map(|problem| format!("answer {name}: {problem}"))
}
