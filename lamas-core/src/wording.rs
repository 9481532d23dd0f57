//! Numbers and lists as people write them: pure functions that tables, figures and the command line share.

use std::fmt::Display;

/// A number of things whose name takes an s for more or fewer than one: `1 seed`, `5 seeds`.
#[must_use]
pub fn count(number: impl Display, one: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// A number of things with another plural: `1 query`, `5 queries`.
#[must_use]
pub fn count_of(number: impl Display, one: &str, many: &str) -> String {
    let number = number.to_string();
    let name = if number == "1" { one } else { many };
    format!("{number} {name}")
}

/// The name that may have been meant, where one is close enough to be a slip of the fingers: its letters differ in two places at
/// most, or in a quarter of all, and most agree. Capitals are small letters here.
#[must_use]
pub fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let letters = |candidate: &str| candidate.chars().count().max(name.chars().count());
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
        .filter(|(slips, candidate)| *slips <= 2.max(letters(candidate) / 4) && 2 * slips < letters(candidate))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, candidate)| candidate)
}

/// A text of somebody else's for a terminal: what would steer the terminal, or the direction of what is shown, is written out.
///
/// ```
/// use lamas_core::wording::shown;
///
/// assert_eq!(shown("\u{1b}[2Jred \u{202e}abc\n"), "\\u{1b}[2Jred \\u{202e}abc\n");
/// ```
#[must_use]
pub fn shown(text: &str) -> String {
    let steers = |c: char| {
        let breaks = matches!(c, '\n' | '\t');
        let turns =
            matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        (c.is_control() && !breaks) || turns
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// Three digits and a unit: `12.3k`, `4.56M`, `0.0123`.
#[must_use]
pub fn short(value: f64) -> String {
    let figures = |value: f64, unit: &str| {
        let digits = if value >= 99.95 {
            0
        } else if value >= 9.995 {
            1
        } else {
            2
        };
        format!("{value:.digits$}{unit}")
    };
    match value {
        value if value >= 999.5e6 => figures(value / 1e9, "G"),
        value if value >= 999.5e3 => figures(value / 1e6, "M"),
        value if value >= 999.5 => figures(value / 1e3, "k"),
        value if value == value.round() => format!("{value:.0}"),
        value if value >= 1.0 => figures(value, ""),
        value if value >= 0.001 => {
            let digits = (2.0 - value.log10().floor()) as usize;
            format!("{value:.digits$}")
        }
        value => format!("{value:.1e}"),
    }
}

/// A time in the unit that people would say it in: `0.4 s`, `48 s`, `12 min`, `3.4 h`, `41 h`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        // What rounds to the next unit is said in it.
        seconds if seconds < 59.5 => (seconds, "s"),
        seconds if seconds < 59.5 * 60.0 => (seconds / 60.0, "min"),
        seconds => (seconds / 3600.0, "h"),
    };
    let digits = usize::from(value < 9.95 && value != value.round());
    if value > 0.0 && value < 0.05 { format!("under 0.1 {unit}") } else { format!("{value:.digits$} {unit}") }
}

/// How many things in a second: three digits at most, and the unit apart.
#[must_use]
pub fn rate(per_second: f64, things: &str) -> String {
    let digits = match per_second {
        rate if rate >= 99.95 || rate == 0.0 => 0,
        rate if rate >= 9.995 => 1,
        _ => 2,
    };
    format!("{per_second:.digits$} {things}/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thing_has_no_s() {
        assert_eq!([0, 1, 2].map(|n| count(n, "seed")), ["0 seeds", "1 seed", "2 seeds"]);
        assert_eq!([0, 1, 11].map(|n| count_of(n, "query", "queries")), ["0 queries", "1 query", "11 queries"]);
        assert_eq!(count(short(1.0), "call"), "1 call");
        assert_eq!(count(short(1500.0), "call"), "1.50k calls");
    }

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        for (name, known, meant) in [
            ("lamsa", "lamas", true),
            ("maas", "lamas", true),
            ("tua", "tau", true),
            ("onw", "own", true),
            ("LAMAS", "lamas", true),
            ("generate_ct", "generate_cot", true),
            ("generate.math.j2", "generate.maths.j2", true),
            // Two places of few letters leave another word.
            ("x", "id", false),
            ("m", "mm", false),
            ("ab", "ac", false),
            ("top", "tau", false),
            ("math", "maas", false),
            ("plot", "cost", false),
            ("\u{e9}\u{e9}", "\u{e9}a", false),
            ("oracle", "lamas", false),
        ] {
            assert_eq!(closest(name, [known]), meant.then_some(known), "{name} {known}");
        }
        assert_eq!(closest("seed", ["seeds", "speed", "need"]), Some("seeds"));
    }

    #[test]
    fn figures_are_three_with_a_unit() {
        let cases = [
            (0.0, "0"),
            (7.0, "7"),
            (640.0, "640"),
            (1234.0, "1.23k"),
            (99_960.0, "100k"),
            (4.56e6, "4.56M"),
            (1e9, "1.00G"),
            (1.5, "1.50"),
            (0.0123, "0.0123"),
            (0.000_02, "2.0e-5"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn case_times_are_said_in_their_own_unit() {
        let cases = [
            (0.0, "0 s"),
            (0.01, "under 0.1 s"),
            (0.44, "0.4 s"),
            (1.0, "1 s"),
            (1.5, "1.5 s"),
            // 4.2e-4 hours.
            (1.512, "1.5 s"),
            (9.96, "10 s"),
            (48.2, "48 s"),
            (59.4, "59 s"),
            (59.6, "1.0 min"),
            (60.0, "1 min"),
            (90.0, "1.5 min"),
            (3569.0, "59 min"),
            (3571.0, "1.0 h"),
            (3.4 * 3600.0, "3.4 h"),
            (41.2 * 3600.0, "41 h"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn case_rates_have_three_digits_and_a_unit() {
        let cases = [
            (0.0, "0 episodes/s"),
            (0.426, "0.43 episodes/s"),
            (4.0, "4.00 episodes/s"),
            (9.996, "10.0 episodes/s"),
            (21.9782, "22.0 episodes/s"),
            (99.96, "100 episodes/s"),
            (8123.4, "8123 episodes/s"),
        ];
        for (per_second, text) in cases {
            assert_eq!(rate(per_second, "episodes"), text);
        }
    }
}
