//! The entrants of a race at work, and the order in which they arrive.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::executor::Executor;
use crate::operator::{Change, Failure, OperatorName, Outcome, State};
use crate::orchestrator::OperatorReport;
use crate::problem::Problem;
use crate::race::Race;
use crate::recorder::Recorder;
use crate::scope::Scope;
use crate::trace::{Part, SpanId, Trouble};
use crate::units::{Seconds, Tokens};

/// What an entrant is to do: its operator, and what its solution goes through before it arrives.
pub(super) struct Way {
    operator: OperatorName,
    each: Vec<OperatorName>,
}

impl Way {
    pub(super) fn new(operator: &OperatorName, race: &Race) -> Self {
        Self { operator: operator.clone(), each: race.each.clone() }
    }
}

/// An entrant that is out.
pub(super) struct Out<'a> {
    /// Its place in its wave, in declared order.
    pub(super) entrant: usize,
    pub(super) operator: OperatorName,
    pub(super) group: SpanId,
    work: Pin<Box<dyn Future<Output = Home> + Send + 'a>>,
}

/// An entrant that has come home: it has arrived, or has failed for good.
pub(super) struct Home {
    pub(super) entrant: usize,
    pub(super) group: SpanId,
    pub(super) report: OperatorReport,
    pub(super) result: Result<Change, Failure>,
    /// Where its work ended.
    pub(super) scope: Scope,
}

impl<'a> Out<'a> {
    pub(super) fn new(
        entrant: usize,
        way: Way,
        executor: &'a Executor,
        problem: &'a Problem,
        state: Arc<State>,
        scope: Scope,
    ) -> Self {
        let group = scope.group().expect("an operator works within its own group");
        let operator = way.operator.clone();
        let work = Box::pin(async move {
            let (report, result, scope) = run_entrant(executor, way, problem, &state, scope).await;
            Home { entrant, group, report, result, scope }
        });
        Self { entrant, operator, group, work }
    }

    /// Waits until it comes home.
    pub(super) async fn home(self) -> Home {
        self.work.await
    }

    /// What there is to report of it.
    pub(super) fn report(&self) -> OperatorReport {
        let (skipped, ran, output, part, failed) = (false, None, Tokens(0), Part::Needed, false);
        OperatorReport { operator: self.operator.clone(), skipped, ran, output, part, failed }
    }
}

/// Waits until somebody comes home, or until one of those who are home already can be taken, since whoever was before it on
/// the path has gone on. All who are out are looked at in declared order; where their order matters, as often as anything
/// happens, since one may wait for what another does.
pub(super) async fn come_home(
    home_already: &[Home],
    out: &mut Vec<Out<'_>>,
    ordered: bool,
    recorder: &Recorder,
) -> Vec<Home> {
    poll_fn(|context| {
        loop {
            let version = if ordered { recorder.version() } else { 0 };
            let mut home = Vec::new();
            out.retain_mut(|out| match out.work.as_mut().poll(context) {
                Poll::Ready(done) => {
                    home.push(done);
                    false
                }
                Poll::Pending => true,
            });
            if !home.is_empty() || next(home_already, out, ordered, recorder).is_some() {
                return Poll::Ready(home);
            }
            if !ordered || recorder.version() == version {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Takes the next arrival: of those who have come home the first on the path, once nobody who is out can come before it.
/// A timer wakes up late, and programs really run, so that they may come home in any order. Where their order does not
/// matter, it is the next once all have come home.
pub(super) fn take_next(home: &mut Vec<Home>, out: &[Out<'_>], ordered: bool, recorder: &Recorder) -> Option<Home> {
    next(home, out, ordered, recorder).map(|place| home.swap_remove(place))
}

/// The place of the next arrival among those who have come home.
fn next(home: &[Home], out: &[Out<'_>], ordered: bool, recorder: &Recorder) -> Option<usize> {
    if !ordered && !out.is_empty() {
        return None;
    }
    let rank = |home: &Home| Rank(home.scope.path(), home.entrant);
    let place = (0..home.len()).min_by(|&a, &b| rank(&home[a]).compare(&rank(&home[b])))?;
    let first = rank(&home[place]);
    let earlier =
        |out: &Out<'_>| recorder.bound(out.group).is_some_and(|bound| Rank(bound, out.entrant).compare(&first).is_lt());
    if out.iter().any(earlier) { None } else { Some(place) }
}

/// The order of arrivals: by the episode's path, then as declared.
struct Rank(Seconds, usize);

impl Rank {
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.0.0.total_cmp(&other.0.0).then(self.1.cmp(&other.1))
    }
}

async fn run_entrant(
    executor: &Executor,
    way: Way,
    problem: &Problem,
    state: &State,
    mut scope: Scope,
) -> (OperatorReport, Result<Change, Failure>, Scope) {
    let Way { operator, each } = way;
    let mut skipped = false;
    let result: Result<Outcome, Failure> = async {
        let Some(mut outcome) = run_operator(executor, &operator, problem, state, &mut scope).await? else {
            skipped = true;
            return Ok(Outcome::default());
        };
        for name in &each {
            outcome = go_through(executor, name, problem, outcome, &mut scope).await?;
        }
        Ok(outcome)
    }
    .await;
    scope.leave(|span| {
        span.skipped = skipped;
        span.trouble = result.as_ref().err().map(|failure| Trouble::Broke(failure.to_string()));
    });
    let ran = result.as_ref().ok().and_then(|outcome| outcome.ran);
    let (output, part, failed) = (scope.output(), Part::Needed, false);
    let report = OperatorReport { operator, skipped, ran, output, part, failed };
    (report, result.map(|outcome| outcome.change), scope)
}

/// What came of an operator; `None` where it has nothing to work on.
async fn run_operator(
    executor: &Executor,
    name: &OperatorName,
    problem: &Problem,
    state: &State,
    scope: &mut Scope,
) -> Result<Option<Outcome>, Failure> {
    let operator = executor.operators.get(name).ok_or_else(|| Failure::Unknown(name.clone()))?;
    if !operator.can_run(problem, state) {
        return Ok(None);
    }
    operator.run(problem, state, scope).await.map(Some)
}

/// Has the solution that an entrant made go through another operator, which sees it alone. Whoever made none arrives as it
/// is.
async fn go_through(
    executor: &Executor,
    name: &OperatorName,
    problem: &Problem,
    made: Outcome,
    scope: &mut Scope,
) -> Result<Outcome, Failure> {
    let Some(solution) = made.change.made() else { return Ok(made) };
    let alone = State { candidates: vec![solution.clone()], current: Some(0) };
    let Some(outcome) = run_operator(executor, name, problem, &alone, scope).await? else { return Ok(made) };
    let change = match alone.merged(&[outcome.change]).current() {
        Some(revised) => made.change.with_made(revised.clone()),
        None => made.change,
    };
    Ok(Outcome { change, ran: outcome.ran.or(made.ran) })
}
