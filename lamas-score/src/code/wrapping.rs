//! What models put around code beside fences: quotations, tags, prompts of an interpreter.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// A text with fences in place of `[PYTHON]` tags, without those that only say that an answer begins or ends, and without the
/// line that says that it is done.
pub(super) fn untagged(text: &str) -> Cow<'_, str> {
    // No index in Python begins with a slash; an opening tag stands alone.
    static ANSWER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?m)^[ \t]*(?:\[(?:ANSWER|CODE|SOLUTION)\]|<(?:answer|code|solution)>)[ \t]*$|\[/(?:ANSWER|CODE|SOLUTION)\]|</(?:answer|code|solution)>")
            .expect("a fixed pattern")
    });
    static TAGS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[(/)?PYTHON\][ \t]*\n?").expect("a fixed pattern"));
    let text = ["[DONE]", "[END]"]
        .into_iter()
        .find_map(|mark| text.trim_end().strip_suffix(mark).filter(|rest| rest.ends_with('\n')))
        .unwrap_or(text);
    let text = ANSWER.replace_all(text, "\n");
    // Where fences stand too, the tags say nothing more.
    let fenced = text.contains("```");
    let fences = |tag: &Captures<'_>| match (fenced, tag.get(1)) {
        (true, _) => "\n",
        (false, None) => "\n```python\n",
        (false, Some(_)) => "\n```\n",
    };
    match TAGS.replace_all(&text, fences) {
        Cow::Borrowed(_) => text,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

/// A text without what stands before each line of a quotation (`> `) or of a session (`>>> `, `... `), and with code that is
/// set in single backticks on lines of its own.
pub(super) fn unquoted(text: &str) -> String {
    static SPAN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(^|[^`])`(def [^`\n]*:[^`\n]*)`($|[^`])").expect("a fixed pattern"));
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let inner = ["... ", ">>> ", "> "].into_iter().find_map(|mark| line.strip_prefix(mark));
        let bare = matches!(line.trim_end(), ">" | ">>>" | "...");
        let line = if bare { "" } else { inner.unwrap_or(line) };
        out.push_str(&SPAN.replace_all(line, "$1\n```python\n$2\n```\n$3"));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{unquoted, untagged};

    #[test]
    fn code_loses_what_stands_around_it() {
        assert_eq!(untagged("[PYTHON]\nx = 1\n[/PYTHON]"), "\n```python\nx = 1\n\n```\n");
        assert_eq!(untagged("x = 1\n[DONE]\n"), "x = 1\n");
        assert_eq!(untagged("x = [DONE]"), "x = [DONE]");
        assert_eq!(untagged("[ANSWER]\nx = 1\n[/ANSWER]"), "\n\nx = 1\n\n");
        assert_eq!(untagged("x = y[CODE]"), "x = y[CODE]");
        assert_eq!(unquoted("> ```\n> x = 1\n>\n> ```"), "```\nx = 1\n\n```\n");
        assert_eq!(unquoted(">>> def f():\n...     pass\n..."), "def f():\n    pass\n\n");
        assert_eq!(unquoted("Use `def f(): pass`."), "Use \n```python\ndef f(): pass\n```\n.\n");
    }
}
