//! The file: opening it, and finding and keeping answers.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use super::error::StoreError;
use super::question::Key;
use super::record::{Record, Sealed};
use super::row::{insert, read_answer};

/// The format's version, in SQLite's `user_version`.
const VERSION: i64 = 1;

/// "LAMS", in SQLite's `application_id`.
const APPLICATION: i64 = 0x4C41_4D53;

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(60);

/// The largest record, in bytes: a damaged or hostile file must not fill the memory.
pub(super) const LARGEST: usize = 64 << 20;

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

/// What failed attempts before the answer have used, as JSON; empty where they are not billed. Stores of older programs
/// get this column when they are opened.
const LOST: &str = "ALTER TABLE response ADD COLUMN lost TEXT NOT NULL DEFAULT ''";

/// A response store's file.
///
/// Whatever is read is held against its key and its checksum: a damaged record is an error that names it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use lamas_store::Archive;
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
        Self::open(path, true)
    }

    /// Opens a store that exists.
    ///
    /// # Errors
    /// When there is none, or it is not a store of this version.
    pub fn existing(path: &Path) -> Result<Self, StoreError> {
        if path.exists() { Self::open(path, false) } else { Err(StoreError::Missing { path: path.to_owned() }) }
    }

    fn open(path: &Path, begin: bool) -> Result<Self, StoreError> {
        if path.exists() && !path.is_file() {
            return Err(StoreError::Foreign { path: path.to_owned(), problem: "it is not a file".to_owned() });
        }
        let failed = |source| StoreError::of(path, source);
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        harden(&connection).map_err(failed)?;
        // All that is looked at belongs to one moment: another process may be beginning the store.
        let moment = connection.transaction().map_err(failed)?;
        let format = format(&moment, path)?;
        drop(moment);
        if format == Format::Empty && !begin {
            return Err(StoreError::Foreign { path: path.to_owned(), problem: "it is empty".to_owned() });
        }
        switch_to_wal(&connection).map_err(failed)?;
        // With a WAL, this survives a killed process; only a power failure may lose the last answers.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
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
    /// When the file cannot be read, or the answer is damaged.
    pub fn find(&self, key: Key, since: u64) -> Result<Option<Record>, StoreError> {
        let found = self.find_in(&self.connection(), key)?;
        Ok(found.map(|sealed| sealed.record).filter(|record| record.recorded >= since))
    }

    pub(super) fn find_in(&self, connection: &Connection, key: Key) -> Result<Option<Sealed>, StoreError> {
        let failed = |source| self.failed(source);
        let mut statement = connection.prepare_cached("SELECT * FROM response WHERE key = ?1").map_err(failed)?;
        let found = statement.query_row((key.0,), |row| Ok(read_answer(row))).optional().map_err(failed)?;
        let own = |sealed: Sealed| if sealed.key == key { Ok(sealed) } else { Err("it has another key".to_owned()) };
        found
            .map(|found| found.and_then(own))
            .transpose()
            .map_err(|problem| self.damaged(format!("answer {key}"), problem))
    }

    /// Keeps an answer, unless another process has kept one at or after `since`; returns the one that stands. A damaged
    /// one is replaced.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub fn keep(&self, record: Record, since: u64) -> Result<Record, StoreError> {
        self.keep_sealed(Sealed::new(record), since)
    }

    pub(super) fn keep_sealed(&self, sealed: Sealed, since: u64) -> Result<Record, StoreError> {
        let connection = self.connection();
        let stands = self.put(&connection, &sealed, since)?;
        Ok(stands.unwrap_or(sealed).record)
    }

    /// Writes an answer, unless a whole one of `since` or later stands there, which is returned.
    pub(super) fn put(
        &self,
        connection: &Connection,
        sealed: &Sealed,
        since: u64,
    ) -> Result<Option<Sealed>, StoreError> {
        let failed = |source| self.failed(source);
        if insert(connection, sealed, since).map_err(failed)? {
            return Ok(None);
        }
        match self.find_in(connection, sealed.key) {
            Err(StoreError::Record { .. }) => {
                connection.execute("DELETE FROM response WHERE key = ?1", (sealed.key.0,)).map_err(failed)?;
                insert(connection, sealed, since).map_err(failed)?;
                Ok(None)
            }
            stands => stands,
        }
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::of(&self.path, source)
    }

    pub(super) fn damaged(&self, record: String, problem: String) -> StoreError {
        StoreError::Record { path: self.path.clone(), record, problem }
    }
}

/// A store may come from anywhere: nothing in it is run, and nothing in it is larger than memory allows.
fn harden(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(LARGEST).unwrap_or(i32::MAX))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.pragma_update(None, "cell_size_check", true)
}

/// What a file is, before anything is written into it.
#[derive(PartialEq)]
enum Format {
    Empty,
    Ours,
}

fn format(connection: &Connection, path: &Path) -> Result<Format, StoreError> {
    let failed = |source| StoreError::of(path, source);
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(failed);
    let (application, version) = (pragma("application_id")?, pragma("user_version")?);
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    let problem = match (application, version) {
        (APPLICATION, VERSION) => return Ok(Format::Ours),
        (0, 0) if tables == 0 => return Ok(Format::Empty),
        (APPLICATION, version) => format!("it has format {version}, and this program reads {VERSION}"),
        _ => "it is a SQLite database, but not a response store".to_owned(),
    };
    Err(StoreError::Foreign { path: path.to_owned(), problem })
}

/// Begins a store where there is none, and brings one of an older program up to date.
fn prepare(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::of(path, source);
    let expected = expected_columns().map_err(failed)?;
    if columns(connection).map_err(failed)? == expected {
        return Ok(());
    }
    // Another process may be doing the same: what is there is looked at again, with the file held.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    if format(&transaction, path)? == Format::Empty {
        transaction.execute_batch(SCHEMA).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
        transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    }
    let found = columns(&transaction).map_err(failed)?;
    let older: Vec<_> = expected.iter().filter(|column| column.1 != "lost").cloned().collect();
    if found == older {
        transaction.execute_batch(LOST).map_err(failed)?;
    } else if found != expected {
        let problem = "its tables do not have the columns of a response store".to_owned();
        return Err(StoreError::Damaged { path: path.to_owned(), problem });
    }
    transaction.commit().map_err(failed)
}

/// Table, name, type, NOT NULL and place in the primary key.
type Column = (String, String, String, bool, i64);

fn columns(connection: &Connection) -> Result<Vec<Column>, rusqlite::Error> {
    let sql = "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk
        FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name IN ('response', 'tool_run') ORDER BY t.name, c.cid";
    let column = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    connection.prepare(sql)?.query_map([], column)?.collect()
}

fn expected_columns() -> Result<Vec<Column>, rusqlite::Error> {
    let memory = Connection::open_in_memory()?;
    memory.execute_batch(SCHEMA)?;
    memory.execute_batch(LOST)?;
    columns(&memory)
}

/// SQLite does not wait for this by itself when another process does the same.
fn switch_to_wal(connection: &Connection) -> Result<(), rusqlite::Error> {
    let begin = Instant::now();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && begin.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome,
        }
    }
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
        assert!(matches!(Archive::create(dir.path()), Err(StoreError::Foreign { .. })), "a folder is no store");
        let empty = dir.path().join("empty.sqlite");
        std::fs::write(&empty, "").unwrap();
        assert!(matches!(Archive::existing(&empty), Err(StoreError::Foreign { .. })), "it was cut to nothing");
    }
}
