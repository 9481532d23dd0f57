//! The parts of a model's text: fenced blocks, and what stands around them.

use super::lines::{State, blank, could_be_code, indentation};

/// A part of a text, by its lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Outside of fences.
    Plain(Vec<&'a str>),
    /// Between fences, with whether it says to be Python, or says nothing.
    Block(Vec<&'a str>, bool),
}

/// The parts of a text, in order. A block that is never closed ends the text; a fence that closes a block which was never
/// opened only ends the part before it.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut parts = Vec::new();
    let mut plain = Vec::new();
    let mut open: Option<Open<'_>> = None;
    // Bare code may have fences in a docstring, too.
    let (mut state, mut held) = (State::default(), 0_usize);
    for (at, &line) in lines.iter().enumerate() {
        if open.is_none() {
            let mark = fence(line.trim()).filter(|_| held == 0 && state.in_string());
            held = mark.and_then(|(mark, _)| docstring(&lines[at..], mark, 0)).unwrap_or(held);
            state.advance(line);
            if held > 0 {
                held -= 1;
                plain.push(line);
                continue;
            }
        } else {
            state = State::default();
        }
        match open.take() {
            Some(mut block) => match block.read(line, &lines[at..]) {
                Step::Inside => open = Some(block),
                Step::Closes => parts.push(block.part()),
                Step::Reopens(next) => {
                    parts.push(block.part());
                    open = Some(next);
                }
            },
            None => match opening(line, &plain, &lines[at + 1..]) {
                Fence::None => plain.push(line),
                Fence::Stray(before) => {
                    plain.push(before);
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                }
                Fence::Whole(before, content, python) => {
                    plain.push(before);
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                    parts.push(Part::Block(vec![content], python));
                }
                Fence::Opens(before, block) => {
                    plain.push(before);
                    parts.push(Part::Plain(std::mem::take(&mut plain)));
                    open = Some(block);
                }
            },
        }
    }
    parts.push(Part::Plain(plain));
    parts.extend(open.map(Open::part));
    parts.retain(|part| match part {
        Part::Plain(lines) | Part::Block(lines, _) => lines.iter().any(|line| !blank(line)),
    });
    parts
}

/// What a line outside of blocks does.
enum Fence<'a> {
    None,
    /// It ends in a fence that closes nothing.
    Stray(&'a str),
    /// It holds a whole block.
    Whole(&'a str, &'a str, bool),
    /// It opens a block.
    Opens(&'a str, Open<'a>),
}

/// The fence at the start of a text: three or more of one mark.
fn fence(text: &str) -> Option<(char, usize)> {
    let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.bytes().take_while(|byte| char::from(*byte) == mark).count();
    (length >= 3).then_some((mark, length))
}

fn opening<'a>(line: &'a str, before: &[&str], after: &[&str]) -> Fence<'a> {
    let Some(at) = line.find("```").or_else(|| line.trim_start().starts_with("~~~").then(|| line.find("~~~"))?) else {
        return Fence::None;
    };
    let (lead, rest) = line.split_at(at);
    let Some((mark, length)) = fence(rest) else { return Fence::None };
    let info = rest[length..].trim();
    let python = is_python(info);
    if let Some(end) = info.find("```").filter(|_| mark == '`') {
        let content = info[..end].trim();
        let language = content.split_whitespace().next().filter(|word| names_python(word));
        return Fence::Whole(lead, language.map_or(content, |word| &content[word.len()..]).trim(), true);
    }
    if blank(lead) {
        let code = |line: Option<&&str>| line.is_some_and(|line| indentation(line) > 0 || could_be_code(line));
        let closes = info.is_empty()
            && code(before.iter().rev().find(|line| !blank(line)))
            && !code(after.iter().find(|line| !blank(line)));
        if closes {
            return Fence::Stray("");
        }
    } else if info.is_empty() && !lead.trim_end().ends_with(':') {
        return Fence::Stray(lead);
    } else if !(info.is_empty() || names_python(info)) {
        // Fences in a sentence.
        return Fence::None;
    }
    let indent = if blank(lead) { indentation(line) } else { 0 };
    let lead = if blank(lead) { "" } else { lead };
    Fence::Opens(lead, Open { mark, length, indent, python, lines: Vec::new(), state: State::default(), held: 0 })
}

/// Whether a block of this info string may hold Python.
fn is_python(info: &str) -> bool {
    let word = info.split(|c: char| c.is_whitespace() || ",;:".contains(c)).next().unwrap_or("");
    word.is_empty() || names_python(word)
}

