//! Python source line by line: which lines begin within a string or bracket, and which could be Python at all.
//!
//! This is no parser. It knows as much of the language as it takes to tell code from the prose around it.

/// Where a reader of source stands between two lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The quote of an open triple-quoted string.
    string: Option<char>,
    /// Open brackets.
    brackets: usize,
    /// Whether the last line ended in a backslash.
    continued: bool,
}

impl State {
    /// Whether the next line begins within a triple-quoted string.
    pub(super) fn in_string(self) -> bool {
        self.string.is_some()
    }

    /// Whether the next line goes on with a statement of an earlier one.
    pub(super) fn inside(self) -> bool {
        self.string.is_some() || self.brackets > 0 || self.continued
    }

    /// Reads a line; what it is told of are the characters outside of strings and comments.
    fn read(&mut self, line: &str, mut outside: impl FnMut(usize, char)) {
        let mut short: Option<char> = None;
        self.continued = false;
        let mut chars = line.char_indices();
        while let Some((at, c)) = chars.next() {
            let rest = &line[at..];
            let quote = self.string.or(short);
            match (quote, c) {
                (Some(_), '\\') => {
                    chars.next();
                }
                (Some(quote), c) if c == quote => {
                    if short.is_some() {
                        short = None;
                    } else if triple(rest) {
                        self.string = None;
                        chars.nth(1);
                    }
                }
                (Some(_), _) => {}
                (None, '"' | '\'') if triple(rest) => {
                    self.string = Some(c);
                    chars.nth(1);
                }
                (None, '"' | '\'') => short = Some(c),
                (None, '#') => return,
                (None, c) => {
                    match c {
                        '(' | '[' | '{' => self.brackets += 1,
                        ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                        '\\' if rest.trim_end() == "\\" => self.continued = true,
                        _ => {}
                    }
                    outside(at, c);
                }
            }
        }
    }

    /// Reads a line.
    pub(super) fn advance(&mut self, line: &str) {
        self.read(line, |_, _| {});
    }
}

fn triple(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}

/// Spaces and tabs at a line's start.
pub(super) fn indentation(line: &str) -> usize {
    line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether nothing but space is on the line.
pub(super) fn blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Source without the characters that Python refuses outside of strings: no-break and other wide spaces become plain ones,
/// and what has no width goes.
pub(super) fn plain_spaces(source: &str) -> String {
    let foreign = |c: char| c.is_whitespace() && !c.is_ascii();
    let widthless = |c: char| matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    if !source.contains(|c| foreign(c) || widthless(c)) {
        return source.to_owned();
    }
    let mut out = String::with_capacity(source.len());
    let mut state = State::default();
    for line in source.split_inclusive('\n') {
        let mut kept = 0;
        state.read(line, |at, c| {
            if foreign(c) || widthless(c) {
                out.push_str(&line[kept..at]);
                out.push_str(if foreign(c) { " " } else { "" });
                kept = at + c.len_utf8();
            }
        });
        out.push_str(&line[kept..]);
    }
    out
}

/// The lines without the indentation that all of them share.
pub(super) fn dedented(lines: &[&str]) -> String {
    let common = lines.iter().filter(|line| !blank(line)).map(|line| indentation(line)).min().unwrap_or(0);
    let cut: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or("")).collect();
    cut.join("\n")
}

/// Whether the line begins with this word.
pub(super) fn begins(line: &str, word: &str) -> bool {
    line.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The name that a line at the margin defines as a function or class.
pub(super) fn defined(line: &str) -> Option<&str> {
    let line = line.strip_prefix("async ").map_or(line, str::trim_start);
    let rest = line.strip_prefix("def ").or_else(|| line.strip_prefix("class "))?.trim_start();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let opens = rest[end..].trim_start().starts_with(['(', '[', ':']);
    (end > 0 && opens).then(|| &rest[..end])
}

/// The name that a line at the margin gives a value: `name = ..`, `name: kind = ..`.
pub(super) fn assigned(line: &str) -> Option<&str> {
    let end = line.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(line.len());
    let rest = line[end..].trim_start();
    let value = match rest.strip_prefix(':') {
        Some(kind) => kind.split_once('=')?.1,
        None => rest.strip_prefix('=')?,
    };
    (end > 0 && !line.starts_with(|c: char| c.is_ascii_digit()) && !value.starts_with('=')).then(|| &line[..end])
}

/// Words that begin a statement, and those of them that open a block.
const STATEMENTS: &[&str] = &[
    "import", "from", "return", "pass", "raise", "assert", "global", "nonlocal", "del", "yield", "await", "break",
    "continue",
];
const BLOCKS: &[&str] = &[
    "def", "class", "async", "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "match", "case",
];
/// Words that may stand beside a name.
const OPERATORS: &[&str] =
    &["and", "or", "not", "in", "is", "if", "else", "for", "lambda", "as", "import", "from", "await", "async", "yield"];
/// Letters before a string's quote.
const PREFIXES: &[&str] = &["r", "b", "f", "u", "br", "rb", "fr", "rf"];

/// Whether a line at the margin could be Python. Prose gives itself away by words side by side, by signs that Python does
/// not have, or by saying nothing: a bare name, a label before a colon.
pub(super) fn could_be_code(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with(['#', '@']) {
        return true;
    }
    let Some(tokens) = tokens(line) else { return false };
    let Some(first) = tokens.first() else { return false };
    if side_by_side(&tokens) || matches!(tokens.last(), Some(Token::Sign('.'))) {
        return false;
    }
    let has = |sign: char| tokens.contains(&Token::Sign(sign));
    match first {
        Token::Word("from") => tokens.contains(&Token::Word("import")),
        Token::Word(word) if BLOCKS.contains(word) => has(':') || line.ends_with(['(', '[', '{', '\\', ',']),
        Token::Word(word) if STATEMENTS.contains(word) => true,
        Token::Word(word) if OPERATORS.contains(word) => false,
        Token::Word(name) => match tokens.get(1) {
            Some(Token::Sign(':')) => annotated(name, &tokens[2..]),
            Some(Token::Sign('(')) => line[name.len()..].starts_with('('),
            Some(_) => has('=') || has('('),
            None => false,
        },
        Token::Sign(sign) => "([{*)]}".contains(*sign),
        Token::Text => true,
        Token::Number => false,
    }
}

/// `name: kind = value`, where a capital label before a small word is prose ("Note: x = 3").
fn annotated(name: &str, rest: &[Token<'_>]) -> bool {
    let Some(Token::Word(kind)) = rest.first() else { return false };
    let mut letters = name.chars();
    let label = letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase);
    let builtin = ["int", "str", "float", "bool", "list", "dict", "set", "tuple", "type"].contains(kind);
    rest.contains(&Token::Sign('=')) && (!label || builtin || kind.starts_with(char::is_uppercase))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    Number,
    /// A string.
    Text,
    Sign(char),
}

/// The words and signs of a line; none where a sign is not Python's, or a string does not end.
fn tokens(line: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let rest = &line[at..];
        at += match c {
            c if c.is_whitespace() => c.len_utf8(),
            '#' => break,
            c if c.is_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let quoted = rest[end..].starts_with(['"', '\'']);
                if !quoted {
                    tokens.push(Token::Word(&rest[..end]));
                } else if !PREFIXES.contains(&&*rest[..end].to_ascii_lowercase()) {
                    // "It's".
                    return None;
                }
                end
            }
            c if c.is_ascii_digit() => {
                tokens.push(Token::Number);
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "._".contains(c)));
                end.unwrap_or(rest.len())
            }
            '"' | '\'' => {
                tokens.push(Token::Text);
                string_length(rest, c)?
            }
            '!' if !rest.starts_with("!=") => return None,
            '\\' if rest.trim_end() != "\\" => return None,
            c if c.is_ascii() && !"$?`".contains(c) => {
                tokens.push(Token::Sign(c));
                1
            }
            _ => return None,
        };
    }
    Some(tokens)
}

