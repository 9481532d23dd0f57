//! Answers to scores. Hidden tests run in the sandbox, outside the episode's trace and clock.

use lamas_core::exec::Episode;
use lamas_core::problem::{Gold, Task};
use lamas_core::tool::Interpreter;
use lamas_score::code::code_score;
use lamas_score::{Rules, Score, Verdict};

/// Scores an episode: 0 or 1, or unscored when a call or the sandbox failed.
pub async fn judge(rules: Rules, task: &Task, episode: &Episode, checker: &dyn Interpreter) -> Score {
    match (&episode.failure, &episode.answer) {
        (Some(failure), _) => without_answer(task, None, failure.to_string()),
        (None, Some(answer)) => judge_text(rules, task, &answer.text, checker).await,
        (None, None) => without_answer(task, Some(false), "no operator gave an answer".to_owned()),
    }
}

/// Scores an answer's text.
pub async fn judge_text(rules: Rules, task: &Task, text: &str, checker: &dyn Interpreter) -> Score {
    match rules.judge(text, &task.problem, &task.gold) {
        Verdict::Scored(score) => score,
        Verdict::Run(program) => code_score(&program, &checker.run(&program).await),
    }
}

fn without_answer(task: &Task, score: Option<bool>, reason: String) -> Score {
    let expected = match &task.gold {
        Gold::Answer { answer, .. } => answer.to_string(),
        Gold::Tests { .. } => "passes the hidden tests".to_owned(),
    };
    Score { score, extracted: String::new(), expected, reason }
}
