//! The entrants of a race at work, and the order in which they arrive.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::executor::Executor;
use crate::operator::{Change, Failure, OperatorName, Outcome, State};
use crate::orchestrator::OperatorReport;
use crate::problem::Problem;
use crate::recorder::Recorder;
use crate::scope::Scope;
use crate::trace::{Part, SpanId, Trouble};
use crate::units::{Seconds, Tokens};

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
        operator: OperatorName,
        executor: &'a Executor,
        problem: &'a Problem,
        state: Arc<State>,
        scope: Scope,
    ) -> Self {
        let group = scope.group().expect("an operator works within its own group");
        let name = operator.clone();
        let work = Box::pin(async move {
            let (report, result, scope) = run_operator(executor, name, problem, &state, scope).await;
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

/// Waits until somebody comes home. All who are out are looked at in declared order; where their order matters, as often as
/// anything happens, since one may wait for what another does.
pub(super) async fn come_home(out: &mut Vec<Out<'_>>, ordered: bool, recorder: &Recorder) -> Vec<Home> {
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
            if !home.is_empty() {
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
    if !ordered && !out.is_empty() {
        return None;
    }
    let rank = |home: &Home| Rank(home.scope.path(), home.entrant);
    let place = (0..home.len()).min_by(|&a, &b| rank(&home[a]).compare(&rank(&home[b])))?;
    let first = rank(&home[place]);
    let earlier =
        |out: &Out<'_>| recorder.bound(out.group).is_some_and(|bound| Rank(bound, out.entrant).compare(&first).is_lt());
    if out.iter().any(earlier) { None } else { Some(home.swap_remove(place)) }
}

/// The order of arrivals: by the episode's path, then as declared.
struct Rank(Seconds, usize);

impl Rank {
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        self.0.0.total_cmp(&other.0.0).then(self.1.cmp(&other.1))
    }
}

async fn run_operator(
    executor: &Executor,
    name: OperatorName,
    problem: &Problem,
    state: &State,
    mut scope: Scope,
) -> (OperatorReport, Result<Change, Failure>, Scope) {
    let (part, failed) = (Part::Needed, false);
    let Some(operator) = executor.operators.get(&name) else {
        let failure = Failure::Unknown(name.clone());
        scope.leave(|span| span.trouble = Some(Trouble::Broke(failure.to_string())));
        let (skipped, ran, output) = (false, None, Tokens(0));
        return (OperatorReport { operator: name, skipped, ran, output, part, failed }, Err(failure), scope);
    };
    let skipped = !operator.can_run(problem, state);
    let result = if skipped { Ok(Outcome::default()) } else { operator.run(problem, state, &mut scope).await };
    scope.leave(|span| {
        span.skipped = skipped;
        span.trouble = result.as_ref().err().map(|failure| Trouble::Broke(failure.to_string()));
    });
    let ran = result.as_ref().ok().and_then(|outcome| outcome.ran);
    let report = OperatorReport { operator: name, skipped, ran, output: scope.output(), part, failed };
    (report, result.map(|outcome| outcome.change), scope)
}
