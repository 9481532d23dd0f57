//! Finding `\boxed{...}` in the text that a model wrote.

use std::sync::LazyLock;

use regex::Regex;

/// A box, by what it holds and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Boxed<'a> {
    /// The content.
    pub(super) content: &'a str,
    /// Where the command begins.
    pub(super) start: usize,
    /// Behind the closing brace.
    pub(super) end: usize,
}

/// The complete `\boxed{...}` and `\fbox{...}` that hold something, with nested braces, or the token after an unbraced
/// `\boxed 5`; of boxes within boxes the outer ones.
///
/// One pass with a stack of open braces, so that a megabyte of unclosed boxes costs no more than a megabyte of prose.
/// A box that is never closed (an answer cut off by the token limit) is not an answer, and one that only shows where the
/// answer goes is none either.
pub(super) fn boxes(text: &str) -> Vec<Boxed<'_>> {
    let bytes = text.as_bytes();
    // The open braces: for a box, where its command and its content begin.
    let mut open: Vec<Option<(usize, usize)>> = Vec::new();
    let mut found: Vec<Boxed<'_>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let start = at;
                let Some(command) = box_command(&text[at..]) else {
                    // An escaped brace groups nothing.
                    at += 2;
                    continue;
                };
                at += command;
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\n']).len();
                if bytes.get(at) == Some(&b'{') {
                    open.push(Some((start, at + 1)));
                    at += 1;
                } else if let Some(content) = bare_token(&text[at..]) {
                    found.push(Boxed { content, start, end: at + content.len() });
                }
            }
            b'{' => {
                open.push(None);
                at += 1;
            }
            b'}' => {
                if let Some(Some((start, content))) = open.pop() {
                    // What was found inside of it is part of it.
                    while found.pop_if(|inner| inner.start > start).is_some() {}
                    found.push(Boxed { content: text[content..at].trim(), start, end: at + 1 });
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    found.retain(|found| !is_placeholder(found.content));
    found
}

/// What stands in a box that shows where the answer goes.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)^ (?: [\s$.…_?~{}] | \\[,;:!\x20] | \\q?quad | \\[lcd]?dots | \\square | \\Box | \\[hv]?phantom\{[^{}]*\}
            | \\(?: text | mbox | textbf | mathrm ) (?: \s*\{ ) | [<(\[] | [>)\]]
            | (?:your|the|final|correct|numerical|numeric|insert|put|here|answer|result) )* $",
    )
    .expect("a fixed pattern")
});

fn is_placeholder(content: &str) -> bool {
    const LONGEST: usize = 80;
    content.len() <= LONGEST && PLACEHOLDER.is_match(content)
}

/// The length of `\boxed` or `\fbox` at the start of the text, if it stands there as a whole command.
fn box_command(text: &str) -> Option<usize> {
    ["\\boxed", "\\fbox"].into_iter().find_map(|command| {
        let rest = text.strip_prefix(command)?;
        (!rest.starts_with(|c: char| c.is_ascii_alphabetic())).then_some(command.len())
    })
}

/// What an unbraced box holds: everything up to the next space, dollar, brace or command.
fn bare_token(text: &str) -> Option<&str> {
    let end = text.find(|c: char| c.is_whitespace() || "${}\\".contains(c)).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// What may stand between two boxes that say one answer together: "and", "or", a comma, with a name before the next one.
static JOINT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^ (?: [\s$*&] | \\[()\[\],;\x20\\] | \\q?quad )*
            (?: [,;] \s* (?:\\\\)? | (?: [,;] (?: [\s$] | \\[)\]] )* )? (?: \\(?:text|mbox)\{ \s* )? (?: and | or ) (?: \s* \} )? )
            (?: [\s$*&] | \\[()\[\],;\x20] | \\q?quad )*
            (?: \\?[A-Za-z]+ (?: _ (?: \w | \{\w+\} ) )? \s* &?= (?: [\s$] | \\[(\[] )* )? $",
    )
    .expect("a fixed pattern")
});

/// The last box and those joined to it, in order.
pub(super) fn last_boxes<'a>(text: &str, boxes: &[Boxed<'a>]) -> Vec<Boxed<'a>> {
    const LONGEST_JOINT: usize = 60;
    let joined = |pair: &[Boxed<'_>]| {
        let between = &text[pair[0].end..pair[1].start];
        between.len() <= LONGEST_JOINT && JOINT.is_match(between)
    };
    let count = boxes.windows(2).rev().take_while(|pair| joined(pair)).count();
    boxes[boxes.len().saturating_sub(count + 1)..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::{boxes, last_boxes};

    #[test]
    fn the_last_complete_box_counts() {
        let cases = [
            (r"so $\boxed{\frac{1}{\sqrt{2}}}$.", Some(r"\frac{1}{\sqrt{2}}")),
            (r"\boxed{1}, or rather \boxed{2}", Some("2")),
            (r"\boxed{\text{a } \{1, 2\}}", Some(r"\text{a } \{1, 2\}")),
            (r"\boxed 5$ and", Some("5")),
            (r"\fbox {7}", Some("7")),
            ("\\boxed\n{7}", Some("7")),
            (r"\boxed{\boxed{7}}", Some(r"\boxed{7}")),
            (r"\boxed{3} and then \boxed{\frac{1}{2", Some("3")),
            (r"a stray { before \boxed{4}", Some("4")),
            (r"\boxedtext{4}", None),
            (r"\boxed{", None),
            ("\\", None),
            ("no box", None),
            (r"\boxed{3} as in \boxed{}", Some("3")),
            (r"\boxed{3} as in \boxed{ }", Some("3")),
            (r"\boxed{3} as in \boxed{\text{}}", Some("3")),
            (r"\boxed{3} as in \boxed{...}", Some("3")),
            (r"\boxed{3} as in \boxed{\ldots}", Some("3")),
            (r"\boxed{3} as in \boxed{?}", Some("3")),
            (r"\boxed{3} as in \boxed{\phantom{2}}", Some("3")),
            (r"\boxed{3} as in \boxed{answer}", Some("3")),
            (r"\boxed{3} as in \boxed{\text{your answer}}", Some("3")),
            (r"\boxed{3} as in \boxed{<final answer>}", Some("3")),
            (r"\boxed{}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(boxes(text).last().map(|found| found.content), expected, "{text}");
        }
    }

    #[test]
    fn boxes_in_a_row_belong_together() {
        let last = |text| last_boxes(text, &boxes(text)).iter().map(|found| found.content).collect::<Vec<_>>();
        for text in [
            r"$a = \boxed{1}$ and $a = \boxed{2}.$",
            r"\boxed{1} or \boxed{2}",
            r"\boxed{1}, \boxed{2}",
            r"\(\boxed{1}\), and \(\boxed{2}\)",
            r"\[\boxed{1} \text{ and } \boxed{2}\]",
            r"$x_1 = \boxed{1}$; $x_2 = \boxed{2}$",
        ] {
            assert_eq!(last(text), ["1", "2"], "{text}");
        }
        for text in [r"\boxed{1}, or rather \boxed{2}", r"\boxed{1}. \boxed{2}", r"\boxed{1} = \boxed{2}"] {
            assert_eq!(last(text), ["2"], "{text}");
        }
    }
}
