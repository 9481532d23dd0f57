//! Other ways to write a reference answer, and other answers that look like it, made mechanically.

use std::sync::LazyLock;

use regex::Regex;

/// How an answer was changed, whether it still is the answer, and what came of it.
pub struct Variant {
    /// The change.
    pub kind: &'static str,
    /// Whether a person would still accept it.
    pub right: bool,
    /// The changed answer.
    pub text: String,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

static UNIT: LazyLock<Regex> = LazyLock::new(|| regex(r"^(.*\d[^a-z]*?)\s*\\(?:text|mbox)\s*\{[^}]*\}(?:\^2|\^3)?$"));
static FRACTION: LazyLock<Regex> = LazyLock::new(|| regex(r"^(-?)\\d?frac\{(\d+)\}\{(\d+)\}$"));
static INTEGER: LazyLock<Regex> = LazyLock::new(|| regex(r"^-?\d+$"));
static PLAIN_PAIR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(?:\\left)?([(\[])([^,()\[\]]+),([^,()\[\]]+?)(?:\\right)?([)\]])$"));
static MIXED: LazyLock<Regex> = LazyLock::new(|| regex(r"^(\d+)\s*\\d?frac\s*\{?(\d+)\}?\{?(\d)\}?$"));
static ROOT_FRACTION: LazyLock<Regex> = LazyLock::new(|| regex(r"^(-?)\\d?frac\{(\d*)\\sqrt\{(\d+)\}\}\{(\d+)\}$"));
static SUM: LazyLock<Regex> = LazyLock::new(|| regex(r"^([^-+(){}=,|&]+)([-+])([^-+(){}=,|&]+)$"));
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| regex(r"(^|[^a-zA-Z\\])x($|[^a-zA-Z])"));
static EXPONENT: LazyLock<Regex> = LazyLock::new(|| regex(r"\^(\d)"));
static DIGITS: LazyLock<Regex> = LazyLock::new(|| regex(r"\d+"));
static BARE_LIST: LazyLock<Regex> = LazyLock::new(|| regex(r"^[^()\[\]{}\\=<>]+(?:, [^()\[\]{}\\=<>]+)+$"));
static SCALAR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^-?(?:\d+|\\d?frac\{\d+\}\{\d+\}|\d*\\sqrt\{\d+\}|\d*\\pi)$"));
static DOLLARS: LazyLock<Regex> = LazyLock::new(|| regex(r"^\\\$\s*(\d+)(\.\d+)?$"));

/// All variants that apply to an answer; `next` is another answer of the file.
pub fn variants(gold: &str, next: &str) -> Vec<Variant> {
    let mut found = Vec::new();
    let mut add = |kind, right, text: String| {
        if text != gold && !text.is_empty() {
            found.push(Variant { kind, right, text });
        }
    };
    add("itself in display style", true, gold.replace(r"\frac", r"\dfrac"));
    add("brackets without \\left", true, gold.replace(r"\left", "").replace(r"\right", ""));
    add("spaces added", true, gold.replace(", ", ",  ").replace('+', " + ").replace('(', "( "));
    add("in dollars", true, format!("${gold}$"));
    add("unit left off", true, UNIT.replace(gold, "$1").into_owned());
    // Of a cosine, the sign is part of the argument.
    add("degree sign left off", !gold.contains(r"\cos"), strip_end(gold, &[r"^\circ", r"^{\circ}"]));
    add("percent sign left off", true, strip_end(gold, &[r"\%"]));
    add("currency left off", true, gold.replacen(r"\$", "", 1));
    add("thousands without separators", true, gold.replace(r",\!", "").replace("{,}", ""));
    add("other matrix brackets", true, gold.replace("pmatrix", "bmatrix"));
    add("text without its command", true, unwrapped(gold));
    for (kind, right, text) in numeric(gold).into_iter().chain(structural(gold)) {
        add(kind, right, text);
    }
    add("another row's answer", false, next.to_owned());
    found
}

fn strip_end(text: &str, ends: &[&str]) -> String {
    ends.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text).to_owned()
}

fn unwrapped(text: &str) -> String {
    let inner = text.strip_prefix(r"\text{").and_then(|rest| rest.strip_suffix('}'));
    inner.filter(|inner| !inner.contains(['{', '}'])).unwrap_or(text).to_owned()
}

