//! Extraction and equivalence of arbitrary answers: no panic, no hang. The first line is the gold answer, the rest the
//! model's text.

#![no_main]

use lamas_core::problem::{Domain, Gold, Problem, ProblemId};
use lamas_score::{Rules, code_program, public_examples, score_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (gold, answer) = text.split_once('\n').unwrap_or((text, text));
    for rules in [Rules::Number, Rules::Latex] {
        let forwards = score_text(rules, &format!("\\boxed{{{answer}}}"), gold);
        let backwards = score_text(rules, gold, answer);
        assert!(!forwards.reason.is_empty() && !backwards.reason.is_empty());
    }
    let problem = Problem {
        id: ProblemId("fuzz/0".into()),
        domain: Domain::Code,
        statement: answer.into(),
        entry_point: Some("f".into()),
        public_examples: public_examples(answer, "f").into(),
    };
    let gold = Gold::Tests { tests: gold.into(), reference: gold.into() };
    code_program(answer, &problem, &gold).expect("a complete problem");
});
