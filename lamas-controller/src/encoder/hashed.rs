//! Hashed features of words and characters: no model, no download, the same on every machine.
//!
//! Words, pairs of words and character n-grams fall into buckets by hash, each with a sign by hash, so that collisions
//! cancel on average. Counts enter as `1 + ln(count)`. A few buckets are kept for honest features of the surface, such
//! as the length and the number of quantities, from which difficulty can be told a little.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{DIMENSIONS, Embeddings, Encoder};
use crate::Result;

/// Buckets that hold features of the surface.
const SURFACE: usize = 8;

/// Buckets that hold hashed words and characters.
const BUCKETS: usize = DIMENSIONS - SURFACE;

/// A kind of hashed features: its share of a row's squared length before that is brought to one, and its hash's seed.
struct Kind {
    share: f64,
    seed: u64,
}

const WORDS: Kind = Kind { share: 1.0, seed: 1 };
const CHARACTERS: Kind = Kind { share: 0.5, seed: 2 };

/// The surface's share.
const SURFACE_SHARE: f64 = 0.5;

/// Lengths of the character n-grams, word boundaries included.
const NGRAMS: std::ops::RangeInclusive<usize> = 3..=4;

/// The hashed encoder.
///
/// ```
/// use lamas_controller::encoder::{Encoder, Hashed};
///
/// let embedded = Hashed.encode(&["What is 7 times 8?", "What is 8 times 7?"])?;
/// assert_eq!(embedded.len(), 2);
/// # Ok::<(), lamas_controller::ControllerError>(())
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct Hashed;

impl Encoder for Hashed {
    fn name(&self) -> &str {
        "hashed-1"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn encode(&self, texts: &[&str]) -> Result<Embeddings> {
        let values = texts.iter().flat_map(|text| row(text)).map(|x| x as f32).collect();
        Embeddings::normalised(DIMENSIONS, values)
    }
}

/// One text's features: `[DIMENSIONS]`, not yet of unit length.
fn row(text: &str) -> Vec<f64> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut row = vec![0.0; DIMENSIONS];
    add_hashed(&mut row, &WORDS, word_features(&words));
    add_hashed(&mut row, &CHARACTERS, character_features(&words));
    let shape = surface(text, &words);
    let norm = shape.iter().map(|x| x * x).sum::<f64>().sqrt();
    for (bucket, value) in row[BUCKETS..].iter_mut().zip(shape) {
        *bucket = value / norm.max(1.0) * SURFACE_SHARE.sqrt();
    }
    row
}

/// Single words and pairs of neighbours.
fn word_features(words: &[&str]) -> BTreeMap<String, u32> {
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    count(words.iter().map(|word| (*word).to_owned()).chain(pairs))
}

/// Character n-grams inside words, so that inflections of a word are close.
fn character_features(words: &[&str]) -> BTreeMap<String, u32> {
    count(words.iter().flat_map(|word| {
        let bounded: Vec<char> = std::iter::once('<').chain(word.chars()).chain(['>']).collect();
        NGRAMS
            .flat_map(|n| bounded.windows(n).map(|gram| gram.iter().collect()).collect::<Vec<String>>())
            .collect::<Vec<_>>()
    }))
}

fn count(features: impl Iterator<Item = String>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    features.for_each(|feature| *counts.entry(feature).or_default() += 1);
    counts
}

/// Adds features to their buckets such that their block has the squared length of its share.
fn add_hashed(row: &mut [f64], kind: &Kind, features: BTreeMap<String, u32>) {
    let mut block = [0.0; BUCKETS];
    for (feature, times) in features {
        let hash = xxh3_64_with_seed(feature.as_bytes(), kind.seed);
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        block[(hash % BUCKETS as u64) as usize] += sign * (1.0 + f64::from(times).ln());
    }
    let norm = block.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        row.iter_mut().zip(block).for_each(|(bucket, value)| *bucket += value / norm * kind.share.sqrt());
    }
}

/// Features of the surface, each scaled by a fixed constant to be of the order of one for a word problem.
fn surface(text: &str, words: &[&str]) -> [f64; SURFACE] {
    let length = words.len() as f64;
    let per_word = |count: usize| count as f64 / length.max(1.0);
    let numbers = words.iter().filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).count();
    let longest_number = words.iter().filter(|w| w.bytes().all(|b| b.is_ascii_digit())).map(|w| w.len()).max();
    let sentences = text.split_terminator(['.', '?', '!']).filter(|s| !s.trim().is_empty()).count();
    let symbols = text.chars().filter(|c| "+-*/=^\\<>%$".contains(*c)).count();
    let code = text.lines().filter(|line| line.starts_with([' ', '\t']) || line.contains("def ")).count();
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    [
        1.0,
        (1.0 + length).ln() / 4.0,
        (1.0 + numbers as f64).ln(),
        longest_number.unwrap_or(0) as f64 / 4.0,
        (1.0 + sentences as f64).ln() / 2.0,
        per_word(symbols) * 4.0,
        (1.0 + code as f64).ln() / 2.0,
        per_word(letters) / 5.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLES: &str = "Tom has 3 apples and buys 12 more. How many apples does he have?";

    fn cosine(embeddings: &Embeddings, a: usize, b: usize) -> f32 {
        embeddings.row(a).iter().zip(embeddings.row(b)).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn rows_have_unit_length_and_do_not_depend_on_their_neighbours() {
        let together = Hashed.encode(&[APPLES, "", "def f(x):\n    return x"]).unwrap();
        for text in 0..3 {
            assert!((cosine(&together, text, text) - 1.0).abs() < 1e-5, "{text}");
        }
        assert_eq!(together.row(0), Hashed.encode(&[APPLES]).unwrap().row(0));
    }

    #[test]
    fn texts_alike_are_closer_than_texts_apart() {
        let other = "Anna has 5 apples and buys 20 more. How many apples does she have?";
        let code = "def is_prime(n):\n    \"\"\"Return True if n is prime.\"\"\"";
        let embeddings = Hashed.encode(&[APPLES, other, code]).unwrap();
        assert!(cosine(&embeddings, 0, 1) > cosine(&embeddings, 0, 2) + 0.2);
    }

    #[test]
    fn the_surface_tells_length_and_quantities() {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let features = |text: &str| {
            let words = words(text);
            surface(text, &words.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let (few, many) = (features("2 and 3"), features("2 and 3 and 5 and 7 then 11000"));
        assert!(many[1] > few[1] && many[2] > few[2] && many[3] > few[3]);
    }

    /// Fixed for good: a checkpoint is worth nothing if its inputs move. A change needs a new [`Encoder::name`].
    #[test]
    fn features_never_change() {
        let embeddings = Hashed.encode(&[APPLES]).unwrap();
        let digest: i64 = (1..).zip(embeddings.row(0)).map(|(i, x)| i * (f64::from(*x) * 1e4).round() as i64).sum();
        assert_eq!(digest, 2_041_854);
    }
}
