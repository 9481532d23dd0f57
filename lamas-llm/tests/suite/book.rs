//! A ledger that only adds up.

use std::sync::{Arc, Mutex};

use lamas_core::units::Seconds;
use lamas_llm::limit::{AttemptEnd, Ledger, Payment};

/// What was paid, in attempts and tokens, and for how many attempts that were dropped.
#[derive(Default)]
pub struct Paid {
    pub attempts: u64,
    pub input: u64,
    pub output: u64,
    pub dropped: u64,
}

/// Adds up what is paid.
pub struct Book(pub Arc<Mutex<Paid>>);

impl Ledger for Book {
    fn enter(&mut self, payment: Option<&Payment>, _: Seconds) -> Result<(), String> {
        let (payment, mut paid) = (payment.unwrap(), self.0.lock().unwrap());
        paid.attempts += 1;
        paid.input += payment.usage.input.0;
        paid.output += payment.usage.output.0;
        paid.dropped += u64::from(payment.outcome == AttemptEnd::Dropped);
        Ok(())
    }
}
