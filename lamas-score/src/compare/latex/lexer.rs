//! From LaTeX, or what models write in its place, to tokens.

use super::cardinals;
use super::units;
use super::vocabulary::{
    BARE, COMMANDS, CURRENCIES, DECORATIONS, DROPPED, FORMS, IGNORED, LOWERED, NUMBER_SETS, RAISED, ROUNDED, SIGNS,
    TEXTS, UNICODE, WORDS,
};

/// One token and whether space stood before it, which tells `1 1/2` from `11/2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spaced {
    /// The token.
    pub token: Token,
    /// Whether space stood before it.
    pub spaced: bool,
}

/// What the parser sees. Spacing, sizes, dollars and styles are gone.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// Digits with at most one point, thousands separators removed.
    Number(String),
    /// A repeating decimal: what stands before the bar, and what stands under it.
    Repeating(String, String),
    /// Digits with the base in their subscript.
    Based(String, String),
    /// A variable.
    Symbol(String),
    /// A command with a meaning, by its plainest name.
    Command(&'static str),
    /// Words.
    Text(String),
    /// The sign of a currency, by its unit.
    Currency(&'static str),
    /// A sign that stands for itself; `(` and its like are fences.
    Sign(char),
    /// `\{` or `\}`, given as the brace.
    SetBrace(char),
    /// A LaTeX group's brace.
    Group(char),
    /// `\\`.
    RowBreak,
    /// `\begin{...}` of a matrix-like environment.
    Begin,
    /// `\end{...}`.
    End,
}

/// How deep texts may nest in texts.
const DEPTH: usize = 8;

/// What the letter e is between digits, as in `2e-1`, where that is not certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    /// It leads to a power of ten, as programs print it.
    Exponent,
    /// Euler's number.
    Euler,
}

/// The tokens of an answer, or none where it is not maths by any reading.
pub fn tokens(text: &str, letter: Letter) -> Option<Vec<Spaced>> {
    let text = replace_unicode(text);
    let mut lexer = Lexer { text: &text, at: 0, out: Vec::new(), spaced: false, fences: 0, depth: 0, letter };
    lexer.run()?;
    Some(lexer.out)
}

fn replace_unicode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii() {
            out.push(c);
            continue;
        }
        let small =
            [(RAISED, '^'), (LOWERED, '_')].into_iter().find_map(|(table, sign)| Some((table, sign, plain(table, c)?)));
        if let Some((table, sign, first)) = small {
            out.extend([sign, '{', first]);
            while let Some(next) = chars.peek().and_then(|c| plain(table, *c)) {
                out.push(next);
                chars.next();
            }
            out.push('}');
        } else if let Some((_, to)) = UNICODE.iter().find(|(from, _)| *from == c) {
            out.push_str(to);
        } else {
            match c {
                // Full-width forms.
                '\u{ff01}'..='\u{ff5e}' => out.extend(char::from_u32(u32::from(c) - 0xfee0)),
                // Without width.
                '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' => {}
                c => out.push(c),
            }
        }
    }
    out
}

