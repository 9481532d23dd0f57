//! Answers that are Python functions: from a model's text to a program under its hidden tests, and from a run to a
//! score.

use std::sync::LazyLock;

use lamas_core::problem::{Gold, Problem};
use lamas_core::tool::{Goal, Program, ToolError, ToolOutcome, ToolRun};
use regex::Regex;

use super::text::Score;

/// What keeps an answer from being run at all: an error of the dataset, never of the answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The problem names no function.
    #[error("problem {0} names no entry point; a code problem needs one")]
    NoEntryPoint(String),
    /// The gold has no tests.
    #[error("problem {0} has no hidden tests; the rules `code` need a dataset with tests")]
    NoTests(String),
}

/// The program that decides whether an answer is right: the answer as a whole program, held against the hidden tests.
///
/// The answer may be a whole program or the body that completes the statement, in a Markdown fence or not. Imports and
/// helper functions that the statement shows before the function are kept in front of the answer, so that it may use
/// them without repeating them; the tests use their own copy of them, which the answer cannot replace.
///
/// # Errors
/// When the problem names no entry point or the gold holds no tests.
pub fn code_program(answer_text: &str, problem: &Problem, gold: &Gold) -> Result<Program, CodeError> {
    let entry_point = problem.entry_point.clone().ok_or_else(|| CodeError::NoEntryPoint(problem.id.to_string()))?;
    let Gold::Tests { tests, .. } = gold else { return Err(CodeError::NoTests(problem.id.to_string())) };
    let source = source(answer_text, &problem.statement, &entry_point).into();
    let preamble = preamble(&problem.statement, &entry_point).into();
    Ok(Program { source, goal: Goal::Check { entry_point, preamble, tests: tests.clone() } })
}

/// The score of a run of [`code_program`]: the hidden tests decide. A failure of the sandbox is unscored.
pub fn code_score(program: &Program, run: &Result<ToolRun, ToolError>) -> Score {
    let (score, reason) = match run {
        Ok(run) => match &run.outcome {
            ToolOutcome::Passed => (Some(true), "all hidden tests pass".to_owned()),
            ToolOutcome::Failed(message) => (Some(false), format!("a hidden test fails: {message}")),
            ToolOutcome::Raised(message) => (Some(false), format!("the program raises: {message}")),
            ToolOutcome::TimedOut => (Some(false), "the program runs out of time".to_owned()),
            ToolOutcome::Killed(what) => (Some(false), format!("the program is killed: {what}")),
            ToolOutcome::Returned(_) => (None, "the sandbox returned a value instead of a verdict".to_owned()),
        },
        Err(error) => (None, error.to_string()),
    };
    let expected = match &program.goal {
        Goal::Check { entry_point, .. } => format!("check({entry_point})"),
        Goal::Call { function } => format!("{function}()"),
    };
    Score { score, extracted: program.source.to_string(), expected, reason }
}

/// What the statement shows before the function: imports and helper functions.
fn preamble<'a>(statement: &'a str, entry_point: &str) -> &'a str {
    definition(statement, entry_point).map_or("", |at| &statement[..at])
}

/// Where a text defines the function at its top level.
fn definition(text: &str, entry_point: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("async ").map_or(line, str::trim_start);
        let name = rest.strip_prefix("def ").and_then(|rest| rest.trim_start().strip_prefix(entry_point));
        let assigned = rest
            .strip_prefix(entry_point)
            .is_some_and(|rest| rest.trim_start().strip_prefix('=').is_some_and(|value| !value.starts_with('=')));
        if assigned || name.is_some_and(|rest| rest.trim_start().starts_with('(')) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

/// The answer as a whole program.
fn source(answer_text: &str, statement: &str, entry_point: &str) -> String {
    let blocks: Vec<String> = fenced(answer_text).into_iter().map(dedented).collect();
    let defining = blocks.iter().rev().find(|block| definition(block, entry_point).is_some());
    if let Some(block) = defining {
        return with_preamble(statement, entry_point, block);
    }
    if blocks.is_empty() && definition(answer_text, entry_point).is_some() {
        return with_preamble(statement, entry_point, &without_prose(answer_text));
    }
    // A completion: the body of the function that the statement begins.
    let body = blocks.last().map_or(answer_text, String::as_str);
    format!("{}\n{}\n", statement.trim_end(), indented(body))
}

/// The program with the statement's imports and helpers before it; `from __future__` must stay first.
fn with_preamble(statement: &str, entry_point: &str, program: &str) -> String {
    let (future, rest): (Vec<_>, Vec<_>) = program.lines().partition(|line| line.starts_with("from __future__ "));
    let mut source = String::new();
    for line in future {
        source.push_str(line);
        source.push('\n');
    }
    source.push_str(preamble(statement, entry_point));
    source.push('\n');
    source.push_str(&rest.join("\n"));
    source.push('\n');
    source
}

/// The Python blocks of a Markdown text, in order; one that is never closed reaches to the end.
fn fenced(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, bool, Vec<&str>)> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        match &mut open {
            Some((fence, python, block)) => {
                if trimmed == *fence {
                    if *python {
                        blocks.push(std::mem::take(block));
                    }
                    open = None;
                } else {
                    block.push(line);
                }
            }
            None => {
                let fence = ["```", "~~~"].into_iter().find(|fence| trimmed.starts_with(fence));
                if let Some(fence) = fence {
                    let language = trimmed[fence.len()..].trim().to_ascii_lowercase();
                    let python = language.is_empty() || language.starts_with("py");
                    open = Some((fence, python, Vec::new()));
                }
            }
        }
    }
    if let Some((_, true, block)) = open {
        blocks.push(block);
    }
    blocks
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The lines without the indentation that all of them share.
fn dedented(lines: Vec<&str>) -> String {
    let shared = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(line)).min().unwrap_or(0);
    let mut text = String::new();
    for line in lines {
        text.push_str(line.get(shared..).unwrap_or("").trim_end());
        text.push('\n');
    }
    text
}

