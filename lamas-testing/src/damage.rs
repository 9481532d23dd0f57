//! Files whose bytes were changed, for readers that must name what is wrong with them and never panic.

use std::time::{Duration, Instant};

/// The variable that says for how many seconds changes are tried; a few hundred of them without it.
const SECONDS: &str = "LAMAS_MUTATE_SECONDS";

/// Changes that are tried where no time is given.
const FEW: usize = 400;

/// The most changes of one file.
const MOST: usize = 4;

/// The longest stretch that is changed at once.
const LONGEST: usize = 40;

/// Numbers for rounds of changes: a fixed count, or as many as there is time for.
pub fn rounds() -> impl Iterator<Item = usize> {
    let seconds = std::env::var(SECONDS).ok().and_then(|seconds| seconds.parse().ok());
    let (start, limit) = (Instant::now(), seconds.map(Duration::from_secs));
    (0..).take_while(move |&round| limit.map_or(round < FEW, |limit| start.elapsed() < limit))
}

/// Draws changes; the same ones from the same seed.
pub struct Damage(u64);

impl Damage {
    /// Changes that start from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `most`; 0 where there is none.
    pub fn below(&mut self, most: usize) -> usize {
        // SplitMix64 (Steele, Lea and Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed).unwrap_or(usize::MAX).checked_rem(most).unwrap_or(0)
    }

    /// A file with flips, cuts, lost or overwritten stretches, and stretches of another one. Half of the changes hit its last
    /// `tail` bytes, where many formats say what lies where.
    pub fn of(&mut self, bytes: &[u8], other: &[u8], tail: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(MOST) {
            let from = if self.below(2) == 0 { bytes.len().saturating_sub(tail) } else { 0 };
            if from >= bytes.len() {
                break;
            }
            let at = from + self.below(bytes.len() - from);
            let end = (at + 1 + self.below(LONGEST)).min(bytes.len());
            match self.below(7) {
                0 | 1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
                3 => bytes.truncate(at),
                4 => drop(bytes.drain(at..end)),
                5 => {
                    let byte = bytes[self.below(bytes.len())];
                    bytes[at..end].fill(byte);
                }
                _ => {
                    let start = self.below(other.len());
                    let piece = &other[start..(start + end - at).min(other.len())];
                    drop(bytes.splice(at..end, piece.iter().copied()));
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_repeat_themselves_and_change_something() {
        let (file, other) = ([7; 100], [9; 30]);
        let drawn = |seed| {
            let mut damage = Damage::new(seed);
            (0..50).map(|_| damage.of(&file, &other, 10)).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!(drawn(1).iter().filter(|changed| **changed != file).count() > 40);
        assert_eq!(Damage::new(1).of(&[], &[], 10), Vec::<u8>::new());
    }
}
