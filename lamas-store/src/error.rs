//! What can be wrong with a store.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a store cannot do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("{path}: no such store; record one first (`mode: record`), or correct `store.path`")]
    Missing {
        /// The store.
        path: PathBuf,
    },
    /// The file's format is not ours to read.
    #[error("{path}: {problem}; choose another `store.path`")]
    Foreign {
        /// The store.
        path: PathBuf,
        /// What it is instead.
        problem: String,
    },
    /// The disk is full.
    #[error(
        "{path}: the disk is full; free space and run again with `mode: replay`, which keeps what was answered so far"
    )]
    Full {
        /// The store.
        path: PathBuf,
    },
    /// Another program holds the file.
    #[error("{path}: another program has locked the store for a minute; wait for it or end it")]
    Locked {
        /// The store.
        path: PathBuf,
    },
    /// The file may only be read.
    #[error("{path}: the store cannot be written; make the file and its folder writable, or use `mode: strict_replay`")]
    ReadOnly {
        /// The store.
        path: PathBuf,
    },
    /// The file's structure is damaged.
    #[error(
        "{path}: the store is damaged ({problem}); `store verify` says where, `store prune --damaged` keeps what is whole; \
         restore a copy where that fails"
    )]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// One record is damaged. It is never given out.
    #[error("{path}: {record} is damaged: {problem}; `store verify` lists all, `store prune --damaged` removes them")]
    Record {
        /// The store.
        path: PathBuf,
        /// Which one, e.g. `answer 5e8c..`, by its whole key.
        record: String,
        /// What is wrong.
        problem: String,
    },
    /// Any other failure of the database.
    #[error("{path}: {source}; check the file, its folder and their permissions")]
    Database {
        /// The store.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A folder or file cannot be used.
    #[error("{path}: {source}; look at its folder, its permissions and the room on the disk")]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of an import is not a record.
    #[error("line {line} of the import: {problem}; nothing was imported; correct or remove the line, or export anew")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl StoreError {
    pub(super) fn of(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::NotADatabase) => Self::Foreign { path, problem: "it is not a SQLite database".to_owned() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::TooBig | ErrorCode::TypeMismatch) => {
                Self::Damaged { path, problem: source.to_string() }
            }
            _ => Self::Database { path, source },
        }
    }
}
