//! Python programs in a model's text.
//!
//! A reply may hold the whole program in a fenced block, the whole program bare, or only the body that completes the
//! problem's stub. All three become one program, with the imports and helpers that the problem's statement brings.

/// The whole program that a reply gives for a problem's stub: the last fenced block that defines the entry point, else
/// the bare text from its first line of code, else the stub completed by the body that the reply consists of.
#[must_use]
pub fn program(text: &str, statement: &str, entry_point: &str) -> Option<String> {
    if let Some(program) = defining(text, entry_point) {
        return Some(with_prelude(&program, &prelude(statement, entry_point)));
    }
    let stub = region(statement, entry_point)?;
    let body = match blocks(text).last() {
        Some(lines) => body(lines),
        None => body(&text.lines().collect::<Vec<_>>()).filter(|_| starts_like_a_body(text)),
    };
    Some(format!("{}\n{}\n", stub.trim_end(), indented(&body?)))
}

/// The program in a text that defines this function at its top level: the last fenced block that does, else the bare text
/// from its first line of code to its last.
#[must_use]
pub fn defining(text: &str, function: &str) -> Option<String> {
    let blocks = blocks(text);
    if blocks.is_empty() {
        return region(text, function);
    }
    blocks.iter().rev().map(|lines| dedented(lines)).find(|block| defines(block, function))
}

/// The trusted source that tests of a problem may use: its statement's code where that brings functions besides the entry
/// point, else nothing.
#[must_use]
pub fn helpers(statement: &str, entry_point: &str) -> String {
    let prelude = prelude(statement, entry_point);
    if prelude.lines().any(|line| line.starts_with("def ") || line.starts_with("class ")) {
        prelude
    } else {
        String::new()
    }
}

/// What the statement's code holds before the entry point: imports and helpers.
fn prelude(statement: &str, entry_point: &str) -> String {
    let Some(code) = region(statement, entry_point) else { return String::new() };
    let before: Vec<&str> = code.lines().take_while(|line| !opens(line, entry_point)).collect();
    before.join("\n").trim_end().to_owned()
}

/// The prelude before the program, unless that begins with it; `from __future__` has to stay on top.
fn with_prelude(program: &str, prelude: &str) -> String {
    let program = program.trim_end();
    if prelude.is_empty() || program.starts_with(prelude) {
        return format!("{program}\n");
    }
    let (future, rest): (Vec<&str>, Vec<&str>) =
        program.lines().partition(|line| line.starts_with("from __future__ import"));
    let top: String = future.iter().map(|line| format!("{line}\n")).collect();
    format!("{top}{prelude}\n\n\n{}\n", rest.join("\n"))
}

/// The lines of the fenced blocks of a text. A block that is never closed ends the text.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            match open.take() {
                Some(lines) => blocks.push(lines),
                None => open = Some(Vec::new()),
            }
        } else if let Some(lines) = &mut open {
            lines.push(line);
        }
    }
    blocks.extend(open);
    blocks
}

fn dedented(lines: &[&str]) -> String {
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(line)).min().unwrap_or(0);
    let cut: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or("")).collect();
    cut.join("\n")
}

