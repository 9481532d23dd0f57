//! How often each request was tried, and how many of its choices were given out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default, Clone, Copy)]
struct Account {
    attempts: u32,
    given: u32,
}

/// Counts by request. It grows by a few bytes for every distinct request, for as long as the server lives.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<HashMap<u64, Account>>);

impl Ledger {
    fn accounts(&self) -> MutexGuard<'_, HashMap<u64, Account>> {
        // Counts are whole at any moment, also where a holder of the lock has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt and returns its number, from 1.
    pub(super) fn attempt(&self, key: u64) -> u32 {
        let mut accounts = self.accounts();
        let account = accounts.entry(key).or_default();
        account.attempts += 1;
        account.attempts
    }

    /// How many choices were given out before; gives out `choices` more.
    pub(super) fn give(&self, key: u64, choices: u32) -> u32 {
        let mut accounts = self.accounts();
        let account = accounts.entry(key).or_default();
        let before = account.given;
        account.given += choices;
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_and_choices_are_counted_apart() {
        let ledger = Ledger::default();
        assert_eq!((ledger.attempt(1), ledger.attempt(1), ledger.attempt(2)), (1, 2, 1));
        assert_eq!((ledger.give(1, 0), ledger.give(1, 3), ledger.give(1, 1), ledger.give(2, 1)), (0, 0, 3, 0));
    }
}
