//! What earlier calls left in a prompt: final answers, lettered options, a program's output.
//!
//! This is the only way in which earlier work can reach the simulated model, as it is with a real one.

use std::ops::Range;

/// One of several options that the model may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice<'a> {
    /// The letter or number by which it is named.
    pub label: &'a str,
    /// What it says.
    pub body: &'a str,
}

/// Words that may stand before the label of an option.
const OPTION_WORDS: [&str; 7] = ["option", "candidate", "solution", "answer", "response", "choice", "attempt"];
/// Marks that may stand around a label.
const MARKS: [char; 9] = ['*', '#', '(', '[', '<', '>', '-', '"', ' '];
/// Texts that ask for an answer and are none.
const PLACEHOLDERS: [&str; 8] =
    ["", "answer", "...", "\\ldots", "\\text{answer}", "your answer", "final answer", "\\text{final answer}"];
/// What stands before a final answer that is not boxed.
const ANSWER_MARKS: [&str; 4] = ["answer is", "answer:", "####", "answer:**"];
/// What introduces a program's output.
const OUTPUT_WORDS: [&str; 6] = ["output", "result", "returned", "printed", "returns", "prints"];

/// The options of a prompt: lines labelled A, B, C ... or, after a word such as `Option`, 1, 2, 3 ...
pub(super) fn choices(text: &str) -> Vec<Choice<'_>> {
    let mut labels: Vec<(Range<usize>, usize)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((label, body)) = label(line) {
            let name = &line[label.clone()];
            let place = place(name);
            if place == labels.len() {
                labels.push((start + label.start..start + label.end, start + body));
            } else if place == 0 && labels.len() == 1 {
                // An `A:` that no `B:` followed was the answer to an exemplar's `Q:`.
                labels[0] = (start + label.start..start + label.end, start + body);
            }
        }
        start += line.len();
    }
    let ends = labels.iter().skip(1).map(|(label, _)| line_start(text, label.start)).chain([text.len()]);
    labels
        .iter()
        .zip(ends)
        .map(|((label, body), end)| Choice { label: &text[label.clone()], body: text[*body..end].trim() })
        .collect()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// How many labels come before this one.
fn place(label: &str) -> usize {
    match label.parse::<usize>() {
        Ok(number) => number.wrapping_sub(1),
        Err(_) => label.bytes().next().map_or(usize::MAX, |letter| usize::from(letter - b'A')),
    }
}

/// The label at the beginning of a line, and where the text after it begins.
fn label(line: &str) -> Option<(Range<usize>, usize)> {
    let mut at = line.len() - line.trim_start_matches(|c: char| MARKS.contains(&c) || c == '\t').len();
    let word = OPTION_WORDS
        .iter()
        .find(|word| line[at..].get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)));
    if let Some(word) = word {
        at += word.len();
        at += line[at..].len() - line[at..].trim_start_matches(MARKS).len();
    }
    let rest = &line[at..];
    let letters = rest.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let length = if letters == 1 {
        1
    } else if word.is_some() && (1..3).contains(&digits) {
        digits
    } else {
        return None;
    };
    let after = &rest[length..];
    let closed = after.starts_with(['.', ')', ':', ']', '>', '*', '"']);
    let alone = word.is_some() && after.trim().is_empty();
    let body = at + length + (after.len() - after.trim_start_matches(['.', ')', ':', ']', '>', '*', '"', ' ']).len());
    (closed || alone).then_some((at..at + length, body))
}

/// The final answer that a maths solution states, if it states one.
pub(super) fn final_answer(solution: &str) -> Option<&str> {
    boxed(solution).or_else(|| marked(solution)).or_else(|| bare(solution))
}

/// The content of the last `\boxed{..}` that is not a placeholder. One pass, however many are opened and never closed.
fn boxed(text: &str) -> Option<&str> {
    let mut open: Vec<usize> = Vec::new();
    let mut last: Option<Range<usize>> = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => open.push(at + 1),
            b'}' => {
                let Some(start) = open.pop() else { continue };
                let later = last.as_ref().is_none_or(|last| last.start < start);
                if later && text[..start].ends_with("\\boxed{") && !is_placeholder(&text[start..at]) {
                    last = Some(start..at);
                }
            }
            _ => {}
        }
    }
    last.map(|content| text[content].trim())
}

fn is_placeholder(content: &str) -> bool {
    let content = content.trim();
    PLACEHOLDERS.iter().any(|placeholder| placeholder.eq_ignore_ascii_case(content))
}

/// What follows the last `answer is`, `answer:` or `####`.
fn marked(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let after = ANSWER_MARKS.iter().filter_map(|mark| lower.rfind(mark).map(|at| at + mark.len())).max()?;
    let line = text[after..].trim_start_matches([':', ' ', '*']).lines().next()?;
    let line = line.split(". ").next().unwrap_or(line);
    let answer = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '`' | '$' | '.' | ':'));
    (!is_placeholder(answer) && answer.len() < 80).then_some(answer)
}

/// A text that is nothing but an answer, judged by its first line.
fn bare(text: &str) -> Option<&str> {
    let line =
        text.trim().lines().next()?.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '`' | '$' | '.'));
    let wordy =
        line.split_whitespace().filter(|word| word.len() > 2 && word.bytes().all(|b| b.is_ascii_lowercase())).count()
            > 1;
    (!line.is_empty() && line.len() < 60 && !wordy).then_some(line)
}

