//! From a model's text to a Python program.
//!
//! A reply may hold the whole program between fences, the whole program bare, or only the body that completes the
//! problem's stub. All three become one program, with the imports and helpers that the statement and the rest of the reply
//! bring. What operators test, show and vote on is this program, and so is what is scored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::fences::{Part, parts};
use super::lines::{State, assigned, begins, blank, could_be_code, dedented, defined, indentation, plain_spaces};
use super::wrapping::{unquoted, untagged};
use crate::read::answer_part;

/// The program that a reply gives for a problem's stub; none where it holds no code that could be one.
///
/// It is the last fenced block that defines the entry point, else the last bare code that does, else the stub completed by
/// the body that the reply consists of. Thoughts are passed over.
///
/// ```
/// let stub = "def double(x):\n    \"\"\"Twice x.\"\"\"\n";
/// let program = lamas_score::code::program("It is simple.\n\n    return 2 * x\n```\n", stub, "double");
/// assert_eq!(program.as_deref(), Some("def double(x):\n    \"\"\"Twice x.\"\"\"\n    return 2 * x\n"));
/// assert_eq!(lamas_score::code::program("I cannot do that.", stub, "double"), None);
/// ```
#[must_use]
pub fn program(text: &str, statement: &str, entry_point: &str) -> Option<String> {
    let text = answer_part(text);
    let text = untagged(&text);
    let codes = codes(&text, entry_point);
    if let Some(program) = whole(&codes, entry_point).or_else(|| whole_unquoted(&text, entry_point)) {
        return Some(with_preamble(&program, &preamble(statement, entry_point)));
    }
    let stub = region(statement, entry_point)?;
    let blocks = codes.iter().rev().filter(|code| code.fenced && code.python);
    // A text that begins with code is a completion, whatever it goes on to say.
    let leading = codes.first().filter(|code| code.leads);
    let plain = leading.into_iter().chain(codes.iter().rev().filter(|code| !code.fenced));
    let body = blocks.chain(plain).find_map(|code| body(&code.text));
    let body = body.or_else(|| body_in_sentence(&text))?;
    Some(format!("{}\n{}\n", stub.trim_end(), body.trim_end()))
}

/// The program in a text that defines this function at its top level; none where it holds none.
#[must_use]
pub fn defining(text: &str, function: &str) -> Option<String> {
    let text = answer_part(text);
    let text = untagged(&text);
    whole(&codes(&text, function), function).or_else(|| whole_unquoted(&text, function))
}

/// The same of a text that quotes its code; looked for only where nothing else defines the function, as docstrings quote, too.
fn whole_unquoted(text: &str, function: &str) -> Option<String> {
    whole(&codes(&unquoted(text), function), function)
}

/// What the statement's code shows before the entry point: imports and helper functions, trusted source that tests may use.
#[must_use]
pub fn preamble(statement: &str, entry_point: &str) -> String {
    let Some(code) = region(statement, entry_point) else { return String::new() };
    let end = definition(&code, entry_point).unwrap_or(0);
    code[..end].trim_end().to_owned()
}

/// Code in a reply.
struct Code {
    /// Without the indentation that all lines share, and in plain spaces.
    text: String,
    fenced: bool,
    /// Whether it says to be Python, or nothing.
    python: bool,
    /// Whether the text begins with it.
    leads: bool,
}

fn codes(text: &str, function: &str) -> Vec<Code> {
    let mut codes = Vec::new();
    for (index, part) in parts(text).into_iter().enumerate() {
        match part {
            Part::Block(lines, python) => {
                let source = plain_spaces(&lines.join("\n"));
                let text = dedented(&source.lines().collect::<Vec<_>>());
                codes.push(Code { text, fenced: true, python, leads: false });
            }
            Part::Plain(lines) => codes.extend(bare(&plain_spaces(&lines.join("\n")), function, index == 0)),
        }
    }
    codes
}