fn indentation(line: &str) -> usize {
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether this line begins the definition of the function at the top level.
fn opens(line: &str, function: &str) -> bool {
    line.strip_prefix("def ")
        .and_then(|rest| rest.trim_start().strip_prefix(function))
        .is_some_and(|rest| rest.trim_start().starts_with(['(', '[']))
}

fn defines(code: &str, function: &str) -> bool {
    code.lines().any(|line| opens(line, function))
}

/// The lines of code around the definition of the function, without the prose before and after them.
fn region(text: &str, function: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let definition = lines.iter().position(|line| opens(line, function))?;
    let start = lines.iter().position(|line| starts_code(line))?.min(definition);
    let after = lines[definition + 1..].iter().position(|line| is_prose(line));
    let end = after.map_or(lines.len(), |offset| definition + 1 + offset);
    Some(lines[start..end].join("\n"))
}

/// Whether a top-level line can only be Python: prose may begin with "from" or "class" as well.
fn starts_code(line: &str) -> bool {
    let first = |keyword: &str| line.strip_prefix(keyword).is_some_and(|rest| rest.starts_with(' '));
    (first("import") && !line.trim_end().ends_with('.'))
        || (first("from") && line.contains(" import "))
        || ((first("def") || first("async def")) && line.contains('('))
        || (first("class") && line.trim_end().ends_with(':'))
        || line.starts_with('@')
}

/// Whether a line behind the definition ends the code: unindented, and nothing that Python could go on with.
fn is_prose(line: &str) -> bool {
    let Some(first) = line.chars().next() else { return false };
    if first.is_whitespace() || !first.is_alphanumeric() || starts_code(line) {
        return false;
    }
    let block = line.trim_end().ends_with(':') && BLOCKS.iter().any(|keyword| line.starts_with(keyword));
    let keyword = ["assert", "del", "global", "raise"].iter().any(|word| is_statement(line, word));
    let word = line.find(|c: char| !(c.is_alphanumeric() || "_.[]\"'".contains(c))).unwrap_or(line.len());
    let rest = line[word..].trim_start();
    let statement = rest.starts_with('(') && line[word..].starts_with('(') || assigns(rest);
    !(block || keyword || statement)
}

const BLOCKS: [&str; 10] = ["if ", "elif ", "else", "for ", "while ", "try", "except", "finally", "with ", "match "];

fn assigns(rest: &str) -> bool {
    let operator = rest.trim_start_matches(['+', '-', '*', '/', '|', '&', '%']);
    operator.starts_with('=') || (rest.starts_with(": ") && rest.contains(" = "))
}

/// A function's body, without its indentation: code that returns, yields, raises or passes, and that is indented, defines
/// nothing at its top level, or returns there.
fn body(lines: &[&str]) -> Option<String> {
    let mut lines: Vec<&str> = lines.iter().copied().skip_while(|line| line.trim().is_empty()).collect();
    let restored = restored(&lines)?;
    lines[0] = &restored;
    let body = dedented(&lines);
    let holds = |line: &str, words: &[&str]| words.iter().any(|word| is_statement(line, word));
    let leaves = body.lines().any(|line| holds(line.trim_start(), &["return", "yield", "raise", "pass"]));
    let leaves_on_top = body.lines().any(|line| holds(line, &["return", "yield"]));
    let defines = body.lines().any(|line| holds(line, &["def", "class"]));
    (leaves && (leaves_on_top || !defines || indentation(&restored) > 0)).then_some(body)
}

/// The first line with its indentation, which is often lost on the way as the text was trimmed: the others have more than
/// the block that it may open would give them.
fn restored(lines: &[&str]) -> Option<String> {
    let first = lines.first()?;
    let mut rest = lines[1..].iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(line)).peekable();
    let second = rest.peek().copied().unwrap_or(0);
    let least = rest.min().unwrap_or(0);
    let lost = indentation(first) == 0 && (!first.trim_end().ends_with(':') || second > least);
    Some(format!("{}{first}", " ".repeat(if lost { least } else { 0 })))
}

fn is_statement(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Unfenced text is a body only if it begins as one: prose may speak of returning, too.
fn starts_like_a_body(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| {
        indentation(line) > 0
            || is_statement(line, "return")
            || BLOCKS.iter().any(|keyword| line.starts_with(keyword) && line.trim_end().ends_with(':'))
    })
}

