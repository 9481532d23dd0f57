//! Wrong programs made from a right one by small changes to its text.

use std::ops::Range;

/// Lines that are left alone: changing them breaks the program, or keeps a loop from ending.
const UNTOUCHED: [&str; 6] = ["import ", "from ", "def ", "class ", "@", "while "];
/// Operators and what may stand in their place; the longer ones come first.
const OPERATORS: [(&str, &[&str]); 13] = [
    ("<=", &["<"]),
    (">=", &[">"]),
    ("==", &["!="]),
    ("!=", &["=="]),
    ("//", &["%"]),
    ("**", &["*"]),
    ("->", &[]),
    ("+", &["-"]),
    ("-", &["+"]),
    ("*", &["+"]),
    ("%", &["//"]),
    ("<", &["<=", ">"]),
    (">", &[">=", "<"]),
];
/// Words and what may stand in their place.
const WORDS: [(&str, &str); 16] = [
    ("and", "or"),
    ("or", "and"),
    ("not", ""),
    ("True", "False"),
    ("False", "True"),
    ("min", "max"),
    ("max", "min"),
    ("any", "all"),
    ("all", "any"),
    ("sum", "len"),
    ("len", "sum"),
    ("sorted", "list"),
    ("lower", "upper"),
    ("upper", "lower"),
    ("isupper", "islower"),
    ("abs", "int"),
];

/// What the value of a `return` may be turned into.
const RETURNS: [(&str, &str); 3] = [("not (", ")"), ("(", ") + 1"), ("(", ")[:-1]")];

/// Every single change to the code of `reference` from byte `from` on, as whole programs. Strings, comments, imports,
/// signatures and loop conditions stay as they are.
pub(super) fn mutants(reference: &str, from: usize) -> Vec<String> {
    let mut mutants = Vec::new();
    for span in code_lines(reference, from) {
        for (range, with) in changes(reference, &span) {
            mutants.push([&reference[..range.start], &with, &reference[range.end..]].concat());
        }
    }
    mutants.extend(other_returns(reference, from));
    mutants
}

/// The program with one of its returned values changed as a whole.
fn other_returns(reference: &str, from: usize) -> impl Iterator<Item = String> {
    let returns = reference.match_indices("return ").filter(move |(at, _)| {
        let line = reference[..*at].rfind('\n').map_or(0, |end| end + 1);
        *at >= from && reference[line..*at].trim().is_empty()
    });
    returns.flat_map(move |(at, word)| {
        let start = at + word.len();
        let end = start + reference[start..].find('\n').unwrap_or(reference.len() - start);
        let value = &reference[start..end];
        RETURNS.map(|(open, close)| [&reference[..start], open, value, close, &reference[end..]].concat())
    })
}

/// The stretches of code that may be changed: no strings, no comments, no line that is left alone.
fn code_lines(source: &str, from: usize) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let bytes = source.as_bytes();
    let (mut at, mut start) = (0, 0);
    let mut close = |start: usize, end: usize| {
        let line = source[..start].rfind('\n').map_or(0, |end| end + 1);
        let touched = !UNTOUCHED.iter().any(|word| source[line..].trim_start().starts_with(word));
        let start = start.max(from);
        if touched && start < end {
            spans.push(start..end);
        }
    };
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => {
                close(start, at);
                at += 1;
                start = at;
            }
            b'#' => {
                close(start, at);
                at += source[at..].find('\n').unwrap_or(source.len() - at);
                start = at;
            }
            b'"' | b'\'' => {
                close(start, at);
                at = string_end(source, at);
                start = at;
            }
            _ => at += 1,
        }
    }
    close(start, bytes.len());
    spans
}

/// Where the string that begins at `at` ends.
fn string_end(source: &str, at: usize) -> usize {
    let quote = &source[at..=at];
    let triple = quote.repeat(3);
    let mark = if source[at..].starts_with(&triple) { triple.as_str() } else { quote };
    let bytes = source.as_bytes();
    let mut end = at + mark.len();
    while end < bytes.len() && !bytes[end..].starts_with(mark.as_bytes()) {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    let mut end = (end + mark.len()).min(source.len());
    while !source.is_char_boundary(end) {
        end += 1;
    }
    end
}

/// The changes within one stretch of code.
fn changes(source: &str, span: &Range<usize>) -> Vec<(Range<usize>, String)> {
    let mut changes = Vec::new();
    let bytes = source.as_bytes();
    let mut at = span.start;
    while at < span.end {
        let rest = &source[at..span.end];
        let word = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if word > 0 {
            let range = at..at + word;
            changes.extend(instead_of_word(&rest[..word]).into_iter().map(|with| (range.clone(), with)));
            at += word;
        } else if let Some((operator, others)) = OPERATORS.iter().find(|(operator, _)| rest.starts_with(operator)) {
            // `*args`, `f(-x)` and `x[-1]`: only between two operands is `*` an operator.
            let unary = *operator == "*" && matches!(source[..at].trim_end().bytes().last(), Some(b'(' | b','));
            if !unary {
                changes.extend(others.iter().map(|other| (at..at + operator.len(), (*other).to_owned())));
            }
            at += operator.len();
        } else {
            at += 1;
            while at < span.end && bytes[at] & 0b1100_0000 == 0b1000_0000 {
                at += 1;
            }
        }
    }
    changes
}

fn instead_of_word(word: &str) -> Vec<String> {
    if let Ok(number) = word.parse::<i64>() {
        let neighbours = [number.checked_add(1), number.checked_sub(1).filter(|&less| less >= 0)];
        return neighbours.into_iter().flatten().map(|other| other.to_string()).collect();
    }
    WORDS.iter().filter(|(known, _)| *known == word).map(|(_, other)| (*other).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_changed() {
        let source = "import os\ndef f(a, n=1):\n    \"\"\"Adds 1 + 1.\"\"\"\n    # 2 < 3\n    return a + 1 if a < '4' else -a\n";
        let bodies: Vec<_> =
            mutants(source, 0).into_iter().map(|mutant| mutant.lines().last().map(str::to_owned)).collect();
        let expected = [
            "    return a - 1 if a < '4' else -a",
            "    return a + 2 if a < '4' else -a",
            "    return a + 0 if a < '4' else -a",
            "    return a + 1 if a <= '4' else -a",
            "    return a + 1 if a > '4' else -a",
            "    return a + 1 if a < '4' else +a",
            "    return not (a + 1 if a < '4' else -a)",
            "    return (a + 1 if a < '4' else -a) + 1",
            "    return (a + 1 if a < '4' else -a)[:-1]",
        ];
        assert_eq!(bodies, expected.map(|line| Some(line.to_owned())));
    }

    #[test]
    fn nothing_before_the_body_is_changed() {
        let source = "def g(x):\n    return x + 1\n\ndef f(x):\n    return g(x) - x\n";
        let from = source.find("def f").expect("f is there");
        assert!(
            mutants(source, from)
                .iter()
                .all(|mutant| mutant.starts_with("def g(x):\n    return x + 1\n\ndef f(x):\n    return"))
        );
        assert_eq!(mutants(source, from)[0], source.replace(") - x", ") + x"));
    }
}
