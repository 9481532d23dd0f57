//! A store's records one by one, for whoever writes them into other files and reads them again.

use lamas_core::chat::ChatResponse;
use rusqlite::TransactionBehavior;

use super::archive::Archive;
use super::error::StoreError;
use super::question::Key;
use super::record::{Record, Sealed};
use super::row::read_answer;
use super::tools::{SealedRun, ToolRecord, read_run};
use super::upkeep::{Merged, Table};

/// A record of either kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Kept {
    /// An answer.
    Answer(Box<Record>),
    /// A program's run.
    Run(Box<ToolRecord>),
}

/// A record as it is written.
pub(super) enum SealedKept {
    Answer(Box<Sealed>),
    Run(Box<SealedRun>),
}

impl Kept {
    pub(super) fn seal(self) -> Result<SealedKept, String> {
        match self {
            Self::Answer(record) => {
                record.check()?;
                Ok(SealedKept::Answer(Box::new(Sealed::new(*record))))
            }
            Self::Run(record) => Ok(SealedKept::Run(Box::new(SealedRun::new(*record)))),
        }
    }

    /// The answer, where it is one.
    #[must_use]
    pub fn response(&self) -> Option<&ChatResponse> {
        match self {
            Self::Answer(record) => Some(&record.response),
            Self::Run(_) => None,
        }
    }
}

impl Archive {
    /// Gives out every answer in the order of keys, and then every run of a program. Everything is checked before the first
    /// is given out: a damaged store is never copied as a good one.
    ///
    /// # Errors
    /// When the store is damaged or cannot be read, or whoever takes them fails.
    pub fn records(&self, take: &mut dyn FnMut(Key, Kept) -> Result<(), StoreError>) -> Result<(), StoreError> {
        self.sealed(&mut |sealed| match sealed {
            SealedKept::Answer(sealed) => take(sealed.key, Kept::Answer(Box::new(sealed.record))),
            SealedKept::Run(sealed) => take(sealed.key, Kept::Run(Box::new(sealed.record))),
        })
    }

    pub(super) fn sealed(&self, take: &mut dyn FnMut(SealedKept) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let connection = self.connection();
        // All readings see the same records, whatever others write meanwhile.
        let snapshot = connection.unchecked_transaction().map_err(|source| self.failed(source))?;
        self.structure(&snapshot)?;
        self.each(&snapshot, Table::ANSWERS, read_answer, |sealed| sealed.map(drop))?;
        self.each(&snapshot, Table::RUNS, read_run, |sealed| sealed.map(drop))?;
        self.each(&snapshot, Table::ANSWERS, read_answer, |sealed| take(SealedKept::Answer(Box::new(sealed?))))?;
        self.each(&snapshot, Table::RUNS, read_run, |sealed| take(SealedKept::Run(Box::new(sealed?))))
    }

    /// Takes in records, all or none. A question that has an answer keeps it, unless that is damaged.
    ///
    /// # Errors
    /// When one cannot be had, is none of ours, or the store cannot be written.
    pub fn take_in(&self, records: &mut dyn Iterator<Item = Result<Kept, StoreError>>) -> Result<Merged, StoreError> {
        self.put_all(&mut sealed_each(records))
    }

    /// Takes in records as samples of a bank; see [`import_samples`](Self::import_samples).
    ///
    /// # Errors
    /// As [`take_in`](Self::take_in).
    pub fn take_in_samples(
        &self,
        records: &mut dyn Iterator<Item = Result<Kept, StoreError>>,
    ) -> Result<Merged, StoreError> {
        self.put_samples(&mut sealed_each(records))
    }

    pub(super) fn put_all(
        &self,
        records: &mut dyn Iterator<Item = Result<SealedKept, StoreError>>,
    ) -> Result<Merged, StoreError> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| self.failed(source))?;
        let mut merged = Merged::default();
        for record in records {
            let stands = match record? {
                SealedKept::Answer(sealed) => self.put(&transaction, &sealed, 0)?.is_some(),
                SealedKept::Run(sealed) => self.put_run(&transaction, &sealed, 0)?.is_some(),
            };
            merged.count(!stands);
        }
        transaction.commit().map_err(|source| self.failed(source))?;
        Ok(merged)
    }
}

/// Records ready to be kept, counted from 1 where one is none of ours.
fn sealed_each(
    records: &mut dyn Iterator<Item = Result<Kept, StoreError>>,
) -> impl Iterator<Item = Result<SealedKept, StoreError>> {
    records.zip(1..).map(|(record, line)| record?.seal().map_err(|problem| StoreError::Line { line, problem }))
}