fn indented(body: &str) -> String {
    let lines: Vec<String> =
        body.lines().map(|line| if line.trim().is_empty() { String::new() } else { format!("    {line}") }).collect();
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STUB: &str = "import math\n\n\ndef half(x):\n    return x / 2\n\n\ndef area(r: float) -> float:\n    \"\"\" Area of a disc.\n    >>> area(0)\n    0.0\n    \"\"\"\n";
    const PRELUDE: &str = "import math\n\n\ndef half(x):\n    return x / 2\n\n";

    fn area(text: &str) -> Option<String> {
        program(text, STUB, "area")
    }

    #[test]
    fn the_last_block_that_defines_the_function_is_the_program() {
        let text = "The old one:\n```python\ndef area(r):\n    return 0\n```\nBetter:\n```python\ndef area(r):\n    return math.pi * r**2\n```\nTry it:\n```python\nprint(area(1))\n```\n";
        assert_eq!(area(text).unwrap(), format!("{PRELUDE}\ndef area(r):\n    return math.pi * r**2\n"));
    }

    #[test]
    fn a_program_that_repeats_the_prelude_gets_it_once() {
        let whole = format!("{PRELUDE}\ndef area(r):\n    return 1.0\n");
        assert_eq!(area(&format!("```python\n{whole}```")).unwrap(), whole);
    }

    #[test]
    fn future_imports_stay_on_top() {
        let text = "```\nfrom __future__ import annotations\ndef area(r):\n    return 1.0\n```";
        let expected = format!("from __future__ import annotations\n{PRELUDE}\ndef area(r):\n    return 1.0\n");
        assert_eq!(area(text).unwrap(), expected);
    }

    #[test]
    fn a_bare_program_is_cut_out_of_the_prose_around_it() {
        let text = "Here is the function.\n\nimport cmath\nPI = 3\n\ndef area(r):\n    # squares\n    return PI * r**2\n\nassert area(1)\nThis works since PI is near 3.\n";
        let cut = "import cmath\nPI = 3\n\ndef area(r):\n    # squares\n    return PI * r**2\n\nassert area(1)";
        assert_eq!(region(text, "area").unwrap(), cut);
    }

    #[test]
    fn a_body_completes_the_stub() {
        let expected = format!("{STUB}    s = r * r\n    if s:\n        return s\n    return 0.0\n");
        let body = "    s = r * r\n    if s:\n        return s\n    return 0.0\n";
        assert_eq!(area(body).unwrap(), expected);
        assert_eq!(area(body.trim_start()).as_ref(), None, "prose could begin like this");
        assert_eq!(area(&format!("Add this:\n```python\n{body}```")).unwrap(), expected);
        assert_eq!(area(&format!("```python\n{}```", body.trim_start())).unwrap(), expected);
        assert_eq!(area("return 0.0").unwrap(), format!("{STUB}    return 0.0\n"));
        let branching = "    for i in range(3):\n        if i > r:\n            return i\n    return 0.0\n";
        assert_eq!(area(&format!("```python\n{}```", branching.trim_start())).unwrap(), format!("{STUB}{branching}"));
        assert_eq!(area("```\nif r:\n    return 1\n```").unwrap(), format!("{STUB}    if r:\n        return 1\n"));
        let inner = "    def square(x):\n        return x * x\n    return square(r)\n";
        assert_eq!(area(inner).unwrap(), format!("{STUB}{inner}"));
    }

    #[test]
    fn text_without_a_program_gives_none() {
        for text in [
            "",
            "I cannot write this.",
            "```python\nprint(1)\n```",
            "```python\ndef other():\n    return 1\n```",
            "```",
        ] {
            assert_eq!(area(text), None, "{text:?}");
        }
        let method = "```python\nclass Solution:\n    def area(self, r):\n        return 1\n```";
        assert_eq!(area(method), None);
    }

    #[test]
    fn a_block_that_is_indented_or_cut_off_is_still_read() {
        assert_eq!(
            defining("1. Code:\n   ```python\n   def solve():\n       return 3\n   ```\n", "solve").unwrap(),
            "def solve():\n    return 3"
        );
        assert_eq!(defining("```python\ndef solve():\n    return 3", "solve").unwrap(), "def solve():\n    return 3");
        assert_eq!(defining("```python\ndef solved():\n    return 3\n```", "solve"), None);
    }

    #[test]
    fn helpers_are_what_the_statement_defines_before_the_function() {
        assert_eq!(helpers(STUB, "area"), PRELUDE.trim_end());
        assert_eq!(helpers("from typing import List\n\ndef f(x: List):\n    \"\"\"F.\"\"\"\n", "f"), "");
        assert_eq!(helpers("Write a function f that adds one.", "f"), "");
    }

    #[test]
    fn large_texts_take_linear_time() {
        assert_eq!(area(&"```\n".repeat(50_000)), None);
        assert_eq!(area(&"def area\n".repeat(50_000)), None);
        assert!(area(&"def area(r):\n    return 1\n".repeat(50_000)).is_some());
    }

    proptest! {
        #[test]
        fn any_text_gives_a_program_that_defines_the_function_or_none(
            text in r"(\PC{0,8}|\n|\t|    |```|```python|def area\(r\):|return|import math|class A:){0,40}",
        ) {
            if let Some(program) = area(&text) {
                prop_assert!(defines(&program, "area"));
            }
        }
    }
}
