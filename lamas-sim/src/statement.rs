//! Finds the known statement inside a text, blind to white space, in one pass.
//!
//! A window of fixed width rolls over the text. Its hash is looked up among the hashes of the statements' beginnings, and
//! a hit is compared in full. White space is left out on both sides, so a statement that was indented, wrapped or
//! trimmed by somebody's template is found all the same.

use std::collections::HashMap;
use std::ops::Range;

/// The widest window, in bytes without white space. A catalogue with a shorter statement has a narrower one.
const WINDOW: usize = 24;
/// The rolling hash is a polynomial in this base modulo 2^64.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bits of the filter that answers most look-ups without the map.
const FILTER_BITS: u32 = 18;

/// A text without its white space, and where each byte came from.
#[derive(Debug, Default)]
pub(super) struct Squeezed {
    bytes: Vec<u8>,
    origin: Vec<u32>,
}

impl Squeezed {
    /// Squeezes a text.
    pub(super) fn new(text: &str) -> Self {
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
    pub(super) fn new<'a>(statements: impl Iterator<Item = &'a str>) -> Self {
        let squeezed: Vec<_> = statements.map(squeeze).collect();
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
        Self { squeezed, window, leaving, filter, starts }
    }

    /// The statement that stands last in a text; of statements that contain one another, the longest.
    pub(super) fn find(&self, text: &Squeezed) -> Option<Found> {
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
        let outermost = |inner: &Range<usize>| {
            !matches.iter().any(|(outer, _)| outer.start <= inner.start && inner.end <= outer.end && outer != inner)
        };
        // Of equal statements the first of the catalogue stands for all.
        let last = matches
            .iter()
            .filter(|(range, _)| outermost(range))
            .max_by_key(|(range, entry)| (range.start, usize::MAX - entry))?;
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
        let index = Statements::new(STATEMENTS.into_iter());
        let found = index.find(&Squeezed::new(text))?;
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
    fn an_unknown_text_has_no_statement() {
        assert_eq!(find("A robe takes 3 bolts of blue fiber. How many?"), None);
        assert_eq!(find(""), None);
    }
}
