//! Several endpoints behind one model name.

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::{ChatError, ChatModel, ChatRequest, ChatResponse, LatencySource, Lost, Timing};
use lamas_core::meter::CallMeter;
use lamas_core::stopwatch::Stopwatch;
use lamas_core::units::Seconds;
use tokio::sync::SemaphorePermit;

use super::bill::Bill;
use super::bucket::{self, Bucket};
use super::event::{CallEvent, CallObserver, WaitReason};
use super::failure::{Answer, Author, Endpoint, Failure};
use super::gate::{Gate, Limits, Load};
use super::health::Health;
use super::meter::Meter;
use super::purse::{self, Purse};
use super::retry::Retries;

/// One endpoint of a pool.
pub struct Member {
    name: Arc<str>,
    endpoint: Box<dyn Endpoint>,
    weight: f64,
    gate: Gate,
    health: Health,
}

impl Member {
    /// An endpoint under a name for events and messages. A member of weight 2 carries twice the calls of one of weight 1.
    pub fn new(name: impl Into<Arc<str>>, endpoint: Box<dyn Endpoint>, weight: f64, limits: &Limits) -> Self {
        Self { name: name.into(), endpoint, weight, gate: Gate::new(limits), health: Health::new() }
    }
}

/// A chat model made of endpoints that serve the same model, with their limits and retries.
pub struct Pool {
    members: Vec<Member>,
    retries: Retries,
    observer: Arc<dyn CallObserver>,
    purse: Option<Arc<Purse>>,
}

/// A wait that is told of for as long as it lasts, also when the call is cancelled.
struct Wait<'a> {
    pool: &'a Pool,
    member: &'a Member,
    reason: WaitReason,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let event = CallEvent::Resumed { endpoint: self.member.name.clone(), reason: self.reason };
        self.pool.observer.observe(&event);
    }
}

/// What a call holds while it makes an attempt. What it has not used is given back when it is dropped.
struct Admission<'a> {
    member: &'a Member,
    request: Option<bucket::Reservation<'a>>,
    tokens: Option<bucket::Reservation<'a>>,
    _load: Load<'a>,
    _slot: SemaphorePermit<'a>,
}

impl<'a> Admission<'a> {
    /// The request is made now.
    fn begin(&mut self, request: &ChatRequest, call: &'a CallMeter, share: Option<purse::Reservation<'a>>) -> Bill<'a> {
        if let Some(allowance) = self.request.take() {
            allowance.used();
        }
        let meter = Meter::begin(request, Some(call), self.member.gate.expected(request));
        Bill::new(meter, share, self.tokens.take())
    }
}

#[async_trait]
impl ChatModel for Pool {
    async fn chat_metered(&self, request: &ChatRequest, meter: &CallMeter) -> Result<ChatResponse, ChatError> {
        let clock = Stopwatch::of_run();
        let mut attempts = 0;
        let mut lost = Lost::default();
        loop {
            let mut admission = self.admit(request).await?;
            let share = self.reserve(request).await?;
            let bill = admission.begin(request, meter, share);
            attempts += 1;
            match admission.member.endpoint.attempt(request, bill.meter()).await {
                Ok(answer) => {
                    admission.member.health.well();
                    admission.member.gate.answered(answer.usage, answer.working);
                    bill.answered(answer.usage);
                    return Ok(ChatResponse { lost, ..response(answer, clock.elapsed(), attempts) });
                }
                Err(failure) => {
                    let member = admission.member;
                    drop(admission);
                    lost += bill.failed();
                    self.recover(request, member, failure, attempts, lost).await?;
                }
            }
        }
    }
}

type Ranked<'a> = ((Duration, bool, f64), &'a Member);

fn compare(((wait, full, load), _): &Ranked<'_>, ((other_wait, other_full, other_load), _): &Ranked<'_>) -> Ordering {
    (wait, full).cmp(&(other_wait, other_full)).then(load.total_cmp(other_load))
}

fn response(answer: Answer, total: Seconds, attempts: u32) -> ChatResponse {
    let working = answer.working;
    let timing = Timing {
        first_token: answer.first_token.unwrap_or(working),
        working,
        waiting: Seconds((total.0 - working.0).max(0.0)),
        attempts,
        source: if answer.author == Author::Model { LatencySource::Live } else { LatencySource::Simulated },
    };
    ChatResponse { text: answer.text, usage: answer.usage, timing, finish: answer.finish, lost: Lost::default() }
}

impl Pool {
    /// A pool of at least one member.
    #[must_use]
    pub fn new(members: Vec<Member>, retries: Retries, observer: Arc<dyn CallObserver>) -> Self {
        Self { members, retries, observer, purse: None }
    }

    /// The pool with a purse that every call is paid from.
    #[must_use]
    pub fn paid_from(self, purse: Arc<Purse>) -> Self {
        Self { purse: Some(purse), ..self }
    }

