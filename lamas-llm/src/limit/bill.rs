//! An attempt's bill.

use lamas_core::chat::{Lost, Usage};

use super::bucket;
use super::budget::AttemptEnd;
use super::meter::Meter;
use super::purse;

/// The bill of an attempt, settled however the attempt ends: with the purse, and with the minute's allowance of tokens. A call
/// that is dropped in the middle is billed too.
pub(crate) struct Bill<'a> {
    meter: Meter<'a>,
    /// `None` without a purse, and once it is settled.
    share: Option<purse::Reservation<'a>>,
    /// `None` without a limit, and once it is settled.
    tokens: Option<bucket::Reservation<'a>>,
    settled: bool,
}

impl<'a> Bill<'a> {
    pub(crate) fn new(
        meter: Meter<'a>,
        share: Option<purse::Reservation<'a>>,
        tokens: Option<bucket::Reservation<'a>>,
    ) -> Self {
        Self { meter, share, tokens, settled: false }
    }

    /// Where the attempt says what it uses.
    pub(crate) fn meter(&self) -> &Meter<'a> {
        &self.meter
    }

    /// The attempt gave an answer.
    pub(crate) fn answered(mut self, usage: Usage) {
        self.settle(usage, AttemptEnd::Answered);
    }

    /// The attempt gave nothing; returns what it is billed.
    pub(crate) fn failed(mut self) -> Lost {
        let lost = self.meter.failed();
        self.lose(lost, AttemptEnd::Failed);
        lost
    }

    fn lose(&mut self, lost: Lost, outcome: AttemptEnd) {
        if lost.is_nothing() {
            // What was reserved is given back.
            (self.share, self.tokens, self.settled) = (None, None, true);
        } else {
            let Lost { input, output, estimated, .. } = lost;
            self.settle(Usage { input, output, counted: estimated }, outcome);
        }
    }

    fn settle(&mut self, usage: Usage, outcome: AttemptEnd) {
        self.settled = true;
        if let Some(tokens) = self.tokens.take() {
            tokens.settle((usage.input + usage.output).0 as f64);
        }
        if let Some(share) = self.share.take() {
            share.pay(usage, outcome);
        }
    }
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        if !self.settled {
            let lost = self.meter.dropped();
            self.lose(lost, AttemptEnd::Dropped);
        }
    }
}
