//! Names, things and numbers in words.

use std::fmt;

use num_rational::Rational64;

/// An exact quantity.
pub(super) type Amount = Rational64;

/// Somebody in a story, with the pronouns that go with the name.
#[derive(Clone, Copy)]
pub(super) struct Person {
    pub(super) name: &'static str,
    pub(super) she: &'static str,
    pub(super) her: &'static str,
    /// The object case: `him`, `her`.
    pub(super) them: &'static str,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Something that can be counted.
#[derive(Clone, Copy)]
pub(super) struct Thing {
    pub(super) one: &'static str,
    pub(super) many: &'static str,
}

impl Thing {
    pub(super) const fn new(one: &'static str, many: &'static str) -> Self {
        Self { one, many }
    }

    /// `1 apple`, `3 apples`.
    pub(super) fn n(self, n: i64) -> String {
        format!("{n} {}", if n == 1 { self.one } else { self.many })
    }

    /// `an apple`.
    pub(super) fn a(self) -> String {
        a(self.one)
    }
}

/// The noun with its indefinite article.
pub(super) fn a(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// `n` of a plain noun whose plural ends in s.
pub(super) fn n_of(n: i64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

const WOMEN: [&str; 32] = [
    "Amara", "Beatriz", "Chloe", "Daniela", "Elif", "Farah", "Greta", "Hana", "Ingrid", "Jana", "Keiko", "Leila",
    "Mina", "Nadia", "Olivia", "Priya", "Rosa", "Sofia", "Tamar", "Uma", "Vera", "Wanda", "Yara", "Zoe", "Alice",
    "Brenda", "Carmen", "Dorothy", "Freya", "Ivy", "Marta", "Ngozi",
];
const MEN: [&str; 32] = [
    "Arturo", "Bashir", "Callum", "Dmitri", "Emeka", "Felix", "Gustavo", "Hugo", "Ivan", "Jonas", "Kenji", "Liam",
    "Mateo", "Nikhil", "Oscar", "Pavel", "Quentin", "Ravi", "Samir", "Tomas", "Umar", "Victor", "Walter", "Yusuf",
    "Zane", "Andre", "Boris", "Curtis", "Dario", "Edwin", "Leon", "Marcus",
];

/// Everybody who may appear.
pub(super) fn people() -> Vec<Person> {
    let women = WOMEN.map(|name| Person { name, she: "she", her: "her", them: "her" });
    let men = MEN.map(|name| Person { name, she: "he", her: "his", them: "him" });
    women.into_iter().chain(men).collect()
}

/// A small number in words; digits from thirteen on.
pub(super) fn spelled(n: i64) -> String {
    const SMALL: [&str; 12] =
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    match usize::try_from(n) {
        Ok(small @ 1..=12) => SMALL[small - 1].to_owned(),
        _ => n.to_string(),
    }
}

/// `twice`, `three times`.
pub(super) fn times(n: i64) -> String {
    if n == 2 { "twice".to_owned() } else { format!("{} times", spelled(n)) }
}

/// `half`, `a third`, `three quarters`, `two fifths`.
pub(super) fn fraction(top: i64, bottom: i64) -> String {
    let part = match bottom {
        2 => return "half".to_owned(),
        3 => "third",
        4 => "quarter",
        5 => "fifth",
        6 => "sixth",
        8 => "eighth",
        10 => "tenth",
        _ => return format!("{top}/{bottom}"),
    };
    if top == 1 { format!("a {part}").replace("a eighth", "an eighth") } else { format!("{} {part}s", spelled(top)) }
}

/// Dollars from cents.
pub(super) fn cents(cents: i64) -> Amount {
    Amount::new(cents, 100)
}

/// `$4`, `$4.50`.
pub(super) fn usd(amount: impl Into<Amount>) -> String {
    let cents = (amount.into() * 100).to_integer();
    let (whole, rest) = (cents / 100, cents % 100);
    if rest == 0 { format!("${whole}") } else { format!("${whole}.{rest:02}") }
}

/// The shortest decimal of an amount with at most two places; a longer one is cut (and refused by the story).
pub(super) fn decimal(amount: Amount) -> String {
    let hundredths = (amount * 100).to_integer();
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    match rest {
        0 => whole.to_string(),
        rest if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        rest => format!("{whole}.{rest:02}"),
    }
}

/// A clock time: minutes after midnight as `8:05 a.m.`.
pub(super) fn clock(minutes: i64) -> String {
    let (hour, minute) = (minutes / 60 % 24, minutes % 60);
    let half = if hour < 12 { "a.m." } else { "p.m." };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{hour}:{minute:02} {half}")
}

/// The text with its first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A sentence as it is printed: no small number in digits at its head, no doubled full stop.
pub(super) fn as_sentence(text: &str) -> String {
    let text = match text.split_once(' ') {
        Some((head, tail)) if head.len() < 3 => {
            head.parse().map_or_else(|_| text.to_owned(), |n| format!("{} {tail}", spelled(n)))
        }
        _ => text.to_owned(),
    };
    capitalised(&text).replace("m..", "m.")
}
