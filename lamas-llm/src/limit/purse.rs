//! The purse that keeps to a budget.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lamas_core::chat::{ChatRequest, Usage};
use lamas_core::stopwatch::Stopwatch;
use lamas_core::units::{Price, Seconds, Tokens};
use tokio::sync::Notify;

use super::budget::{Amount, AttemptEnd, Budget, Payment, Spent};
use super::gate::{OUTPUT_AT_FIRST, input_estimate};

/// Where each payment is written down before the next one is made.
pub trait Ledger: Send {
    /// Writes down a payment, and how long this process has been at work. Without a payment only the time is written.
    ///
    /// # Errors
    /// When it cannot be written; no further call is made then.
    fn enter(&mut self, payment: Option<&Payment>, elapsed: Seconds) -> Result<(), String>;
}

/// Keeps no account.
impl Ledger for () {
    fn enter(&mut self, _payment: Option<&Payment>, _elapsed: Seconds) -> Result<(), String> {
        Ok(())
    }
}

/// Pays for calls out of a budget.
///
/// A call is let through when what is spent, what the calls in flight are expected to cost and what it is expected to
/// cost itself stay within the budget. A call is expected to be as long as the longest so far, so that a budget is
/// exceeded by no more than calls in flight that break that record. Where only the calls in flight stand in the way, the
/// call waits for them. The first call that does not fit ends the spending, also where a shorter one would still fit.
///
/// Attempts that fail or are dropped are paid for like answers, as far as they are billed.
pub struct Purse {
    budget: Budget,
    price: Price,
    clock: Stopwatch,
    book: Mutex<Book>,
    settled: Notify,
}

struct Book {
    spent: Spent,
    /// What each call in flight is expected to take. Summed anew each time: a running difference of dollars would drift.
    in_flight: Vec<(u64, Amount)>,
    /// Names the calls in flight.
    next: u64,
    /// Why no further call is made.
    closed: Option<Closed>,
    ledger: Box<dyn Ledger>,
}

#[derive(Clone)]
enum Closed {
    Reached(String),
    Unwritable(String),
    Stopped(String),
}

impl Closed {
    fn message(self) -> String {
        let (Self::Reached(message) | Self::Unwritable(message) | Self::Stopped(message)) = self;
        message
    }
}

/// The share of the budget that a call in flight holds; given back when it is dropped.
pub(crate) struct Reservation<'a> {
    purse: &'a Purse,
    call: u64,
}

impl Purse {
    /// A purse out of which `spent` has been taken before.
    #[must_use]
    pub fn new(budget: Budget, price: Price, spent: Spent, ledger: Box<dyn Ledger>) -> Self {
        let book = Book { spent, in_flight: Vec::new(), next: 0, closed: None, ledger };
        Self { budget, price, clock: Stopwatch::real(), book: Mutex::new(book), settled: Notify::new() }
    }

    /// What has been spent, the time of this process included.
    #[must_use]
    pub fn spent(&self) -> Spent {
        self.with_this_process(self.book().spent)
    }

    /// Which limit was reached, with what was spent; `None` while there is something left.
    #[must_use]
    pub fn reached(&self) -> Option<String> {
        match self.closed()? {
            Closed::Reached(message) => Some(message),
            Closed::Unwritable(_) | Closed::Stopped(_) => None,
        }
    }

    /// Ends the spending because the run ends, whatever is left: no further call is made and pauses end. Calls in flight
    /// go on.
    pub fn stop(&self, why: &str) {
        self.book().closed.get_or_insert_with(|| Closed::Stopped(why.to_owned()));
        self.settled.notify_waiters();
    }