/// The stretches of code in a text without fences, in order; `first` says that the reply begins with it.
fn bare(source: &str, function: &str, first: bool) -> Vec<Code> {
    let mut found = Vec::new();
    let mut current: Option<(Code, State)> = None;
    let mut leads = first;
    for line in source.lines() {
        let inside = current.as_ref().is_some_and(|(_, state)| state.inside());
        if !(inside || blank(line) || indentation(line) > 0 || could_be_code(line)) {
            found.extend(current.take());
            leads = false;
        } else if current.is_some() || !blank(line) {
            let start = || (Code { text: String::new(), fenced: false, python: true, leads }, State::default());
            let (code, state) = current.get_or_insert_with(start);
            leads = false;
            state.advance(line);
            code.text.push_str(line);
            code.text.push('\n');
        }
    }
    found.extend(current);
    found.into_iter().map(|(code, _)| Code { text: dedented_if_whole(code.text, function), ..code }).collect()
}

/// Bare code without its shared indentation, if it defines the function then, as code does that Markdown sets by indenting
/// it; a body keeps its own.
fn dedented_if_whole(text: String, function: &str) -> String {
    let cut = dedented(&text.lines().collect::<Vec<_>>());
    let returns = cut.lines().any(|line| begins(line, "return"));
    if !returns && definition(&cut, function).is_some() { cut } else { text }
}

/// Where a text defines the function at its top level.
fn definition(text: &str, function: &str) -> Option<usize> {
    let mut state = State::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let here = !state.inside() && (defined(line) == Some(function) || assigned(line) == Some(function));
        if here {
            return Some(at);
        }
        state.advance(line.trim_end_matches('\n'));
        at += line.len();
    }
    None
}

/// Words of blocks that leave the scope as it is.
const BLOCKS: &[&str] = &["if", "elif", "else", "try", "except", "finally", "with", "for", "while"];

/// Whether a text defines the function at its top level, or there within blocks that leave the scope as it is (`if True:`).
fn defines(text: &str, function: &str) -> bool {
    definition(text, function).is_some() || defines_in_block(text, function)
}

fn defines_in_block(text: &str, function: &str) -> bool {
    let mut state = State::default();
    // The blocks that are open, by how deep their first lines stand, and whether they leave the scope as it is.
    let mut open: Vec<(usize, bool)> = Vec::new();
    for line in text.lines() {
        let (depth, statement) = (indentation(line), line.trim_start());
        if !state.inside() && !blank(line) && !statement.starts_with('#') {
            open.retain(|(outer, _)| *outer < depth);
            let on_top = !open.is_empty() && open.iter().all(|(_, same_scope)| *same_scope);
            if on_top && defined(statement) == Some(function) {
                return true;
            }
            let block = BLOCKS.iter().any(|word| begins(statement, word));
            // A line in a block begins no body of its own, unless it says so.
            if block || defined(statement).is_some() || (depth > 0 && open.is_empty()) {
                open.push((depth, block && (depth == 0 || on_top)));
            }
        }
        state.advance(line);
    }
    false
}

/// Whether the function that a text defines last is only announced: its body is `...`, `pass` or "not implemented", beside a
/// docstring and comments.
fn is_stub(text: &str, function: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().rposition(|line| defined(line.trim_start()) == Some(function)) else { return false };
    let mut state = State::default();
    let mut says = false;
    for (index, line) in lines.iter().enumerate().skip(at) {
        let margin = index > at && !state.inside() && !blank(line) && indentation(line) <= indentation(lines[at]);
        if margin {
            break;
        }
        let (string, inside) = (state.in_string(), state.inside());
        state.advance(line);
        let statement = match (index == at || inside, line.rsplit_once(':')) {
            (true, Some((_, body))) if !string && !state.inside() => body,
            (true, _) => continue,
            (false, _) => line,
        };
        let statement = statement.split('#').next().unwrap_or("").trim();
        let docstring = state.in_string() || statement.starts_with(['"', '\'']);
        let nothing = ["...", "pass"].contains(&statement) || begins(statement, "raise NotImplementedError");
        if !(nothing || docstring || statement.is_empty()) {
            return false;
        }
        says |= nothing;
    }
    says
}

