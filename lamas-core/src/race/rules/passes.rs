//! `passes`: choice by tests (arXiv 2207.10397), as they come in.

use crate::race::{Rule, Standing, Verdict};

/// The first program that passes the public examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passes;

impl Rule for Passes {
    fn verdict(&self, seen: &Standing<'_>) -> Verdict {
        let passes = |place: &usize| {
            seen.arrivals[*place].solution.as_ref().is_some_and(|solution| solution.passes_examples == Some(true))
        };
        match (0..seen.arrivals.len()).find(passes) {
            Some(place) => Verdict::Decided { deciders: vec![place], winner: Some(place) },
            None => Verdict::Wait,
        }
    }
}
