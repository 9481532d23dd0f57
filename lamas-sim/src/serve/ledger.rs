//! How often each request was tried, and how many of its choices were given out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default, Clone, Copy)]
struct Account {
    attempts: u32,
    given: u32,
}

/// Requests that are remembered for certain; twice as many at most.
const REMEMBERED: usize = 1 << 19;

/// Counts by request. Memory is bounded: of very many requests, those are forgotten that did not come for longest.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Accounts>);

/// Two generations: when the young one is full it becomes the old one, and what was old and not asked for since is lost.
#[derive(Debug, Default)]
struct Accounts {
    young: HashMap<u64, Account>,
    old: HashMap<u64, Account>,
}

impl Accounts {
    fn of(&mut self, key: u64) -> &mut Account {
        if self.young.len() >= REMEMBERED && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        let old = &mut self.old;
        self.young.entry(key).or_insert_with(|| old.remove(&key).unwrap_or_default())
    }
}

impl Ledger {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        // Counts are whole at any moment, also where a holder of the lock has panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an attempt and returns its number, from 1.
    pub(super) fn attempt(&self, key: u64) -> u32 {
        let mut accounts = self.accounts();
        let account = accounts.of(key);
        account.attempts = account.attempts.saturating_add(1);
        account.attempts
    }

    /// How many choices were given out before; gives out `choices` more. After 2^32 of them it begins again.
    pub(super) fn give(&self, key: u64, choices: u32) -> u32 {
        let mut accounts = self.accounts();
        let account = accounts.of(key);
        let before = account.given;
        account.given = before.wrapping_add(choices);
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

    #[test]
    fn what_came_lately_is_remembered_and_memory_is_bounded() {
        let ledger = Ledger::default();
        ledger.give(7, 1);
        for key in 1000..1000 + 3 * REMEMBERED as u64 {
            ledger.attempt(key);
            if key % 100_000 == 0 {
                ledger.attempt(7);
            }
        }
        assert_eq!(ledger.give(7, 1), 1);
        assert_eq!(ledger.attempt(1000), 1, "forgotten");
        let accounts = ledger.accounts();
        assert!(accounts.young.len() + accounts.old.len() <= 2 * REMEMBERED);
    }
}
