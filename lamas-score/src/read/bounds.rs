//! How a number stands in its sentence: as a value, as a bound ("at least 5"), as an end of a range, as one of a choice, or
//! denied ("not 18").

use std::sync::LazyLock;

use regex::Regex;

/// How a number stands among the words around it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// As a value.
    Alone,
    /// As a bound, or as an end of a range.
    Bound,
    /// As what the answer is not.
    Negated,
    /// Before "or", with what stands behind that: the same value again, or a choice.
    Beside(&'a str),
}

/// What may stand between a word and its number, or between two numbers: space, and LaTeX that shows none.
const SPACE: &str = r"(?:[\s~$*{}]|\\[,;:!$\x20]|\\(?:text|mbox|mathrm|textbf|mathbf)(?-u:\b)|[€£¥])*";

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
                | {SPACE} (?: (?:to|through)\b | [–—-] | : | \\colon ) {SPACE} \.? [0-9] )"
        ))
        .expect("a fixed pattern")
    });
    static CHOICE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"(?i)^{SPACE}or\b{SPACE}(\.?[0-9].*)")).expect("a fixed pattern"));
    static SAME_UNIT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(r"(?i)^{SPACE}([a-z]+){SPACE}(or|to)\b{SPACE}(\.?[0-9][0-9,.]*{SPACE}([a-z]+).*)"))
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
    if let Some(choice) = CHOICE.captures(after).and_then(|found| found.get(1)) {
        return Standing::Beside(choice.as_str());
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

/// Whether what stands before a number denies it: "not 18", "isn't 18".
pub(super) fn is_negated(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| c.is_whitespace() || "$\\{}*~€£¥-−".contains(c));
    let before =
        ["just", "only", "even"].into_iter().find_map(|word| before.strip_suffix(word)).unwrap_or(before).trim_end();
    let Some(head) = before.strip_suffix("not").or_else(|| before.strip_suffix("NOT")) else {
        return before.ends_with("n't") || before.ends_with("n’t");
    };
    !head.ends_with(char::is_alphanumeric)
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
        ] {
            assert_eq!(standing(before, after), Standing::Bound, "{before}18{after}");
        }
        for (before, after) in
            [("", " dollars"), ("about ", ""), ("", " to each of them"), ("", " + 3"), ("", ", not 20")]
        {
            assert_eq!(standing(before, after), Standing::Alone, "{before}18{after}");
        }
        for before in ["not ", "not just ", "isn't ", "\\text{not }"] {
            assert_eq!(standing(before, ""), Standing::Negated, "{before}");
        }
        assert_eq!(standing("", " or 19"), Standing::Beside("19"));
        assert_eq!(standing("knot ", " or two"), Standing::Alone);
    }
}