fn plain(table: &[(char, char)], c: char) -> Option<char> {
    table.iter().find(|(from, _)| *from == c).map(|(_, to)| *to)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Vec<Spaced>,
    spaced: bool,
    /// Round, square and set brackets now open: between them a comma separates items, never thousands.
    fences: usize,
    depth: usize,
    letter: Letter,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, token: Token) {
        let spaced = std::mem::take(&mut self.spaced);
        if let (Token::Text(new), Some(Spaced { token: Token::Text(old), .. })) = (&token, self.out.last_mut())
            && !joins(new)
            && !joins(old)
        {
            // `\text{square} \text{ cm}` and bare words in a row are one text.
            if !old.ends_with(' ') {
                old.push(' ');
            }
            old.push_str(new);
            return;
        }
        self.out.push(Spaced { token, spaced });
    }

    fn run(&mut self) -> Option<()> {
        while let Some(c) = self.rest().chars().next() {
            match c {
                '$' if self.is_money() => self.sign(Token::Currency("dollar")),
                c if c.is_whitespace() || c == '~' || c == '$' => {
                    self.at += c.len_utf8();
                    self.spaced = true;
                }
                '\\' => self.command()?,
                '0'..='9' => self.number(),
                '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number(),
                '.' if self.rest().starts_with("...") => {
                    self.at += 2;
                    self.sign(Token::Symbol("…".to_owned()));
                }
                // A full stop ends the answer's sentence.
                '.' => self.at += 1,
                'a'..='z' | 'A'..='Z' => self.word(),
                '{' | '}' => self.sign(Token::Group(c)),
                '*' if self.rest().starts_with("**") => {
                    self.at += 1;
                    self.sign(Token::Sign('^'));
                }
                '(' | '[' => {
                    self.fences += 1;
                    self.sign(Token::Sign(c));
                }
                ')' | ']' => {
                    self.fences = self.fences.saturating_sub(1);
                    self.sign(Token::Sign(c));
                }
                '+' | '-' | '*' | '/' | '^' | '_' | '=' | '<' | '>' | ',' | ';' | ':' | '!' | '|' | '\'' | '%'
                | '&' => {
                    self.compound_sign(c);
                }
                c if c.is_alphabetic() => {
                    self.at += c.len_utf8();
                    self.push(Token::Symbol(c.to_string()));
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn sign(&mut self, token: Token) {
        self.at += 1;
        self.push(token);
    }

    /// Whether a dollar stands before an amount: alone, it encloses no formula.
    fn is_money(&self) -> bool {
        let before_digit = self.rest()[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
        before_digit && self.text.find('$') == self.text.rfind('$')
    }

    /// `<=`, `>=`, `!=`, `==` as one sign.
    fn compound_sign(&mut self, c: char) {
        let compound = [("<=", "le"), (">=", "ge"), ("!=", "ne")];
        if let Some((_, name)) = compound.into_iter().find(|(sign, _)| self.rest().starts_with(sign)) {
            self.at += 2;
            self.push(Token::Command(name));
        } else {
            self.at += usize::from(self.rest().starts_with("=="));
            self.sign(Token::Sign(c));
        }
    }

    /// Digits, with thousands separators, decimals, a repeating part or a base.
    fn number(&mut self) {
        let mut digits = self.take_digits();
        if (1..=3).contains(&digits.len()) && !digits.starts_with('0') {
            while let Some(length) = self.thousands() {
                self.at += length;
                digits.push_str(&self.take_digits());
            }
        }
        let decimals = self.rest().strip_prefix('.');
        if decimals
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()) || repeated_digits(rest).is_some())
        {
            self.at += 1;
            digits.push('.');
            digits.push_str(&self.take_digits());
        }
        if digits.contains('.')
            && let Some((repeat, length)) = overlined_digits(self.rest()).or_else(|| self.period(&digits))
        {
            self.at += length;
            return self.push(Token::Repeating(digits, repeat));
        }
        if let Some(exponent) = self.exponent(&digits) {
            self.at += exponent.len();
            digits.push_str(exponent);
            return self.push(Token::Number(digits));
        }
        if let Some((more, base, length)) = base_subscript(self.rest()) {
            self.at += length;
            digits.push_str(&more);
            return self.push(Token::Based(digits, base));
        }
        self.push(Token::Number(digits));
    }

    /// The digits in brackets that repeat: `0.(3)`, and `0.1(6)` where that is all of the answer. Elsewhere brackets multiply.
    fn period(&self, digits: &str) -> Option<(String, usize)> {
        let (repeat, length) = bracketed_digits(self.rest())?;
        let begins = self.out.last().is_none_or(|last| matches!(last.token, Token::Sign('-' | '=')));
        let ends = self.rest()[length..].trim_matches(['$', ' ', '.']).is_empty();
        (digits.ends_with('.') || (begins && ends)).then_some((repeat, length))
    }

    /// The power of ten behind digits as programs print it: `e6`, `e-05`, `E+06`.
    fn exponent(&self, digits: &str) -> Option<&'a str> {
        let rest = self.rest();
        let power = rest.strip_prefix(['e', 'E'])?;
        let unsigned = power.strip_prefix(['-', '+']).unwrap_or(power);
        let count = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        let length = rest.len() - unsigned.len() + count;
        let ends = !rest[length..].starts_with(|c: char| c.is_alphanumeric() || "^_.".contains(c))
            || rest[length..].starts_with('.') && !rest[length + 1..].starts_with(|c: char| c.is_ascii_digit());
        // Programs print two digits; people who write one may mean Euler's number and a sum.
        let sum = unsigned.len() < power.len() && count == 1 && !digits.contains('.');
        (count > 0 && ends && !(sum && self.letter == Letter::Euler)).then(|| &rest[..length])
    }

    fn take_digits(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        rest[..end].to_owned()
    }

    /// The length of a thousands separator here, where exactly three digits follow it.
    fn thousands(&self) -> Option<usize> {
        let rest = self.rest();
        let comma = rest.strip_prefix("{,}").or_else(|| rest.strip_prefix(','));
        let after = match (comma, comma.unwrap_or(rest).trim_start()) {
            // With the negative space behind or before it, a comma may have other space around it.
            (Some(_), spaced) if spaced.starts_with(r"\!") => spaced[2..].trim_start(),
            (Some(after), _) if rest.starts_with('{') || self.fences == 0 => after,
            (None, _) => {
                let thin = SEPARATORS.iter().find_map(|separator| rest.strip_prefix(separator));
                let thin = thin.or_else(|| rest.strip_prefix(char::is_whitespace))?;
                thin.strip_prefix(',').unwrap_or(thin)
            }
            _ => return None,
        };
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        (digits == 3).then(|| rest.len() - after.len())
    }

    /// A run of letters: a function's name, words, or variables side by side.
    fn word(&mut self) {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let word = &rest[..end];
        // `1.5 x 10^3`.
        if matches!(word, "x" | "X")
            && matches!(self.out.last(), Some(Spaced { token: Token::Number(_), .. }))
            && rest[end..].trim_start().starts_with("10^")
        {
            return self.sign(Token::Sign('*'));
        }
        let after_value = self.after_value();
        self.at += end;
        if let Some((_, name)) = COMMANDS.iter().find(|(command, _)| *command == word && BARE.contains(command)) {
            self.push(Token::Command(name));
        } else if ROUNDED.contains(&&*word.to_ascii_lowercase()) {
            self.push(Token::Command("approx"));
        } else if word.len() >= 4 || WORDS.contains(&&*word.to_ascii_lowercase()) || (after_value && units::known(word))
        {
            self.push(Token::Text(word.to_owned()));
        } else {
            for letter in word.chars() {
                self.push(Token::Symbol(letter.to_string()));
            }
        }
    }

    fn after_value(&self) -> bool {
        matches!(
            self.out.last().map(|last| &last.token),
            Some(Token::Number(_) | Token::Repeating(..) | Token::Group('}') | Token::Sign(')') | Token::Command("pi"))
        )
    }

    fn command(&mut self) -> Option<()> {
        let rest = &self.rest()[1..];
        let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if length == 0 {
            return self.escaped(rest.chars().next()?);
        }
        let name = &rest[..length];
        self.at += 1 + length;
        if let Some((_, known)) = COMMANDS.iter().find(|(command, _)| *command == name) {
            self.push(Token::Command(known));
        } else if let Some((_, sign)) = SIGNS.iter().find(|(command, _)| *command == name) {
            match sign {
                '(' | '[' => self.fences += 1,
                ')' | ']' => self.fences = self.fences.saturating_sub(1),
                _ => {}
            }
            self.push(Token::Sign(*sign));
        } else if let Some((_, unit)) = CURRENCIES.iter().find(|(command, _)| *command == name) {
            self.push(Token::Currency(unit));
        } else if IGNORED.contains(&name) {
            // `\left.` and `\right.` are brackets that are not there.
            if matches!(name, "left" | "right") && self.rest().starts_with('.') {
                self.at += 1;
            }
        } else if TEXTS.contains(&name) {
            self.text_command(name)?;
        } else if let Some((_, count)) = DROPPED.iter().find(|(command, _)| *command == name) {
            self.at += usize::from(self.rest().starts_with('*'));
            if self.rest().starts_with('[') {
                self.at += self.rest().find(']')? + 1;
            }
            for _ in 0..*count {
                self.group();
            }
        } else if DECORATIONS.contains(&name) {
            let inner = self.group().unwrap_or_default();
            self.push(Token::Symbol(format!("{name} {}", inner.trim())));
        } else {
            self.structure(name)?;
        }
        Some(())
    }

    /// Commands with an argument of their own kind; any other is a variable such as `\theta`.
    fn structure(&mut self, name: &str) -> Option<()> {
        match name {
            "begin" => {
                let environment = self.group()?;
                // The columns of an array.
                if environment.trim_end_matches('*') == "array" {
                    self.group();
                }
                match environment {
                    // A determinant: bars around its matrix.
                    "vmatrix" => self.push(Token::Sign('|')),
                    // The norm of a matrix is none of its values.
                    "Vmatrix" => return None,
                    _ => {}
                }
                self.push(Token::Begin);
            }
            "end" => {
                let environment = self.group()?;
                self.push(Token::End);
                if environment == "vmatrix" {
                    self.push(Token::Sign('|'));
                }
            }
            "land" | "wedge" => self.push(Token::Text("and".to_owned())),
            "lor" | "vee" => self.push(Token::Text("or".to_owned())),
            "SI" | "qty" => self.quantity()?,
            "si" | "unit" => {
                let unit = self.group()?;
                self.unit(unit);
            }
            "num" => {
                self.options()?;
                let number = self.group()?;
                self.inline(number)?;
            }
            "ang" => {
                self.options()?;
                // Degrees, not minutes and seconds of them.
                let angle = self.group().filter(|angle| !angle.contains(';'))?;
                self.inline(angle)?;
                self.push(Token::Command("degree"));
            }
            "cancel" | "bcancel" | "xcancel" => self.cancelled()?,
            "lbrace" | "rbrace" => self.set_brace(if name == "lbrace" { '{' } else { '}' }),
            "kern" | "mkern" | "hskip" | "mskip" => self.skip_length(),
            "underbrace" | "overbrace" => self.braced(name)?,
            "newline" => self.push(Token::RowBreak),
            "emptyset" | "varnothing" => {
                self.push(Token::SetBrace('{'));
                self.push(Token::SetBrace('}'));
            }
            "ldots" | "dots" | "cdots" | "dotsc" | "dotsb" | "dotso" => self.push(Token::Symbol("…".to_owned())),
            _ => {
                let plain = FORMS.iter().find(|(form, _)| *form == name).map_or(name, |(_, plain)| plain);
                let set = NUMBER_SETS.iter().find(|(command, _)| *command == name);
                self.push(Token::Symbol(
                    set.map_or_else(|| format!("\\{plain}"), |(_, letter)| format!("mathbb {letter}")),
                ));
            }
        }
        Some(())
    }

    /// Options in square brackets, which say how something is shown.
    fn options(&mut self) -> Option<()> {
        if self.rest().starts_with('[') {
            self.at += self.rest().find(']')? + 1;
        }
        Some(())
    }

    /// A value and its unit as the package siunitx has them: `\SI{5}{\meter\per\second}`. With one group it is another package's
    /// command for brackets.
    fn quantity(&mut self) -> Option<()> {
        self.options()?;
        let Some(value) = self.group() else { return Some(()) };
        let unit = self.group();
        self.inline(value)?;
        unit.into_iter().for_each(|unit| self.unit(unit));
        Some(())
    }

    /// What stands where only units may.
    fn unit(&mut self, unit: &str) {
        match unit.trim().trim_start_matches('\\') {
            "" => {}
            "percent" | "%" => self.push(Token::Sign('%')),
            "degree" | "°" => self.push(Token::Command("degree")),
            other => {
                let words = units::composed(unit).unwrap_or_else(|| other.replace(['\\', '{', '}'], " "));
                self.push(Token::Text(words));
            }
        }
    }

    /// What is struck out above and below a line, and may as well stay. What is struck out alone is no longer said, and what is left
    /// is not told.
    fn cancelled(&mut self) -> Option<()> {
        let content = self.group()?;
        let pairs = self.text.matches("cancel").count() > 1 && (self.text.contains("frac") || self.text.contains('/'));
        if pairs { self.inline(content) } else { None }
    }

    /// A length: `3mu`, `-2.5 pt`.
    fn skip_length(&mut self) {
        let rest = self.rest().trim_start();
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || "-.".contains(c)).trim_start();
        let unit = ["mu", "pt", "em", "ex", "cm", "mm", "in"].into_iter().find_map(|unit| number.strip_prefix(unit));
        self.at = self.text.len() - unit.unwrap_or(number).len();
    }

    /// What stands over or under a brace, without what the brace says of it.
    fn braced(&mut self, name: &str) -> Option<()> {
        let content = self.group()?;
        self.inline(content)?;
        let mark = if name == "underbrace" { '_' } else { '^' };
        if let Some(rest) = self.rest().trim_start().strip_prefix(mark) {
            self.at = self.text.len() - rest.len();
            self.group()?;
        }
        Some(())
    }

    /// Reads a part of the text as if it stood here alone.
    fn inline(&mut self, content: &str) -> Option<()> {
        if self.depth == DEPTH {
            return None;
        }
        let spaced = std::mem::take(&mut self.spaced);
        let (fences, depth, letter) = (self.fences, self.depth + 1, self.letter);
        let mut inner = Lexer { text: content, at: 0, out: Vec::new(), spaced, fences, depth, letter };
        inner.run()?;
        for Spaced { token, spaced } in inner.out {
            self.spaced = spaced;
            self.push(token);
        }
        Some(())
    }

    /// A backslash before something that is not a letter.
    fn escaped(&mut self, c: char) -> Option<()> {
        self.at += 1 + c.len_utf8();
        match c {
            '{' | '}' => self.set_brace(c),
            '%' => self.push(Token::Sign('%')),
            '\\' => self.push(Token::RowBreak),
            '|' => self.push(Token::Sign('|')),
            '$' => self.push(Token::Currency("dollar")),
            '!' | ',' | ';' | ':' | ' ' | '(' | ')' | '[' | ']' | '\n' | '&' | '#' | '_' => self.spaced = true,
            _ => return None,
        }
        Some(())
    }

    fn set_brace(&mut self, brace: char) {
        self.fences = if brace == '{' { self.fences + 1 } else { self.fences.saturating_sub(1) };
        self.push(Token::SetBrace(brace));
    }

    /// The group that follows, without its braces.
    fn group(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let start = rest.len() - rest.trim_start().len();
        let inner = rest[start..].strip_prefix('{')?;
        let mut depth = 1_usize;
        let mut escaped = false;
        for (at, c) in inner.char_indices() {
            match c {
                _ if escaped => {}
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            escaped = c == '\\' && !escaped;
            if depth == 0 {
                self.at += start + at + 2;
                return Some(&inner[..at]);
            }
        }
        None
    }

    /// A unit of several parts behind a value, which would be read as a formula: `\mathrm{m/s^2}`.
    fn composed_unit(&self, content: &str) -> Option<String> {
        (self.after_value() && content.contains(['\\', '^'])).then(|| units::composed(content)).flatten()
    }

    /// `\text{...}` and its like: a number or formula in it is read as such, a function's name too.
    fn text_command(&mut self, name: &str) -> Option<()> {
        let content = self.group()?;
        let trimmed = content.trim();
        let numeric = trimmed.starts_with(|c: char| c.is_ascii_digit() || "-+.$".contains(c))
            && trimmed.bytes().all(|b| b.is_ascii_digit() || b"-+.,$ ".contains(&b));
        if let Some((_, name)) = COMMANDS.iter().find(|(command, _)| *command == trimmed && BARE.contains(command)) {
            self.push(Token::Command(name));
        } else if let Some(words) = self.composed_unit(content) {
            self.push(Token::Text(words));
        } else if (numeric || content.contains(['$', '\\', '^'])) && self.depth < DEPTH {
            self.inline(content)?;
        } else if name.starts_with("math") && matches!(trimmed, "e" | "i") {
            // Constants, set upright.
            self.push(Token::Symbol(trimmed.to_owned()));
        } else if ROUNDED.contains(&&*trimmed.to_ascii_lowercase()) {
            self.push(Token::Command("approx"));
        } else if !trimmed.is_empty() {
            self.push(Token::Text(trimmed.to_owned()));
        } else {
            self.spaced = true;
        }
        Some(())
    }
}

/// What separates thousands beside commas and spaces; in Python an underscore, in Switzerland an apostrophe.
const SEPARATORS: &[&str] = &[r"\!", r"\,", r"\;", r"\:", r"\ ", r"\thinspace ", r"\thinspace", "~", "_", "'"];

/// Whether words join the items of a list.
pub fn joins(words: &str) -> bool {
    matches!(words.trim_matches(|c: char| !c.is_alphabetic()), "and" | "or")
}

/// Digits under a bar at the start, or from one dot to the next, and the length of the whole.
fn overlined_digits(text: &str) -> Option<(String, usize)> {
    overlined(text).or_else(|| dotted(text))
}

/// Digits right behind a point that repeat, in whatever way that is written.
fn repeated_digits(text: &str) -> Option<(String, usize)> {
    overlined_digits(text).or_else(|| bracketed_digits(text))
}

/// `(3)`, with nothing behind it that would make a factor of it.
fn bracketed_digits(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix('(')?;
    let (digits, rest) = inner.split_at(inner.bytes().take_while(u8::is_ascii_digit).count());
    let rest = rest.strip_prefix(')')?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || "(^!".contains(c));
    (!digits.is_empty() && ends).then(|| (digits.to_owned(), text.len() - rest.len()))
}

