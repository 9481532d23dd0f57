//! Calls that are dropped at any moment of their lives: nothing that they held is lost or counted twice.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, FinishReason, Lost, Message, SampleIndex, Sampling, Usage};
use lamas_core::meter::CallMeter;
use lamas_core::random::Seed;
use lamas_core::units::{Price, Seconds, Tokens};
use lamas_llm::limit::{Answer, Author, Budget, Endpoint, Failure, Limits, Member, Meter, Pool, Purse, Retries, Spent};
use rand::RngExt;
use tokio::time::Instant;

use crate::book::{Book, Paid};

const SLOTS: usize = 8;
const CALLS: u64 = 5000;
/// Of every request, in tokens.
const INPUT: u64 = 10;

/// Emits a token every 100 ms, ten of them; every fifth attempt fails in the middle, every seventh is refused at once.
#[derive(Default)]
struct Emitting {
    attempts: AtomicU64,
    refused: AtomicU64,
    emitted: AtomicU64,
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One attempt that is being made.
struct Running<'a>(&'a AtomicUsize);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Shared(Arc<Emitting>);

#[async_trait]
impl Endpoint for Shared {
    async fn attempt(&self, _: &ChatRequest, meter: &Meter<'_>) -> Result<Answer, Failure> {
        let own = &self.0;
        let number = own.attempts.fetch_add(1, Ordering::SeqCst) + 1;
        own.most.fetch_max(own.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let _running = Running(&own.now);
        if number.is_multiple_of(7) {
            own.refused.fetch_add(1, Ordering::SeqCst);
            meter.refused();
            return Err(Failure::Busy { message: "busy".to_owned(), retry_after: Some(Duration::from_millis(50)) });
        }
        for token in 0..10 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if number.is_multiple_of(5) && token == 5 {
                return Err(Failure::Passing { message: "cut".to_owned() });
            }
            meter.received("four");
            own.emitted.fetch_add(1, Ordering::SeqCst);
        }
        Ok(Answer {
            text: "four".repeat(10).into(),
            usage: Usage { input: Tokens(INPUT), output: Tokens(10), counted: false },
            finish: FinishReason::Stop,
            working: Seconds(1.0),
            first_token: None,
            author: Author::Model,
        })
    }
}

fn request(number: u64) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::user(format!("{number:040}"))],
        sampling: Sampling { max_tokens: Some(10), ..Sampling::default() },
        sample: SampleIndex::default(),
    }
}

struct Storm {
    endpoint: Arc<Emitting>,
    paid: Arc<Mutex<Paid>>,
    pool: Pool,
}

fn storm(limits: &Limits, budget: Budget) -> Storm {
    let limits = Limits { concurrency: SLOTS, ..limits.clone() };
    let (endpoint, paid) = (Arc::<Emitting>::default(), Arc::<Mutex<Paid>>::default());
    let member = Member::new("storm", Box::new(Shared(endpoint.clone())), 1.0, &limits);
    let purse = Purse::new(budget, Price { input: 1.0, output: 1.0 }, Spent::default(), Box::new(Book(paid.clone())));
    let pool = Pool::new(vec![member], Retries::default(), Arc::new(())).paid_from(Arc::new(purse));
    Storm { endpoint, paid, pool }
}

/// Calls in waves of 40, each dropped at a moment of its own within the longest life. What the callers are told that all of
/// them have used: attempts, input and output.
async fn dropped_at_random(pool: &Pool, calls: u64, longest_ms: u64) -> [u64; 3] {
    let mut used = [0; 3];
    for wave in 0..calls / 40 {
        let call = |number: u64| {
            let life = Seed(7).stream("life", &[number]).random_range(0..longest_ms);
            async move {
                let (request, meter) = (request(number), CallMeter::default());
                let call = pool.chat_metered(&request, &meter);
                match tokio::time::timeout(Duration::from_millis(life), call).await {
                    Ok(Ok(response)) => (response.usage, response.lost),
                    Ok(Err(ChatError::Exhausted { lost, .. })) => (Usage::default(), lost),
                    Ok(Err(_)) => (Usage::default(), Lost::default()),
                    Err(_) => {
                        let reading = meter.reading(Seconds::ZERO);
                        (reading.usage, reading.lost)
                    }
                }
            }
        };
        for (usage, lost) in join_all((wave * 40..(wave + 1) * 40).map(call)).await {
            used[0] += u64::from(usage.input > Tokens(0)) + u64::from(lost.attempts);
            used[1] += usage.input.0 + lost.input.0;
            used[2] += usage.output.0 + lost.output.0;
        }
    }
    used
}

#[tokio::test(start_paused = true)]
async fn every_slot_permit_and_token_comes_back_and_is_paid_once() {
    let budget = Budget { tokens: Some(100_000_000), ..Budget::default() };
    let Storm { endpoint, paid, pool } = storm(&Limits::default(), budget);
    let told = dropped_at_random(&pool, CALLS, 3000).await;
    assert_eq!(endpoint.now.load(Ordering::SeqCst), 0, "nothing is at work any more");
    {
        let paid = paid.lock().unwrap();
        let billed = endpoint.attempts.load(Ordering::SeqCst) - endpoint.refused.load(Ordering::SeqCst);
        assert_eq!(paid.attempts, billed, "one line for each attempt that is billed");
        assert_eq!(paid.input, billed * INPUT);
        assert_eq!(paid.output, endpoint.emitted.load(Ordering::SeqCst), "what came is paid, and nothing else");
        assert_eq!(told, [paid.attempts, paid.input, paid.output], "the callers are told what is paid");
        assert!(paid.dropped > 500 && paid.attempts > paid.dropped + 500, "{} of {}", paid.dropped, paid.attempts);
    }
    assert_eq!(endpoint.most.swap(0, Ordering::SeqCst), SLOTS);
    // All slots are there again, at once.
    let start = Instant::now();
    endpoint.attempts.store(0, Ordering::SeqCst);
    let wave: Vec<ChatRequest> = (0..4).map(request).collect();
    assert!(join_all(wave.iter().map(|request| pool.chat(request))).await.iter().all(Result::is_ok));
    assert_eq!((start.elapsed(), endpoint.most.load(Ordering::SeqCst)), (Duration::from_secs(1), 4));
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_used_up_by_what_was_paid_and_by_no_reservation() {
    let budget = Budget { tokens: Some(40_000), ..Budget::default() };
    let Storm { paid, pool, .. } = storm(&Limits::default(), budget);
    dropped_at_random(&pool, CALLS, 1500).await;
    while pool.chat(&request(0)).await.is_ok_and(|_| true) {}
    let paid = paid.lock().unwrap();
    let spent = paid.input + paid.output;
    assert!((40_000 - 20..=40_000).contains(&spent), "{spent}");
}

#[tokio::test(start_paused = true)]
async fn a_minutes_allowance_is_used_by_calls_that_were_made_and_by_no_others() {
    // Two requests a second, and tokens for one of 20 a second; most calls are dropped while they wait.
    for limits in [
        Limits { requests_per_minute: Some(120), ..Limits::default() },
        Limits { tokens_per_minute: Some(1200), ..Limits::default() },
    ] {
        let Storm { endpoint, pool, .. } = storm(&limits, Budget::default());
        dropped_at_random(&pool, 1000, 500).await;
        let start = Instant::now();
        let made = endpoint.attempts.load(Ordering::SeqCst);
        // The bucket owes nothing for calls that were never made: the next one waits for what is used, at most.
        pool.chat(&request(0)).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(20), "{limits:?}: {:?} after {made} attempts", start.elapsed());
    }
}
