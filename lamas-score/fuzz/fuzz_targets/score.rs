//! Extraction and equivalence of arbitrary answers: no panic, no hang. The first line is the gold answer, the rest the
//! model's text.

#![no_main]

use lamas_core::problem::{Domain, Gold, Problem, ProblemId};
use lamas_score::Rules;
use lamas_score::code::{code_program, public_examples};
use lamas_score::compare::plurality;
use lamas_score::read::{answer_part, choice, final_answer, reference_answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (gold, answer) = text.split_once('\n').unwrap_or((text, text));
    for rules in [Rules::NUMBER, Rules::LATEX] {
        let forwards = rules.score_text(&format!("\\boxed{{{answer}}}"), gold);
        let backwards = rules.score_text(gold, answer);
        assert!(!forwards.reason.is_empty() && !backwards.reason.is_empty());
    }
    let _ = reference_answer(answer);
    let _ = choice::named(answer, 5);
    assert!(answer_part(answer).len() <= answer.len());
    let answers = [final_answer(gold), final_answer(answer)];
    let _ = plurality(Domain::Maths, &answers.each_ref().map(|answer| answer.as_deref()));
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
