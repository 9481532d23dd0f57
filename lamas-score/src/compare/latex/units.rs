//! Words after a number: which are units, and which units cannot mean the same.

use super::node::Node;
use super::vocabulary::BOUNDS;

/// Units that answers name, each with the one name that stands for all its spellings.
const UNITS: &[(&str, &[&str])] = &[
    ("millimetre", &["mm", "millimeter", "millimetre"]),
    ("centimetre", &["cm", "centimeter", "centimetre"]),
    ("metre", &["m", "meter", "metre"]),
    ("kilometre", &["km", "kilometer", "kilometre"]),
    ("inch", &["in", "inch", "inches"]),
    ("foot", &["ft", "foot", "feet"]),
    ("yard", &["yd", "yard"]),
    ("mile", &["mi", "mile"]),
    ("gram", &["g", "gm", "gram"]),
    ("kilogram", &["kg", "kilogram"]),
    ("pound", &["lb", "lbs", "pound", "gbp"]),
    ("ounce", &["oz", "ounce"]),
    ("second", &["s", "sec", "second"]),
    ("minute", &["min", "minute"]),
    ("hour", &["h", "hr", "hrs", "hour"]),
    ("day", &["day"]),
    ("week", &["week"]),
    ("month", &["month"]),
    ("year", &["yr", "year"]),
    ("dollar", &["dollar", "usd", "buck"]),
    ("cent", &["cent", "penny", "pennies"]),
    ("euro", &["euro", "eur"]),
    ("yen", &["yen", "jpy"]),
    ("rupee", &["rupee", "inr"]),
    ("radian", &["rad", "radian"]),
    ("degree", &["deg", "degree"]),
    ("litre", &["l", "liter", "litre"]),
    ("millilitre", &["ml", "milliliter", "millilitre"]),
];

/// The one name of a unit's spelling, in singular or plural.
fn canonical(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let singular = word.strip_suffix('s').filter(|stem| stem.len() > 2);
    UNITS
        .iter()
        .find(|(_, spellings)| spellings.iter().any(|spelling| *spelling == word || Some(*spelling) == singular))
        .map(|(name, _)| *name)
}

/// Words for one unit over another.
const RATIOS: &[(&str, [&str; 2])] = &[
    ("mph", ["mile", "hour"]),
    ("kph", ["kilometre", "hour"]),
    ("kmh", ["kilometre", "hour"]),
    ("fps", ["foot", "second"]),
];

/// The units that words name.
fn names(text: &str) -> Vec<&'static str> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words
        .flat_map(|word| match RATIOS.iter().find(|(ratio, _)| ratio.eq_ignore_ascii_case(word)) {
            Some((_, units)) => units.to_vec(),
            None => canonical(word).into_iter().collect(),
        })
        .collect()
}

/// Whether a word of two letters or more is a unit; single letters are variables.
pub fn known(word: &str) -> bool {
    word.len() > 1 && !names(word).is_empty()
}

/// Whether a word is a unit, as it stands among words.
pub fn named(word: &str) -> bool {
    !names(word).is_empty()
}

/// Symbols of units that no words of ours name, and of which nothing is compared.
const SYMBOLS: &[&str] = &[
    "N", "J", "kJ", "W", "kW", "Pa", "kPa", "Hz", "V", "A", "C", "K", "mol", "T", "F", "nm", "mg", "newton", "joule",
    "watt", "pascal", "hertz", "volt", "ampere", "coulomb", "kelvin", "mole", "ohm",
];

/// What stands before the name of a unit and is written apart from it as a command of its own: `\kilo\gram`.
const PREFIXES: &[&str] = &["nano", "micro", "milli", "centi", "deci", "kilo", "mega", "giga"];

/// The words of a unit that is put together of others: `m/s^2`, `kg\cdot m^{-3}`, `\meter\per\second\squared`; none where one of
/// its parts is no unit.
pub fn composed(text: &str) -> Option<String> {
    // One unit over another.
    let text = match text.trim().strip_prefix(r"\frac") {
        Some(parts) => parts.replace("}{", " per "),
        None => text.replace('$', ""),
    };
    let spaced = text
        .replace(r"\cdot", " ")
        .replace(r"\times", " ")
        .replace([',', '~', '.', '*', '·', '{', '}', '(', ')'], " ")
        .replace('/', " per ")
        .replace('\\', " ")
        .replace("^ ", "^");
    let mut words: Vec<String> = Vec::new();
    let mut prefix = "";
    for word in spaced.split_whitespace() {
        match word {
            "squared" => words.last_mut()?.push_str("^2"),
            "cubed" => words.last_mut()?.push_str("^3"),
            "per" | "square" | "cubic" => words.push(word.to_owned()),
            _ if PREFIXES.contains(&word) => prefix = word,
            _ => {
                let (name, power) = word.split_once('^').unwrap_or((word, ""));
                if !(named(name) || SYMBOLS.contains(&name)) || !power.bytes().all(|b| b.is_ascii_digit() || b == b'-')
                {
                    return None;
                }
                let below = power.strip_prefix('-');
                words.extend(below.map(|_| "per".to_owned()));
                let power = below.unwrap_or(power);
                words.push(match power {
                    "" | "1" => format!("{prefix}{name}"),
                    _ => format!("{prefix}{name}^{power}"),
                });
                prefix = "";
            }
        }
    }
    (!words.is_empty() && prefix.is_empty()).then(|| words.join(" "))
}

/// A fraction of words, as a unit: `\frac{\text{miles}}{\text{hour}}`.
pub fn of_fraction(fraction: &Node) -> Option<String> {
    let Node::Product(parts) = fraction else { return None };
    let [Node::Text(above), Node::Power(below, _)] = parts.as_slice() else { return None };
    let Node::Text(below) = &**below else { return None };
    Some(format!("{above} per {below}").to_lowercase())
}

/// Whether the words make a bound of the value before them: "or more", "at least".
pub fn bound(words: &str) -> bool {
    let words = format!(" {words} ");
    BOUNDS.iter().any(|bound| words.contains(&format!(" {bound} ")))
}

/// Whether the words name the unit of angles that is one.
pub fn is_radian(text: &str) -> bool {
    names(text) == ["radian"]
}

/// Whether two units name different things: both are known, and no unit of one is a unit of the other; or both say
/// their dimension, and not the same.
///
/// Whatever else the words say ("of water", "per") is let pass, as is a unit or dimension that only one answer states:
/// the value is still the one that was asked for.
pub fn conflict(one: &str, other: &str) -> bool {
    let (left, right) = (names(one), names(other));
    let known = !left.is_empty() && !right.is_empty();
    let strangers = known && !left.iter().any(|name| right.contains(name));
    // Of one unit over another both count.
    let ratios = left.len() == 2 && right.len() == 2 && is_ratio(one) && is_ratio(other) && left != right;
    strangers || ratios || matches!((dimension(one), dimension(other)), (Some(one), Some(other)) if one != other)
}

/// Whether the words name one unit over another.
fn is_ratio(text: &str) -> bool {
    text.contains('/')
        || text
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word == "per" || RATIOS.iter().any(|(ratio, _)| *ratio == word))
}

/// Two for square units, three for cubic ones, where the words say so.
fn dimension(text: &str) -> Option<u32> {
    let has = |word: &str| text.split(|c: char| !c.is_ascii_alphabetic()).any(|part| part == word);
    if has("square") || has("sq") {
        Some(2)
    } else if has("cubic") || has("cu") {
        Some(3)
    } else {
        text.rsplit_once('^').and_then(|(_, power)| power.trim().parse().ok())
    }
}
