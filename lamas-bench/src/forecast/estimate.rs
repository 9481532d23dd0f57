//! From a sample of episodes to what many of them take.

use std::iter::Sum;
use std::ops::Add;

use lamas_record::rows::EpisodeRow;

/// A quantity with the range that it probably lies in.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub low: f64,
    /// The expectation.
    pub mean: f64,
    /// The most.
    pub high: f64,
}

/// What a number of episodes takes.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Model calls.
    pub calls: Range,
    /// Prompt tokens.
    pub input: Range,
    /// Generated tokens.
    pub output: Range,
    /// US dollars.
    pub usd: Range,
    /// Seconds of model calls, one after another.
    pub call_seconds: Range,
}

/// How far single episodes stand for what a method will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Every episode runs the same graph: only the mean is uncertain, by two standard errors.
    Fixed,
    /// A controller may settle anywhere among what it tries: from the tenth to the ninetieth percentile of episodes.
    Learned,
}

impl Range {
    /// The mean of a sample and its range.
    #[must_use]
    pub fn of(sample: &[f64], spread: Spread) -> Self {
        if sample.is_empty() {
            return Self::default();
        }
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count;
        match spread {
            Spread::Fixed => {
                let variance = sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
                let error = 2.0 * (variance / count).sqrt();
                Self { low: (mean - error).max(0.0), mean, high: mean + error }
            }
            Spread::Learned => {
                let mut sorted = sample.to_vec();
                sorted.sort_by(f64::total_cmp);
                let at = |share: f64| sorted[((count - 1.0) * share).round() as usize];
                Self { low: at(0.1).min(mean), mean, high: at(0.9).max(mean) }
            }
        }
    }

    /// `factor` times as much.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { low: self.low * factor, mean: self.mean * factor, high: self.high * factor }
    }

    /// The same mean, from `1 / factor` of the least to `factor` of the most.
    #[must_use]
    pub fn wider(self, factor: f64) -> Self {
        Self { low: self.low / factor, mean: self.mean, high: self.high * factor }
    }

    /// The larger of two, bound by bound.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), mean: self.mean.max(other.mean), high: self.high.max(other.high) }
    }
}

impl Add for Range {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { low: self.low + other.low, mean: self.mean + other.mean, high: self.high + other.high }
    }
}

impl Add for Effort {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            input: self.input + other.input,
            output: self.output + other.output,
            usd: self.usd + other.usd,
            call_seconds: self.call_seconds + other.call_seconds,
        }
    }
}

impl Sum for Effort {
    /// Bounds add up as they are: whatever makes one method dear makes the others dear too.
    fn sum<I: Iterator<Item = Self>>(estimates: I) -> Self {
        estimates.fold(Self::default(), Add::add)
    }
}

/// How the real model's answers differ from the simulated ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// What output tokens and the dollars for them are multiplied by.
    pub output: f64,
    /// What seconds are multiplied by.
    pub seconds: f64,
    /// By how much the range is widened because nothing is known of the real model.
    pub unknown: f64,
}

/// What `count` episodes take that are like those of the sample.
#[must_use]
pub fn estimate(
    rows: &[EpisodeRow],
    seconds_per_call: f64,
    spread: Spread,
    scale: Scale,
    price: lamas_core::units::Price,
    count: u64,
) -> Effort {
    let over = |read: &dyn Fn(&EpisodeRow) -> f64| {
        Range::of(&rows.iter().map(read).collect::<Vec<f64>>(), spread).times(count as f64)
    };
    let calls = over(&|row| f64::from(row.model_calls));
    let input = over(&|row| row.input_tokens as f64);
    let output = over(&|row| row.output_tokens as f64).times(scale.output).wider(scale.unknown);
    Effort {
        calls,
        input,
        output,
        usd: input.times(price.input / 1e6) + output.times(price.output / 1e6),
        call_seconds: calls.times(seconds_per_call * scale.seconds).wider(scale.unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_fixed_graph_becomes_surer_with_the_sample_and_that_of_a_controller_does_not() {
        let few: Vec<f64> = (0..10).map(|i| f64::from(i % 5)).collect();
        let many = few.repeat(100);
        let width = |sample: &[f64], spread| {
            let range = Range::of(sample, spread);
            assert_eq!(range.mean, 2.0);
            range.high - range.low
        };
        assert!(width(&many, Spread::Fixed) < 0.2 * width(&few, Spread::Fixed));
        assert_eq!(Range::of(&many, Spread::Learned), Range { low: 0.0, mean: 2.0, high: 4.0 });
        assert_eq!(Range::of(&[], Spread::Fixed), Range::default());
    }

    #[test]
    fn a_constant_has_no_range() {
        assert_eq!(Range::of(&[3.0; 4], Spread::Fixed), Range { low: 3.0, mean: 3.0, high: 3.0 });
    }
}
