//! The critical path as the authors' released code counts it, for comparison with the figures that it printed. No method
//! is trained or reported by it unless an experiment asks for that.
//!
//! It is the same longest path over the same trace with other weights:
//!
//! - calls that an operator makes side by side (three chains of thought) weigh as much as their *mean*,
//! - a program whose time ran out weighs nothing,
//! - the training penalty leaves out the steps before and after the layers; the printed CP_len has some of them in it,
//!   and which ones differs from dataset to dataset. Here it is all or none of them: two bounds.

use crate::critical_path::{self, CriticalPath};
use crate::scope::TIMED_OUT;
use crate::trace::{Span, SpanId, SpanKind, Trace};
use crate::units::{Gamma, PathTokens, Usd};

/// Which blocks of the trace count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// The layers and the steps around them.
    All,
    /// The layers alone: the training penalty.
    Layers,
}

/// The path in tokens under the released code's conventions.
#[must_use]
pub fn by_tokens(trace: &Trace, gamma: Gamma, blocks: Blocks) -> CriticalPath<PathTokens> {
    critical_path::longest(trace, |span| weight(trace, span, gamma, blocks)).map(PathTokens)
}

/// What was paid until the layers ended: all that is billed of an attempt which raises before the steps after them.
#[must_use]
pub fn billed_before_steps(trace: &Trace) -> Usd {
    let before = |span: &Span| !matches!(block(trace, span), Some(SpanKind::PostStep(_)));
    trace.work().filter(|(span, _)| before(span)).map(|(_, work)| work.cost).sum()
}

fn weight(trace: &Trace, span: &Span, gamma: Gamma, blocks: Blocks) -> f64 {
    let counts = blocks == Blocks::All || matches!(block(trace, span), Some(SpanKind::Layer(_)));
    match span.kind {
        _ if !counts => 0.0,
        SpanKind::ToolRun if span.note.as_deref() == Some(TIMED_OUT) => 0.0,
        SpanKind::ModelCall => mean_of_siblings(trace, span, gamma),
        _ => critical_path::tokens(span, gamma).0,
    }
}

/// The mean over the calls of one operator that wait for the same work.
fn mean_of_siblings(trace: &Trace, span: &Span, gamma: Gamma) -> f64 {
    let beside =
        |other: &&Span| other.kind == SpanKind::ModelCall && other.parent == span.parent && other.after == span.after;
    let lengths = trace.spans.iter().filter(beside).map(|other| critical_path::tokens(other, gamma).0);
    let (sum, count) = lengths.fold((0.0, 0), |(sum, count), length| (sum + length, count + 1));
    sum / f64::from(count)
}

/// The step or layer that a span of work belongs to.
fn block<'a>(trace: &'a Trace, span: &Span) -> Option<&'a SpanKind> {
    let group = |id: SpanId| trace.span(id);
    let operator = span.parent.map(group)?;
    operator.parent.map(group).map(|block| &block.kind)
}
