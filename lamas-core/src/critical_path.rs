//! The critical path of a trace: the longest path through its DAG of work.
//!
//! Equation (9) for a graph with layer barriers is
//!
//! ```text
//! CP_len = sum over layers of max over operators o of ( N_out(o) + gamma * t_tool(o) )
//! ```
//!
//! Here it is the longest path through whatever DAG the trace holds, steps before and after the layers included, so that
//! parallel calls inside an operator count once and schedules without barriers need no other code.

use serde::{Deserialize, Serialize};

use crate::operator::OperatorName;
use crate::trace::{Span, SpanId, SpanKind, Trace};
use crate::units::{Gamma, PathTokens, Seconds};

/// The longest path and who lies on it, in a unit `Q`.
///
/// ```
/// use lamas_core::critical_path::by_tokens;
/// use lamas_core::trace::{SpanKind, Trace, Work};
/// use lamas_core::units::{Gamma, PathTokens, Tokens};
///
/// // Two operators of a layer side by side: the longer one is critical.
/// let mut trace = Trace::default();
/// let layer = trace.push(None, vec![], SpanKind::Layer(0), None);
/// for (operator, output) in [("generate", 100), ("generate_cot", 340)] {
///     let group = trace.push(Some(layer), vec![], SpanKind::Operator(operator.into()), None);
///     let work = Work { output: Tokens(output), ..Work::default() };
///     trace.push(Some(group), vec![], SpanKind::ModelCall, Some(work));
/// }
/// let path = by_tokens(&trace, Gamma::default());
/// assert_eq!(path.length, PathTokens(340.0));
/// let slack: Vec<_> = path.operators.iter().map(|operator| operator.slack).collect();
/// assert_eq!(slack, [PathTokens(240.0), PathTokens(0.0)]);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriticalPath<Q> {
    /// The path's length.
    pub length: Q,
    /// The work on it, first to last; of equally long paths the one declared first.
    pub spans: Vec<SpanId>,
    /// Every span of work that is needed, in declared order. Work that a race was decided without has no slack.
    pub work: Vec<WorkPath<Q>>,
    /// Every operator of every step and layer, in declared order.
    pub operators: Vec<OperatorPath<Q>>,
}

/// One span of work's part in the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WorkPath<Q> {
    /// Which span.
    pub span: SpanId,
    /// Its own length.
    pub length: Q,
    /// By how much it alone could grow before the whole path does. Zero on a critical path. Spans that wait for each other
    /// share what they have: what one of them uses up is gone for the others.
    pub slack: Q,
}

/// One operator's part in the critical path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OperatorPath<Q> {
    /// The step or layer that it belongs to.
    pub block: SpanKind,
    /// Which operator.
    pub operator: OperatorName,
    /// Its span.
    pub span: SpanId,
    /// The longest path through its own work: t(o) of equation (6).
    pub length: Q,
    /// By how much its work could grow before the whole path does: the least slack of its spans. Zero on a critical path,
    /// and the whole path for no work and for an operator that its race was decided without.
    pub slack: Q,
    /// Whether work of positive length of its own lies on the path (equation 6). An operator without duration never is.
    pub critical: bool,
}

impl<Q> CriticalPath<Q> {
    /// The operators of one layer, in declared order.
    pub fn layer(&self, index: u32) -> impl Iterator<Item = &OperatorPath<Q>> {
        self.operators.iter().filter(move |operator| operator.block == SpanKind::Layer(index))
    }

    /// A span's part; `None` for groups, which are no work, and for work that is not needed.
    #[must_use]
    pub fn work_of(&self, span: SpanId) -> Option<&WorkPath<Q>> {
        // In declared order, which is that of the ids.
        self.work.binary_search_by_key(&span, |work| work.span).ok().map(|place| &self.work[place])
    }

    /// The same path in another unit.
    pub fn map<P>(self, unit: impl Fn(Q) -> P) -> CriticalPath<P> {
        let work = self.work.into_iter().map(|work| WorkPath {
            span: work.span,
            length: unit(work.length),
            slack: unit(work.slack),
        });
        let operators = self.operators.into_iter().map(|operator| OperatorPath {
            block: operator.block,
            operator: operator.operator,
            span: operator.span,
            length: unit(operator.length),
            slack: unit(operator.slack),
            critical: operator.critical,
        });
        let (work, operators) = (work.collect(), operators.collect());
        CriticalPath { length: unit(self.length), spans: self.spans, work, operators }
    }
}

/// The path in tokens (equation 9): output tokens plus gamma times tool seconds.
#[must_use]
pub fn by_tokens(trace: &Trace, gamma: Gamma) -> CriticalPath<PathTokens> {
    longest(trace, |span| tokens(span, gamma).0).map(PathTokens)
}

/// The path in seconds of working time (equation 1).
#[must_use]
pub fn by_time(trace: &Trace) -> CriticalPath<Seconds> {
    longest(trace, |span| span.work.map_or(0.0, |work| work.working.0)).map(Seconds)
}

/// The length of one span of work in tokens.
#[must_use]
pub fn tokens(span: &Span, gamma: Gamma) -> PathTokens {
    match (&span.kind, &span.work) {
        (SpanKind::ToolRun, Some(work)) => gamma.tokens(work.working),
        (_, Some(work)) => work.output.into(),
        (_, None) => PathTokens::ZERO,
    }
}

