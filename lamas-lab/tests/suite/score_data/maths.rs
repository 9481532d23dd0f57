//! The rules `latex` on the reference answers of MATH, against variants whose truth is known.

use std::collections::BTreeMap;

use lamas_score::Rules;

use super::data::{folder, math_answers};
use super::variants::variants;

/// Variants that say something else than their kind suggests, each looked at: (answer, kind).
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
#[expect(clippy::print_stdout, reason = "the table is the test's report")]
fn reference_answers_and_their_variants_are_told_apart() {
    let Some(folder) = folder("reference_answers_and_their_variants_are_told_apart") else { return };
    let (answers, rows) = math_answers(&folder);
    assert_eq!(rows, 5000);
    let score = |gold: &str, answer: &str| Rules::LATEX.score_text(&format!(r"so it is $\boxed{{{answer}}}$."), gold);
    let mut counts: BTreeMap<(&str, bool), (usize, usize)> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (at, gold) in answers.iter().enumerate() {
        assert_eq!(score(gold, gold).score, Some(true), "{gold} is itself");
        // Three and a half answers further, so that neighbours of one kind are not always paired.
        let next = &answers[(at + 37) % answers.len()];
        for variant in variants(gold, next) {
            let found = score(gold, &variant.text);
            let count = counts.entry((variant.kind, variant.right)).or_default();
            count.0 += 1;
            if found.score != Some(variant.right) && !EXCEPTIONS.contains(&(gold.as_str(), variant.kind)) {
                count.1 += 1;
                mistakes.push(format!("{}: {gold}  |  {}  ({})", variant.kind, variant.text, found.reason));
            }
        }
    }
    println!("{} distinct answers of {rows}", answers.len());
    for ((kind, right), (all, wrong)) in counts {
        println!("{kind:32} {:5}  {all:5} pairs  {wrong:3} mistakes", if right { "right" } else { "wrong" });
    }
    assert!(mistakes.is_empty(), "{} mistakes:\n{}", mistakes.len(), mistakes.join("\n"));
}
