//! Python programs that answer a maths problem.

use lamas_core::random::Stream;
use rand::RngExt;

/// Ways in which a program fails to run.
const FAULTS: [&str; 3] =
    ["    total = quantities[0] + remaining\n", "    total = sum(quantities\n", "    total = quantities + \"1\"\n"];

/// A program whose `solve()` returns `answer`. There are two texts for each answer, so that a store of runs profits.
pub(super) fn right_or_wrong(answer: &str, quantities: &[String], stream: &mut Stream) -> String {
    let literal = literal(answer);
    let head = head(quantities);
    if stream.random_bool(0.5) {
        format!("{head}    return {literal}\n")
    } else {
        format!("{head}    answer = {literal}\n    return answer\n")
    }
}

/// A program that does not run to its end.
pub(super) fn broken(quantities: &[String], stream: &mut Stream) -> String {
    let fault = FAULTS[stream.random_range(0..FAULTS.len())];
    format!("{}{fault}    return total\n", head(quantities))
}

fn head(quantities: &[String]) -> String {
    let listed = quantities.iter().map(|quantity| literal(quantity)).collect::<Vec<_>>().join(", ");
    format!("def solve():\n    # The quantities that the problem gives.\n    quantities = [{listed}]\n")
}

/// An answer as a Python literal: a number where its text is one, else a string.
fn literal(answer: &str) -> String {
    let digits: String = answer.trim().chars().filter(|c| *c != ',').collect();
    let whole = digits.strip_prefix('-').unwrap_or(&digits);
    let integer =
        !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit()) && (whole == "0" || !whole.starts_with('0'));
    let grouped = super::answer::number(answer.trim()).is_some();
    if integer && grouped { digits } else { quoted(answer) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\\' | '"' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_python_literals() {
        assert_eq!(literal("18"), "18");
        assert_eq!(literal("-70,000"), "-70000");
        assert_eq!(literal("007"), "\"007\"");
        assert_eq!(literal("9.50"), "\"9.50\"");
        assert_eq!(literal("\\frac{1}{2}"), "\"\\\\frac{1}{2}\"");
        assert_eq!(literal("2, 3"), "\"2, 3\"");
    }
}
