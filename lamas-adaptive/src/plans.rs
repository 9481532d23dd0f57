//! All plans of a space: how many of each generator start, when it is decided, and what follows where it is not. A plan is a
//! race as the executor runs it.

use std::num::NonZeroU32;

use lamas_core::operator::OperatorName;
use lamas_core::race::rules::{Agree, Beta, First};
use lamas_core::race::{Entrant, Race, Until};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bank::Bank;

/// Which plans there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Space {
    /// The most copies that start, over all generators and waves; 8.
    pub copies: u32,
    /// The probabilities that `beta` may ask for; 0.8, 0.9, 0.95, 0.99.
    pub beta: Vec<f64>,
    /// Whether a second wave may follow where the first ends undecided; true.
    pub second_wave: bool,
}

impl Default for Space {
    fn default() -> Self {
        Self { copies: 8, beta: vec![0.8, 0.9, 0.95, 0.99], second_wave: true }
    }
}

impl Space {
    /// All plans that a bank has outputs for. The first ones are single calls, and each wave's copies grow.
    #[must_use]
    pub fn plans(&self, bank: &Bank) -> Vec<Race> {
        let most: Vec<u32> = (0..bank.generators().len())
            .map(|generator| u32::try_from(bank.copies(generator)).unwrap_or(u32::MAX).min(self.copies))
            .collect();
        let follow_ups = bank.follow_ups();
        let waves = compositions(&most, self.copies);
        let race = |copies: &[u32], until: Until| Race::new(entrants(bank.generators(), copies), until);
        let mut plans = Vec::new();
        for first in &waves {
            let rules = self.rules(first.iter().sum(), bank.has_examples());
            plans.extend(rules.iter().map(|rule| race(first, rule.clone())));
            let undecided = self.undecided(first.iter().sum(), bank.has_examples());
            for rule in &undecided {
                for operator in &follow_ups {
                    plans.push(race(first, rule.clone()).then(Race::of(operator.clone())));
                }
            }
        }
        if self.second_wave {
            for first in &waves {
                let total: u32 = first.iter().sum();
                let left: Vec<u32> = most.iter().zip(first).map(|(most, first)| most - first).collect();
                let seconds = compositions(&left, self.copies - total);
                for rule in self.undecided(total, bank.has_examples()) {
                    let then = |second: &Vec<u32>| race(first, rule.clone()).then(race(second, rule.clone()));
                    plans.extend(seconds.iter().map(then));
                }
            }
        }
        plans
    }

    /// The rules that differ for so many entrants when nothing follows. `first: n` of n entrants waits for all and votes, as
    /// does whatever can be decided by the last one alone.
    fn rules(&self, entrants: u32, examples: bool) -> Vec<Until> {
        let mut rules: Vec<Until> = (1..=entrants).map(first).collect();
        rules.extend((2..entrants).map(agree));
        if entrants > 2 {
            rules.push(Until::Unbeatable);
        }
        rules.extend(self.betas(entrants.saturating_sub(1)));
        rules.extend(examples.then_some(Until::Passes));
        rules
    }

    /// The rules that can end undecided, and can be decided by so many.
    fn undecided(&self, entrants: u32, examples: bool) -> Vec<Until> {
        let mut rules: Vec<Until> = (2..=entrants).map(agree).collect();
        rules.extend(self.betas(entrants));
        rules.extend(examples.then_some(Until::Passes));
        rules
    }

    /// `beta` with the probabilities that so many equal answers reach, but one does not.
    fn betas(&self, answers: u32) -> Vec<Until> {
        let reached = |votes: u32, asked: f64| Beta::probability(votes as usize, 0) >= asked;
        let asked = self.beta.iter().filter(|&&asked| reached(answers, asked) && !reached(1, asked));
        asked.filter_map(|&asked| Beta::new(asked)).map(Until::Beta).collect()
    }
}

fn first(answers: u32) -> Until {
    Until::First(First(NonZeroU32::new(answers).expect("rules count from 1")))
}

