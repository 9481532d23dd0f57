//! What an agent can do, as a trait, and the state that it reads and changes.

mod failure;
mod solution;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::failure::Failure;
pub use self::solution::{OperatorName, Solution};
use crate::problem::Problem;
use crate::scope::Scope;

/// What an operator does to a graph. The controller's first-layer rules read this and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Makes candidates from the problem alone.
    Generate,
    /// Works on the solutions that are there.
    Refine,
    /// Chooses among candidates.
    Select,
    /// Does no work and ends the graph after its layer.
    Stop,
}

/// What the operators of a layer read: an immutable snapshot of everything produced so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The candidates, oldest first.
    pub candidates: Vec<Solution>,
    /// Which of them stands as the answer at present.
    pub current: Option<usize>,
}

impl State {
    /// The solution that stands as the answer at present.
    #[must_use]
    pub fn current(&self) -> Option<&Solution> {
        self.current.and_then(|index| self.candidates.get(index))
    }

    /// The state after a layer whose operators all read this one: their changes merged in declared order.
    ///
    /// A selection drops the candidates that this snapshot held, not what was made beside it; a revision takes the place
    /// of the solution that it revised, or joins the candidates where that one was dropped. What came last stands.
    #[must_use]
    pub fn merged(&self, changes: &[Change]) -> Self {
        self.merged_from(changes).0
    }

    /// The same, and where each of its candidates comes from.
    pub(crate) fn merged_from<'a>(&self, changes: impl IntoIterator<Item = &'a Change> + Clone) -> (Self, Vec<Origin>) {
        let selected = changes.clone().into_iter().filter_map(|change| match change {
            Change::Select(index) => Some(*index),
            _ => None,
        });
        let kept: Vec<usize> = match selected.last() {
            Some(index) => vec![index],
            None => (0..self.candidates.len()).collect(),
        };
        let mut next = Merging {
            state: Self {
                candidates: kept.iter().map(|&index| self.candidates[index].clone()).collect(),
                current: self.current.and_then(|index| kept.iter().position(|&k| k == index)),
            },
            origins: kept.iter().map(|&index| Origin::Before(index)).collect(),
        };
        let revised = next.state.current;
        for (by, change) in changes.into_iter().enumerate() {
            match change {
                Change::None => {}
                Change::Append(solutions) => solutions.iter().for_each(|solution| next.append(solution, by)),
                Change::Select(index) => next.state.current = kept.iter().position(|k| k == index),
                Change::Revise(solution) => next.revise(revised, solution, by),
            }
        }
        (next.state, next.origins)
    }
}

/// Where a candidate of a merged state comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It stood in the snapshot, at this place.
    Before(usize),
    /// It was made by the change at this place.
    Made(usize),
}

struct Merging {
    state: State,
    origins: Vec<Origin>,
}

impl Merging {
    fn append(&mut self, solution: &Solution, by: usize) {
        self.state.candidates.push(solution.clone());
        self.origins.push(Origin::Made(by));
        self.state.current = Some(self.state.candidates.len() - 1);
    }

    fn revise(&mut self, place: Option<usize>, solution: &Solution, by: usize) {
        let Some(index) = place else { return self.append(solution, by) };
        self.state.candidates[index] = solution.clone();
        self.origins[index] = Origin::Made(by);
        self.state.current = Some(index);
    }
}

/// What an operator wants changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing.
    #[default]
    None,
    /// New candidates; the last of them stands.
    Append(Vec<Solution>),
    /// This candidate of the snapshot stands, the others go.
    Select(usize),
    /// A new version of the solution that stood.
    Revise(Solution),
}

impl Change {
    /// The solution that stands for what was newly made; `None` where nothing was.
    pub(crate) fn made(&self) -> Option<&Solution> {
        match self {
            Self::Append(solutions) => solutions.last(),
            Self::Revise(solution) => Some(solution),
            Self::None | Self::Select(_) => None,
        }
    }

