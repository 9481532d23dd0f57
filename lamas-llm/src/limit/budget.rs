//! What a run may spend, and the purse that keeps to it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lamas_core::chat::{ChatRequest, Usage};
use lamas_core::units::{Price, Seconds, Tokens, Usd};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::gate::{OUTPUT_AT_FIRST, input_estimate};

/// The most that a run may spend, over all the times it is started. Nothing is limited by default.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// US dollars.
    pub usd: Option<Usd>,
    /// Tokens, input and output together.
    pub tokens: Option<u64>,
    /// Seconds of real time.
    pub wall_clock: Option<Seconds>,
}

impl Budget {
    /// Says what is wrong with this budget, if anything.
    ///
    /// # Errors
    /// A message that names the key.
    pub fn check(&self) -> Result<(), String> {
        let usable = |amount: f64| amount > 0.0 && amount.is_finite();
        let wrong = [
            ("usd", self.usd.is_some_and(|usd| !usable(usd.0))),
            ("tokens", self.tokens == Some(0)),
            ("wall_clock", self.wall_clock.is_some_and(|seconds| !usable(seconds.0))),
        ];
        match wrong.iter().find(|(_, is_wrong)| *is_wrong) {
            Some((key, _)) => Err(format!("{key} must be above 0; leave it out for no limit")),
            None => Ok(()),
        }
    }
}

/// What has been spent.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Spent {
    /// Calls that were answered and paid.
    pub calls: u64,
    /// Their tokens, input and output together.
    pub tokens: Tokens,
    /// The output of the longest of them.
    pub longest_output: Tokens,
    /// What they cost.
    pub usd: Usd,
    /// Real time.
    pub wall_clock: Seconds,
}

/// Where each payment is written down before the next one is made.
pub trait Ledger: Send {
    /// Writes down one paid call, and how long this process has been at work.
    ///
    /// # Errors
    /// When it cannot be written; no further call is made then.
    fn enter(&mut self, usage: Usage, cost: Usd, elapsed: Seconds) -> Result<(), String>;
}

/// Keeps no account.
impl Ledger for () {
    fn enter(&mut self, _usage: Usage, _cost: Usd, _elapsed: Seconds) -> Result<(), String> {
        Ok(())
    }
}

/// Pays for calls out of a budget.
///
/// A call is let through when what is spent, what the calls in flight are expected to cost and what it is expected to
/// cost itself stay within the budget. A call is expected to be as long as the longest so far, so that a budget is
/// exceeded by no more than calls in flight that break that record. Where only the calls in flight stand in the way, the
/// call waits for them. The first call that does not fit ends the spending, also where a shorter one would still fit.
pub struct Purse {
    budget: Budget,
    price: Price,
    started: Instant,
    book: Mutex<Book>,
    settled: Notify,
}

struct Book {
    spent: Spent,
    /// What the calls in flight are expected to take.
    reserved: Expected,
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

/// Tokens and money that a call is expected to take.
#[derive(Debug, Default, Clone, Copy)]
struct Expected {
    tokens: u64,
    usd: f64,
}

/// The share of the budget that a call in flight holds; given back when it is dropped.
pub(super) struct Reservation<'a> {
    purse: &'a Purse,
    expected: Expected,
}

impl Purse {
    /// A purse out of which `spent` has been taken before.
    #[must_use]
    pub fn new(budget: Budget, price: Price, spent: Spent, ledger: Box<dyn Ledger>) -> Self {
        let book = Book { spent, reserved: Expected::default(), closed: None, ledger };
        Self { budget, price, started: Instant::now(), book: Mutex::new(book), settled: Notify::new() }
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
        let left = self.budget.wall_clock?.0 - self.spent().wall_clock.0;
        Some(Duration::try_from_secs_f64(left.max(0.0)).unwrap_or(Duration::MAX))
    }

    /// Ends the spending because the time is over, where nothing else has ended it before.
    fn out_of_time(&self) -> Closed {
        let spent = self.spent();
        let limit = self.budget.wall_clock.unwrap_or(spent.wall_clock);
        let over = || Closed::Reached(self.budget.told(&format!("{limit} of wall-clock time"), &spent));
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
        self.book().ledger.enter(Usage::default(), Usd::ZERO, elapsed)
    }

