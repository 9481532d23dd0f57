//! Traces as the executor leaves them: blocks of operators with work behind barriers.

use lamas_core::trace::{SpanId, SpanKind, Trace, Work};
use lamas_core::units::{Seconds, Tokens, Usd};

/// Blocks one after another.
#[derive(Debug, Default)]
pub struct Blocks {
    /// What has been built so far.
    pub trace: Trace,
    frontier: Vec<SpanId>,
}

impl Blocks {
    /// Another block, whose operators run side by side once the block before has ended; each operator is a list of parallel
    /// calls with these output tokens.
    pub fn block(&mut self, kind: SpanKind, operators: &[(&str, &[u64])]) -> &mut Self {
        let block = self.trace.push(None, vec![], kind, None);
        let mut ends = Vec::new();
        for (name, calls) in operators {
            let group = self.trace.push(Some(block), vec![], SpanKind::Operator((*name).into()), None);
            for &tokens in *calls {
                ends.push(self.trace.push(Some(group), self.frontier.clone(), SpanKind::ModelCall, Some(call(tokens))));
            }
        }
        if !ends.is_empty() {
            self.frontier = ends;
        }
        self
    }

    /// What has been built so far.
    #[must_use]
    pub fn trace(&self) -> Trace {
        self.trace.clone()
    }
}

/// A call of so many output tokens, fifty a second, at a dollar each.
#[must_use]
pub fn call(tokens: u64) -> Work {
    let (working, cost) = (Seconds(tokens as f64 / 50.0), Usd(tokens as f64));
    Work { output: Tokens(tokens), working, cost, attempts: 1, ..Work::default() }
}