    /// Whether the run has ended the spending.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self.book().closed, Some(Closed::Stopped(_)))
    }

    /// Returns why no further call is made, once that is so.
    pub(super) async fn ended(&self) -> String {
        loop {
            // Made before the look into the book, so that no end in between goes unnoticed.
            let settled = self.settled.notified();
            if let Some(closed) = self.closed() {
                return closed.message();
            }
            let left = self.time_left().unwrap_or(Duration::MAX);
            if tokio::time::timeout(left, settled).await.is_err() {
                return self.out_of_time().message();
            }
        }
    }

    /// Why no further call is made; looks at the clock.
    fn closed(&self) -> Option<Closed> {
        match self.time_left() {
            Some(Duration::ZERO) => Some(self.out_of_time()),
            _ => self.book().closed.clone(),
        }
    }

    /// What is left of the time; `None` where that is not limited.
    fn time_left(&self) -> Option<Duration> {
        let left = self.budget.time_left(&self.spent())?;
        Some(Duration::try_from_secs_f64(left.0).unwrap_or(Duration::MAX))
    }

    /// Ends the spending because the time is over, where nothing else has ended it before.
    fn out_of_time(&self) -> Closed {
        let spent = self.spent();
        let limit = self.budget.wall_clock.unwrap_or(spent.wall_clock);
        let over = || Closed::Reached(Budget::reached(&format!("{limit} of wall-clock time"), &spent));
        let closed = self.book().closed.get_or_insert_with(over).clone();
        self.settled.notify_waiters();
        closed
    }

    /// Writes down the time of this process, at its end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close(&self) -> Result<(), String> {
        let elapsed = self.elapsed();
        self.book().ledger.enter(None, elapsed)
    }

    /// Lets a call through, or says why not.
    pub(crate) async fn reserve(&self, request: &ChatRequest) -> Result<Reservation<'_>, String> {
        loop {
            // Made before the look into the book, so that no settlement in between goes unnoticed.
            let settled = self.settled.notified();
            if let Some(call) = self.try_reserve(request)? {
                return Ok(Reservation { purse: self, call });
            }
            settled.await;
        }
    }

    /// `None` where calls in flight have to be waited for.
    fn try_reserve(&self, request: &ChatRequest) -> Result<Option<u64>, String> {
        if let Some(closed) = self.closed() {
            return Err(closed.message());
        }
        let mut book = self.book();
        let longest = book.spent.longest_output.0.max(OUTPUT_AT_FIRST);
        let output = Tokens(request.sampling.max_tokens.map_or(longest, |most| longest.min(most.into())));
        let input = Tokens(input_estimate(request));
        let expected = Amount { tokens: input + output, usd: self.price.cost(input, output) };
        if let Some(limit) = self.budget.broken_by(&book.spent, expected) {
            let message = Budget::reached(&limit, &self.with_this_process(book.spent));
            book.closed = Some(Closed::Reached(message.clone()));
            self.settled.notify_waiters();
            return Err(message);
        }
        let all = book.in_flight.iter().fold(expected, |sum, (_, call)| sum + *call);
        if self.budget.broken_by(&book.spent, all).is_some() {
            return Ok(None);
        }
        let call = book.next;
        book.next += 1;
        book.in_flight.push((call, expected));
        Ok(Some(call))
    }

    fn with_this_process(&self, spent: Spent) -> Spent {
        Spent { wall_clock: spent.wall_clock + self.elapsed(), ..spent }
    }

    fn elapsed(&self) -> Seconds {
        self.clock.elapsed()
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation<'_> {
    /// Pays for an attempt.
    pub(super) fn pay(self, usage: Usage, outcome: AttemptEnd) {
        let cost = self.purse.price.cost(usage.input, usage.output);
        let payment = Payment { usage, cost, outcome };
        let elapsed = self.purse.elapsed();
        let mut book = self.purse.book();
        book.spent.add(&payment);
        // What is paid is paid; the next call is what must not be made.
        if let Err(message) = book.ledger.enter(Some(&payment), elapsed) {
            book.closed = Some(Closed::Unwritable(message));
        }
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        self.purse.book().in_flight.retain(|(call, _)| *call != self.call);
        self.purse.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, SampleIndex, Sampling};
    use lamas_core::units::Usd;

    /// Ten tokens of input.
    fn request() -> ChatRequest {
        let sampling = Sampling { max_tokens: Some(10), ..Sampling::default() };
        ChatRequest { messages: vec![Message::user("x".repeat(40))], sampling, sample: SampleIndex::default() }
    }

    fn usage() -> Usage {
        Usage { input: Tokens(10), output: Tokens(10), counted: false }
    }

    fn purse(budget: Budget, spent: Spent) -> Purse {
        Purse::new(budget, Price { input: 1e6, output: 1e6 }, spent, Box::new(()))
    }

    #[tokio::test]
    async fn calls_are_made_until_the_next_one_would_go_beyond() {
        for budget in
            [Budget { tokens: Some(50), ..Budget::default() }, Budget { usd: Some(Usd(50.0)), ..Budget::default() }]
        {
            let purse = purse(budget, Spent::default());
            for _ in 0..2 {
                assert_eq!(purse.reached(), None);
                purse.reserve(&request()).await.unwrap().pay(usage(), AttemptEnd::Answered);
            }
            let message = purse.reserve(&request()).await.err().unwrap();
            assert!(message.contains("50") && message.contains("2 calls, 40 tokens, 40.0000 USD"), "{message}");
            assert_eq!(purse.reached(), Some(message));
        }
    }

    #[tokio::test]
    async fn what_was_spent_before_counts() {
        let budget = Budget { tokens: Some(50), ..Budget::default() };
        let before = Spent { tokens: Tokens(40), ..Spent::default() };
        assert!(purse(budget, before).reserve(&request()).await.is_err());
    }

    #[tokio::test]
    async fn the_longest_call_of_earlier_starts_is_expected_again() {
        let budget = Budget { tokens: Some(1_000), ..Budget::default() };
        let mut unbounded = request();
        unbounded.sampling.max_tokens = None;
        let before = |output| Spent { tokens: Tokens(600), longest_output: Tokens(output), ..Spent::default() };
        assert!(purse(budget, before(390)).reserve(&unbounded).await.is_ok());
        assert!(purse(budget, before(391)).reserve(&unbounded).await.is_err());
    }

    #[tokio::test]
    async fn the_time_told_is_that_of_all_starts() {
        let budget = Budget { tokens: Some(5), ..Budget::default() };
        let mut purse = purse(budget, Spent { wall_clock: Seconds(7.0), ..Spent::default() });
        purse.clock = std::time::Instant::now().checked_sub(Duration::from_secs(5)).unwrap().into();
        let message = purse.reserve(&request()).await.err().unwrap();
        // However long this test itself is held up.
        let told = message.strip_suffix(" s are spent").and_then(|rest| rest.rsplit(' ').next()).unwrap();
        assert!(told.parse::<u64>().unwrap() >= 12, "{message}");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_in_flight_are_waited_for_and_give_back_what_they_do_not_use() {
        let purse = purse(Budget { tokens: Some(45), ..Budget::default() }, Spent::default());
        let (first, second) = (purse.reserve(&request()).await.unwrap(), purse.reserve(&request()).await.unwrap());
        let request = request();
        let third = purse.reserve(&request);
        tokio::pin!(third);
        let waits = tokio::time::timeout(Duration::from_secs(1), &mut third).await;
        assert!(waits.is_err(), "two calls in flight may use all that is left");
        // One fails, one is shorter than expected: there is room again.
        drop(first);
        second.pay(Usage { input: Tokens(10), output: Tokens(2), counted: false }, AttemptEnd::Answered);
        assert!(third.await.is_ok());
        assert_eq!(purse.spent().tokens, Tokens(12));
    }

    #[tokio::test]
    async fn a_run_that_ends_makes_no_further_call_and_abandons_pauses() {
        let purse = purse(Budget::default(), Spent::default());
        let paused = purse.ended();
        tokio::pin!(paused);
        assert!(futures::poll!(&mut paused).is_pending());
        purse.stop("interrupted");
        assert_eq!(paused.await, "interrupted");
        assert_eq!(purse.reserve(&request()).await.err().unwrap(), "interrupted");
        assert!(purse.is_stopped() && purse.reached().is_none());
    }

    #[tokio::test]
    async fn time_is_a_budget_too() {
        let budget = Budget { wall_clock: Some(Seconds(100.0)), ..Budget::default() };
        assert_eq!(purse(budget, Spent::default()).reached(), None);
        let before = Spent { wall_clock: Seconds(100.0), ..Spent::default() };
        let purse = purse(budget, before);
        assert!(purse.reserve(&request()).await.is_err());
        assert!(purse.reached().unwrap().contains("100 s of wall-clock time"));
    }

    #[tokio::test]
    async fn a_ledger_that_cannot_be_written_ends_the_spending_but_not_for_want_of_budget() {
        struct Full;
        impl Ledger for Full {
            fn enter(&mut self, _: Option<&Payment>, _: Seconds) -> Result<(), String> {
                Err("no space left".to_owned())
            }
        }
        let purse = Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(Full));
        purse.reserve(&request()).await.unwrap().pay(usage(), AttemptEnd::Answered);
        assert_eq!(purse.reserve(&request()).await.err().unwrap(), "no space left");
        assert_eq!(purse.reached(), None);
    }

    #[tokio::test]
    async fn case_failed_and_dropped_attempts_are_paid_for_and_end_a_budget_too() {
        let purse = purse(Budget { tokens: Some(50), ..Budget::default() }, Spent::default());
        purse.reserve(&request()).await.unwrap().pay(usage(), AttemptEnd::Failed);
        purse.reserve(&request()).await.unwrap().pay(usage(), AttemptEnd::Dropped);
        let message = purse.reserve(&request()).await.err().unwrap();
        assert!(message.contains("0 calls and 2 failed attempts, 40 tokens, 40.0000 USD"), "{message}");
    }

    #[tokio::test(start_paused = true)]
    async fn dollars_given_back_leave_no_remainder() {
        // 0.1 + 0.2 - 0.1 - 0.2 is not 0: with a running difference the last call would wait for ever.
        let budget = Budget { usd: Some(Usd(0.2)), ..Budget::default() };
        let purse = Purse::new(budget, Price { input: 1e4, output: 0.0 }, Spent::default(), Box::new(()));
        let asking = |bytes: usize| ChatRequest { messages: vec![Message::user("x".repeat(bytes))], ..request() };
        for bytes in [12, 28, 4, 76, 8, 40] {
            let (one, two) = (asking(bytes), asking(80 - bytes));
            let held = (purse.reserve(&one).await.unwrap(), purse.reserve(&two).await.unwrap());
            drop(held);
        }
        let all = asking(80);
        let last = tokio::time::timeout(Duration::from_secs(1), purse.reserve(&all)).await;
        assert!(last.is_ok_and(|reserved| reserved.is_ok()));
    }
}
