//! Reading Python literals and calls of them, without running anything.

/// A reader of Python literals: it moves only over what is well-formed.
pub struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// How deep brackets may nest.
const DEPTH: usize = 32;

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// What was read, and what is left.
    pub fn split(&self) -> (&'a str, &'a str) {
        self.text.split_at(self.at)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        self.at += if found { token.len() } else { 0 };
        found
    }

    /// Space between the parts; within brackets line breaks too.
    fn space(&mut self) {
        let rest = self.rest();
        let inside = self.depth > 0;
        let trimmed = rest.trim_start_matches(|c: char| if inside { c.is_whitespace() } else { c == ' ' || c == '\t' });
        self.at += rest.len() - trimmed.len();
    }

    fn name(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.at += end;
        Some(name)
    }

    /// `name(literals)`.
    pub fn call(&mut self) -> bool {
        self.name().is_some() && self.eat("(") && self.nested(|scan| scan.items(")", true))
    }

    /// `name = literal, name = literal`: the names. What is read ends after the last literal.
    pub fn assignments(&mut self) -> Option<Vec<&'a str>> {
        let mut names = Vec::new();
        loop {
            let end = self.at;
            if !names.is_empty() {
                self.space();
                self.eat(",");
            }
            self.space();
            let name = self.name();
            self.space();
            match name {
                Some(name) if self.eat("=") && self.expression() => names.push(name),
                _ => {
                    self.at = end;
                    return (!names.is_empty()).then_some(names);
                }
            }
        }
    }

    /// A call of the function, or of another one around it (`round(f(1), 2)`).
    pub fn wrapped_call(&mut self, entry_point: &str) -> bool {
        let start = self.at;
        if self.name() == Some(entry_point) {
            self.at = start;
            return self.call();
        }
        let inner = self.eat("(") && self.nested(|scan| scan.wrapped_call(entry_point));
        self.space();
        inner && (self.eat(")") || (self.eat(",") && self.nested(|scan| scan.items(")", true))))
    }

    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> bool) -> bool {
        if self.depth == DEPTH {
            return false;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Items up to the closing bracket; with keywords (`x=1`) in a call, with values (`1: 2`) in braces.
    fn items(&mut self, close: &str, keywords: bool) -> bool {
        loop {
            self.space();
            if self.eat(close) {
                return true;
            }
            if keywords {
                let start = self.at;
                let keyword = self.name().is_some() && {
                    self.space();
                    self.eat("=")
                };
                if !keyword {
                    self.at = start;
                }
            }
            if !self.expression() {
                return false;
            }
            self.space();
            if close == "}" && self.eat(":") && !self.expression() {
                return false;
            }
            self.space();
            if !self.eat(",") {
                return self.eat(close);
            }
        }
    }

    /// A literal, or numbers with arithmetic between them.
    pub fn expression(&mut self) -> bool {
        self.space();
        if !self.literal() {
            return false;
        }
        loop {
            let end = self.at;
            self.space();
            let operator = ["**", "//", "+", "-", "*", "/", "%"].into_iter().any(|operator| {
                // `->` is a join.
                !(operator == "-" && self.rest().starts_with("->")) && self.eat(operator)
            });
            self.space();
            if !(operator && self.number()) {
                self.at = end;
                return true;
            }
        }
    }

    fn literal(&mut self) -> bool {
        self.space();
        if self.eat("[") {
            return self.nested(|scan| scan.items("]", false));
        }
        if self.eat("(") {
            return self.nested(|scan| scan.items(")", false));
        }
        if self.eat("{") {
            return self.nested(|scan| scan.items("}", false));
        }
        if self.rest().starts_with(['"', '\'']) {
            return self.string();
        }
        let start = self.at;
        if let Some(name) = self.name() {
            let constants = ["True", "False", "None", "true", "false", "null", "none"];
            // The lower-case ones are values only by themselves.
            let known = constants.contains(&name) && (self.depth == 0 || name.starts_with(char::is_uppercase));
            if !known {
                self.at = start;
            }
            return known;
        }
        self.number()
    }

    fn number(&mut self) -> bool {
        let start = self.at;
        while self.eat("-") || self.eat("+") {}
        let digits = |scan: &mut Self| {
            let rest = scan.rest();
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(rest.len());
            scan.at += end;
            end > 0
        };
        let whole = digits(self);
        let mark = self.at;
        let fraction = self.eat(".") && (digits(self) || whole);
        // A full stop after a number ends the sentence.
        if !fraction || self.text[mark..self.at].len() == 1 {
            self.at = mark;
        }
        let exponent = self.at;
        if (whole || fraction) && (self.eat("e") || self.eat("E")) {
            let _ = self.eat("-") || self.eat("+");
            if !digits(self) {
                self.at = exponent;
            }
        }
        let word = self.rest().starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !(whole || fraction) || word {
            self.at = start;
            return false;
        }
        true
    }

    fn string(&mut self) -> bool {
        let rest = self.rest();
        let quote = if rest.starts_with('"') { '"' } else { '\'' };
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                '\n' => return false,
                c if c == quote && !escaped => {
                    self.at += at + 1;
                    return true;
                }
                _ => escaped = c == '\\' && !escaped,
            }
        }
        false
    }
}
