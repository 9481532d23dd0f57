//! Looking after an archive: statistics, merge, prune, verify.

use std::collections::BTreeMap;
use std::path::Path;

use lamas_core::chat::{ChatResponse, LatencySource};
use lamas_core::units::{Seconds, Tokens, Usd};
use rusqlite::{Connection, Row, TransactionBehavior, named_params};
use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::error::StoreError;
use super::record::Record;
use super::row::{read_answer, stored, title};
use super::tools::read_run;

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Size of the data in bytes, without the write-ahead log.
    pub bytes: u64,
    /// By model, in the order of their names.
    pub models: Vec<ModelStats>,
    /// Runs of programs.
    pub runs: u64,
    /// Damaged records, which are in none of the other numbers.
    #[serde(default)]
    pub damaged: u64,
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
    /// Records looked at.
    pub checked: u64,
    /// What is wrong, one line each; empty when all is well.
    pub faults: Vec<String>,
}

/// One of the two tables, and what its records are called.
#[derive(Clone, Copy)]
pub(super) struct Table {
    name: &'static str,
    kind: &'static str,
}

impl Table {
    pub(super) const ANSWERS: Self = Self { name: "response", kind: "answer" };
    pub(super) const RUNS: Self = Self { name: "tool_run", kind: "run" };
}

