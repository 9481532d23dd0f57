//! The file: opening it, and finding and keeping answers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lamas_core::chat::{ChatResponse, FinishReason, LatencySource, Timing, Usage};
use lamas_core::units::{Seconds, Tokens, Usd};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::question::Key;
use super::record::Record;

/// The format's version, in SQLite's `user_version`.
const VERSION: i64 = 1;

/// "LAMS", in SQLite's `application_id`.
const APPLICATION: i64 = 0x4C41_4D53;

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(60);

/// Attempts to switch to WAL, which SQLite does not wait for by itself when another process does the same.
const WAL_ATTEMPTS: u32 = 100;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS response (
    key           BLOB PRIMARY KEY NOT NULL,  -- SHA-256 of question
    model         TEXT NOT NULL,
    question      TEXT NOT NULL,              -- canonical JSON
    text          TEXT NOT NULL,
    finish        TEXT NOT NULL,              -- stop, length, other
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    counted       INTEGER NOT NULL,           -- 1 when the server left the usage out
    first_token_s REAL NOT NULL,
    working_s     REAL NOT NULL,              -- of the attempt that succeeded
    waiting_s     REAL NOT NULL,              -- slots, limits, pauses, failed attempts
    attempts      INTEGER NOT NULL,
    source        TEXT NOT NULL,              -- live, simulated
    cost_usd      REAL NOT NULL,
    recorded_ms   INTEGER NOT NULL,           -- since 1970
    checksum      BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS tool_run (
    key           BLOB PRIMARY KEY NOT NULL,  -- SHA-256 of program
    program       TEXT NOT NULL,              -- canonical JSON, with its limits
    run           TEXT NOT NULL,              -- JSON, with the times that it took
    recorded_ms   INTEGER NOT NULL,           -- since 1970
    checksum      BLOB NOT NULL
);
";

const INSERT: &str = "
INSERT INTO response VALUES (:key, :model, :question, :text, :finish, :input, :output, :counted,
    :first_token, :working, :waiting, :attempts, :source, :cost, :recorded, :checksum)
";

/// A response store's file.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use lamas_llm::store::Archive;
///
/// let folder = tempfile::tempdir()?;
/// let archive = Archive::create(&folder.path().join("store.sqlite"))?;
/// assert!(archive.verify()?.faults.is_empty());
/// assert!(archive.stats()?.models.is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Archive {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Archive {
    /// Opens a store, or begins a new one.
    ///
    /// # Errors
    /// When the file cannot be created or is not a store of this version.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        }
        Self::open(path)
    }

    /// Opens a store that exists.
    ///
    /// # Errors
    /// When there is none, or it is not a store of this version.
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        if path.exists() { Self::open(path) } else { Err(StoreError::Missing { path: path.to_owned() }) }
    }

    fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |source| StoreError::of(path, source);
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        prepare(&mut connection, path)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The answer under a key, if one was recorded at or after `since` (milliseconds since 1970).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(&self, key: Key, since: u64) -> Result<Option<Record>, StoreError> {
        let connection = self.connection();
        let sql = "SELECT * FROM response WHERE key = ?1 AND recorded_ms >= ?2";
        let mut statement = connection.prepare_cached(sql).map_err(|source| self.failed(source))?;
        statement
            .query_row((key.0, stored(since)), |row| Ok(record(row)))
            .optional()
            .map_err(|source| self.failed(source))?
            .transpose()
            .map_err(|problem| StoreError::Damaged {
                path: self.path.clone(),
                problem: format!("answer {key}: {problem}"),
            })
    }

    /// Keeps an answer, unless another process has kept one at or after `since`; returns the one that stands.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn keep(&self, record: Record, since: u64) -> Result<Record, StoreError> {
        let record = record.rounded();
        let key = record.question.key();
        let sql = format!(
            "{INSERT} ON CONFLICT (key) DO UPDATE SET
                text = excluded.text, finish = excluded.finish, input_tokens = excluded.input_tokens,
                output_tokens = excluded.output_tokens, counted = excluded.counted,
                first_token_s = excluded.first_token_s, working_s = excluded.working_s, waiting_s = excluded.waiting_s,
                attempts = excluded.attempts, source = excluded.source, cost_usd = excluded.cost_usd,
                recorded_ms = excluded.recorded_ms, checksum = excluded.checksum
            WHERE response.recorded_ms < {}",
            stored(since)
        );
        let changed = insert(&self.connection(), &sql, &record).map_err(|source| self.failed(source))?;
        if changed > 0 {
            return Ok(record);
        }
        // Another process was faster, and its answer is the one that later runs will find.
        Ok(self.find(key, since)?.unwrap_or(record))
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, source)
    }
}

fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::of(path, source);
    check_format(connection, path)?;
    switch_to_wal(connection).map_err(failed)?;
    // With a WAL, this survives a killed process; only a power failure may lose the last answers.
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    transaction.execute_batch(SCHEMA).map_err(failed)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Refuses files that are not ours before anything is written into them.
pub(super) fn check_format(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::of(path, source);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let problem = match (application, version) {
        (APPLICATION, VERSION) => return Ok(()),
        (0, 0) if tables == 0 => return Ok(()),
        (APPLICATION, version) => format!("it has format {version}, and this program reads {VERSION}"),
        _ => "it is a SQLite database, but not a response store".to_owned(),
    };
    Err(StoreError::Foreign { path: path.to_owned(), problem })
}