/// The statement's code around the definition of its function, without prose before and after it.
fn region(statement: &str, entry_point: &str) -> Option<String> {
    let source = plain_spaces(statement);
    bare(&source, entry_point, true)
        .into_iter()
        .map(|code| code.text)
        .find(|text| definition(text, entry_point).is_some())
}

/// The last code that defines the function, fenced before bare, with what it uses of the other code.
fn whole(codes: &[Code], function: &str) -> Option<String> {
    let defines = |code: &&Code| defines(&code.text, function);
    let written = |code: &&Code| defines(code) && !is_stub(&code.text, function);
    let fenced = || codes.iter().rev().filter(|code| code.fenced);
    let bare = || codes.iter().rev().filter(|code| !code.fenced);
    // A statement shown again without its body is no answer where another code has one.
    let chosen = fenced().find(written).or_else(|| bare().find(written));
    let chosen = chosen.or_else(|| fenced().find(defines)).or_else(|| bare().find(defines))?;
    let others = codes.iter().filter(|code| code.python && !std::ptr::eq(*code, chosen));
    let chunks: Vec<Chunk<'_>> = others.flat_map(|code| chunks(&code.text)).collect();
    Some(with_helpers(&chosen.text, &chunks, function))
}

/// An import or definition at the top level of some code, with the names that it brings.
struct Chunk<'a> {
    text: &'a str,
    names: Vec<&'a str>,
}

