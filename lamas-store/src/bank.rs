//! Recordings taken into a bank: the samples of a question, whatever they were called, become samples 0, 1, 2, ..

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;

use lamas_core::chat::SampleIndex;
use rusqlite::TransactionBehavior;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::error::StoreError;
use super::lines::{Line, lines};
use super::question::{Identity, Key, Question};
use super::record::{Record, Sealed};
use super::row::read_answer;
use super::upkeep::{Merged, Table};

/// The samples of one question that a bank holds: what tells each answer from another one, by its place.
type Held = BTreeMap<u32, [u8; 32]>;

/// Where a bank's samples stand.
const BANK: u64 = 0;

impl Archive {
    /// Takes in the lines of an export as samples of a bank, all or none: the answers to one question, in the order of
    /// their sample indices, get the first places that are free. An answer that the bank holds is not taken twice. Runs of
    /// programs are taken in as by [`import`](Self::import).
    ///
    /// # Errors
    /// As [`import`](Self::import).
    pub fn import_samples(&self, from: &mut dyn BufRead) -> Result<Merged, StoreError> {
        let mut held = self.held()?;
        let mut answers: BTreeMap<(Key, SampleIndex), Sealed> = BTreeMap::new();
        let mut runs = Vec::new();
        for line in lines(from) {
            match line? {
                Line::Answer(sealed) => {
                    let place = (question(&sealed.record), sealed.record.question.sample);
                    answers.entry(place).or_insert(*sealed);
                }
                Line::Run(sealed) => runs.push(sealed),
            }
        }
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|source| self.failed(source))?;
        let mut merged = Merged::default();
        for ((question, _), sealed) in answers {
            let samples = held.entry(question).or_default();
            let answer = answer(&sealed.record);
            let free =
                (0..).find(|place| !samples.contains_key(place)).filter(|_| !samples.values().any(|s| *s == answer));
            if let Some(place) = free {
                samples.insert(place, answer);
                self.put(&transaction, &Sealed::new(at(sealed.record, place)), 0)?;
            }
            merged.count(free.is_some());
        }
        for sealed in runs {
            merged.count(self.put_run(&transaction, &sealed, 0)?.is_none());
        }
        transaction.commit().map_err(|source| self.failed(source))?;
        Ok(merged)
    }

    /// Who has answered, and with which parameters; how many answers each has given. Damaged ones are left out.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn identities(&self) -> Result<Vec<(Identity, u64)>, StoreError> {
        let mut found: BTreeMap<(String, String), (Identity, u64)> = BTreeMap::new();
        self.each(&self.connection(), Table::ANSWERS, read_answer, |sealed| {
            if let Ok(Sealed { record: Record { question: Question { model, parameters, .. }, .. }, .. }) = sealed {
                let key = (model.clone(), parameters.to_string());
                found.entry(key).or_insert((Identity { model, parameters }, 0)).1 += 1;
            }
            Ok(())
        })?;
        Ok(found.into_values().collect())
    }

    fn held(&self) -> Result<HashMap<Key, Held>, StoreError> {
        let mut held: HashMap<Key, Held> = HashMap::new();
        self.each(&self.connection(), Table::ANSWERS, read_answer, |sealed| {
            // A damaged one is replaced.
            if let Ok(Sealed { record, .. }) = sealed
                && record.question.sample.replicate == BANK
            {
                held.entry(question(&record)).or_default().insert(record.question.sample.ordinal, answer(&record));
            }
            Ok(())
        })?;
        Ok(held)
    }
}

/// The record as a sample of a bank.
fn at(mut record: Record, ordinal: u32) -> Record {
    record.question.sample = SampleIndex { replicate: BANK, ordinal };
    record
}

/// A question without its sample.
fn question(record: &Record) -> Key {
    at(record.clone(), 0).question.key()
}

/// What tells one answer from another: what was said, and when.
fn answer(record: &Record) -> [u8; 32] {
    let said = serde_json::to_vec(&(&record.response, &record.recorded));
    Sha256::digest(said.expect("a record is made of texts and numbers")).into()
}