fn names_python(word: &str) -> bool {
    let word = word.trim_matches(|c: char| "{}.".contains(c)).to_ascii_lowercase();
    word == "ipython" || ["py", "python"].contains(&word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

/// A block that is being read.
struct Open<'a> {
    mark: char,
    length: usize,
    indent: usize,
    python: bool,
    lines: Vec<&'a str>,
    state: State,
    /// How many of the next lines belong to a docstring, fences or not.
    held: usize,
}

/// What a line does to the block that it stands in.
enum Step<'a> {
    Inside,
    Closes,
    /// Closes it and opens another one.
    Reopens(Open<'a>),
}

/// How far a docstring with a fence in it is looked through for its end.
const LONGEST_DOCSTRING: usize = 200;

impl<'a> Open<'a> {
    fn part(self) -> Part<'a> {
        Part::Block(self.lines, self.python)
    }

    fn read(&mut self, line: &'a str, onwards: &[&str]) -> Step<'a> {
        let trimmed = line.trim();
        let fence = fence(trimmed).filter(|(mark, length)| *mark == self.mark && *length >= self.length);
        if self.held == 0 && fence.is_some() && self.state.in_string() {
            self.held = docstring(onwards, self.mark, self.indent).unwrap_or(0);
        }
        let closing = fence.filter(|_| self.held == 0);
        self.held = self.held.saturating_sub(1);
        if let Some((mark, length)) = closing {
            let info = trimmed[length..].trim();
            if names_python(info) {
                let indent = indentation(line);
                return Step::Reopens(Open {
                    mark,
                    length,
                    indent,
                    python: true,
                    lines: Vec::new(),
                    state: State::default(),
                    held: 0,
                });
            }
            return Step::Closes;
        }
        // The name of the language on a line of its own.
        if self.lines.is_empty() && names_python(trimmed) {
            return Step::Inside;
        }
        // The closing fence right behind the last line of code.
        let marks = self.mark.to_string().repeat(self.length);
        if let Some(code) = line.trim_end().strip_suffix(&marks)
            && fence.is_none()
            && !code.contains('#')
        {
            let mut state = self.state;
            state.advance(code);
            if !state.in_string() {
                self.lines.push(code);
                return Step::Closes;
            }
        }
        if self.python {
            self.state.advance(line);
        }
        self.lines.push(line);
        Step::Inside
    }
}

/// The lines up to the end of an open string, if the fence that the first of them is belongs to it: it stands deeper than
/// the fence of its block, or has a partner before the string's end.
fn docstring(onwards: &[&str], mark: char, indent: usize) -> Option<usize> {
    let ahead = &onwards[..onwards.len().min(LONGEST_DOCSTRING)];
    let end = ahead.iter().position(|line| line.contains("\"\"\"") || line.contains("'''"))?;
    let mut partners =
        ahead[1..end.max(1)].iter().filter(|line| fence(line.trim()).is_some_and(|(other, _)| other == mark));
    let deeper = indentation(ahead[0]) > indent;
    let paired = partners.next().is_some_and(|line| fence_is_bare(line)) && partners.count() % 2 == 0;
    (deeper || paired).then_some(end)
}

/// Whether nothing follows the fence: it closes, and names no language.
fn fence_is_bare(line: &str) -> bool {
    fence(line.trim()).is_some_and(|(_, length)| line.trim().len() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<(String, bool)> {
        parts(text)
            .into_iter()
            .filter_map(|part| match part {
                Part::Block(lines, python) => Some((lines.join("\n"), python)),
                Part::Plain(_) => None,
            })
            .collect()
    }

    #[test]
    fn blocks_are_found_whatever_their_fences_look_like() {
        let one = |code: &str| vec![(code.to_owned(), true)];
        for (text, code) in [
            ("a\n```python\nx = 1\n```\nb", "x = 1"),
            ("```py title=\"a\"\nx = 1\n```", "x = 1"),
            ("```{.python}\nx = 1\n```", "x = 1"),
            ("``` Python3\nx = 1\n```", "x = 1"),
            ("~~~python\nx = 1\n~~~", "x = 1"),
            ("````\nx = 1\n```\n````", "x = 1\n```"),
            ("```\npython\nx = 1\n```", "x = 1"),
            ("```\nx = 1", "x = 1"),
            ("```\nx = 1\n```</s>", "x = 1"),
            ("```\nx = 1\n``` That is all.", "x = 1"),
            ("```\nx = 1```", "x = 1"),
            ("```python x = 1```", "x = 1"),
            ("Here: ```python\nx = 1\n```", "x = 1"),
            ("1. So\n   ```\n   x = 1\n   ```", "   x = 1"),
            ("```\n'''\n```\nf(1)\n```\n'''\n```\nb", "'''\n```\nf(1)\n```\n'''"),
            ("```\n'''\n    ```\n    f(1)\n    ```\n'''\n```", "'''\n    ```\n    f(1)\n    ```\n'''"),
        ] {
            assert_eq!(blocks(text), one(code), "{text}");
        }
        assert_eq!(blocks("```bash\nls\n```"), [("ls".to_owned(), false)]);
        assert_eq!(blocks("```\nx = 1\n```python\ny = 2\n```").len(), 2);
    }

    #[test]
    fn a_fence_that_closes_nothing_opens_nothing() {
        for text in ["x = 1\n```", "    return 1\n```\nThat is it.", "return x```", "x = 1\n```\n\n"] {
            assert_eq!(blocks(text), [], "{text}");
        }
        assert_eq!(blocks("x = 1\n```\nIt is:\n```python\ny = 2\n```"), [("y = 2".to_owned(), true)]);
    }
}
