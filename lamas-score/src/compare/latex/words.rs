//! Answers in words: names, weekdays, choices of a list, times of day, labels.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::node::{Constant, Node};

/// Whether a node is words, possibly beside numbers and letters.
pub fn is_words(node: &Node) -> bool {
    match node {
        Node::Text(_) => true,
        Node::Product(factors) => factors.iter().any(is_words),
        _ => false,
    }
}

/// What a node looks like in words: its text, and letters and numbers that stand for themselves.
pub fn spelled(node: &Node) -> Option<String> {
    match node {
        Node::Text(words) => Some(bare(words)),
        Node::Symbol(name) => Some(bare(name)),
        Node::Number(value) => Some(value.to_string()),
        Node::Constant(Constant::I) => Some("i".to_owned()),
        Node::Constant(Constant::E) => Some("e".to_owned()),
        Node::Quantity(value, _) => spelled(value),
        Node::Product(factors) => factors.iter().map(spelled).collect(),
        _ => None,
    }
}

/// An answer in lower case without spaces, brackets, quotes and punctuation; signs that change a value stay.
pub fn bare(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut chars = words.char_indices().peekable();
    // What stands since the last digit, if nothing but spaces and commas does.
    let mut gap: Option<String> = None;
    while let Some((at, c)) = chars.next() {
        let point = c == '.' && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if c.is_alphanumeric() || point || "-+/*^_=<>|!:".contains(c) {
            let digits = words[at..].bytes().take_while(u8::is_ascii_digit).count();
            let thousands = gap.as_deref() == Some(",") && digits == 3;
            // "rows 1, 2" are not "rows 12".
            if digits > 0 && gap.as_ref().is_some_and(|gap| !gap.is_empty()) && !thousands {
                out.push(',');
            }
            out.extend(c.to_lowercase());
            gap = c.is_ascii_digit().then(String::new);
        } else if let Some(gap) = &mut gap {
            gap.push(c);
        }
    }
    out
}

/// Whether two texts are the same words to a reader. Between labels a space may stand for a comma, and may stand for nothing.
pub fn same(one: &str, other: &str) -> bool {
    let forms = |text: &str| {
        let seen = visible(text);
        [bare(&commas_between_labels(&seen, false)), bare(&commas_between_labels(&seen, true))]
    };
    let (one, other) = (forms(one), forms(other));
    one.iter().any(|form| !form.is_empty() && other.contains(form))
}

/// A text in which a bar stands for each comma between labels ("rows A, B"), and on request for each space between them.
fn commas_between_labels(text: &str, spaces: bool) -> String {
    let is_label = |word: &str| {
        let letters = word.trim_matches(|c: char| !c.is_alphanumeric());
        let upper = || letters.len() <= LONGEST_LABEL && letters.chars().all(|c| c.is_ascii_uppercase());
        !letters.is_empty() && (letters.chars().count() == 1 || upper())
    };
    let mut out = String::with_capacity(text.len());
    let mut last: Option<&str> = None;
    let mut comma = false;
    for word in text.split_inclusive([' ', ',']) {
        let bare = word.trim_matches(|c: char| c.is_whitespace() || c == ',');
        if !bare.is_empty() {
            if last.is_some_and(is_label) && is_label(bare) && (comma || spaces) {
                out.push('|');
            }
            (last, comma) = (Some(bare), false);
        }
        comma |= word.contains(',');
        out.push_str(word);
    }
    out
}

/// How many capitals a label may have: a side `AB`, an angle `ABC`.
const LONGEST_LABEL: usize = 4;

static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\(?:text(?:bf|it|rm|normal|sf|tt)?|mbox|math(?:rm|bf|it|sf|tt|normal)|boldsymbol|bm|pmb|operatorname|left|right|(?:text)?color\s*\{[^{}]*\}|(?:L|l)arge|LARGE|huge|Huge|small|[!,;: ])")
        .expect("valid")
});

/// An answer without commands of style, braces and dollars, as a reader sees it.
pub fn visible(text: &str) -> String {
    COMMAND.replace_all(text, " ").replace(['{', '}', '$', '\\', '~'], " ")
}

