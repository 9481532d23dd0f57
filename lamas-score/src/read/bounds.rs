//! How a number stands in its sentence: as a value, as a bound ("at least 5"), as an end of a range, as one of several
//! ("18 or 19", "18 and 19"), or denied ("not 18").

use std::sync::LazyLock;

use regex::Regex;

/// How a number stands among the words around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// As a value.
    Alone,
    /// As a bound, as an end of a range, or as a part of another value (`18\pi`, "18 ± 2").
    Bound,
    /// As what the answer is not.
    Negated,
    /// Before "or", "and" or a comma, with what stands behind that: the same value again, or another one.
    Beside(&'a str),
}

/// What may stand between a word and its number, or between two numbers: space, and LaTeX that shows none.
const SPACE: &str = r"(?:[\s~$*{}]|\\[,;:!$\x20]|\\(?:text|mbox|mathrm|textbf|mathbf)(?-u:\b)|[€£¥])*";

/// What joins several values, except for "or".
const JOINS: &str = r"(?:[,;]\s*(?:and\b|\\?&)?|and\b|\\?&)";

/// How a number stands between what is written before and behind it.
pub(super) fn standing<'a>(before: &str, after: &'a str) -> Standing<'a> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?ix) (?: [<>≥≤≠⩾⩽] =? | \\(?:geq?|leq?|geqslant|leqslant|gt|lt|neq?)
                | \b(?: at\s+(?:least|most) | (?:more|less|fewer|greater|larger|smaller|higher|lower)\s+than (?:\s+or\s+equal\s+to)?
                    | up\s+to | no\s+(?:more|less|fewer)\s+than | over | under | above | below | exceeds | between )
                ) {SPACE} [-+]? {SPACE} $"
        ))
        .expect("a fixed pattern")
    });
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?ix) ^ (?: {SPACE} \+ {SPACE} (?: $ | [a-z.,;)] )
                | {SPACE} (?: [a-z]+ \s+ ){{0,3}}? or \s+ (?:more|less|fewer|greater|above|below|higher|lower|over|under)\b
                | {SPACE} (?: [a-z]+ \s+ ){{0,3}}? at \s+ (?:least|most)\b
                | {SPACE} (?: (?:to|through)\b | [–—-] | : | \\colon ) {SPACE} \.? [0-9]
                | {SPACE} (?: ± | \\pm\b | \+/?- ) {SPACE} \.? [0-9]
                | {SPACE} (?: π | √ | \\pi\b | \\sqrt\b )
                | (?-i:[xyzn]) [\s$*]* (?: $ | [-.,;)+*/^] )
                | [\s$]+ [0-9][0-9,.]* [\s$.*]* $ )"
        ))
        .expect("a fixed pattern")
    });
    // Behind a comma a number may also begin a remark: "18, 3 more than 15".
    static SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?ix) ^{SPACE} (?: (?:[,;]\s*)? or\b {SPACE} ([-−]?\.?[0-9].*) | (?:[,;]\s*)? (?: and\b | \\?& ) {SPACE} ([-−]?\.?[0-9].*)
                | [,;] {SPACE} ([-−]?\.?[0-9][0-9.]*%? {SPACE} (?: $ | [.,;&] | and\b | or\b ) .*) )"
        ))
        .expect("a fixed pattern")
    });
    static SAME_UNIT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?i)^{SPACE}([a-z]+){SPACE}(or\b|to\b|and\b|\\?&){SPACE}(\.?[0-9][0-9,.]*{SPACE}([a-z]+).*)"
        ))
        .expect("a fixed pattern")
    });
    // "18 in January, 19 in February", and not "18 in all, 9 in each box".
    static SAME_PREPOSITION: LazyLock<Regex> = LazyLock::new(|| {
        let end = |name: &str| format!(r"{SPACE}(?P<{name}>in|for|on|at|from|per|by)\s+");
        let (first, second) = (end("first"), end("second"));
        Regex::new(&format!(
            r"(?i)^{first}(?P<of>[^,;&]{{1,40}}?)\s*{JOINS}{SPACE}(?P<other>\.?[0-9][0-9,.]*{second}(?P<also>\w+).*)"
        ))
        .expect("a fixed pattern")
    });
    // What decides stands near.
    let before = &before[before.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at)..];
    let after = &after[..after.char_indices().nth(NEAR).map_or(after.len(), |(at, _)| at)];
    if is_negated(before) {
        return Standing::Negated;
    }
    if BEFORE.is_match(before) || AFTER.is_match(after) {
        return Standing::Bound;
    }
    if let Some(other) = SEVERAL.captures(after).and_then(|found| found.iter().skip(1).flatten().next()) {
        return Standing::Beside(other.as_str());
    }
    if let Some(found) = SAME_PREPOSITION.captures(after)
        && found["first"].eq_ignore_ascii_case(&found["second"])
        && !is_sum(&found["of"])
        && !is_sum(&found["also"])
        && let Some(other) = found.name("other")
    {
        return Standing::Beside(other.as_str());
    }
    match SAME_UNIT.captures(after) {
        Some(found) if found[1].eq_ignore_ascii_case(&found[4]) => {
            let range = found[2].eq_ignore_ascii_case("to");
            found.get(3).map_or(Standing::Alone, |other| match range {
                true => Standing::Bound,
                false => Standing::Beside(other.as_str()),
            })
        }
        _ => Standing::Alone,
    }
}