/// How long the string at the start of the text is. A triple-quoted one may go on in the next line.
fn string_length(text: &str, quote: char) -> Option<usize> {
    let triple = triple(text);
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(if triple { 3 } else { 1 }) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote && triple && text[at..].starts_with(&text[..3]) => return Some(at + 3),
            c if c == quote && !triple => return Some(at + 1),
            _ => {}
        }
    }
    (triple || escaped).then_some(text.len())
}

/// Whether two values stand beside each other with nothing between them.
fn side_by_side(tokens: &[Token<'_>]) -> bool {
    let keyword = |word: &&str| OPERATORS.contains(word) || STATEMENTS.contains(word) || BLOCKS.contains(word);
    let begins = |token: &Token<'_>| match token {
        Token::Word(word) => !keyword(word),
        Token::Number | Token::Text => true,
        Token::Sign(_) => false,
    };
    let ends = |token: &Token<'_>| begins(token) || matches!(token, Token::Sign(')' | ']' | '}'));
    let both_text = |pair: &[Token<'_>]| pair == [Token::Text, Token::Text];
    tokens.windows(2).any(|pair| ends(&pair[0]) && begins(&pair[1]) && !both_text(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_told_from_prose() {
        for line in [
            "import math",
            "from typing import List, Optional",
            "def f(x):",
            "async def f(x): return 1",
            "class A:",
            "@cache",
            "# a comment, with words",
            "x = 1",
            "a, b = b, a",
            "x: int = 3",
            "Vector: TypeAlias = list",
            "memo[n] = x if x > 2 else y",
            "print(f(1))",
            "assert f('it is') == 2",
            "if x not in y and z is not None:",
            "if x: return 1",
            "return x",
            "return not x",
            "'a' 'b'",
            "x += f\"{y}\"",
            "d.pop(3)",
            "lines = [",
            "total = a + \\",
        ] {
            assert!(could_be_code(line), "{line}");
        }
        for line in [
            "Here it is:",
            "Note: x must be a number = fine",
            "Note: x = fine",
            "This returns x plus one.",
            "It's done",
            "Done.",
            "Done",
            "return the value of x",
            "from here on it is easy",
            "for example, f(1)",
            "if you need more, ask",
            "if you need more: ask",
            "f(1) returns 2",
            "Time complexity: O(n)",
            "1. So",
            "- x",
            "Is it right?",
            "Cost: $5",
            "import this, they said.",
            "class of problems:",
        ] {
            assert!(!could_be_code(line), "{line}");
        }
    }

    #[test]
    fn strings_and_brackets_reach_over_lines() {
        let mut state = State::default();
        let inside: Vec<bool> = ["x = [", "1]", "'''", "f(", "''' # (", "y = '(' # \"\"\"", "z = 1 + \\", "2"]
            .iter()
            .map(|line| {
                let inside = state.inside();
                state.advance(line);
                inside
            })
            .collect();
        assert_eq!(inside, [false, true, false, true, true, false, false, true]);
    }

    #[test]
    fn spaces_are_plain_outside_of_strings() {
        let source = "\u{feff}def f(x):\n\u{a0}\u{a0}\u{a0}\u{a0}return '\u{a0}'\u{202f}+ x\n";
        assert_eq!(plain_spaces(source), "def f(x):\n    return '\u{a0}' + x\n");
    }
}
