//! Finds the known statement inside a text, blind to white space, in one pass.
//!
//! A window of fixed width rolls over the text. Its hash is looked up among the hashes of the statements' beginnings, and
//! a hit is compared in full. White space is left out on both sides, so a statement that was indented, wrapped or
//! trimmed by somebody's template is found all the same. A word or number that goes on beyond the statement makes it
//! another one: `1 + 2` does not stand in `11 + 25`. Where statements differ in white space alone, the one counts that
//! has the same words.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The widest window, in bytes without white space. A catalogue with a shorter statement has a narrower one.
const WINDOW: usize = 24;
/// The rolling hash is a polynomial in this base modulo 2^64.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bits of the filter that answers most look-ups without the map.
const FILTER_BITS: u32 = 18;

/// A text without its white space, and where each byte came from.
#[derive(Debug, Default)]
struct Squeezed {
    bytes: Vec<u8>,
    origin: Vec<u32>,
}

impl Squeezed {
    /// Squeezes a text.
    fn new(text: &str) -> Self {
        let (mut bytes, mut origin) = (vec![0; text.len()], vec![0; text.len()]);
        let mut kept = 0;
        for (at, &byte) in text.as_bytes().iter().enumerate() {
            // White space is written over by what follows: a branch for each byte would cost more.
            bytes[kept] = byte;
            // Prompts are far below 4 GiB.
            origin[kept] = at as u32;
            kept += usize::from(!byte.is_ascii_whitespace());
        }
        bytes.truncate(kept);
        origin.truncate(kept);
        Self { bytes, origin }
    }

    /// The place in the original text of a range of squeezed bytes.
    fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.origin[range.start] as usize..self.origin[range.end - 1] as usize + 1
    }
}

/// Removes white space.
pub(super) fn squeeze(text: &str) -> Box<[u8]> {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// The statements of a catalogue, ready to be looked for.
#[derive(Debug)]
pub(super) struct Statements {
    originals: Vec<Arc<str>>,
    squeezed: Vec<Box<[u8]>>,
    window: usize,
    leaving: u64,
    filter: Vec<u64>,
    starts: HashMap<u64, Vec<u32>>,
}

/// A statement found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Which of the statements.
    pub entry: usize,
    /// Where it stands, in bytes of the text; in order, more than one where it is repeated.
    pub spans: Vec<Range<usize>>,
}

impl Statements {
    /// Indexes statements, none of which may be blank.
    pub(super) fn new(statements: impl Iterator<Item = Arc<str>>) -> Self {
        let originals: Vec<Arc<str>> = statements.collect();
        let squeezed: Vec<_> = originals.iter().map(|statement| squeeze(statement)).collect();
        let window = squeezed.iter().map(|s| s.len()).min().unwrap_or(WINDOW).clamp(1, WINDOW);
        let mut filter = vec![0; 1 << (FILTER_BITS - 6)];
        let mut starts: HashMap<u64, Vec<u32>> = HashMap::new();
        for (entry, statement) in squeezed.iter().enumerate() {
            let hash = statement[..window].iter().fold(0, |hash, &byte| push(hash, byte));
            let (word, bit) = slot(hash);
            filter[word] |= bit;
            starts.entry(hash).or_default().push(entry as u32);
        }
        let leaving = (1..window).fold(1, |power: u64, _| power.wrapping_mul(BASE));
        Self { originals, squeezed, window, leaving, filter, starts }
    }

    /// The statement that stands last in a text; of statements that contain one another, the longest.
    pub(super) fn find(&self, whole: &str) -> Option<Found> {
        let text = &Squeezed::new(whole);
        let mut matches: Vec<(Range<usize>, usize)> = Vec::new();
        let bytes = &text.bytes;
        let mut hash = 0;
        for end in 0..bytes.len() {
            if end >= self.window {
                hash = hash_without(hash, bytes[end - self.window], self.leaving);
            }
            hash = push(hash, bytes[end]);
            let (word, bit) = slot(hash);
            if end + 1 >= self.window && self.filter[word] & bit != 0 {
                self.matches_at(end + 1 - self.window, hash, bytes, &mut matches);
            }
        }
        let original = |range: &Range<usize>| text.original(range);
        matches.retain(|(range, _)| stands_alone(whole, &original(range)));
        // Outer ones before inner ones, so that one pass tells which are inside of another.
        matches.sort_by_key(|(range, entry)| (range.start, std::cmp::Reverse(range.end), *entry));
        let mut reach = 0;
        let mut last: Option<&(Range<usize>, usize)> = None;
        for found in &matches {
            if found.0.end > reach {
                reach = found.0.end;
                last = Some(found);
            } else if let Some(other) = last.filter(|other| other.0 == found.0) {
                // Of equal statements the first of the catalogue stands for all.
                let says = |entry: usize| same_words(&self.originals[entry], &whole[original(&found.0)]);
                if !says(other.1) && says(found.1) {
                    last = Some(found);
                }
            }
        }
        let last = last?;
        let entry = last.1;
        let spans =
            matches.iter().filter(|(_, other)| *other == entry).map(|(range, _)| text.original(range)).collect();
        Some(Found { entry, spans })
    }