    /// The same change with another solution in that one's place.
    pub(crate) fn with_made(self, made: Solution) -> Self {
        match self {
            Self::Append(mut solutions) => {
                solutions.pop();
                solutions.push(made);
                Self::Append(solutions)
            }
            Self::Revise(_) => Self::Revise(made),
            nothing => nothing,
        }
    }
}

/// What came of an operator's run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// What it wants changed.
    pub change: Change,
    /// For operators that run programs: whether the last program did what it was to do. A closed-loop policy reads it.
    pub ran: Option<bool>,
}

/// One thing that an agent can do.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Its name.
    fn name(&self) -> &OperatorName;

    /// One sentence on what it does; the controller embeds it.
    fn description(&self) -> &str;

    /// What it does to a graph.
    fn role(&self) -> Role;

    /// Whether it has anything to work on in this state. The executor skips it otherwise; a policy masks it.
    fn can_run(&self, problem: &Problem, state: &State) -> bool;

    /// Works on the snapshot. Model calls and programs go through `scope`, which records them.
    ///
    /// # Errors
    /// When a model call or the sandbox fails for good.
    async fn run(&self, problem: &Problem, state: &State, scope: &mut Scope) -> Result<Outcome, Failure>;
}

/// The operators that an experiment may use, in a fixed order: the controller's action indices.
#[derive(Clone, Default)]
pub struct OperatorSet {
    operators: Vec<Arc<dyn Operator>>,
    named: Vec<Arc<dyn Operator>>,
}

impl OperatorSet {
    /// A set in this order.
    #[must_use]
    pub fn new(operators: Vec<Arc<dyn Operator>>) -> Self {
        Self { operators, named: Vec::new() }
    }

    /// The same, and operators that are no actions of a controller: they run where a graph names them.
    #[must_use]
    pub fn with_named(self, named: Vec<Arc<dyn Operator>>) -> Self {
        Self { named, ..self }
    }

    /// The operators that a controller chooses from, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<dyn Operator>> {
        self.operators.iter()
    }

    /// The operator of this name.
    #[must_use]
    pub fn get(&self, name: &OperatorName) -> Option<&Arc<dyn Operator>> {
        self.operators.iter().chain(&self.named).find(|operator| operator.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solution(text: &str) -> Solution {
        Solution { text: text.into(), answer: None, by: "generate".into(), passes_examples: None, behaviour: None }
    }

    fn state(texts: &[&str]) -> State {
        let candidates: Vec<_> = texts.iter().map(|text| solution(text)).collect();
        State { current: candidates.len().checked_sub(1), candidates }
    }

    fn texts(state: &State) -> Vec<&str> {
        state.candidates.iter().map(|candidate| &*candidate.text).collect()
    }

    #[test]
    fn new_candidates_join_in_declared_order_and_the_last_stands() {
        let next = state(&["a"]).merged(&[
            Change::Append(vec![solution("b")]),
            Change::None,
            Change::Append(vec![solution("c"), solution("d")]),
        ]);
        assert_eq!(texts(&next), ["a", "b", "c", "d"]);
        assert_eq!(&*next.current().unwrap().text, "d");
    }

    #[test]
    fn a_selection_drops_what_the_snapshot_held_but_not_what_was_made_beside_it() {
        let next = state(&["a", "b"]).merged(&[Change::Append(vec![solution("c")]), Change::Select(0)]);
        assert_eq!(texts(&next), ["a", "c"]);
        assert_eq!(&*next.current().unwrap().text, "a");
    }

    #[test]
    fn a_revision_takes_the_place_of_what_it_revised() {
        let next = state(&["a", "b"]).merged(&[Change::Revise(solution("b2"))]);
        assert_eq!(texts(&next), ["a", "b2"]);
        let beside_selection = state(&["a", "b"]).merged(&[Change::Revise(solution("b2")), Change::Select(0)]);
        assert_eq!(texts(&beside_selection), ["a", "b2"]);
    }
}
