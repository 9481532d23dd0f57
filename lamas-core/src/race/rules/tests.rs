use super::*;
use crate::operator::OperatorName;
use crate::problem::{Domain, Problem, ProblemId};
use crate::race::{Arrival, Standing, Verdict};
use crate::units::{Seconds, Tokens};

fn problem() -> Problem {
    Problem {
        id: ProblemId("set/1".into()),
        domain: Domain::Maths,
        statement: "How many?".into(),
        entry_point: None,
        public_examples: [].into(),
    }
}

/// What a rule says when answers of these classes have arrived (`-`: none) and so many are out.
fn says(until: &str, classes: &str, out: usize) -> Option<(Vec<usize>, Option<usize>)> {
    let until: Until = serde_json::from_str(until).unwrap();
    let arrivals: Vec<Arrival> = classes
        .bytes()
        .enumerate()
        .map(|(entrant, class)| Arrival {
            entrant,
            operator: "generate".into(),
            solution: None,
            class: (class != b'-').then(|| usize::from(class - b'a')),
            ran: None,
            output: Tokens(1),
            at: Seconds::ZERO,
        })
        .collect();
    let name = OperatorName::from("generate");
    let outstanding = vec![&name; out];
    let problem = problem();
    match until.rule().verdict(&Standing { problem: &problem, arrivals: &arrivals, outstanding: &outstanding }) {
        Verdict::Wait => None,
        Verdict::Decided { deciders, winner } => Some((deciders, winner)),
    }
}

#[test]
fn agree_needs_so_many_of_one_class_and_no_others() {
    assert_eq!(says(r#"{"agree":2}"#, "ab-", 5), None);
    assert_eq!(says(r#"{"agree":2}"#, "ab-b", 4), Some((vec![1, 3], Some(1))));
    assert_eq!(says(r#"{"agree":3}"#, "abab", 0), None);
}

#[test]
fn first_takes_the_first_answers_and_their_vote() {
    assert_eq!(says(r#"{"first":3}"#, "a-b", 2), None, "no answer has no vote");
    assert_eq!(says(r#"{"first":3}"#, "a-bb", 2), Some((vec![0, 2, 3], Some(2))));
    assert_eq!(says(r#"{"first":2}"#, "ab", 2), Some((vec![0, 1], Some(0))), "ties go to the earliest");
}

#[test]
fn unbeatable_is_decided_once_nobody_can_catch_up() {
    assert_eq!(says(r#""unbeatable""#, "aa", 2), None, "two others could draw level");
    assert_eq!(says(r#""unbeatable""#, "aaa", 2), Some((vec![0, 1, 2], Some(0))));
    assert_eq!(says(r#""unbeatable""#, "baaa", 1), Some((vec![0, 1, 2, 3], Some(1))));
    assert_eq!(says(r#""unbeatable""#, "ab", 0), None);
    assert_eq!(says(r#""unbeatable""#, "--", 0), None);
}

#[test]
fn beta_is_the_chance_that_the_leader_is_ahead() {
    // from scipy.stats import beta; [beta.sf(0.5, a + 1, b + 1) for a, b in ((1, 0), (3, 0), (4, 0), (5, 2))]
    for ((leader, second), probability) in
        [((1, 0), 0.75), ((3, 0), 0.9375), ((4, 0), 0.96875), ((5, 2), 0.85546875), ((0, 0), 0.5)]
    {
        assert!((Beta::probability(leader, second) - probability).abs() < 1e-12, "{leader} {second}");
    }
    assert_eq!(says(r#"{"beta":0.95}"#, "aaa", 5), None);
    assert_eq!(says(r#"{"beta":0.95}"#, "aaaa", 4), Some((vec![0, 1, 2, 3], Some(0))));
    assert_eq!(says(r#"{"beta":0.95}"#, "", 4), None);
}

#[test]
fn all_waits_for_all() {
    assert_eq!(says(r#""all""#, "aa", 1), None);
    assert_eq!(says(r#""all""#, "aa", 0), Some((vec![0, 1], None)));
}

#[test]
fn what_is_no_rule_is_refused() {
    for wrong in [r#"{"agree":0}"#, r#"{"first":-1}"#, r#"{"beta":1.5}"#, r#"{"beta":-0.1}"#, r#""agree""#, r#""some""#]
    {
        assert!(serde_json::from_str::<Until>(wrong).is_err(), "{wrong}");
    }
    let written = |until: &Until| serde_json::to_string(until).unwrap();
    for text in [r#"{"agree":2}"#, r#"{"first":3}"#, r#"{"beta":0.95}"#, r#""all""#, r#""unbeatable""#, r#""passes""#] {
        assert_eq!(written(&serde_json::from_str(text).unwrap()), text);
    }
}