fn numeric(gold: &str) -> Vec<(&'static str, bool, String)> {
    let mut found = Vec::new();
    if let Some(parts) = FRACTION.captures(gold) {
        let number = |at: usize| parts[at].parse::<i64>().ok();
        if let (Some(top), Some(bottom)) = (number(2), number(3)) {
            let sign = &parts[1];
            found.push(("fraction with a slash", true, format!("{sign}{top}/{bottom}")));
            found.push(("fraction not reduced", true, format!(r"{sign}\frac{{{}}}{{{}}}", 3 * top, 3 * bottom)));
            found.push(("fraction upside down", top == bottom, format!(r"{sign}\frac{{{bottom}}}{{{top}}}")));
            let thousandths = top * 1000;
            if thousandths % bottom == 0 {
                found.push(("exact decimal", true, format!("{sign}{}", thousandths as f64 / bottom as f64 / 1000.0)));
            } else {
                found.push(("rounded decimal", false, format!("{sign}{:.2}", top as f64 / bottom as f64)));
            }
        }
    }
    if INTEGER.is_match(gold) {
        found.push(("with a decimal point", true, format!("{gold}.0")));
        found.push(("with a unit", true, format!(r"{gold}\text{{ units}}")));
        found.push(("ten times", gold == "0", format!("{gold}0")));
        found.push(("a tenth more", false, format!("{gold}.1")));
    }
    if let Some(parts) = DOLLARS.captures(gold) {
        found.push((
            "dollars in words",
            true,
            format!(r"{}{}\text{{ dollars}}", &parts[1], parts.get(2).map_or("", |m| m.as_str())),
        ));
    }
    if SCALAR.is_match(gold) {
        found.push(("named", true, format!("x = {gold}")));
        found.push(("as a sum", true, format!("1 + {gold} - 1").replace("+ -", "- ")));
        found.push(("squared", gold == "1" || gold == "0", format!("({gold})^2")));
        found.push(("times a variable", gold == "0", format!("{gold}x")));
    }
    if gold.contains(r"\sqrt{") {
        found.push(("root as a power", true, regex(r"\\sqrt\{(\d+)\}").replace_all(gold, "($1)^{1/2}").into_owned()));
        found.push(("root left off", false, regex(r"\\sqrt\{(\d+)\}").replace(gold, "($1)").into_owned()));
    }
    if let Some(parts) = MIXED.captures(gold) {
        let number = |at: usize| parts[at].parse::<i64>().expect("digits");
        let (whole, top, bottom) = (number(1), number(2), number(3));
        found.push(("mixed number as a fraction", true, format!(r"\frac{{{}}}{{{bottom}}}", whole * bottom + top)));
        found.push(("mixed number as a sum", true, format!("{whole} + {top}/{bottom}")));
        found.push(("mixed number as a product", false, format!(r"{whole} \cdot \frac{{{top}}}{{{bottom}}}")));
    }
    if let Some(parts) = ROOT_FRACTION.captures(gold) {
        let (sign, factor, radicand, bottom) = (&parts[1], &parts[2], &parts[3], &parts[4]);
        let factor_or_one = if factor.is_empty() { "1" } else { factor };
        found.push((
            "root beside the fraction",
            true,
            format!(r"{sign}\frac{{{factor_or_one}}}{{{bottom}}}\sqrt{{{radicand}}}"),
        ));
        let (f, r, b) = (factor_or_one.parse::<i64>(), radicand.parse::<i64>(), bottom.parse::<i64>());
        if let (Ok(f), Ok(r), Ok(b)) = (f, r, b) {
            found.push(("factor under the root", true, format!(r"{sign}\frac{{\sqrt{{{}}}}}{{{b}}}", f * f * r)));
            found.push(("root in the denominator", true, format!(r"{sign}\frac{{{}}}{{{b}\sqrt{{{r}}}}}", f * r)));
            found.push(("root as a decimal", false, format!("{sign}{:.3}", f as f64 * (r as f64).sqrt() / b as f64)));
        }
    }
    if let Some(parts) = SUM.captures(gold) {
        let (first, sign, second) = (parts[1].trim(), &parts[2], parts[3].trim());
        let sign = if sign == "-" { "-" } else { "" };
        let rest = if first.starts_with('-') { first.to_owned() } else { format!("+ {first}") };
        found.push(("terms reversed", true, format!("{sign}{second} {rest}")));
        found.push(("one sign changed", false, format!("{first} {} {second}", if sign == "-" { "+" } else { "-" })));
        found.push(("doubled and halved", true, format!(r"\frac{{2({gold})}}{{2}}")));
        found.push(("as a negative of negatives", true, format!("-(-({gold}))")));
    }
    found
}