impl Archive {
    /// What the store holds, damaged records left out and counted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        let connection = self.connection();
        let pragma = |name| {
            connection
                .pragma_query_value(None, name, |row| row.get::<_, i64>(0).map(|pages| pages.max(0).unsigned_abs()))
        };
        let bytes = pragma("page_count").and_then(|pages| Ok(pages.saturating_mul(pragma("page_size")?)));
        let bytes = bytes.map_err(|source| self.failed(source))?;
        let mut models: BTreeMap<String, ModelStats> = BTreeMap::new();
        let (mut runs, mut damaged) = (0, 0);
        self.each(&connection, Table::ANSWERS, read_answer, |sealed| {
            match sealed {
                Ok(sealed) => models
                    .entry(sealed.record.question.model.clone())
                    .or_insert_with_key(|model| ModelStats::none(model))
                    .add(&sealed.record),
                Err(_) => damaged += 1,
            }
            Ok(())
        })?;
        self.each(&connection, Table::RUNS, read_run, |sealed| {
            *(if sealed.is_ok() { &mut runs } else { &mut damaged }) += 1;
            Ok(())
        })?;
        Ok(Stats { bytes, models: models.into_values().map(ModelStats::averaged).collect(), runs, damaged })
    }

    /// Takes in another store's records, all or none. A question that has an answer keeps it, unless that is damaged.
    ///
    /// # Errors
    /// When the other is not a store of this version or is damaged, or this one cannot be written.
    pub fn merge(&self, other: &Path) -> Result<Merged, StoreError> {
        let other = Self::existing(other)?;
        let from = other.connection();
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| self.failed(source))?;
        other.structure(&from)?;
        let mut merged = Merged::default();
        other.each(&from, Table::ANSWERS, read_answer, |sealed| {
            merged.count(self.put(&transaction, &sealed?, 0)?.is_none());
            Ok(())
        })?;
        other.each(&from, Table::RUNS, read_run, |sealed| {
            merged.count(self.put_run(&transaction, &sealed?, 0)?.is_none());
            Ok(())
        })?;
        transaction.commit().map_err(|source| self.failed(source))?;
        Ok(merged)
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
            tidy(&connection)?;
            Ok(removed as u64)
        };
        prune().map_err(|source| self.failed(source))
    }

    /// Builds the indices anew, removes damaged records, and gives their space back to the disk. Returns their number.
    ///
    /// # Errors
    /// When the file is too damaged for that, or cannot be written.
    pub fn prune_damaged(&self) -> Result<u64, StoreError> {
        let connection = self.connection();
        let failed = |source| self.failed(source);
        connection.execute_batch("REINDEX").map_err(failed)?;
        let mut removed = 0;
        let answers = (Table::ANSWERS, whole_answer as fn(&Row<'_>) -> bool);
        for (table, is_whole) in [answers, (Table::RUNS, whole_run)] {
            let prune = || {
                let sql = format!("SELECT rowid, * FROM {} NOT INDEXED", table.name);
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([])?;
                let mut damaged = Vec::new();
                while let Some(row) = rows.next()? {
                    if !is_whole(row) {
                        damaged.push(row.get::<_, i64>(0)?);
                    }
                }
                for rowid in &damaged {
                    connection.execute(&format!("DELETE FROM {} WHERE rowid = ?1", table.name), (rowid,))?;
                }
                Ok(damaged.len() as u64)
            };
            removed += prune().map_err(failed)?;
        }
        tidy(&connection).map_err(failed)?;
        drop(connection);
        self.check_structure()?;
        Ok(removed)
    }

    /// Checks the file's structure, and the key and the checksum of every record.
    ///
    /// # Errors
    /// When the file cannot be read at all; whatever else is wrong is in the result.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let connection = self.connection();
        let mut verification = Verification::default();
        match faults(&connection, 100) {
            Ok(lines) => verification.faults.extend(lines),
            Err(source) => verification.faults.push(source.to_string()),
        }
        let mut look = |fault: Option<StoreError>| {
            verification.checked += 1;
            if let Some(StoreError::Record { record, problem, .. }) = fault {
                verification.faults.push(format!("{record}: {problem}"));
            }
            Ok(())
        };
        let answers = self.each(&connection, Table::ANSWERS, read_answer, |sealed| look(sealed.err()));
        let runs = self.each(&connection, Table::RUNS, read_run, |sealed| look(sealed.err()));
        // What cannot be read to its end is a fault like any other.
        verification.faults.extend([answers, runs].into_iter().filter_map(Result::err).map(|error| error.to_string()));
        Ok(verification)
    }

    /// Checks that the file's tables and indices fit together.
    ///
    /// # Errors
    /// When they do not.
    pub(super) fn check_structure(&self) -> Result<(), StoreError> {
        self.structure(&self.connection())
    }

    pub(super) fn structure(&self, connection: &Connection) -> Result<(), StoreError> {
        match faults(connection, 1).map_err(|source| self.failed(source))?.pop() {
            Some(problem) => Err(StoreError::Damaged { path: self.path().to_owned(), problem }),
            None => Ok(()),
        }
    }

    /// Reads the rows of a table in the order of keys. Damaged ones come as errors that name them.
    pub(super) fn each<T>(
        &self,
        connection: &Connection,
        table: Table,
        read: fn(&Row<'_>) -> Result<T, String>,
        mut take: impl FnMut(Result<T, StoreError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |source| self.failed(source);
        let sql = format!("SELECT rowid, * FROM {} ORDER BY key", table.name);
        let mut statement = connection.prepare(&sql).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            take(read(row).map_err(|problem| self.damaged(title(table.kind, row), problem)))?;
        }
        Ok(())
    }
}

/// What is wrong with the file's structure, at most so many lines.
fn faults(connection: &Connection, most: u32) -> Result<Vec<String>, rusqlite::Error> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({most})"))?;
    let lines = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn tidy(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
}

fn whole_answer(row: &Row<'_>) -> bool {
    read_answer(row).is_ok()
}

fn whole_run(row: &Row<'_>) -> bool {
    read_run(row).is_ok()
}

impl Merged {
    pub(super) fn count(&mut self, added: bool) {
        if added {
            self.added += 1;
        } else {
            self.present += 1;
        }
    }
}

impl ModelStats {
    fn none(model: &str) -> Self {
        Self {
            model: model.to_owned(),
            answers: 0,
            input: Tokens(0),
            output: Tokens(0),
            counted: 0,
            cost: Usd::ZERO,
            working: Seconds::ZERO,
            waiting: Seconds::ZERO,
            first_token: Seconds::ZERO,
            oldest: u64::MAX,
            newest: 0,
            simulated: 0,
        }
    }

    fn add(&mut self, record: &Record) {
        let Record { response: ChatResponse { usage, timing, .. }, cost, recorded, .. } = record;
        self.answers += 1;
        self.input += usage.input;
        self.output += usage.output;
        self.counted += u64::from(usage.counted);
        self.simulated += u64::from(timing.source == LatencySource::Simulated);
        self.cost += *cost;
        self.working += timing.working;
        self.waiting += timing.waiting;
        self.first_token += timing.first_token;
        self.oldest = self.oldest.min(*recorded);
        self.newest = self.newest.max(*recorded);
    }

    /// With the mean time to the first token in the place of the sum.
    fn averaged(self) -> Self {
        Self { first_token: self.first_token * (1.0 / self.answers as f64), ..self }
    }
}