fn agree(answers: u32) -> Until {
    Until::Agree(Agree(NonZeroU32::new(answers).expect("rules count from 1")))
}

/// How many copies of each generator: all ways with one or more in total, but no more than `total` and none above its own
/// most. Fewer copies come first.
fn compositions(most: &[u32], total: u32) -> Vec<Vec<u32>> {
    let mut all = vec![Vec::new()];
    for &most in most {
        let longer = |shorter: &Vec<u32>| {
            let left = total - shorter.iter().sum::<u32>();
            (0..=most.min(left)).map(|copies| [&shorter[..], &[copies]].concat()).collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all.retain(|copies| copies.iter().any(|&copies| copies > 0));
    all.sort_by_key(|copies| copies.iter().sum::<u32>());
    all
}

fn entrants(generators: &[OperatorName], copies: &[u32]) -> Vec<Entrant> {
    let some = generators.iter().zip(copies).filter(|(_, copies)| **copies > 0);
    some.map(|(operator, &copies)| Entrant { operator: operator.clone(), copies }).collect()
}

/// A plan in words, as tables name it: `4 generate_cot + 4 generate, agree 3`.
///
/// ```
/// use lamas_adaptive::plans::named;
/// use lamas_core::race::{Entrant, Race, Until};
///
/// let entrants = |copies| vec![Entrant { operator: "generate_cot".into(), copies }];
/// let until: Until = serde_json::from_str(r#"{"agree":2}"#).unwrap();
/// let plan = Race::new(entrants(2), until.clone()).then(Race::new(entrants(6), until));
/// assert_eq!(named(&plan), "2 generate_cot, agree 2; then 6 generate_cot, agree 2");
/// ```
#[must_use]
pub fn named(plan: &Race) -> String {
    let entrants = plan.entrants.iter().map(|entrant| format!("{} {}", entrant.copies, entrant.operator));
    let who = entrants.collect::<Vec<_>>().join(" + ");
    let rule = match &plan.until {
        Until::All => "all".to_owned(),
        Until::First(First(answers)) => format!("first {answers}"),
        Until::Agree(Agree(answers)) => format!("agree {answers}"),
        Until::Unbeatable => "unbeatable".to_owned(),
        Until::Beta(beta) => format!("beta {}", beta.wanted()),
        Until::Passes => "passes".to_owned(),
        Until::Given(rule) => format!("{rule:?}"),
    };
    let then: String = plan.then.iter().map(|next| format!("; then {}", named(next))).collect();
    format!("{who}, {rule}{then}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compositions_are_all_of_them_once() {
        let all = compositions(&[8, 8, 8], 8);
        // Stars and bars: C(11, 3) ways of up to 8 copies of three, without the empty one.
        assert_eq!(all.len(), 164);
        let mut sorted = all.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), all.len());
        assert!(compositions(&[2, 0], 8).iter().all(|copies| copies[0] <= 2 && copies[1] == 0));
    }

    #[test]
    fn no_two_rules_of_a_race_are_the_same_in_effect() {
        let space = Space::default();
        let texts = |rules: &[Until]| rules.iter().map(|r| serde_json::to_string(r).unwrap()).collect::<Vec<_>>();
        assert_eq!(texts(&space.rules(1, false)), [r#"{"first":1}"#]);
        assert_eq!(texts(&space.rules(2, true)), [r#"{"first":1}"#, r#"{"first":2}"#, r#""passes""#]);
        // Beta(4, 1) is the first that is sure to 0.9: three equal answers of four decide it early.
        let four = texts(&space.rules(4, false));
        assert!(four.contains(&r#"{"agree":3}"#.to_owned()) && !four.contains(&r#"{"agree":4}"#.to_owned()));
        assert!(four.contains(&r#"{"beta":0.9}"#.to_owned()) && !four.contains(&r#"{"beta":0.99}"#.to_owned()));
        assert!(texts(&space.undecided(1, false)).is_empty());
    }
}