fn structural(gold: &str) -> Vec<(&'static str, bool, String)> {
    let mut found = Vec::new();
    if let Some(digits) = DIGITS.find_iter(gold).last() {
        let raised = digits.as_str().parse::<u64>().map_or_else(|_| "7".to_owned(), |value| (value + 1).to_string());
        let text = format!("{}{raised}{}", &gold[..digits.start()], &gold[digits.end()..]);
        found.push(("last number one more", false, text));
    }
    if gold.starts_with(|c: char| c.is_ascii_digit())
        && !gold.starts_with('0')
        && !gold.contains(':')
        && !gold.contains(['=', 'm'])
    {
        found.push(("minus sign added", false, format!("-{gold}")));
    }
    if let Some(pair) = PLAIN_PAIR.captures(gold) {
        let (first, second) = (pair[2].trim(), pair[3].trim());
        let same = first == second;
        found.push(("pair swapped", same, format!("{}{second},{first}{}", &pair[1], &pair[4])));
        let (open, close) = if &pair[1] == "(" { ("[", &pair[4]) } else { ("(", &pair[4]) };
        found.push(("bracket changed", false, format!("{open}{first},{second}{close}")));
        found.push(("pair cut to one", false, first.to_owned()));
        if gold.contains(r"\infty") || &pair[1] != "(" || &pair[4] != ")" {
            found.push(("interval as an inequality", true, inequality(&pair[1], first, second, &pair[4])));
        }
    }
    if VARIABLE.is_match(gold) {
        found.push(("variable renamed", false, VARIABLE.replace_all(gold, "${1}q$2").into_owned()));
    }
    if EXPONENT.is_match(gold) && !gold.contains(r"\text") && !gold.contains(r"\mbox") {
        found.push(("exponent braced", true, EXPONENT.replace_all(gold, "^{$1}").into_owned()));
        found.push(("exponent left off", false, EXPONENT.replace(gold, "").into_owned()));
    }
    for (from, to) in [(r"\sin", r"\cos"), (r"\cos", r"\sin"), (r"\tan", r"\cot"), (r"\sec", r"\csc"), (r"\pi", "e")] {
        if gold.contains(from) {
            found.push(("another function or constant", false, gold.replace(from, to)));
        }
    }
    if BARE_LIST.is_match(gold) && !gold.contains("and") {
        let mut items: Vec<_> = gold.split(", ").collect();
        items.reverse();
        found.push(("list reversed", true, items.join(", ")));
        found.push(("list joined by and", true, items.join(r" \text{ and } ")));
        found.push(("list as a set", true, format!(r"\{{{}\}}", items.join(", "))));
        found.push(("list cut short", false, items[1..].join(", ")));
        found.push(("list with one item more", false, format!("{gold}, 987")));
    }
    if let Some((left, right)) = gold.split_once('=').filter(|_| gold.matches('=').count() == 1) {
        found.push(("equation turned around", true, format!("{} = {}", right.trim(), left.trim())));
        found.push(("equation with another sign", false, format!("{left}= {right} + 1")));
    }
    if gold.contains(r"\cup") {
        let mut parts: Vec<_> = gold.split(r"\cup").map(str::trim).collect();
        parts.reverse();
        found.push(("union reversed", true, parts.join(r" \cup ")));
        found.push(("union cut short", false, parts[1..].join(r" \cup ")));
    }
    found
}

/// An interval as its variable's bounds.
fn inequality(open: &str, low: &str, high: &str, close: &str) -> String {
    let below = if open == "[" { r"\le" } else { "<" };
    let above = if close == "]" { r"\le" } else { "<" };
    match (low, high) {
        (r"-\infty", r"\infty") => "x < x + 1".to_owned(),
        (r"-\infty", high) => format!("x {above} {high}"),
        (low, r"\infty") => format!("{low} {below} x"),
        _ => format!("{low} {below} x {above} {high}"),
    }
}