    /// Lets a call through, or says why not.
    pub(super) async fn reserve(&self, request: &ChatRequest) -> Result<Reservation<'_>, String> {
        loop {
            // Made before the look into the book, so that no settlement in between goes unnoticed.
            let settled = self.settled.notified();
            if let Some(expected) = self.try_reserve(request)? {
                return Ok(Reservation { purse: self, expected });
            }
            settled.await;
        }
    }

    /// `None` where calls in flight have to be waited for.
    fn try_reserve(&self, request: &ChatRequest) -> Result<Option<Expected>, String> {
        if let Some(closed) = self.closed() {
            return Err(closed.message());
        }
        let mut book = self.book();
        let longest = book.spent.longest_output.0.max(OUTPUT_AT_FIRST);
        let output = request.sampling.max_tokens.map_or(longest, |most| longest.min(most.into()));
        let input = input_estimate(request);
        let call = Expected { tokens: input + output, usd: self.price.cost(Tokens(input), Tokens(output)).0 };
        let limit = |tokens: u64, usd: f64| {
            let tokens = self.budget.tokens.filter(|limit| book.spent.tokens.0 + tokens > *limit);
            let usd = self.budget.usd.filter(|limit| book.spent.usd.0 + usd > limit.0);
            usd.map(|limit| limit.to_string()).or_else(|| tokens.map(|limit| format!("{limit} tokens")))
        };
        let in_flight = limit(call.tokens + book.reserved.tokens, call.usd + book.reserved.usd);
        if let Some(limit) = limit(call.tokens, call.usd) {
            let message = self.budget.told(&limit, &self.with_this_process(book.spent));
            book.closed = Some(Closed::Reached(message.clone()));
            self.settled.notify_waiters();
            return Err(message);
        }
        if in_flight.is_some() {
            return Ok(None);
        }
        book.reserved.tokens += call.tokens;
        book.reserved.usd += call.usd;
        Ok(Some(call))
    }

    fn with_this_process(&self, spent: Spent) -> Spent {
        Spent { wall_clock: spent.wall_clock + self.elapsed(), ..spent }
    }

    fn elapsed(&self) -> Seconds {
        Seconds(self.started.elapsed().as_secs_f64())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reservation<'_> {
    /// The call was answered and has to be paid.
    pub(super) fn settle(self, usage: Usage) {
        let cost = self.purse.price.cost(usage.input, usage.output);
        let elapsed = self.purse.elapsed();
        let mut book = self.purse.book();
        book.spent.calls += 1;
        book.spent.tokens = book.spent.tokens + usage.input + usage.output;
        book.spent.usd += cost;
        book.spent.longest_output = book.spent.longest_output.max(usage.output);
        // This answer is paid and is used; the next call is what must not be made.
        if let Err(message) = book.ledger.enter(usage, cost, elapsed) {
            book.closed = Some(Closed::Unwritable(message));
        }
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut book = self.purse.book();
        book.reserved.tokens -= self.expected.tokens;
        book.reserved.usd -= self.expected.usd;
        drop(book);
        self.purse.settled.notify_waiters();
    }
}

impl Budget {
    fn told(&self, limit: &str, spent: &Spent) -> String {
        let Spent { calls, tokens, usd, wall_clock, .. } = spent;
        format!(
            "the budget of {limit} is reached: {calls} calls, {} tokens, {:.4} USD and {:.0} s are spent",
            tokens.0, usd.0, wall_clock.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lamas_core::chat::{Message, SampleIndex, Sampling};

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
                purse.reserve(&request()).await.unwrap().settle(usage());
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
        purse.started = purse.started.checked_sub(Duration::from_secs(5)).unwrap();
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
        second.settle(Usage { input: Tokens(10), output: Tokens(2), counted: false });
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
            fn enter(&mut self, _: Usage, _: Usd, _: Seconds) -> Result<(), String> {
                Err("no space left".to_owned())
            }
        }
        let purse = Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(Full));
        purse.reserve(&request()).await.unwrap().settle(usage());
        assert_eq!(purse.reserve(&request()).await.err().unwrap(), "no space left");
        assert_eq!(purse.reached(), None);
    }

    #[test]
    fn amounts_must_be_positive() {
        let budget: Budget = serde_yaml::from_str("{usd: 5, tokens: 1000000, wall_clock: 3600}").unwrap();
        assert!(budget.check().is_ok());
        for wrong in ["{usd: 0}", "{tokens: 0}", "{wall_clock: -1}", "{usd: .nan}"] {
            let budget: Budget = serde_yaml::from_str(wrong).unwrap();
            assert!(budget.check().unwrap_err().contains("must be above 0"), "{wrong}");
        }
    }
}