fn switch_to_wal(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut attempt = 0;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) && attempt < WAL_ATTEMPTS =>
            {
                attempt += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
}

/// Runs an INSERT with a record's values; says how many rows changed.
pub(super) fn insert(connection: &Connection, sql: &str, record: &Record) -> Result<usize, rusqlite::Error> {
    let Record { question, response, cost, recorded } = record;
    let ChatResponse { text, usage, timing, finish } = response;
    connection.prepare_cached(sql)?.execute(named_params! {
        ":key": question.key().0,
        ":model": question.model,
        ":question": question.canonical(),
        ":text": &**text,
        ":finish": name(finish),
        ":input": stored(usage.input.0),
        ":output": stored(usage.output.0),
        ":counted": usage.counted,
        ":first_token": timing.first_token.0,
        ":working": timing.working.0,
        ":waiting": timing.waiting.0,
        ":attempts": timing.attempts,
        ":source": name(&timing.source),
        ":cost": cost.0,
        ":recorded": stored(*recorded),
        ":checksum": record.checksum(),
    })
}

/// INSERT that leaves an answer in place which is there already.
pub(super) fn insert_if_new() -> String {
    format!("{INSERT} ON CONFLICT (key) DO NOTHING")
}

/// Reads a row of `SELECT * FROM response`.
pub(super) fn record(row: &Row<'_>) -> Result<Record, String> {
    fn column<T: rusqlite::types::FromSql>(row: &Row<'_>, name: &str) -> Result<T, String> {
        row.get(name).map_err(|error| format!("column {name}: {error}"))
    }
    let tokens = |name| column(row, name).map(|count: i64| Tokens(read(count)));
    let seconds = |name| column(row, name).map(Seconds);
    let question: String = column(row, "question")?;
    Ok(Record {
        question: serde_json::from_str(&question).map_err(|error| format!("column question: {error}"))?,
        response: ChatResponse {
            text: column::<String>(row, "text")?.into(),
            usage: Usage {
                input: tokens("input_tokens")?,
                output: tokens("output_tokens")?,
                counted: column(row, "counted")?,
            },
            timing: Timing {
                first_token: seconds("first_token_s")?,
                working: seconds("working_s")?,
                waiting: seconds("waiting_s")?,
                attempts: column(row, "attempts")?,
                source: named::<LatencySource>(&column::<String>(row, "source")?)?,
            },
            finish: named::<FinishReason>(&column::<String>(row, "finish")?)?,
        },
        cost: Usd(column(row, "cost_usd")?),
        recorded: read(column(row, "recorded_ms")?),
    })
}

/// SQLite's integers are signed; counts and times are far below their limit.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn read(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The name of a variant, as everywhere in JSON.
fn name(variant: &impl Serialize) -> String {
    serde_json::to_value(variant).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn named<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    serde_json::from_value(name.into()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::testing::record as sample;
    use super::*;

    #[test]
    fn a_full_disk_leaves_the_store_whole() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::create(&dir.path().join("store.sqlite")).unwrap();
        let pages: i64 = archive.connection().pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        // SQLite's own way to make a disk full.
        archive.connection().pragma_update(None, "max_page_count", pages + 4).unwrap();
        let mut kept = 0;
        let error = loop {
            match archive.keep(sample(&format!("{kept} {}", "long ".repeat(500)), "4", 1), 0) {
                Ok(_) => kept += 1,
                Err(error) => break error,
            }
            assert!(kept < 100);
        };
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        let verification = archive.verify().unwrap();
        assert_eq!((verification.checked, verification.faults), (kept, vec![]));
        archive.connection().pragma_update(None, "max_page_count", pages + 1000).unwrap();
        archive.keep(sample("after", "4", 1), 0).unwrap();
    }

    #[test]
    fn what_is_kept_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::create(&dir.path().join("deep/er/store.sqlite")).unwrap();
        let kept = archive.keep(sample("2+2?", "4", 5), 0).unwrap();
        let key = kept.question.key();
        assert_eq!(archive.find(key, 0).unwrap(), Some(kept.clone()));
        assert_eq!(archive.find(key, 6).unwrap(), None, "it is older than asked for");
        // Recorded since 5: the first answer stands. Since 6: the second replaces it.
        assert_eq!(archive.keep(sample("2+2?", "four", 8), 5).unwrap(), kept);
        let second = archive.keep(sample("2+2?", "four", 8), 6).unwrap();
        assert_eq!(&*second.response.text, "four");
        assert_eq!(archive.find(key, 0).unwrap(), Some(second));
    }

    #[test]
    fn other_files_are_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("notes.txt");
        std::fs::write(&text, "x".repeat(5000)).unwrap();
        assert!(matches!(Archive::create(&text), Err(StoreError::Foreign { .. })));
        assert_eq!(std::fs::read_to_string(&text).unwrap(), "x".repeat(5000));

        let other = dir.path().join("other.sqlite");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
        assert!(matches!(Archive::create(&other), Err(StoreError::Foreign { .. })));

        let newer = dir.path().join("newer.sqlite");
        drop(Archive::create(&newer).unwrap());
        Connection::open(&newer).unwrap().pragma_update(None, "user_version", 9).unwrap();
        let message = Archive::create(&newer).err().unwrap().to_string();
        assert!(message.contains("format 9"), "{message}");

        assert!(matches!(Archive::existing(&dir.path().join("none")), Err(StoreError::Missing { .. })));
    }
}
