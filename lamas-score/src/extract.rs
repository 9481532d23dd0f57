//! Where in a model's text its final answer stands. Nothing here looks at the gold answer.

use std::sync::LazyLock;

use regex::Regex;

use super::boxed::last_boxed;
use super::latex::reads_as_maths;

/// A part of the text, and the rule that found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// The part, as written.
    pub text: &'a str,
    /// The rule.
    pub how: &'static str,
}

/// "The final answer is", "**Answer:**" and their like.
static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\banswer\b[*_\s]*(?:is|are|would be|will be|should be|=|:)[*_\s]*:?[*_\s]*").expect("valid")
});

/// The answer that the text marks as such: the last `\boxed`, else what follows the last `####`, else what follows the
/// last "answer is" or "answer:".
pub fn marked(text: &str) -> Option<Found<'_>> {
    if let Some(found) = last_boxed(text) {
        return Some(Found { text: found.trim(), how: "boxed" });
    }
    if let Some(at) = text.rfind("####") {
        let line = first_line(&text[at + 4..]);
        if !line.is_empty() {
            return Some(Found { text: line, how: "after ####" });
        }
    }
    let phrase = PHRASE.find_iter(text).last()?;
    let rest = &text[phrase.end()..];
    // A formula on lines of its own may have several.
    let display = [r"\[", "$$"].iter().any(|opening| rest.starts_with(opening));
    let answer = match Formulas::of(rest).next().filter(|_| display) {
        Some(formula) => formula,
        None => sentence(first_line(rest)),
    };
    (!answer.is_empty()).then_some(Found { text: answer, how: "after \"answer\"" })
}

/// The answer to a question in maths: what is marked; else a last line that is maths or a few words; else the last
/// formula; else the last line.
pub fn formula(text: &str) -> Option<Found<'_>> {
    if let Some(found) = marked(text) {
        let told = found.how != "boxed" && !reads_as_maths(found.text);
        let inside = told.then(|| Formulas::of(found.text).next()).flatten();
        return Some(Found { text: inside.unwrap_or(found.text), ..found });
    }
    let last = text.lines().rev().map(unadorned).find(|line| !line.is_empty())?;
    let few_words = text.trim().lines().count() == 1 && last.split_whitespace().count() <= 5;
    if few_words || reads_as_maths(last) {
        return Some(Found { text: last, how: "last line" });
    }
    let formulas: Vec<_> = Formulas::of(text).collect();
    match formulas.into_iter().rev().find(|formula| reads_as_maths(formula)) {
        Some(text) => Some(Found { text, how: "last formula" }),
        None => Some(Found { text: last, how: "last line" }),
    }
}

/// The brackets of formulas, the longer ones first.
const BRACKETS: [(&str, &str); 4] = [("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")];

/// The formulas of a text, in order. Each closing bracket is looked for once, so that a megabyte of opening ones costs
/// one pass and not as many as there are.
struct Formulas<'a> {
    text: &'a str,
    at: usize,
    /// Where each kind of closing bracket stands next, as far as it was looked for; the text's end where it does not.
    closing: [usize; BRACKETS.len()],
}

impl<'a> Formulas<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 0, closing: [0; BRACKETS.len()] }
    }

    /// The position of the next closing bracket of a kind from here on.
    fn close(&mut self, kind: usize) -> Option<usize> {
        if self.closing[kind] < self.at {
            let found = self.text[self.at..].find(BRACKETS[kind].1);
            self.closing[kind] = found.map_or(self.text.len(), |offset| self.at + offset);
        }
        Some(self.closing[kind]).filter(|close| *close < self.text.len())
    }
}

impl<'a> Iterator for Formulas<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.at += self.text[self.at..].find(['$', '\\'])?;
            let rest = &self.text[self.at..];
            let Some(kind) = BRACKETS.iter().position(|(open, _)| rest.starts_with(open)) else {
                // A command, or an escaped dollar.
                self.at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
                continue;
            };
            let start = self.at + BRACKETS[kind].0.len();
            self.at = start;
            if let Some(close) = self.close(kind) {
                self.at = close + BRACKETS[kind].1.len();
                let inner = self.text[start..close].trim();
                if !inner.is_empty() {
                    return Some(inner);
                }
            }
        }
    }
}

fn first_line(text: &str) -> &str {
    unadorned(text.trim_start().lines().next().unwrap_or(""))
}

/// Without the spaces, marks of emphasis and full stop around it.
fn unadorned(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || "*_`".contains(c)).trim_end_matches(['.', ',', ';']).trim_end()
}

/// Up to the end of the first sentence: a point after which a space and a capital follow.
fn sentence(line: &str) -> &str {
    let end =
        line.match_indices(". ").find(|(at, _)| line[at + 2..].trim_start().starts_with(|c: char| c.is_uppercase()));
    unadorned(end.map_or(line, |(at, _)| &line[..at]))
}

#[cfg(test)]
mod tests {
    use super::{Formulas, formula};

    #[test]
    fn answers_are_found_where_models_put_them() {
        let cases = [
            (r"So $x = 3$.\nThus $\boxed{\frac{1}{2}}$.", r"\frac{1}{2}", "boxed"),
            ("We add them.\n#### 1,234\n", "1,234", "after ####"),
            ("**Answer:** $18", "$18", "after \"answer\""),
            ("The final answer is: $\\frac{3}{4}$. I hope it is correct.", "$\\frac{3}{4}$", "after \"answer\""),
            ("The answer is\n\\[\nx^2 + 1\n\\]\nas was shown.", "x^2 + 1", "after \"answer\""),
            ("The answer is $5$ because that is what is left.", "5", "after \"answer\""),
            ("First 1 + 1.\nx = 5", "x = 5", "last line"),
            ("5 apples", "5 apples", "last line"),
            ("June 20", "June 20", "last line"),
            ("We find that it must be $7$, and not \\(8 +\\), as he said.", "7", "last formula"),
            ("It costs \\$18 and $x$ is what was asked for there.", "x", "last formula"),
        ];
        for (text, expected, how) in cases {
            let found = formula(text).unwrap_or_else(|| panic!("nothing found in {text}"));
            assert_eq!((found.text, found.how), (expected, how), "{text}");
        }
        assert_eq!(formula(" \n"), None);
    }

    #[test]
    fn formulas_are_found_in_order() {
        let text = r"\$5 $a$ $$b$$ \(c\) \[d\] $$ $ \( e";
        assert_eq!(Formulas::of(text).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }
}
