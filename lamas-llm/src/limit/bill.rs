//! An attempt's bill.

use lamas_core::chat::{ChatRequest, Lost, Usage};

use super::budget::Outcome;
use super::meter::Meter;
use super::purse::Reservation;

/// The bill of an attempt, paid however the attempt ends: a call that is dropped in the middle is billed too.
pub(super) struct Bill<'a> {
    request: &'a ChatRequest,
    meter: Meter,
    /// `None` without a purse, and once it is paid.
    reservation: Option<Reservation<'a>>,
}

impl<'a> Bill<'a> {
    pub(super) fn new(request: &'a ChatRequest, reservation: Option<Reservation<'a>>) -> Self {
        Self { request, meter: Meter::default(), reservation }
    }

    /// Where the attempt says what it uses.
    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The attempt gave an answer.
    pub(super) fn answered(mut self, usage: Usage) {
        self.pay(usage, Outcome::Answered);
    }

    /// The attempt gave nothing; returns what it is billed.
    pub(super) fn failed(mut self) -> Lost {
        self.lose(Outcome::Failed)
    }

    fn lose(&mut self, outcome: Outcome) -> Lost {
        let lost = self.meter.lost(self.request);
        if lost.is_nothing() {
            // Nothing to pay; what was reserved is given back.
            self.reservation = None;
        } else {
            let Lost { input, output, estimated, .. } = lost;
            self.pay(Usage { input, output, counted: estimated }, outcome);
        }
        lost
    }

    fn pay(&mut self, usage: Usage, outcome: Outcome) {
        if let Some(reservation) = self.reservation.take() {
            reservation.pay(usage, outcome);
        }
    }
}

impl Drop for Bill<'_> {
    fn drop(&mut self) {
        if self.reservation.is_some() {
            self.lose(Outcome::Dropped);
        }
    }
}
