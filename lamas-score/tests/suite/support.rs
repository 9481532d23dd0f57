//! Answers held against references.

use std::process::Command;

use lamas_core::problem::{Domain, Gold, Problem, ProblemId};
use lamas_core::tool::Program;
use lamas_score::{Rules, Score, Verdict};

/// The problem of all cases in code.
const STUB: &str = "def f(x):\n    \"\"\"Give x plus one.\n    >>> f(1)\n    2\n    \"\"\"\n";
const TESTS: &str = "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(5) == 6\n";

/// What is judged of an answer, a program being run.
pub fn verdict(rules: Rules, gold: &str, answer: &str) -> Score {
    let code = rules == Rules::CODE;
    let problem = Problem {
        id: ProblemId("cases/0".into()),
        domain: if code { Domain::Code } else { Domain::Maths },
        statement: STUB.into(),
        entry_point: code.then(|| "f".into()),
        public_examples: [].into(),
    };
    let gold = match code {
        true => Gold::Tests { tests: TESTS.into(), reference: "".into() },
        false => Gold::Answer { answer: gold.into(), solution: "".into() },
    };
    match rules.judge(answer, &problem, &gold) {
        Verdict::Scored(score) => score,
        Verdict::Run(program) => run(&program),
    }
}

/// What plain Python says of a program that does no harm.
fn run(program: &Program) -> Score {
    // The main guard of a program is not for its tests.
    let source = format!("__name__ = 'answer'\n{}\n{TESTS}\ncheck(f)\n", program.source);
    let output = Command::new("python3").args(["-I", "-c", &source]).output().expect("python3 is installed");
    let reason = String::from_utf8_lossy(&output.stderr).into_owned();
    Score {
        score: Some(output.status.success()),
        extracted: program.source.to_string(),
        expected: String::new(),
        reason,
    }
}

/// Checks that each answer is as right as it should be; all that are not are told.
pub fn hold(rules: Rules, right: bool, pairs: &[(&str, &str)]) {
    let mut mistakes = Vec::new();
    for (gold, answer) in pairs {
        let score = verdict(rules, gold, answer);
        if score.score != Some(right) {
            mistakes.push(format!("{gold:?} | {answer:?}: read {:?}, {}", score.extracted, score.reason));
        }
    }
    assert!(mistakes.is_empty(), "{} should be {right}:\n{}", mistakes.len(), mistakes.join("\n"));
}

/// The same for answers in boxes: those that are right, and those that are not.
pub fn boxed(rules: Rules, right: &[(&str, &str)], wrong: &[(&str, &str)]) {
    for (expected, pairs) in [(true, right), (false, wrong)] {
        let boxes: Vec<String> = pairs.iter().map(|(_, answer)| format!("So $\\boxed{{{answer}}}$.")).collect();
        let pairs: Vec<_> = pairs.iter().zip(&boxes).map(|((gold, _), boxed)| (*gold, boxed.as_str())).collect();
        hold(rules, expected, &pairs);
    }
}