/// How many characters around a number are looked at.
const NEAR: usize = 60;

/// Whether words say that a number is of all, or of each.
fn is_sum(words: &str) -> bool {
    let sums = ["total", "all", "sum", "each", "every", "both", "one"];
    words.split_whitespace().any(|word| sums.iter().any(|sum| word.eq_ignore_ascii_case(sum)))
}

/// Whether what stands before a number denies it: "not 18", "isn't 18", "cannot be 18", "rather than 18".
pub(super) fn is_negated(before: &str) -> bool {
    static DENIED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?ix) (?: (?: (?-u:\b) (?: not | cannot | never ) | n['’]t ) (?: \s+ (?: just | only | even | exactly ) )?
                  (?: \s+ (?: be | have\s+been | equal ) )? (?: \s+ equal )? (?: \s+ to )? (?: \s+ (?: just | only | even | exactly ) )?
                | (?-u:\b) (?: rather\s+than | instead\s+of ) ) $",
        )
        .expect("a fixed pattern")
    });
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || "$\\{}*~€£¥-−".contains(c));
    let near = before.char_indices().rev().nth(NEAR).map_or(0, |(at, _)| at);
    DENIED.is_match(&before[near..])
}

#[cfg(test)]
mod tests {
    use super::{Standing, standing};

    #[test]
    fn a_bound_is_no_value() {
        for (before, after) in [
            (">", ""),
            ("\\geq ", ""),
            ("\\text{at least }", ""),
            ("It is less than \\$", " dollars"),
            ("between ", " and 20"),
            ("", "+"),
            ("", " to 7"),
            ("", "\\text{ to }20"),
            ("", "–20"),
            ("", ":1"),
            ("", " dollars to 7 dollars"),
            ("", " eggs or more"),
            ("", " ± 2"),
            ("", "\\pi"),
            ("", "√2"),
            ("", "x."),
            ("", " 19"),
        ] {
            assert_eq!(standing(before, after), Standing::Bound, "{before}18{after}");
        }
        for (before, after) in
            [("", " dollars"), ("about ", ""), ("", " to each of them"), ("", " + 3"), ("", ", not 20")]
        {
            assert_eq!(standing(before, after), Standing::Alone, "{before}18{after}");
        }
        for before in [
            "not ",
            "not just ",
            "isn't ",
            "\\text{not }",
            "can't be ",
            "cannot be ",
            "is not equal to $",
            "rather than ",
        ] {
            assert_eq!(standing(before, ""), Standing::Negated, "{before}");
        }
        for (after, other) in [
            (" or 19", "19"),
            (" and 19 eggs", "19 eggs"),
            (", 19", "19"),
            ("; 20", "20"),
            (" & 19.", "19."),
            (", and 19", "19"),
            (" in May, 19 in June", "19 in June"),
            (" eggs and 20 eggs", "20 eggs"),
        ] {
            assert_eq!(standing("", after), Standing::Beside(other), "{after}");
        }
        for after in
            [", 3 more than 15", " in total, 9 in each", " hours and 30 minutes", "x as many", " m", ", not 20"]
        {
            assert_eq!(standing("", after), Standing::Alone, "{after}");
        }
        assert_eq!(standing("to be or knot to be ", ""), Standing::Alone);
        assert_eq!(standing("knot ", " or two"), Standing::Alone);
    }
}