/// The longest path when each span of work weighs as much as this. What a race was decided without weighs nothing and lies
/// on no path, so that a layer counts with the longest path among its deciders.
pub fn longest(trace: &Trace, weight: impl Fn(&Span) -> f64) -> CriticalPath<f64> {
    let weigh = |span: &Span| if span.part.is_needed() { weight(span) } else { 0.0 };
    let weights: Vec<f64> = trace.spans.iter().map(weigh).collect();
    let reach = Reach::new(trace, &weights);
    let spans = reach.path(trace);
    let mut on_path = vec![false; trace.spans.len()];
    for id in &spans {
        on_path[id.0 as usize] = weights[id.0 as usize] > 0.0;
    }
    let operators = trace
        .blocks()
        .flat_map(|block| trace.operators(block.id).map(move |(span, name)| (block, span, name)))
        .map(|(block, span, name)| {
            let own = work_below(trace, span.id);
            OperatorPath {
                block: block.kind.clone(),
                operator: name.clone(),
                span: span.id,
                length: within(trace, &own, &weights),
                slack: own.iter().map(|&i| reach.slack(i, &weights)).fold(reach.length, f64::min),
                critical: own.iter().any(|&i| on_path[i]),
            }
        })
        .collect();
    let work = needed(trace).map(|span| {
        let index = span.id.0 as usize;
        WorkPath { span: span.id, length: weights[index], slack: reach.slack(index, &weights) }
    });
    CriticalPath { length: reach.length, spans, work: work.collect(), operators }
}

/// By how much the path would be shorter if an operator's work weighed nothing, with the block that each is in; blocks and
/// operators in declared order. An operator off the path saves nothing, one on it what the next longest way is shorter.
pub fn differences(trace: &Trace, weight: impl Fn(&Span) -> f64) -> Vec<(SpanKind, f64)> {
    let weigh = |span: &Span| if span.part.is_needed() { weight(span) } else { 0.0 };
    let weights: Vec<f64> = trace.spans.iter().map(weigh).collect();
    let length = Reach::new(trace, &weights).length;
    let without = |group: SpanId| {
        let mut rest = weights.clone();
        work_below(trace, group).into_iter().for_each(|index| rest[index] = 0.0);
        Reach::new(trace, &rest).length
    };
    let operators = trace.blocks().flat_map(|block| trace.operators(block.id).map(move |(span, _)| (block, span)));
    operators.map(|(block, span)| (block.kind.clone(), length - without(span.id))).collect()
}

/// Less than this part of the whole path is no slack but rounding.
const ROUNDING: f64 = 1e-12;

/// Longest distances from the start up to and including each span, and from each span (included) to the end.
struct Reach {
    before: Vec<f64>,
    after: Vec<f64>,
    length: f64,
}

impl Reach {
    fn new(trace: &Trace, weights: &[f64]) -> Self {
        let mut before = weights.to_vec();
        for span in &trace.spans {
            let ready = span.after.iter().map(|id| before[id.0 as usize]).fold(0.0, f64::max);
            before[span.id.0 as usize] += ready;
        }
        let mut tail = vec![0.0_f64; weights.len()];
        let mut after = weights.to_vec();
        for span in trace.spans.iter().rev() {
            let own = span.id.0 as usize;
            after[own] += tail[own];
            for id in &span.after {
                let earlier = &mut tail[id.0 as usize];
                *earlier = earlier.max(after[own]);
            }
        }
        let length = before.iter().copied().fold(0.0, f64::max);
        Self { before, after, length }
    }

    /// The whole path less the longest one through this span.
    fn slack(&self, index: usize, weights: &[f64]) -> f64 {
        let slack = self.length - (self.before[index] + self.after[index] - weights[index]);
        // Sums from both ends differ in their last digits.
        if slack > self.length * ROUNDING { slack } else { 0.0 }
    }

    /// Backwards from the first span that ends last, always to the first predecessor that ends last.
    fn path(&self, trace: &Trace) -> Vec<SpanId> {
        let work = needed(trace).map(|span| span.id);
        let mut path = Vec::new();
        let mut at = self.last(work);
        while let Some(id) = at {
            path.push(id);
            at = self.last(trace.span(id).after.iter().copied());
        }
        path.reverse();
        path
    }

    fn last(&self, candidates: impl Iterator<Item = SpanId>) -> Option<SpanId> {
        let mut best: Option<SpanId> = None;
        for id in candidates {
            if best.is_none_or(|b| self.before[id.0 as usize] > self.before[b.0 as usize]) {
                best = Some(id);
            }
        }
        best
    }
}

/// The work on which what follows depends, in order.
fn needed(trace: &Trace) -> impl Iterator<Item = &Span> {
    trace.work().map(|(span, _)| span).filter(|span| span.part.is_needed())
}

/// The indices of the needed work inside a group, in order.
fn work_below(trace: &Trace, group: SpanId) -> Vec<usize> {
    needed(trace).filter(|span| span.parent == Some(group)).map(|span| span.id.0 as usize).collect()
}

/// The longest path that uses this work only. Spans are in order of declaration, so one pass is enough.
fn within(trace: &Trace, own: &[usize], weights: &[f64]) -> f64 {
    let mut lengths = vec![0.0_f64; own.len()];
    for (i, &index) in own.iter().enumerate() {
        let ready = trace.spans[index]
            .after
            .iter()
            .filter_map(|id| own[..i].binary_search(&(id.0 as usize)).ok())
            .map(|k| lengths[k])
            .fold(0.0, f64::max);
        lengths[i] = ready + weights[index];
    }
    lengths.into_iter().fold(0.0, f64::max)
}