/// The program after the imports and definitions of other code that it uses and does not have itself.
fn with_helpers(program: &str, chunks: &[Chunk<'_>], function: &str) -> String {
    let mut known: BTreeSet<&str> = self::chunks(program).into_iter().flat_map(|chunk| chunk.names).collect();
    known.insert(function);
    // Of several definitions the last counts.
    let offered: BTreeMap<&str, usize> =
        (0..).zip(chunks).flat_map(|(index, chunk)| chunk.names.iter().map(move |name| (*name, index))).collect();
    let everything = (0..).zip(chunks).filter(|(_, chunk)| chunk.names == ["*"]).map(|(index, _)| index);
    let mut taken: BTreeSet<usize> = everything.collect();
    let mut to_read = vec![program];
    while let Some(text) = to_read.pop() {
        for word in words(text) {
            if let Some(index) = offered.get(word).filter(|_| known.insert(word))
                && taken.insert(*index)
            {
                to_read.push(chunks[*index].text);
            }
        }
    }
    if taken.is_empty() {
        return program.to_owned();
    }
    let helpers: String = taken.into_iter().map(|index| format!("{}\n", chunks[index].text.trim_end())).collect();
    let (future, rest) = without_future(program);
    format!("{future}{helpers}\n\n{rest}")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// The imports and definitions at the top level: what may be taken over without running anything else.
fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let mut starts = Vec::new();
    let mut state = State::default();
    let mut at = 0;
    let mut decorated = false;
    for line in text.split_inclusive('\n') {
        let margin = !state.inside() && !blank(line) && indentation(line) == 0 && !line.starts_with('#');
        if margin {
            if !decorated {
                starts.push(at);
            }
            decorated = line.starts_with('@');
        }
        state.advance(line.trim_end_matches('\n'));
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let pieces = starts.iter().zip(ends).map(|(start, end)| &text[*start..end]);
    pieces.map(|text| Chunk { text, names: brought(text) }).filter(|chunk| !chunk.names.is_empty()).collect()
}

/// The names that an import, a definition or a constant brings.
fn brought(text: &str) -> Vec<&str> {
    let Some(line) = text.lines().find(|line| !line.starts_with('@')) else { return Vec::new() };
    if let Some(name) = defined(line) {
        return vec![name];
    }
    let imports = match line.strip_prefix("from ") {
        Some(_) => text.split_once(" import ").map(|(_, names)| names),
        None => text.strip_prefix("import "),
    };
    if let Some(imports) = imports {
        let imports = imports.split('#').next().unwrap_or("").split(',');
        let names = imports.filter_map(|import| {
            import.split(|c: char| c.is_whitespace() || "()\\".contains(c)).rfind(|word| !word.is_empty())
        });
        return names.map(|name| name.split('.').next().unwrap_or(name)).collect();
    }
    // A value is taken over only if it is written out: a call might run anything.
    assigned(line).filter(|_| !text.contains('(')).into_iter().collect()
}

/// The `from __future__` lines, which have to stay on top, and the rest.
fn without_future(program: &str) -> (String, String) {
    let (future, rest): (Vec<&str>, Vec<&str>) =
        program.lines().partition(|line| line.starts_with("from __future__ import"));
    (future.iter().map(|line| format!("{line}\n")).collect(), rest.join("\n"))
}

/// The preamble before the program, unless that begins with it.
fn with_preamble(program: &str, preamble: &str) -> String {
    let program = program.trim_end();
    if preamble.is_empty() || program.starts_with(preamble) {
        return format!("{program}\n");
    }
    let (future, rest) = without_future(program);
    format!("{future}{preamble}\n\n\n{rest}\n")
}

/// Spaces that a body is indented by.
const STEP: usize = 4;

/// A function's body, indented, with what follows it at the margin; none where the code is none: it has to return, yield,
/// raise or pass.
fn body(code: &str) -> Option<String> {
    let lines: Vec<&str> = code.trim_end().lines().skip_while(|line| blank(line)).collect();
    let (first, rest) = lines.split_first()?;
    let deep = indentation(first) > 0;
    let lost = lost(first, rest).filter(|_| !deep);
    let (own, after) = lines.split_at(if deep { until_margin(&lines) } else { lines.len() });
    let holds = |line: &str, words: &[&str]| words.iter().any(|word| begins(line, word));
    let leaves = own.iter().any(|line| holds(line.trim_start(), &["return", "yield", "raise", "pass"]));
    // What leaves within a function of its own does not leave the body.
    let mut in_function = false;
    let on_top = own.iter().any(|line| {
        if indentation(line) == 0 && !blank(line) {
            in_function = defined(line).is_some();
        }
        !in_function && holds(line.trim_start(), &["return", "yield"])
    });
    let defines = own.iter().any(|line| defined(line).is_some());
    let is_body = leaves && (deep || could_be_code(first)) && (on_top || deep || lost.is_some() || !defines);
    if !is_body {
        return None;
    }
    let restored = format!("{}{first}", " ".repeat(lost.unwrap_or(0)));
    let own: Vec<&str> = std::iter::once(&*restored).chain(own[1..].iter().copied()).collect();
    let indented = dedented(&own);
    let indented = indented.split('\n').map(|line| if blank(line) { String::new() } else { " ".repeat(STEP) + line });
    Some(indented.chain(after.iter().map(ToString::to_string)).collect::<Vec<_>>().join("\n"))
}

/// A body of one line that a sentence quotes: "use `return x + 1`".
fn body_in_sentence(text: &str) -> Option<String> {
    static SPAN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:^|[^`])`(return [^`\n]+)`(?:$|[^`])").expect("a fixed pattern"));
    SPAN.captures_iter(text).last().and_then(|found| body(&found[1]))
}

/// How many lines there are before the first that begins at the margin, outside of strings and brackets.
fn until_margin(lines: &[&str]) -> usize {
    let mut state = State::default();
    let at_margin = lines.iter().position(|line| {
        let margin = !state.inside() && !blank(line) && indentation(line) == 0;
        state.advance(line);
        margin
    });
    at_margin.unwrap_or(lines.len())
}

/// The indentation that the first line lost, where spaces stripped around a body took it and left that of the others.
fn lost(first: &str, rest: &[&str]) -> Option<usize> {
    let mut depths = rest.iter().filter(|line| !blank(line)).map(|line| indentation(line));
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
