//! `sc_ensemble`: universal self-consistency. The model sees the candidates as lettered options and names the most
//! consistent one.

use std::collections::BTreeMap;

use async_trait::async_trait;
use lamas_core::operator::{Change, Failure, Outcome, Solution, State};
use lamas_core::problem::{Domain, Problem};
use lamas_core::scope::Scope;
use minijinja::{Value, context};

use crate::brief::{Brief, Skill};
use crate::parse::{choice, maths};
use crate::prompt::Prompt;

pub(crate) struct ScEnsemble;

#[async_trait]
impl Skill for ScEnsemble {
    fn can_run(&self, _problem: &Problem, state: &State) -> bool {
        state.candidates.len() >= 2
    }

    async fn run(&self, brief: Brief<'_>, scope: &mut Scope) -> Result<Outcome, Failure> {
        let candidates = &brief.state.candidates;
        let options: Vec<Value> = (0..)
            .zip(candidates)
            .map(|(index, candidate)| context! { letter => choice::letters(index), text => brief.shown(candidate) })
            .collect();
        let reply = brief.ask(scope, Prompt::ScEnsemble, context! { options }).await?;
        let named = choice::named(&reply, candidates.len());
        let chosen = named.unwrap_or_else(|| plurality(brief.problem.domain, candidates));
        Ok(Outcome { change: Change::Select(chosen), ran: None })
    }
}

/// The first candidate with the answer that most candidates give; of equally frequent answers the one given first.
/// Candidates without an answer have no vote, and where none has, the first candidate is taken.
fn plurality(domain: Domain, candidates: &[Solution]) -> usize {
    let mut votes: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(answer) = &candidate.answer {
            let ballot = match domain {
                Domain::Maths => maths::vote(answer),
                Domain::Code => answer.trim().to_owned(),
            };
            votes.entry(ballot).or_insert((0, index)).0 += 1;
        }
    }
    let best = votes.into_values().max_by_key(|&(count, first)| (count, std::cmp::Reverse(first)));
    best.map_or(0, |(_, first)| first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elected(answers: &[Option<&str>]) -> usize {
        let candidates: Vec<Solution> = answers
            .iter()
            .map(|answer| Solution {
                text: "".into(),
                answer: answer.map(Into::into),
                by: "generate".into(),
                passes_examples: None,
            })
            .collect();
        plurality(Domain::Maths, &candidates)
    }

    #[test]
    fn the_most_frequent_answer_wins_and_the_earliest_of_equals() {
        assert_eq!(elected(&[Some("9"), Some("1,000"), Some("$1000$")]), 1);
        assert_eq!(elected(&[Some("9"), Some("8")]), 0);
        assert_eq!(elected(&[Some("9"), Some("8"), Some("8"), Some("9")]), 0);
        assert_eq!(elected(&[None, None, Some("8")]), 2);
        assert_eq!(elected(&[None, None]), 0);
    }
}