/// The answer of the solution that a review is shown: in `after`, the text after the statement, or else anywhere before.
pub(super) fn shown_answer<'a>(rest: &'a str, after: &'a str) -> Option<&'a str> {
    boxed(after).or_else(|| marked(after)).or_else(|| labelled(after)).or_else(|| boxed(rest))
}

/// A bare answer behind a label such as `Solution:`.
fn labelled(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let (label, value) = line.split_once(':')?;
        let label = label.trim_matches(|c: char| !c.is_ascii_alphabetic()).to_ascii_lowercase();
        let names = OPTION_WORDS.iter().any(|word| label.ends_with(word));
        bare(value).filter(|_| names && !value.trim().is_empty())
    })
}

/// The output of a program that a prompt shows, whatever it is.
pub(super) fn program_output(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = after_output_word(line) else { continue };
        let value = match rest.find([':', '`', '>', '=']) {
            Some(at) => value_of(&rest[at..]),
            None if rest.trim_matches(|c: char| !c.is_alphanumeric()).is_empty() => "",
            None => continue,
        };
        if !value.is_empty() {
            return Some(value);
        }
        // The label stands alone: the value is on the next line that is not empty and not a fence.
        let next = lines.clone().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with("```"));
        if let Some(value) = next.map(value_of).filter(|value| !value.is_empty()) {
            return Some(value);
        }
    }
    None
}

/// What follows the first word for an output in a line.
fn after_output_word(line: &str) -> Option<&str> {
    let lower = line.to_ascii_lowercase();
    let at = OUTPUT_WORDS.iter().filter_map(|word| lower.find(word).map(|at| at + word.len())).min()?;
    Some(&line[at..])
}

fn value_of(text: &str) -> &str {
    let value = text.trim_start_matches([':', '`', '>', '=', ' ', '*', '"', '\'']);
    let end = value.find(['`', '<']).unwrap_or(value.len());
    value[..end].trim().trim_end_matches(['*', '"', '\''])
}

/// Whether a program's output is a value rather than a complaint.
pub(super) fn is_value(output: &str) -> bool {
    let complaint = ["Error", "Traceback", "Exception", "timed out", "time-out", "timeout"]
        .iter()
        .any(|sign| output.contains(sign));
    !complaint && !output.is_empty() && output != "None"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(text: &str) -> Vec<(&str, &str)> {
        choices(text).into_iter().map(|choice| (choice.label, choice.body)).collect()
    }

    #[test]
    fn options_are_read_in_many_notations() {
        assert_eq!(bodies("Pick:\nA: one\nB: two\n\nC: three"), [("A", "one"), ("B", "two"), ("C", "three")]);
        assert_eq!(bodies("(A) one\nmore\n(B) two"), [("A", "one\nmore"), ("B", "two")]);
        assert_eq!(bodies("**A.** one\n**B.** two"), [("A", "one"), ("B", "two")]);
        assert_eq!(bodies("### Option A\none\n### Option B\ntwo"), [("A", "one"), ("B", "two")]);
        assert_eq!(bodies("Candidate 1: one\nCandidate 2: two"), [("1", "one"), ("2", "two")]);
        assert_eq!(bodies("Q: x\nA: 5\n\nQ: y\nA: 6\n"), [("A", "6")]);
        assert_eq!(bodies("A robe takes two bolts.\nBut none is left."), []);
    }

    #[test]
    fn final_answers_are_read_in_many_notations() {
        assert_eq!(final_answer("so \\boxed{\\frac{1}{2}}. Put it in \\boxed{}"), Some("\\frac{1}{2}"));
        assert_eq!(final_answer("Therefore the answer is **18**."), Some("18"));
        assert_eq!(final_answer("2 + 3 = 5\n#### 5"), Some("5"));
        assert_eq!(final_answer("  $12$\n\nNow choose."), Some("12"));
        assert_eq!(final_answer("\\boxed{1} or \\boxed{\\boxed{2}"), Some("2"));
        assert_eq!(final_answer("\\boxed{x + \\boxed{answer}}"), Some("x + \\boxed{answer}"));
        assert_eq!(final_answer("There are many ways to look at this and none is best"), None);
    }

    #[test]
    fn boxes_without_end_are_read_in_one_pass() {
        let open = "\\boxed{".repeat(200_000);
        assert_eq!(boxed(&format!("{open}7}}")), Some("7"));
        assert_eq!(boxed(&format!("{open}{}", "}".repeat(200_000))), Some("\\boxed{}"));
    }

    #[test]
    fn a_shown_answer_is_looked_for_after_the_statement_first() {
        assert_eq!(
            shown_answer("\\boxed{-2} exemplar\nSolution: it is \\boxed{7}", "Solution: it is \\boxed{7}"),
            Some("7")
        );
        assert_eq!(shown_answer("\nSolution: 42\nImprove it.", "\nSolution: 42\nImprove it."), Some("42"));
        assert_eq!(shown_answer("We got \\boxed{3}. Problem:\n", "\n"), Some("3"));
    }

    #[test]
    fn outputs_are_read_in_many_notations() {
        assert_eq!(program_output("The code output: 18\n"), Some("18"));
        assert_eq!(program_output("### Program output\n```\n18\n```\n"), Some("18"));
        assert_eq!(program_output("The program returned `\\frac{1}{2}`."), Some("\\frac{1}{2}"));
        assert_eq!(program_output("<output>18</output>"), Some("18"));
        assert_eq!(program_output("State the result clearly"), None);
        assert!(!is_value("NameError: name 'x' is not defined"));
    }
}