/// Whether a text asks more than it says, or is a tuple of one: "5?", "(5,)".
pub fn doubtful(text: &str) -> bool {
    let visible = visible(text);
    let seen = visible.trim();
    let tuple = seen.strip_suffix([')', ']']).is_some_and(|inner| inner.trim_end().ends_with(','));
    tuple || seen.ends_with('?')
}

/// Whether a text says that there is no solution: in words, or as the set that holds nothing.
pub fn no_solution(text: &str) -> bool {
    static WORDS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^(?:(?:there\s+(?:is|are)\s+)?no\s+(?:real\s+)?solutions?(?:\s+exists?)?|(?:the\s+)?empty\s+set)$",
        )
        .expect("a fixed pattern")
    });
    static SET: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\S+\s*(?:\\in\b|∈)\s*)?(?:\\emptyset|\\varnothing|∅|\\\{\s*\\\})$").expect("a fixed pattern")
    });
    let bare = |text: &str| text.trim_matches(|c: char| c.is_whitespace() || ".$".contains(c)).to_owned();
    SET.is_match(&bare(text).replace(r"\left", "").replace(r"\right", "")) || WORDS.is_match(&bare(&visible(text)))
}

/// An option of a question: its letter and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lettered<'a> {
    /// `A` to `E`.
    pub letter: &'a str,
    /// What stands behind it.
    pub value: &'a str,
}

/// Reads an option with its letter in brackets before it: `\textbf{(C)}\ 12`, `\text{C. } 12`, `(C)\ 12`, `C) 12`. Where no space stands between them,
/// and where a sign does, the letter is a factor or a term.
pub fn lettered(text: &str) -> Option<Lettered<'_>> {
    static LETTERED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)^ [\s$]* (?: \\(?:text|textbf|textrm|mathbf|mathrm|mbox|bf)\b \s* \{? \s* \(?([A-E])[).:] \s* \}? (?: \s | ~ | \\[\x20,;:] | \\q?quad\b )*
                  | (?: \(([A-E])\) | ([A-E])\) ) (?: \s | ~ | \\[\x20,;:] | \\q?quad\b )+ )
                ( (?: [-−][^\s] | [^-+*/^=<>.,;:)}\s−] ) .* ) $",
        )
        .expect("a fixed pattern")
    });
    static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"^\\(?:cdot|times|ast|div|pm|mp|cup|cap|in|to|leq?|geq?|neq?|lt|gt|approx|over|setminus)(?:[^A-Za-z]|$)",
        )
        .expect("a fixed pattern")
    });
    // "(D) (E)" and "(D) or (E)" are two options.
    static ANOTHER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|[^A-Za-z0-9])\([A-E]\)|^(?:and|or|&)\s*\(?[A-E]\b").expect("a fixed pattern")
    });
    let found = LETTERED.captures(text)?;
    let letter = found.get(1).or(found.get(2)).or(found.get(3))?.as_str();
    let value = found.get(4)?.as_str();
    (!OPERATOR.is_match(value) && !ANOTHER.is_match(value)).then_some(Lettered { letter, value })
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    hours: u32,
    minutes: u32,
    /// Whether it is after noon, where that is said.
    afternoon: Option<bool>,
}

impl Time {
    /// Whether both name the same time. Between 1:00 and 12:59 a time may leave open in which half of the day it is, and is then
    /// the same as one that says it by a.m. or p.m.; beside a time on a clock of 24 hours it is on such a clock.
    pub fn same(self, other: Self) -> bool {
        self.minutes == other.minutes
            && match (self.half(), other.half()) {
                (Some(one), Some(another)) => one == another && self.hours % 12 == other.hours % 12,
                (None, None) => self.hours == other.hours,
                _ if self.afternoon.is_some() || other.afternoon.is_some() => self.hours % 12 == other.hours % 12,
                _ => false,
            }
    }

    /// Whether it is after noon, as far as it says.
    fn half(self) -> Option<bool> {
        self.afternoon.or(match self.hours {
            0 | 24 => Some(false),
            13.. => Some(true),
            _ => None,
        })
    }

    fn exists(self) -> bool {
        let hour = match self.afternoon {
            // 14:30 p.m. is said now and then; 14:30 a.m. is nothing.
            Some(true) => (1..24).contains(&self.hours),
            Some(false) => self.hours <= 12,
            None => self.hours < 24 || (self.hours == 24 && self.minutes == 0),
        };
        hour && self.minutes < 60
    }
}