    /// The call's share of the budget, where there is one.
    async fn reserve(&self, request: &ChatRequest) -> Result<Option<purse::Reservation<'_>>, ChatError> {
        match &self.purse {
            Some(purse) => purse.reserve(request).await.map(Some).map_err(ChatError::Fatal),
            None => Ok(None),
        }
    }

    /// Waits for an endpoint that may be called now.
    async fn admit(&self, request: &ChatRequest) -> Result<Admission<'_>, ChatError> {
        loop {
            let member = self
                .pick(request)
                .ok_or_else(|| ChatError::Fatal("the model has no endpoint; name at least one".to_owned()))?;
            let load = member.gate.enter();
            let blocked = member.health.blocked_for();
            self.pause(member, WaitReason::RetryAfter, blocked).await?;
            let slot = self.slot(member).await?;
            // While it waited for its slot, the endpoint may have asked to be left alone, and another may be free.
            if !member.health.blocked_for().is_zero() {
                continue;
            }
            let estimate = member.gate.estimate(request);
            let request = self.allowance(member, WaitReason::Requests, member.gate.requests.as_ref(), 1.0).await?;
            let tokens = self.allowance(member, WaitReason::Tokens, member.gate.tokens.as_ref(), estimate).await?;
            return Ok(Admission { member, request, tokens, _load: load, _slot: slot });
        }
    }

    /// The member to call next: one that can go soonest, has a free slot and the least load for its weight.
    fn pick(&self, request: &ChatRequest) -> Option<&Member> {
        let rank = |member: &Member| {
            let gate = &member.gate;
            let wait = member.health.ill_for().max(gate.wait_for(gate.estimate(request)));
            let full = gate.slots.available_permits() == 0;
            let load = (gate.load() + 1) as f64 / member.weight;
            (wait, full, load)
        };
        self.members.iter().map(|member| (rank(member), member)).min_by(compare).map(|(_, member)| member)
    }

    async fn slot<'a>(&self, member: &'a Member) -> Result<SemaphorePermit<'a>, ChatError> {
        if let Ok(slot) = member.gate.slots.try_acquire() {
            return Ok(slot);
        }
        let _wait = self.wait(member, WaitReason::Slot, None);
        member
            .gate
            .slots
            .acquire()
            .await
            .map_err(|_| ChatError::Fatal(format!("{}: the endpoint was closed", member.name)))
    }

    /// Waits for a minute's allowance, where there is one.
    async fn allowance<'a>(
        &self,
        member: &Member,
        reason: WaitReason,
        bucket: Option<&'a Bucket>,
        units: f64,
    ) -> Result<Option<bucket::Reservation<'a>>, ChatError> {
        let Some(bucket) = bucket else { return Ok(None) };
        let reservation = bucket.reserve(units);
        self.pause(member, reason, reservation.wait).await?;
        Ok(Some(reservation))
    }

    /// Decides what follows a failed attempt, and pauses where the call is to be tried again here.
    async fn recover(
        &self,
        request: &ChatRequest,
        member: &Member,
        failure: Failure,
        attempts: u32,
        lost: Lost,
    ) -> Result<(), ChatError> {
        let name = &member.name;
        let (message, asked) = match failure {
            Failure::Fatal(message) => return Err(ChatError::Fatal(format!("{name}: {message}"))),
            Failure::Rejected(message) => {
                return Err(ChatError::Rejected { message: format!("{name}: {message}"), lost });
            }
            Failure::Passing { message } => (message, None),
            Failure::Busy { message, retry_after } => (message, retry_after),
        };
        tracing::info!(endpoint = %name, attempt = attempts, failure = %message, "attempt failed");
        let failed = CallEvent::Failed { endpoint: name.clone(), attempt: attempts, message: message.clone() };
        self.observer.observe(&failed);
        if attempts > self.retries.most {
            return Err(ChatError::Exhausted { message: format!("{name}: {message}"), attempts, lost });
        }
        member.health.block(asked.unwrap_or_default());
        member.health.suspect(|failures| self.retries.pause(request, failures));
        if self.another_is_well(member) {
            return Ok(());
        }
        let (reason, pause) = match asked {
            None => (WaitReason::BackOff, self.retries.pause(request, attempts)),
            Some(asked) if asked.as_secs_f64() > self.retries.longest_retry_after => {
                return Err(ChatError::Fatal(format!(
                    "{name}: {message}; the server asks to wait {:.0} s, more than retries.longest_retry_after ({} s)",
                    asked.as_secs_f64(),
                    self.retries.longest_retry_after
                )));
            }
            Some(asked) => (WaitReason::RetryAfter, self.retries.asked(request, attempts, asked)),
        };
        self.pause(member, reason, pause).await
    }

    fn another_is_well(&self, ill: &Member) -> bool {
        self.members.iter().any(|member| !std::ptr::eq(member, ill) && member.health.ill_for().is_zero())
    }

    /// Sleeps, but no longer than there is something left of the budget.
    async fn pause(&self, member: &Member, reason: WaitReason, pause: Duration) -> Result<(), ChatError> {
        if pause.is_zero() {
            return Ok(());
        }
        let _wait = self.wait(member, reason, Some(Seconds(pause.as_secs_f64())));
        let sleep = tokio::time::sleep(pause);
        let Some(purse) = &self.purse else {
            sleep.await;
            return Ok(());
        };
        tokio::select! {
            biased;
            () = sleep => Ok(()),
            ended = purse.ended() => Err(ChatError::Fatal(ended)),
        }
    }

    fn wait<'a>(&'a self, member: &'a Member, reason: WaitReason, expected: Option<Seconds>) -> Wait<'a> {
        self.observer.observe(&CallEvent::Waiting { endpoint: member.name.clone(), reason, expected });
        Wait { pool: self, member, reason }
    }
}
