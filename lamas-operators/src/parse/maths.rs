//! Final answers of maths solutions.

use std::sync::LazyLock;

use regex::Regex;

/// A number as people write it: sign, thousands separators, decimals, a fraction.
const NUMBER: &str = r"[-+]?\$?(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:/\d+)?";

static NUMBERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!(r"(?:^|[^\w.])({NUMBER})")).expect("a fixed pattern"));

static STATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\banswer\b[*_]*(?:[ \t]+is\b|[ \t]*[:=])[ \t]*:?([^\n]+)").expect("a fixed pattern")
});

/// Two letters in a row that belong to no LaTeX command: prose.
static PROSE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[^\\A-Za-z])[A-Za-z]{2,}").expect("a fixed pattern"));

/// The final answer of a solution: in its last `\boxed{..}`, else after its last `####`, else after its last
/// "answer is", else its last number.
#[must_use]
pub fn final_answer(text: &str) -> Option<&str> {
    boxed(text).or_else(|| hashed(text)).or_else(|| stated(text)).or_else(|| last_number(text))
}

/// The content of the last box that is closed and not blank; of nested boxes the inner one.
fn boxed(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    // The open braces: where the content of each begins, and whether it is a box.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut last: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                if let Some(content) = box_opened(bytes, at) {
                    open.push((content, true));
                    at = content;
                } else {
                    // An escaped brace opens and closes nothing.
                    at += 2;
                }
                continue;
            }
            b'{' => open.push((at + 1, false)),
            b'}' => {
                if let Some((start, true)) = open.pop()
                    && last.is_none_or(|(begun, _)| start > begun)
                    && !text[start..at].trim().is_empty()
                {
                    last = Some((start, at));
                }
            }
            _ => {}
        }
        at += 1;
    }
    last.map(|(start, end)| text[start..end].trim())
}

/// Where the content begins if a box opens at this backslash.
fn box_opened(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes[at + 1..].strip_prefix(b"boxed").or_else(|| bytes[at + 1..].strip_prefix(b"fbox"))?;
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    (rest.get(blanks) == Some(&b'{')).then(|| bytes.len() - rest.len() + blanks + 1)
}

fn hashed(text: &str) -> Option<&str> {
    value_in(text.rsplit_once("####")?.1.lines().next()?)
}

/// The rest of the line that states the answer, or the formula in it.
fn stated(text: &str) -> Option<&str> {
    let rest = STATED.captures_iter(text).last()?.get(1)?.as_str();
    if let Some((_, after)) = rest.split_once('$')
        && let Some((formula, _)) = after.split_once('$')
        && !formula.trim().is_empty()
    {
        return Some(formula.trim());
    }
    value_in(rest)
}

/// All of a line that holds no prose, else its first number.
fn value_in(line: &str) -> Option<&str> {
    let line = tidy(line);
    if PROSE.is_match(line) {
        return NUMBERS.captures(line)?.get(1).map(|number| number.as_str());
    }
    (!line.is_empty()).then_some(line)
}

fn last_number(text: &str) -> Option<&str> {
    NUMBERS.captures_iter(text).last()?.get(1).map(|number| number.as_str())
}

/// Without blanks, emphasis and the full stop around it.
fn tidy(text: &str) -> &str {
    text.trim().trim_matches(['*', '_', '`']).trim_end_matches(['.', ' ']).trim()
}

