//! The critical path as the released code counts it. It is the same longest path over the same trace with other weights:
//!
//! - calls that an operator makes side by side (three chains of thought) weigh as much as their *mean*,
//! - a program whose time ran out weighs nothing,
//! - the training penalty leaves out the steps before and after the layers; the printed CP_len has some of them in it,
//!   and which ones differs from dataset to dataset. Here it is all or none of them: two bounds.

use lamas_core::critical_path::{self, CriticalPath};
use lamas_core::trace::{Span, SpanId, SpanKind, Trace, Trouble};
use lamas_core::units::{Gamma, PathTokens, Usd};

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
        SpanKind::ToolRun if span.trouble == Some(Trouble::TimedOut) => 0.0,
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

#[cfg(test)]
mod tests {
    use lamas_core::trace::Work;
    use lamas_core::units::Seconds;
    use lamas_testing::spans;

    use super::*;

    /// Operators side by side, each of calls side by side with these output tokens.
    type Block<'a> = (SpanKind, &'a [(&'a str, &'a [u64])]);

    /// Blocks one after another.
    fn trace(blocks: &[Block<'_>]) -> Trace {
        let mut built = spans::Blocks::default();
        for (kind, operators) in blocks {
            built.block(kind.clone(), operators);
        }
        built.trace
    }

    fn length(trace: &Trace, blocks: Blocks) -> f64 {
        by_tokens(trace, Gamma::default(), blocks).length.0
    }

    fn honest(trace: &Trace) -> f64 {
        critical_path::by_tokens(trace, Gamma::default()).length.0
    }

    #[test]
    fn parallel_calls_count_by_their_mean_and_the_layers_alone_are_penalised() {
        let trace = trace(&[
            (SpanKind::PreStep(0), &[("programmer", &[100])]),
            (SpanKind::Layer(0), &[("generate", &[310]), ("multi_generate_cot", &[400, 420, 380])]),
            (SpanKind::Layer(1), &[("self_refine", &[150])]),
            (SpanKind::PostStep(0), &[("sc_ensemble", &[60])]),
        ]);
        assert_eq!(honest(&trace), 100.0 + 420.0 + 150.0 + 60.0);
        assert_eq!(length(&trace, Blocks::All), 100.0 + 400.0 + 150.0 + 60.0);
        assert_eq!(length(&trace, Blocks::Layers), 400.0 + 150.0);
    }

    #[test]
    fn operators_side_by_side_are_no_parallel_calls_of_one_operator() {
        let trace = trace(&[(SpanKind::Layer(0), &[("generate_cot", &[300]), ("generate_cot", &[500])])]);
        assert_eq!(length(&trace, Blocks::All), 500.0);
    }

    #[test]
    fn programs_that_time_out_run_for_nothing() {
        let mut trace = trace(&[(SpanKind::Layer(0), &[("programmer", &[200])])]);
        let tool = Work { working: Seconds(5.0), ..Work::default() };
        let slow = trace.push(Some(SpanId(1)), vec![SpanId(2)], SpanKind::ToolRun, Some(tool));
        assert_eq!(length(&trace, Blocks::Layers), 200.0 + 5.0 * 50.0);
        trace.spans[slow.0 as usize].trouble = Some(Trouble::TimedOut);
        assert_eq!(length(&trace, Blocks::Layers), 200.0);
        assert_eq!(honest(&trace), 200.0 + 5.0 * 50.0);
    }

    #[test]
    fn an_attempt_that_raises_is_billed_without_the_steps_after_the_layers() {
        let trace = trace(&[
            (SpanKind::PreStep(0), &[("programmer", &[100])]),
            (SpanKind::Layer(0), &[("generate", &[310])]),
            (SpanKind::PostStep(0), &[("programmer", &[60])]),
        ]);
        assert_eq!(billed_before_steps(&trace), Usd(410.0));
    }
}
