//! Comparing two arbitrary answers, a line each: the same in either order, each the same as itself, and always a verdict.

#![no_main]

use lamas_core::problem::Domain;
use lamas_core::race::Classes;
use lamas_score::compare::{Answer, equivalent, reads_as_maths};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (one, other) = text.split_once('\n').unwrap_or((text, text));
    let same = equivalent(one, other).is_some();
    assert_eq!(same, equivalent(other, one).is_some(), "in either order");
    for answer in [one, other] {
        assert!(equivalent(answer, answer).is_some(), "itself");
        if reads_as_maths(answer) && !answer.contains('$') {
            assert!(equivalent(answer, &format!("${answer}$")).is_some(), "between dollars");
        }
    }
    let mut classes = Classes::default();
    let read = |answer| Answer::read(Domain::Maths, answer);
    let [first, second] = [one, other].map(|answer| read(answer).map(|answer| classes.add(&answer, Answer::same)));
    if let (Some(first), Some(second)) = (first, second) {
        assert_eq!(first == second, same);
    }
});
