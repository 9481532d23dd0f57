//! Digits to exact rationals.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::node::Node;
use super::vocabulary::SCALES;

/// A decimal without sign, as a node.
pub fn number(digits: &str) -> Option<Node> {
    decimal(digits).map(Node::Number)
}

/// A decimal without sign, perhaps with an exponent (`1e-05`), as an exact rational, or none if it has more digits than any answer.
pub fn decimal(digits: &str) -> Option<BigRational> {
    /// Reading a number takes quadratic time.
    const MOST_DIGITS: usize = 1_000;
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok()?),
        None => (digits, 0),
    };
    if digits.len() > MOST_DIGITS || exponent.unsigned_abs() > MOST_DIGITS as u64 {
        return None;
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let numerator: BigInt = format!("0{whole}{fraction}").parse().ok()?;
    let denominator = BigInt::from(10).pow(u32::try_from(fraction.len()).ok()?);
    let power = BigRational::from_integer(BigInt::from(10)).pow(i32::try_from(exponent).ok()?);
    Some(BigRational::new(numerator, denominator) * power)
}

/// `fixed` followed by `repeat` for ever.
pub fn repeating(fixed: &str, repeat: &str) -> Option<Node> {
    let decimals = u32::try_from(fixed.split_once('.')?.1.len()).ok()?;
    let fixed_part = decimal(fixed)?;
    decimal(repeat)?;
    let period = BigInt::from(10).pow(u32::try_from(repeat.len()).ok()?) - 1;
    let tail = BigRational::new(repeat.parse().ok()?, period * BigInt::from(10).pow(decimals));
    Some(Node::Number(fixed_part + tail))
}

/// The number that words at the start of a text multiply by ("million dollars"), and what stands behind them.
pub fn scaled(words: &str) -> (Option<BigRational>, &str) {
    let mut rest = words.trim_start();
    let mut factor: Option<BigRational> = None;
    loop {
        let word = rest.split_whitespace().next().unwrap_or("");
        let Some(scale) = scale(word.trim_end_matches('.')) else { return (factor, rest) };
        factor = Some(factor.map_or_else(|| scale.clone(), |factor| factor * &scale));
        rest = rest[word.len()..].trim_start();
    }
}

/// The number that a word multiplies the one before it by: "million", "dozen". The plural "dozens" is a unit that is counted.
fn scale(word: &str) -> Option<BigRational> {
    let word = word.to_lowercase();
    let singular = word.strip_suffix('s').filter(|stem| *stem != "dozen").unwrap_or(&word);
    SCALES.iter().find(|(name, ..)| *name == singular).map(|(_, value, _)| BigRational::from_integer((*value).into()))
}

/// The word that a letter right behind digits stands for, as in 18k.
pub fn scale_word(letter: &str) -> Option<&'static str> {
    SCALES.iter().find(|(.., letters)| letters.contains(&letter)).map(|(name, ..)| *name)
}
