//! Formulas between dollars or LaTeX brackets.

/// The brackets of formulas, the longer ones first.
const BRACKETS: [(&str, &str); 4] = [("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]")];

/// The formulas of a text, in order. Each closing bracket is looked for once, so that a megabyte of opening ones costs
/// one pass and not as many as there are.
pub(super) struct Formulas<'a> {
    text: &'a str,
    at: usize,
    /// Where each kind of closing bracket stands next, as far as it was looked for; the text's end where it does not.
    closing: [usize; BRACKETS.len()],
}

impl<'a> Formulas<'a> {
    pub(super) fn of(text: &'a str) -> Self {
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

#[cfg(test)]
mod tests {
    use super::Formulas;

    #[test]
    fn formulas_are_found_in_order() {
        let text = r"\$5 $a$ $$b$$ \(c\) \[d\] $$ $ \( e";
        assert_eq!(Formulas::of(text).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }
}