/// Spaces that a block is indented by.
const STEP: usize = 4;

/// A function's body, indented. A body whose first line is already indented stays as it is.
fn indented(body: &str) -> String {
    let lines: Vec<&str> = body.lines().skip_while(|line| line.trim().is_empty()).collect();
    let Some((first, rest)) = lines.split_first() else { return " ".repeat(STEP) + "pass" };
    if indentation(first) > 0 {
        return lines.join("\n");
    }
    let (first_step, step) = stripped(first, rest).map_or((STEP, STEP), |lost| (lost, 0));
    let mut out = " ".repeat(first_step) + first + "\n";
    for line in rest {
        if !line.trim().is_empty() {
            out.push_str(&" ".repeat(step));
            out.push_str(line);
        }
        out.push('\n');
    }
    out
}

/// The indentation that the first line lost, where spaces stripped around a body took it and left that of the others.
fn stripped(first: &str, rest: &[&str]) -> Option<usize> {
    let mut depths = rest.iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(line));
    let second = depths.next()?;
    let least = depths.min().unwrap_or(second).min(second);
    // After a colon the next line is one step deeper by itself. Only a line between both depths, or two steps at once,
    // shows that the first one stood deeper too.
    if !first.trim_end().ends_with(':') || least < second {
        (least > 0).then_some(least)
    } else {
        (second >= 2 * STEP).then_some(STEP)
    }
}

/// Lines at the margin that are Python, not prose.
static CODE_LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^(?: async\s+def\s | def\s | class\s | import\s | from\s+\S+\s+import\s | @ | \# | ["'()\[\]{}]
            | (?:if|for|while|with|elif|except)\b.*: | (?:else|try|finally|except)\s*:
            | (?:return|pass|raise|assert|global|del|print)\b
            | [A-Za-z_][\w.,\x20\[\]]*(?::[^=]+)?[-+*/%|&]?=[^=] | [A-Za-z_][\w.]*\( )"#,
    )
    .expect("valid")
});

/// A program without the prose before and after it.
fn without_prose(text: &str) -> String {
    let mut program = String::new();
    let mut quotes = 0;
    for line in text.lines() {
        let inside = quotes % 2 == 1;
        let margin = !inside && indentation(line) == 0 && !line.trim().is_empty();
        if margin && !CODE_LINE.is_match(line) {
            // Prose before the program is passed over; prose after it ends it.
            if program.is_empty() { continue } else { break }
        }
        if program.is_empty() && !margin {
            continue;
        }
        quotes += line.matches("\"\"\"").count() + line.matches("'''").count();
        program.push_str(line);
        program.push('\n');
    }
    program
}

#[cfg(test)]
mod tests {
    use super::{indented, source};

    const STATEMENT: &str = "import math\n\n\ndef helper(x):\n    return x\n\n\ndef f(x):\n    \"\"\"Doc.\"\"\"\n";

    #[test]
    fn whole_programs_keep_the_helpers_of_the_statement() {
        let whole = "import math\n\n\ndef helper(x):\n    return x\n\n\n\ndef f(x):\n    return helper(x)\n";
        let plain = "def f(x):\n    return helper(x)\n";
        let answers = [
            plain.to_owned(),
            format!("Here it is:\n\n```python\n{plain}```\nIt returns what the helper does.\n```\nf(3)\n```\n"),
            format!("Here it is:\n\n{plain}\nIt returns what the helper does."),
            format!("1. So:\n   ```py\n   {}```", plain.replace('\n', "\n   ")),
            format!("```python\n{plain}"),
        ];
        for answer in answers {
            let found = source(&answer, STATEMENT, "f");
            assert_eq!(
                found.replace("\n\n", "\n").trim_end(),
                whole.replace("\n\n\n\n", "\n\n\n").replace("\n\n", "\n").trim_end(),
                "{answer}"
            );
        }
    }

    #[test]
    fn completions_become_the_body() {
        let cases = [
            ("    y = x\n    return y", "    y = x\n    return y"),
            ("y = x\nreturn y", "    y = x\n    return y"),
            ("y = x\n    return y", "    y = x\n    return y"),
            ("for i in x:\n    y = i\nreturn y", "    for i in x:\n        y = i\n    return y"),
            ("for i in x:\n        y = i\n    return y", "    for i in x:\n        y = i\n    return y"),
            ("if x:\n      return 1\n\n    return 2", "    if x:\n      return 1\n\n    return 2"),
            ("", "    pass"),
        ];
        for (body, expected) in cases {
            assert_eq!(indented(body).trim_end(), expected, "{body}");
        }
    }
}
