//! Limits, retries and the choice among endpoints, on a paused clock.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use lamas_core::chat::{
    ChatError, ChatModel, ChatRequest, ChatResponse, FinishReason, Lost, Message, SampleIndex, Sampling, Usage,
};
use lamas_core::units::{Price, Seconds, Tokens};
use lamas_llm::limit::{
    Answer, Author, Budget, CallEvent, CallObserver, Endpoint, Failure, Limits, Member, Meter, Pool, Purse, Retries,
    Spent, WaitReason,
};
use tokio::time::Instant;

type Script = Box<dyn Fn(f64) -> Option<Failure> + Send + Sync>;

/// Answers after a while; fails as its script says for the second at which it is asked.
struct Fake {
    start: Instant,
    takes: Duration,
    output: u64,
    script: Script,
    seen: Arc<Seen>,
}

/// What a fake endpoint saw.
#[derive(Default)]
struct Seen {
    times: Mutex<Vec<f64>>,
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Seen {
    fn attempts(&self) -> usize {
        self.times.lock().unwrap().len()
    }

    /// The most attempts that began within any 60 seconds.
    fn busiest_minute(&self) -> usize {
        let times = self.times.lock().unwrap();
        // Durations are rounded to nanoseconds; the very end of the window does not belong to it.
        let within = |from: f64| times.iter().filter(|at| **at >= from && **at < from + 60.0 - 1e-6).count();
        times.iter().map(|from| within(*from)).max().unwrap_or(0)
    }
}

#[async_trait]
impl Endpoint for Fake {
    async fn attempt(&self, _: &ChatRequest, meter: &Meter<'_>) -> Result<Answer, Failure> {
        let at = self.start.elapsed().as_secs_f64();
        self.seen.times.lock().unwrap().push(at);
        let now = self.seen.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.seen.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        self.seen.now.fetch_sub(1, Ordering::SeqCst);
        match (self.script)(at) {
            Some(failure) => {
                match &failure {
                    // Half of an answer has come.
                    Failure::Passing { .. } => meter.received(&"y".repeat(20)),
                    _ => meter.refused(),
                }
                Err(failure)
            }
            None => Ok(Answer {
                text: "4".into(),
                usage: Usage { input: Tokens(100), output: Tokens(self.output), counted: false },
                finish: FinishReason::Stop,
                working: Seconds(self.takes.as_secs_f64()),
                first_token: None,
                author: Author::Model,
            }),
        }
    }
}

struct Setting {
    takes: f64,
    output: u64,
    weight: f64,
    limits: Limits,
    script: Script,
}

impl Default for Setting {
    fn default() -> Self {
        let limits = Limits { concurrency: 1000, ..Limits::default() };
        Self { takes: 1.0, output: 10, weight: 1.0, limits, script: Box::new(|_| None) }
    }
}

fn member(name: &str, setting: Setting) -> (Member, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let fake = Fake {
        start: Instant::now(),
        takes: Duration::from_secs_f64(setting.takes),
        output: setting.output,
        script: setting.script,
        seen: seen.clone(),
    };
    (Member::new(name, Box::new(fake), setting.weight, &setting.limits), seen)
}

#[derive(Default)]
struct Log(Mutex<Vec<CallEvent>>);

impl CallObserver for Log {
    fn observe(&self, event: &CallEvent) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Log {
    fn waits(&self, wanted: WaitReason) -> usize {
        let events = self.0.lock().unwrap();
        events.iter().filter(|event| matches!(event, CallEvent::Waiting { reason, .. } if *reason == wanted)).count()
    }
}

fn pool<const N: usize>(settings: [Setting; N]) -> (Pool, [Arc<Seen>; N], Arc<Log>) {
    let log = Arc::new(Log::default());
    let mut members = Vec::new();
    let seen = settings.map(|setting| {
        let (member, seen) = member(&format!("endpoint{}", members.len()), setting);
        members.push(member);
        seen
    });
    (Pool::new(members, Retries::default(), log.clone()), seen, log)
}

fn request(number: usize) -> ChatRequest {
    ChatRequest {
        messages: vec![Message::user(format!("question {number} {}", "x".repeat(385)))],
        sampling: Sampling::default(),
        sample: SampleIndex::default(),
    }
}

async fn calls(pool: &Pool, count: usize) -> Vec<Result<ChatResponse, ChatError>> {
    join_all((0..count).map(|number| async move { pool.chat(&request(number)).await })).await
}

fn limits(concurrency: usize, requests: Option<u32>, tokens: Option<u32>) -> Limits {
    Limits { concurrency, requests_per_minute: requests, tokens_per_minute: tokens }
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_hold_and_waiting_is_kept_apart() {
    let (pool, [seen], log) = pool([Setting { limits: limits(1000, Some(60), None), ..Setting::default() }]);
    let start = Instant::now();
    let responses = calls(&pool, 200).await;
    assert_eq!(seen.attempts(), 200);
    assert!(seen.busiest_minute() <= 60, "{}", seen.busiest_minute());
    // The limit is used, too: 200 calls at 60 a minute, six of them at once.
    assert!(start.elapsed() < Duration::from_secs(220), "{:?}", start.elapsed());
    for response in &responses {
        assert_eq!(response.as_ref().unwrap().timing.working.0, 1.0);
    }
    let longest = responses.iter().map(|r| r.as_ref().unwrap().timing.waiting.0).fold(0.0, f64::max);
    assert!((longest + 1.0 - start.elapsed().as_secs_f64()).abs() < 1e-6, "{longest}");
    assert_eq!(log.waits(WaitReason::Requests), 194);
}

#[tokio::test(start_paused = true)]
async fn tokens_per_minute_follow_what_calls_really_use() {
    // A call is 100 tokens of input; the output is not known beforehand.
    let (pool, [seen], log) =
        pool([Setting { output: 900, limits: limits(4, None, Some(60_000)), ..Setting::default() }]);
    let responses = calls(&pool, 200).await;
    assert!(responses.iter().all(Result::is_ok));
    // 1000 tokens a call. Calls of the first minute that were let through on an estimate may exceed the limit once.
    assert!(seen.busiest_minute() <= 60 + 4, "{}", seen.busiest_minute());
    assert!(seen.busiest_minute() >= 50, "{}", seen.busiest_minute());
    assert!(log.waits(WaitReason::Tokens) > 100);
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_at_once_than_slots() {
    let (pool, [seen], log) = pool([Setting { limits: limits(3, None, None), ..Setting::default() }]);
    let start = Instant::now();
    let responses = calls(&pool, 9).await;
    assert_eq!(seen.most.load(Ordering::SeqCst), 3);
    assert_eq!(start.elapsed(), Duration::from_secs(3));
    assert_eq!(responses[8].as_ref().unwrap().timing.waiting.0, 2.0);
    assert_eq!(log.waits(WaitReason::Slot), 6);
}

#[tokio::test(start_paused = true)]
async fn weights_share_the_calls() {
    let (pool, [one, two], _) =
        pool([Setting { weight: 1.0, ..Setting::default() }, Setting { weight: 3.0, ..Setting::default() }]);
    calls(&pool, 80).await;
    assert_eq!((one.attempts(), two.attempts()), (20, 60));
}

#[tokio::test(start_paused = true)]
async fn the_quicker_endpoint_gets_more() {
    let slots = || limits(4, None, None);
    let (pool, [slow, quick], _) = pool([
        Setting { takes: 8.0, limits: slots(), ..Setting::default() },
        Setting { takes: 1.0, limits: slots(), ..Setting::default() },
    ]);
    // One caller after another, as an experiment does: 8 at any time.
    let callers = (0..8).map(|_| async {
        for number in 0..20 {
            pool.chat(&request(number)).await.unwrap();
        }
    });
    join_all(callers).await;
    assert_eq!(slow.attempts() + quick.attempts(), 160);
    assert!(quick.attempts() > 3 * slow.attempts(), "{} {}", quick.attempts(), slow.attempts());
}

fn broken() -> Option<Failure> {
    Some(Failure::Passing { message: "HTTP 500".to_owned() })
}

#[tokio::test(start_paused = true)]
async fn an_ill_endpoint_is_left_alone_and_comes_back() {
    let (pool, [ill, well], _) = pool([
        Setting { script: Box::new(|at| if at < 30.0 { broken() } else { None }), ..Setting::default() },
        Setting::default(),
    ]);
    for number in 0..60 {
        let response = pool.chat(&request(number)).await.unwrap();
        assert!(response.timing.attempts <= 2);
        assert_eq!(response.timing.working.0, 1.0);
        assert_eq!(response.timing.waiting.0, f64::from(response.timing.attempts - 1), "a failed attempt is waiting");
    }
    let times = ill.times.lock().unwrap();
    assert!(times.iter().any(|at| *at > 30.0), "it is tried again when it is well: {times:?}");
    assert!(well.attempts() > 30);
}

#[tokio::test(start_paused = true)]
async fn retry_after_holds_back_every_call_of_the_endpoint() {
    let busy = |at: f64| {
        (at < 0.5).then(|| Failure::Busy { message: "429".to_owned(), retry_after: Some(Duration::from_secs(20)) })
    };
    let (pool, [seen], log) = pool([Setting { script: Box::new(busy), ..Setting::default() }]);
    let (first, second) = tokio::join!(calls(&pool, 1), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        calls(&pool, 1).await
    });
    let (first, second) = (first[0].as_ref().unwrap(), second[0].as_ref().unwrap());
    assert_eq!(first.timing.attempts, 2);
    assert!(first.timing.waiting.0 >= 21.0, "{:?}", first.timing);
    assert_eq!((second.timing.attempts, second.timing.waiting.0), (1, 16.0));
    assert!(seen.times.lock().unwrap()[1..].iter().all(|at| *at >= 21.0));
    assert_eq!(log.waits(WaitReason::RetryAfter), 2);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_busy_sends_its_queue_to_the_other() {
    let busy = |_| Some(Failure::Busy { message: "429".to_owned(), retry_after: Some(Duration::from_secs(7200)) });
    let (pool, [one, _], _) = pool([
        Setting { limits: limits(1, None, None), script: Box::new(busy), ..Setting::default() },
        Setting { limits: limits(1, None, None), ..Setting::default() },
    ]);
    let start = Instant::now();
    assert!(calls(&pool, 10).await.iter().all(Result::is_ok));
    assert_eq!(one.attempts(), 1);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted_and_come_to_an_end() {
    let (pool, [seen], log) = pool([Setting { script: Box::new(|_| broken()), ..Setting::default() }]);
    let error = pool.chat(&request(0)).await.unwrap_err();
    // Each is billed for the 99 tokens that its prompt is taken to have and 5 that came before it broke.
    let lost = Lost { attempts: 9, input: Tokens(891), output: Tokens(45), estimated: true };
    assert_eq!(error, ChatError::Exhausted { message: "endpoint0: HTTP 500".to_owned(), attempts: 9, lost });
    assert_eq!((seen.attempts(), log.waits(WaitReason::BackOff)), (9, 8));
    let times = seen.times.lock().unwrap();
    let pauses: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0] - 1.0).collect();
    for (index, pause) in pauses.iter().enumerate() {
        let full = (0.5 * 2_f64.powi(i32::try_from(index).unwrap())).min(60.0);
        assert!(*pause > full / 2.0 - 1e-6 && *pause <= full + 1e-3, "pause {index} is {pause}, of {full}");
    }
}

#[tokio::test(start_paused = true)]
async fn fatal_and_rejected_calls_are_not_tried_again() {
    for failure in [Failure::Fatal("no quota".to_owned()), Failure::Rejected("too long".to_owned())] {
        let kept = failure.clone();
        let (pool, [seen], _) = pool([Setting { script: Box::new(move |_| Some(kept.clone())), ..Setting::default() }]);
        let error = pool.chat(&request(0)).await.unwrap_err();
        assert_eq!(error.is_fatal(), matches!(failure, Failure::Fatal(_)));
        assert_eq!(seen.attempts(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_are_cancelled_while_waiting_give_everything_back() {
    let (pool, [seen], _) = pool([Setting { limits: limits(1, Some(10), None), ..Setting::default() }]);
    pool.chat(&request(0)).await.unwrap();
    // Ten that would keep the endpoint busy for ten minutes are cancelled; the next one waits for its own turn only.
    let cancelled = tokio::time::timeout(Duration::from_secs(1), calls(&pool, 10)).await;
    assert!(cancelled.is_err());
    let response = pool.chat(&request(1)).await.unwrap();
    assert!(response.timing.waiting.0 < 6.0, "{:?}", response.timing);
    assert_eq!(seen.attempts(), 2);
}

#[tokio::test]
async fn a_pool_without_members_says_so() {
    let error = Pool::new(Vec::new(), Retries::default(), Arc::new(())).chat(&request(0)).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("no endpoint"));
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_kept_with_many_calls_in_flight_and_what_is_sent_is_answered() {
    let limits = limits(20, None, None);
    let (pool, [seen], _) = pool([Setting { limits, ..Setting::default() }]);
    // A call takes 110 tokens and is expected to take 100 + 256 until longer ones are known.
    let budget = Budget { tokens: Some(5000), ..Budget::default() };
    let purse = Arc::new(Purse::new(budget, Price::FREE, Spent::default(), Box::new(())));
    let pool = pool.paid_from(Arc::clone(&purse));
    let outcomes = calls(&pool, 200).await;
    let answered = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!((answered, seen.attempts()), (purse.spent().calls as usize, answered));
    let spent = purse.spent().tokens.0;
    assert!(spent <= 5000 && spent + 356 > 5000, "{spent} of 5000 tokens are spent");
    let refusal = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(refusal.is_fatal() && refusal.to_string().contains("the budget of 5000 tokens is reached"), "{refusal}");
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_longer_than_what_is_left_of_the_time() {
    let retry_after = Some(Duration::from_secs(300));
    let script: Script = Box::new(move |_| Some(Failure::Busy { message: "busy".to_owned(), retry_after }));
    let (pool, [seen], _) = pool([Setting { script, ..Setting::default() }]);
    let budget = Budget { wall_clock: Some(Seconds(100.0)), ..Budget::default() };
    let spent = Spent { wall_clock: Seconds(60.0), ..Spent::default() };
    let purse = Arc::new(Purse::new(budget, Price::FREE, spent, Box::new(())));
    let start = Instant::now();
    // One is told to wait, and one finds that there is nothing to wait for.
    let pool = pool.paid_from(Arc::clone(&purse));
    let first = pool.chat(&request(0)).await.unwrap_err();
    let second = pool.chat(&request(1)).await.unwrap_err();
    for refusal in [first, second] {
        assert!(refusal.is_fatal() && refusal.to_string().contains("100 s of wall-clock time is reached"), "{refusal}");
    }
    assert_eq!(seen.attempts(), 1);
    // The purse's clock is a real one: what this test is held up shortens the pause.
    assert!((10.0..43.0).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
    assert!(purse.reached().is_some());
}

#[tokio::test(start_paused = true)]
async fn calls_that_pause_when_the_budget_ends_do_not_pause_on() {
    let (pool, _, _) = pool([Setting { limits: limits(20, Some(2), None), ..Setting::default() }]);
    let budget = Budget { tokens: Some(500), ..Budget::default() };
    let pool = pool.paid_from(Arc::new(Purse::new(budget, Price::FREE, Spent::default(), Box::new(()))));
    let start = Instant::now();
    // There is money for two calls; at two a minute the last of ten would be told so in four minutes.
    let answered = calls(&pool, 10).await.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(answered, 2);
    assert!(start.elapsed() < Duration::from_secs(70), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn attempts_that_fail_are_not_charged() {
    let script: Script = Box::new(|at| (at < 5.0).then(|| Failure::Passing { message: "down".to_owned() }));
    let (pool, [seen], _) = pool([Setting { script, ..Setting::default() }]);
    let purse = Arc::new(Purse::new(Budget::default(), Price::FREE, Spent::default(), Box::new(())));
    let answer = pool.paid_from(Arc::clone(&purse)).chat(&request(0)).await.unwrap();
    assert!(answer.timing.attempts > 1);
    assert_eq!((seen.attempts() as u32, purse.spent().calls), (answer.timing.attempts, 1));
}

#[tokio::test(start_paused = true)]
async fn every_wait_that_begins_is_told_to_end_also_when_the_call_is_cancelled() {
    let (pool, _, log) = pool([Setting { limits: limits(1, Some(6), None), ..Setting::default() }]);
    let cut = tokio::time::timeout(Duration::from_secs(2), calls(&pool, 20)).await;
    assert!(cut.is_err());
    let events = log.0.lock().unwrap();
    let begun = events.iter().filter(|event| matches!(event, CallEvent::Waiting { .. })).count();
    let ended = events.iter().filter(|event| matches!(event, CallEvent::Resumed { .. })).count();
    assert!(begun > 10);
    assert_eq!(begun, ended);
}

fn paid(pool: Pool, budget: Budget) -> (Pool, Arc<Purse>) {
    let purse = Arc::new(Purse::new(budget, Price { input: 1.0, output: 2.0 }, Spent::default(), Box::new(())));
    (pool.paid_from(Arc::clone(&purse)), purse)
}

#[tokio::test(start_paused = true)]
async fn case_failed_attempts_are_billed_to_the_answer_and_to_the_purse() {
    let (pool, _, _) =
        pool([Setting { script: Box::new(|at| if at < 2.0 { broken() } else { None }), ..Setting::default() }]);
    let (pool, purse) = paid(pool, Budget::default());
    let response = pool.chat(&request(0)).await.unwrap();
    let failed = response.timing.attempts - 1;
    assert!(failed >= 1);
    let each = u64::from(failed);
    let lost = Lost { attempts: failed, input: Tokens(99 * each), output: Tokens(5 * each), estimated: true };
    assert_eq!((response.lost, response.usage.input), (lost, Tokens(100)), "the answer's own usage stays apart");
    let spent = purse.spent();
    assert_eq!((spent.calls, spent.lost, spent.tokens), (1, each, Tokens(110 + 104 * each)));
}

#[tokio::test(start_paused = true)]
async fn case_refused_attempts_are_not_billed() {
    let busy = |at: f64| {
        (at < 0.5).then(|| Failure::Busy { message: "429".to_owned(), retry_after: Some(Duration::from_secs(1)) })
    };
    let (pool, _, _) = pool([Setting { script: Box::new(busy), ..Setting::default() }]);
    let (pool, purse) = paid(pool, Budget::default());
    let response = pool.chat(&request(0)).await.unwrap();
    assert_eq!((response.lost, response.timing.attempts), (Lost::default(), 2));
    assert_eq!((purse.spent().lost, purse.spent().tokens), (0, Tokens(110)));
}

#[tokio::test(start_paused = true)]
async fn case_a_rejection_after_failures_does_not_hide_what_they_cost() {
    let script: Script =
        Box::new(|at| if at < 0.5 { broken() } else { Some(Failure::Rejected("too long".to_owned())) });
    let (pool, _, _) = pool([Setting { script, ..Setting::default() }]);
    let error = pool.chat(&request(0)).await.unwrap_err();
    assert!(error.to_string().contains("request was rejected: endpoint0: too long"), "{error}");
    let ChatError::Rejected { lost, .. } = error else { panic!("{error:?}") };
    assert_eq!((lost.attempts, lost.input), (1, Tokens(99)));
}

#[tokio::test(start_paused = true)]
async fn case_a_dropped_call_is_paid_for() {
    let (pool, [seen], _) = pool([Setting { takes: 10.0, limits: limits(1, None, None), ..Setting::default() }]);
    let (pool, purse) = paid(pool, Budget::default());
    // One is in flight, and one waits for its slot: only what was sent is billed.
    let dropped = tokio::time::timeout(Duration::from_secs(5), calls(&pool, 2)).await;
    assert!(dropped.is_err());
    assert_eq!((seen.attempts(), purse.spent().lost, purse.spent().tokens), (1, 1, Tokens(99)));
}

#[tokio::test(start_paused = true)]
async fn case_failed_attempts_end_a_budget_before_the_retries_do() {
    let (pool, [seen], _) = pool([Setting { script: Box::new(|_| broken()), ..Setting::default() }]);
    // An attempt is expected to take 355 tokens, and takes 104.
    let (pool, purse) = paid(pool, Budget { tokens: Some(600), ..Budget::default() });
    let error = pool.chat(&request(0)).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("0 calls and 3 failed attempts"), "{error}");
    assert_eq!((seen.attempts(), purse.spent().tokens), (3, Tokens(312)));
}

#[tokio::test(start_paused = true)]
async fn case_an_absurd_usage_ends_a_budget_instead_of_wrapping_round() {
    let absurd = || Setting { output: u64::MAX, limits: limits(1, None, Some(1000)), ..Setting::default() };
    let (pool, [seen], _) = pool([absurd()]);
    let (pool, purse) = paid(pool, Budget { tokens: Some(5000), ..Budget::default() });
    let outcomes = [pool.chat(&request(0)).await, pool.chat(&request(1)).await];
    assert!(outcomes[0].is_ok() && outcomes[1].as_ref().is_err_and(ChatError::is_fatal), "{outcomes:?}");
    assert_eq!((seen.attempts(), purse.spent().tokens), (1, Tokens(u64::MAX)));
}

#[tokio::test(start_paused = true)]
async fn case_an_absurd_retry_after_neither_panics_nor_blocks_for_ever() {
    let script: Script = Box::new(|_| {
        Some(Failure::Busy { message: "429".to_owned(), retry_after: Some(Duration::from_secs(u64::MAX)) })
    });
    let (pool, _, _) = pool([Setting { script, ..Setting::default() }]);
    let error = pool.chat(&request(0)).await.unwrap_err();
    assert!(error.is_fatal() && error.to_string().contains("longest_retry_after"), "{error}");
}

#[test]
fn case_absurd_limits_are_refused() {
    for concurrency in [usize::MAX, 1 << 20] {
        assert!(limits(concurrency, None, None).check().unwrap_err().contains("at most"));
    }
}