/// What looks like a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// It is one.
    Time(Time),
    /// Two digits of minutes, but no such hour or minute: a ratio, unless it stands beside a time.
    Neither,
}

/// Reads a time of day, behind its name or not: hours with two digits of minutes, or with a.m., p.m., "noon", "midnight" or "o'clock" behind them.
pub fn clock(text: &str) -> Option<Clock> {
    static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix)^ \s* (?: \S[^=]*= )? (?: \s* at\b )? \s* (?: (?<hours>\d{1,2}) (?: \s* (?: : | (?<point>\.) ) \s* (?<minutes>\d{2}) (?: :00 )? )? )? \s*
                (?: (?<half>[ap]) \s* \.? \s* m \s* \.? | (?<named>noon|midnight) | (?<full>o'clock) \s* (?: (?<whose>[ap]) \s* \.? \s* m \s* \.? )? )? \s* $",
        )
        .expect("a fixed pattern")
    });
    let visible = visible(text).replace('’', "'");
    let parts = CLOCK.captures(&visible)?;
    let number = |group: &str| parts.name(group).map(|found| found.as_str().parse::<u32>().unwrap_or(u32::MAX));
    let said = parts.name("half").or(parts.name("whose")).map(|letter| letter.as_str().eq_ignore_ascii_case("p"));
    let named = parts.name("named").map(|named| named.as_str().eq_ignore_ascii_case("noon"));
    if parts.name("point").is_some() && said.is_none() {
        return None;
    }
    let hours = number("hours").or(named.map(|_| 12))?;
    let is_clock = parts.name("minutes").is_some() || parts.name("full").is_some() || said.or(named).is_some();
    let time = Time { hours, minutes: number("minutes").unwrap_or(0), afternoon: said.or(named) };
    let exists = time.exists() && (named.is_none() || (time.hours, time.minutes) == (12, 0));
    is_clock.then_some(if exists { Clock::Time(time) } else { Clock::Neither })
}

/// Things that are named by labels: "lines 1, 2", "points A and B".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// What they are, in the singular, where that is said.
    kind: Option<String>,
    labels: BTreeSet<String>,
}

impl Labels {
    /// Whether it is said what they are.
    pub fn have_kind(&self) -> bool {
        self.kind.is_some()
    }

    /// Whether both name the same; what they are may be left off, as a unit may.
    pub fn same(&self, other: &Self) -> bool {
        let kind = self.kind.is_none() || other.kind.is_none() || self.kind == other.kind;
        kind && self.labels == other.labels
    }
}

/// Reads two or more labels, in any order: single letters, short numbers, Roman ones, with a word before them that says what they are.
pub fn labels(text: &str) -> Option<Labels> {
    static BETWEEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)(?:\s*(?:[,;&]|\band\b)\s*)+").expect("a fixed pattern"));
    static LABEL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\s*(?:the\s+)?(?:([a-z]{3,})\s*:?\s+)?#?([a-z]?\d{1,3}[a-z]?|[a-z]|[ivx]{2,4})[\s.]*$")
            .expect("a fixed pattern")
    });
    static THOUSANDS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d,\d{3}(?-u:\b)").expect("a fixed pattern"));
    let visible = visible(text);
    if THOUSANDS.is_match(&visible) {
        return None;
    }
    let mut kinds = Vec::new();
    let mut labels = BTreeSet::new();
    let mut parts = 0;
    for part in BETWEEN.split(&visible) {
        let found = LABEL.captures(part)?;
        kinds.extend(found.get(1).map(|word| word.as_str().to_lowercase()));
        labels.insert(found[2].to_lowercase());
        parts += 1;
    }
    // Said once for all, as a plural, or with each.
    let kind = match kinds.as_slice() {
        [] => None,
        [first, rest @ ..] if kinds.len() == parts && rest.iter().all(|kind| kind == first) => Some(first.clone()),
        [once] if !OPERATIONS.contains(&once.as_str()) => Some(once.strip_suffix('s')?.to_owned()),
        _ => return None,
    };
    (labels.len() > 1).then_some(Labels { kind, labels })
}

/// Words that look like a plural before a number.
const OPERATIONS: &[&str] = &["minus", "plus", "times", "less", "versus"];
