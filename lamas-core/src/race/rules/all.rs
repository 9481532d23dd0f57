//! `all`: a layer.

use crate::race::{Rule, Standing, Verdict};

/// Everybody has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct All;

impl Rule for All {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        if seen.outstanding.is_empty() { seen.decided_by_all(None) } else { Verdict::Wait }
    }

    fn waits_for_all(&self) -> bool {
        true
    }
}
