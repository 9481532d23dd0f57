//! Finding `\boxed{...}` in the text that a model wrote.

/// The content of the last complete `\boxed{...}` or `\fbox{...}`, with nested braces, or the token after an
/// unbraced `\boxed 5`.
///
/// One pass with a stack of open braces, so that a megabyte of unclosed boxes costs no more than a megabyte of prose.
/// A box that is never closed (an answer cut off by the token limit) is not an answer.
pub fn last_boxed(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut last = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                let Some(command) = box_command(&text[at..]) else {
                    // An escaped brace groups nothing.
                    at += 2;
                    continue;
                };
                at += command;
                at += text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
                if bytes.get(at) == Some(&b'{') {
                    open.push(Some(at + 1));
                    at += 1;
                } else if let Some(token) = bare_token(&text[at..]) {
                    last = Some(token);
                }
            }
            b'{' => {
                open.push(None);
                at += 1;
            }
            b'}' => {
                if let Some(Some(start)) = open.pop() {
                    last = Some(&text[start..at]);
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
    last
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

#[cfg(test)]
mod tests {
    use super::last_boxed;

    #[test]
    fn the_last_complete_box_counts() {
        let cases = [
            (r"so $\boxed{\frac{1}{\sqrt{2}}}$.", Some(r"\frac{1}{\sqrt{2}}")),
            (r"\boxed{1}, or rather \boxed{2}", Some("2")),
            (r"\boxed{\text{a } \{1, 2\}}", Some(r"\text{a } \{1, 2\}")),
            (r"\boxed 5$ and", Some("5")),
            (r"\fbox {7}", Some("7")),
            (r"\boxed{3} and then \boxed{\frac{1}{2", Some("3")),
            (r"a stray { before \boxed{4}", Some("4")),
            (r"\boxedtext{4}", None),
            (r"\boxed{", None),
            ("\\", None),
            ("no box", None),
        ];
        for (text, expected) in cases {
            assert_eq!(last_boxed(text), expected, "{text}");
        }
    }
}