/// The same for answers that differ in spacing, dollar signs, thousands separators and the size of fractions only:
/// enough for counting votes, not for scoring.
#[must_use]
pub fn vote(answer: &str) -> String {
    let plain = ["\\left", "\\right", "\\!", "\\,", "\\ ", "$", ","]
        .iter()
        .fold(answer.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac"), |text, mark| text.replace(mark, ""));
    plain.split_whitespace().collect::<String>().trim_end_matches('.').to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_box_wins_with_its_braces_balanced() {
        assert_eq!(final_answer(r"so \boxed{1}, no, \boxed{\frac{3}{4}}."), Some(r"\frac{3}{4}"));
        assert_eq!(final_answer(r"\boxed{-2}"), Some("-2"));
        assert_eq!(final_answer(r"the set is \boxed{\{1, 2\}}"), Some(r"\{1, 2\}"));
        assert_eq!(final_answer(r"\boxed {x}"), Some("x"));
        assert_eq!(final_answer(r"\boxed{\boxed{7}}"), Some("7"));
        assert_eq!(final_answer(r"{a \boxed{7} b}"), Some("7"));
    }

    #[test]
    fn a_box_that_is_blank_or_never_closed_does_not_count() {
        assert_eq!(final_answer(r"\boxed{5} and then \boxed{}"), Some("5"));
        assert_eq!(final_answer(r"\boxed{5} and then \boxed{6"), Some("5"));
        assert_eq!(final_answer(r"we get \boxed{\frac{1}{"), Some("1"));
    }

    #[test]
    fn hashes_come_after_boxes_and_before_sentences() {
        assert_eq!(final_answer("the answer is 5\n#### 1,234\n"), Some("1,234"));
        assert_eq!(final_answer("#### $18.\nDone"), Some("$18"));
        assert_eq!(final_answer("#### 5 eight-point bucks"), Some("5"));
        assert_eq!(final_answer("#### 3\n\\boxed{4}"), Some("4"));
    }

    #[test]
    fn a_stated_answer_is_read_to_the_end_of_its_line() {
        assert_eq!(final_answer("The answer is 42 apples. There were 7 baskets."), Some("42"));
        assert_eq!(final_answer("**Answer:** 3/4"), Some("3/4"));
        assert_eq!(final_answer("The final answer is $x + 1$, since 2 > 1"), Some("x + 1"));
        assert_eq!(final_answer("The answer is x + 1."), Some("x + 1"));
        assert_eq!(final_answer(r"Answer: \sqrt{2}"), Some(r"\sqrt{2}"));
    }

    #[test]
    fn at_last_the_last_number_is_taken() {
        assert_eq!(final_answer("She pays $3 and then $1,250.50."), Some("$1,250.50"));
        assert_eq!(final_answer("it falls to -4 degrees"), Some("-4"));
        assert_eq!(final_answer("from 5-3 we get 2"), Some("2"));
        assert_eq!(final_answer("room b12"), None);
        assert_eq!(final_answer(""), None);
    }

    #[test]
    fn votes_ignore_how_an_answer_is_set() {
        assert_eq!(vote(r"$\dfrac{1}{2}$"), vote(r"\frac{1} {2}"));
        assert_eq!(vote("1,000."), vote("1000"));
        assert_ne!(vote("1"), vote("-1"));
    }

    #[test]
    fn a_large_text_of_unclosed_boxes_takes_linear_time() {
        let text = r"\boxed{".repeat(50_000);
        assert_eq!(final_answer(&text), None);
        let text = "the answer is the answer is 1 ".repeat(20_000);
        assert_eq!(final_answer(&text), Some("1"));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_part_of_itself_or_nothing(text in r"(\PC|\\boxed\{|\}|####|answer is|\n|\\){0,40}") {
            if let Some(answer) = final_answer(&text) {
                prop_assert!(text.contains(answer));
                prop_assert!(!answer.is_empty());
            }
        }

        #[test]
        fn a_boxed_answer_is_found_whatever_is_said_around_it(
            before in "[a-z0-9 .$#]{0,40}", answer in r"[a-z0-9]{1,4}(\\frac\{[0-9]\}\{[0-9]\})?", after in "[a-z0-9 .$#]{0,40}",
        ) {
            let text = format!(r"{before}\boxed{{{answer}}}{after}");
            prop_assert_eq!(final_answer(&text), Some(&*answer));
        }
    }
}
