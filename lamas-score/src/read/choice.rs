//! Lettered options: their letters, and which one a model names.

use std::sync::LazyLock;

use regex::Regex;

use super::thoughts::answer_part;

/// "Choice: B", "**Answer**: b", "the most consistent option is (B)". Small letters count behind a colon only, since "an
/// answer a child could find" names nothing.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?i:choice|option|answer|letter)(?:\s+(?i:is|letter|option))*(?:[\s*]*[:=][\s*({\[]*([A-Z]{1,4}|[a-z])|[\s*({\[]+([A-Z]{1,4}))\b",
    )
    .expect("a fixed pattern")
});

/// "(B)", "**B**", "\boxed{B}".
static MARKED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:\(|\*\*|\{)([A-Z]{1,4})(?:\)|\*\*|\})").expect("a fixed pattern"));

/// The letters of the option of this index: `A` to `Z`, then `AA`, `AB` and so on, as in spreadsheets.
#[must_use]
pub fn letters(index: usize) -> String {
    let mut rest = index + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 26] as char);
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Which of the options, of which there are `options`, the text names: the last "choice: B" or the like, else a text of the letters alone, else the
/// last letters in parentheses, braces or bold.
#[must_use]
pub fn named(text: &str, options: usize) -> Option<usize> {
    let text = &*answer_part(text);
    let last = |pattern: &Regex| {
        let letters = pattern.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next());
        letters.filter_map(|letters| index(letters.as_str(), options)).last()
    };
    last(&NAMED).or_else(|| bare(text, options)).or_else(|| last(&MARKED))
}

/// A text, or a last line, of nothing but the letters and marks around them.
fn bare(text: &str, options: usize) -> Option<usize> {
    let line = text.trim().lines().next_back()?;
    index(line.trim_matches(|c: char| !c.is_alphanumeric()), options)
}

fn index(letters: &str, options: usize) -> Option<usize> {
    if letters.is_empty() || letters.len() > 4 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let ordinal =
        letters.bytes().fold(0, |ordinal, byte| ordinal * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1);
    (ordinal <= options).then(|| ordinal - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn letters_go_on_beyond_z() {
        let of = |index| letters(index);
        assert_eq!((&*of(0), &*of(25), &*of(26), &*of(51), &*of(52)), ("A", "Z", "AA", "AZ", "BA"));
    }

    #[test]
    fn the_last_named_option_counts() {
        assert_eq!(named("Option A says 3, option B says 4.\nChoice: B", 3), Some(1));
        assert_eq!(named("Options A and C agree.\nChoice: **C**", 3), Some(2));
        assert_eq!(named("The most consistent option is (B).", 3), Some(1));
        assert_eq!(named("The answer is option C", 3), Some(2));
        assert_eq!(named("choice: b", 3), Some(1));
        assert_eq!(named("B", 3), Some(1));
        assert_eq!(named("Both agree.\n**C**.", 3), Some(2));
        assert_eq!(named(r"So \boxed{A} it is", 3), Some(0));
        assert_eq!(named("Choice: AB", 30), Some(27));
    }

    #[test]
    fn a_letter_without_an_option_names_nothing() {
        assert_eq!(named("Choice: D", 3), None);
        assert_eq!(named("I cannot say.", 3), None);
        assert_eq!(named("This is a choice between equals, an answer a child could find.", 3), None);
        assert_eq!(named("", 3), None);
    }

    proptest! {
        #[test]
        fn letters_are_read_back(index in 0_usize..20_000) {
            prop_assert_eq!(named(&format!("Choice: {}", letters(index)), 20_000), Some(index));
        }

        #[test]
        fn any_text_names_an_option_that_is_there_or_none(text in r"(\PC|\n|choice: |option |[A-Z]){0,40}", options in 0_usize..40) {
            if let Some(index) = named(&text, options) {
                prop_assert!(index < options);
            }
        }
    }
}