    fn matches_at(&self, start: usize, hash: u64, bytes: &[u8], matches: &mut Vec<(Range<usize>, usize)>) {
        let Some(entries) = self.starts.get(&hash) else { return };
        for &entry in entries {
            let statement = &self.squeezed[entry as usize];
            if bytes[start..].starts_with(statement) {
                matches.push((start..start + statement.len(), entry as usize));
            }
        }
    }
}

/// Whether no word or number goes on beyond a part of a text.
fn stands_alone(text: &str, part: &Range<usize>) -> bool {
    let (before, within, after) = (&text[..part.start], &text[part.clone()], &text[part.end..]);
    let goes_on = |left: Option<char>, right: Option<char>| {
        left.is_some_and(char::is_alphanumeric) && right.is_some_and(char::is_alphanumeric)
    };
    !goes_on(before.chars().next_back(), within.chars().next())
        && !goes_on(within.chars().next_back(), after.chars().next())
}

/// Whether two texts have the same words, whatever white space is between them.
fn same_words(left: &str, right: &str) -> bool {
    left.split_whitespace().eq(right.split_whitespace())
}

fn push(hash: u64, byte: u8) -> u64 {
    hash.wrapping_mul(BASE).wrapping_add(u64::from(byte) + 1)
}

fn hash_without(hash: u64, byte: u8, leaving: u64) -> u64 {
    hash.wrapping_sub((u64::from(byte) + 1).wrapping_mul(leaving))
}

fn slot(hash: u64) -> (usize, u64) {
    let top = (hash.wrapping_mul(BASE) >> (64 - FILTER_BITS)) as usize;
    (top >> 6, 1 << (top & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENTS: [&str; 4] = [
        "A robe takes 2 bolts of blue fiber. How many?",
        "A robe takes 2 bolts of blue fiber. How many? And white?",
        "def add(a, b):\n    \"\"\"Adds.\"\"\"\n",
        "Ünïcode: how many ducks are there in the pond?",
    ];

    fn find(text: &str) -> Option<(usize, Vec<&str>)> {
        find_of(&STATEMENTS, text)
    }

    fn find_of<'a>(statements: &[&str], text: &'a str) -> Option<(usize, Vec<&'a str>)> {
        let index = Statements::new(statements.iter().map(|&statement| statement.into()));
        let found = index.find(text)?;
        Some((found.entry, found.spans.iter().map(|span| &text[span.clone()]).collect()))
    }

    #[test]
    fn white_space_does_not_matter() {
        let text = "Q: A robe takes\n  2 bolts of   blue fiber.\nHow many?\nAnswer:";
        assert_eq!(find(text), Some((0, vec!["A robe takes\n  2 bolts of   blue fiber.\nHow many?"])));
        assert_eq!(find("```\n  def add(a, b):\n      \"\"\"Adds.\"\"\"\n```").map(|found| found.0), Some(2));
    }

    #[test]
    fn the_longest_of_nested_and_the_last_of_several_count() {
        assert_eq!(find(STATEMENTS[1]).map(|found| found.0), Some(1));
        let text = format!("{}\nThen: {}\nonce more {}", STATEMENTS[0], STATEMENTS[3], STATEMENTS[3]);
        assert_eq!(find(&text), Some((3, vec![STATEMENTS[3]; 2])));
    }

    #[test]
    fn a_statement_is_not_found_in_the_middle_of_a_word_or_number() {
        let statements = ["How much is 1 + 2", "ten ducks"];
        for text in ["How much is 1 + 25?", "How much is 1 + 2x", "often ducks swim", "How much is 1 + 2é"] {
            assert_eq!(find_of(&statements, text), None, "{text}");
        }
        assert_eq!(find_of(&statements, "How much is 1 + 2?").map(|found| found.0), Some(0));
        assert_eq!(find_of(&statements, "`ten ducks`, ten ducklings").map(|found| found.1), Some(vec!["ten ducks"]));
    }

    #[test]
    fn of_statements_that_differ_in_white_space_the_one_with_the_same_words_counts() {
        let statements = ["How much is 1 1 + 2?", "How much is 11 + 2?", "How much is 11 +2?"];
        for (entry, statement) in statements.iter().enumerate() {
            assert_eq!(find_of(&statements, &format!("Q:\n  {statement}\n")).map(|found| found.0), Some(entry));
        }
        assert_eq!(find_of(&statements, "How much is 11\n+ 2?").map(|found| found.0), Some(1));
        assert_eq!(
            find_of(&statements, "Howmuch is 11 + 2?").map(|found| found.0),
            Some(0),
            "the first stands for all"
        );
    }

    #[test]
    fn a_statement_that_is_repeated_without_end_is_found_in_one_pass() {
        let text = STATEMENTS[0].repeat(50_000);
        assert_eq!(find(&text).map(|(entry, spans)| (entry, spans.len())), Some((0, 50_000)));
    }

    #[test]
    fn an_unknown_text_has_no_statement() {
        assert_eq!(find("A robe takes 3 bolts of blue fiber. How many?"), None);
        assert_eq!(find(""), None);
    }
}
