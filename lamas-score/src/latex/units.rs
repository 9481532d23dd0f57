//! Words after a number: which are units, and which units cannot mean the same.

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
    ("pound", &["lb", "lbs", "pound"]),
    ("ounce", &["oz", "ounce"]),
    ("second", &["s", "sec", "second"]),
    ("minute", &["min", "minute"]),
    ("hour", &["h", "hr", "hrs", "hour"]),
    ("day", &["day"]),
    ("week", &["week"]),
    ("month", &["month"]),
    ("year", &["yr", "year"]),
    ("dollar", &["dollar", "usd"]),
    ("cent", &["cent"]),
    ("mile per hour", &["mph"]),
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

/// Whether a word of two letters or more is a unit; single letters are variables.
pub fn known(word: &str) -> bool {
    word.len() > 1 && canonical(word).is_some()
}

/// Whether two units name different things: both are known, and no unit of one is a unit of the other; or both say
/// their dimension, and not the same.
///
/// Whatever else the words say ("of water", "per") is let pass, as is a unit or dimension that only one answer states:
/// the value is still the one that was asked for.
pub fn conflict(one: &str, other: &str) -> bool {
    let names = |text: &str| text.split(|c: char| !c.is_ascii_alphabetic()).filter_map(canonical).collect::<Vec<_>>();
    let (left, right) = (names(one), names(other));
    let strangers = !left.is_empty() && !right.is_empty() && !left.iter().any(|name| right.contains(name));
    strangers || matches!((dimension(one), dimension(other)), (Some(one), Some(other)) if one != other)
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