/// `\dot{1}2\dot{3}`, `\dot3`.
fn dotted(text: &str) -> Option<(String, usize)> {
    let (first, mut length) = dotted_digit(text)?;
    let mut digits = String::from(first);
    let between = text[length..].bytes().take_while(u8::is_ascii_digit).count();
    if let Some((last, end)) = dotted_digit(&text[length + between..]) {
        digits.push_str(&text[length..length + between]);
        digits.push(last);
        length += between + end;
    }
    Some((digits, length))
}

fn dotted_digit(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix(r"\dot")?;
    let inner = rest.strip_prefix('{').unwrap_or(rest);
    let digit = inner.chars().next().filter(char::is_ascii_digit)?;
    let after = &inner[1..];
    let end = if inner.len() < rest.len() { after.strip_prefix('}')? } else { after };
    Some((digit, text.len() - end.len()))
}

fn overlined(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix(r"\overline{").or_else(|| text.strip_prefix(r"\bar{"))?;
    let end = inner.find('}')?;
    let digits = inner[..end].trim();
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| (digits.to_owned(), text.len() - inner.len() + end + 1))
}

/// What follows the first digits of a numeral with a base: more digits (letters count from base eleven on), the base,
/// and the length of the whole.
fn base_subscript(text: &str) -> Option<(String, String, usize)> {
    let more = text.bytes().take_while(|b| b.is_ascii_digit() || b.is_ascii_uppercase()).count();
    let subscript = text[more..].trim_start().strip_prefix('_')?.trim_start();
    let (base, rest) = match subscript.strip_prefix('{') {
        Some(group) => base_in_words(group)
            .and_then(|(base, rest)| Some((base, rest.strip_prefix('}')?)))
            .or_else(|| group.split_once('}').map(|(base, rest)| (base.trim().to_owned(), rest)))?,
        None => base_in_words(subscript).unwrap_or_else(|| {
            let (base, rest) = subscript.split_at(subscript.bytes().take_while(u8::is_ascii_digit).count());
            (base.to_owned(), rest)
        }),
    };
    let numeric = !base.is_empty() && base.bytes().all(|b| b.is_ascii_digit());
    numeric.then(|| (text[..more].to_owned(), base, text.len() - rest.len()))
}

/// A base in words, `\text{two}` or `two`, as digits, and what stands behind it.
fn base_in_words(text: &str) -> Option<(String, &str)> {
    let styled =
        ["\\text", "\\mathrm", "\\textrm"].into_iter().find_map(|style| text.strip_prefix(style)?.strip_prefix('{'));
    let inner = styled.unwrap_or(text);
    let (word, rest) = inner.split_at(inner.bytes().take_while(u8::is_ascii_alphabetic).count());
    let rest = if styled.is_some() { rest.strip_prefix('}')? } else { rest };
    let base = cardinals::small(&word.to_ascii_lowercase()).filter(|base| *base > 1)?;
    Some((base.to_string(), rest))
}
