//! Axes: ranges, ticks at round numbers, and tick texts.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use crate::canvas::Type;
use crate::theme::SMALL;

/// Values beyond this cannot be told apart from an overflow and are treated as not finite.
const HUGE: f64 = 1e100;

/// The widest text of a category, in px.
const WIDEST: f64 = 80.0;

/// The most ticks that stand where values do, rather than at round numbers.
const MOST_TICKS: usize = 12;

/// Whether a value can be placed on an axis.
pub(crate) fn drawable(value: f64) -> bool {
    value.abs() < HUGE
}

/// The range of one axis and its ticks.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    pub(crate) title: String,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Where a tick stands and what it says.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// Which way an axis runs; it decides how many ticks fit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Across,
    Up,
}

impl Axis {
    /// An axis over the values with a margin of `margin` of their span at either end, and round ticks that fit on
    /// `length` px. Values outside [-1e100, 1e100] and NaN do not count; without any value it has no ticks.
    pub(crate) fn over(title: &str, values: impl IntoIterator<Item = f64>, margin: f64, way: Way, length: f64) -> Self {
        let Some((low, high)) = span(values) else {
            return Self { title: title.to_owned(), low: 0.0, high: 1.0, ticks: Vec::new() };
        };
        let (low, high) = widened(low, high, margin);
        Self { title: title.to_owned(), low, high, ticks: round_ticks(low, high, way, length) }
    }

    /// An axis over a fixed range.
    pub(crate) fn fixed(title: &str, low: f64, high: f64, way: Way, length: f64) -> Self {
        Self { title: title.to_owned(), low, high, ticks: round_ticks(low, high, way, length) }
    }

    /// An axis with one evenly spaced place for each text, at 0, 1, 2, ... Texts that would touch are left out evenly;
    /// the first and every following one keep the same distance.
    pub(crate) fn categories(title: &str, texts: &[String], length: f64) -> Self {
        let texts: Vec<String> = texts.iter().map(|text| Type::new(SMALL).fit(text, WIDEST)).collect();
        let place = length / texts.len().max(1) as f64;
        let widest = texts.iter().map(|text| Type::new(SMALL).width(text)).fold(0.0, f64::max);
        let every = ((widest + 4.0) / place).ceil().max(1.0) as usize;
        let high = texts.len().max(1) as f64 - 0.5;
        let ticks = texts.into_iter().enumerate().step_by(every).map(|(index, text)| (index as f64, text)).collect();
        Self { title: title.to_owned(), low: -0.5, high, ticks }
    }

    /// With ticks at these values instead of round ones, where there are few of them and their texts do not touch; of those
    /// that would, the larger one stays.
    pub(crate) fn ticked(mut self, values: impl IntoIterator<Item = f64>, length: f64) -> Self {
        let mut values: Vec<f64> = values.into_iter().filter(|&value| drawable(value)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if values.len() > MOST_TICKS || values.iter().any(|value| value.fract() != 0.0 || value.abs() >= 1e4) {
            return self;
        }
        let place = |value: f64| (value - self.low) / (self.high - self.low) * length;
        let mut ticks: Vec<(f64, String)> = Vec::new();
        let mut free = f64::INFINITY;
        for value in values.into_iter().rev() {
            let text = number(value, 1.0, value);
            let half = Type::new(SMALL).width(&text) / 2.0;
            if place(value) + half < free {
                free = place(value) - half - 4.0;
                ticks.push((value, text));
            }
        }
        ticks.reverse();
        self.ticks = ticks;
        self
    }

    /// Without ticks above or below what the quantity can be.
    pub(crate) fn bounded(mut self, low: f64, high: f64) -> Self {
        self.ticks.retain(|(value, _)| (low..=high).contains(value));
        self
    }

    pub(crate) fn widest_text(&self) -> f64 {
        self.ticks.iter().map(|(_, text)| Type::new(SMALL).width(text)).fold(0.0, f64::max)
    }
}

/// The axis is plotters' coordinate itself, so that grid and ticks stand where we chose.
impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value - self.low) / (self.high - self.low);
        from + (f64::from(to - from) * part).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // Light points are for minor grid lines, of which we have none.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|(value, _)| *value).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(tick, _)| tick == value).map_or_else(String::new, |(_, text)| text.clone())
    }
}

/// Lowest and highest of the drawable values.
pub(crate) fn span(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|&value| drawable(value)).fold(None, |span, value| match span {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// A range that is never empty.
fn widened(low: f64, high: f64, margin: f64) -> (f64, f64) {
    let middle = low / 2.0 + high / 2.0;
    // Below this a range has too few distinct numbers to place ticks in.
    let smallest = (middle.abs() * 1e-9).max(1e-12);
    if high - low > smallest {
        (low - margin * (high - low), high + margin * (high - low))
    } else {
        let half = if middle == 0.0 { 1.0 } else { middle.abs() * 0.05 };
        (middle - half, middle + half)
    }
}

/// The most ticks at multiples of 1, 2 or 5 times a power of ten whose texts do not touch.
fn round_ticks(low: f64, high: f64, way: Way, length: f64) -> Vec<(f64, String)> {
    let mut ticks = Vec::new();
    for count in (1..=7).rev() {
        ticks = ticks_with_step(low, high, round_step((high - low) / f64::from(count)));
        let room = match way {
            Way::Across => ticks.iter().map(|(_, text)| Type::new(SMALL).width(text)).fold(0.0, f64::max) + 9.0,
            Way::Up => SMALL * 2.0,
        };
        if ticks.len() as f64 * room <= length.max(room) {
            break;
        }
    }
    ticks
}

fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| raw <= factor * power * 1.0001).unwrap_or(10.0);
    factor * power
}

fn ticks_with_step(low: f64, high: f64, step: f64) -> Vec<(f64, String)> {
    let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
    if !(first.is_finite() && last.is_finite() && last - first < 1000.0) {
        return Vec::new();
    }
    let largest = low.abs().max(high.abs());
    (0..=(last - first).max(-1.0) as i64)
        .map(|index| (first + index as f64) * step)
        .filter(|value| (low..=high).contains(value))
        .map(|value| (value, number(value, step, largest)))
        .collect()
}

/// A value as text, as exact as `step` and in the unit that suits the axis' largest value.
pub(crate) fn number(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    let (unit, suffix) = match largest {
        1e9.. => return scientific(value, step),
        1e6.. => (1e6, "M"),
        1e4.. => (1e3, "k"),
        _ if step < 0.9e-4 => return scientific(value, step),
        _ => (1.0, ""),
    };
    let decimals = (-(step / unit).log10() - 1e-6).ceil().clamp(0.0, 12.0) as usize;
    signed(&format!("{:.decimals$}{suffix}", value / unit))
}

fn scientific(value: f64, step: f64) -> String {
    let digits = (value.abs().log10().floor() - step.log10().floor()).clamp(0.0, 12.0) as usize;
    signed(&format!("{value:.digits$e}"))
}

/// With a minus sign in place of a leading hyphen.
fn signed(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |digits| format!("−{digits}"))
}

/// A value with about three significant digits, for labels.
pub(crate) fn short(value: f64) -> String {
    let magnitude = value.abs();
    let text = match magnitude {
        0.0 => "0".to_owned(),
        _ if !value.is_finite() => "n/a".to_owned(),
        1e6.. => format!("{value:.2e}"),
        100.0.. => format!("{value:.0}"),
        10.0.. => trimmed(&format!("{value:.1}")),
        1.0.. => trimmed(&format!("{value:.2}")),
        1e-3.. => trimmed(&format!("{value:.*}", (2.0 - magnitude.log10().floor()) as usize)),
        _ => exponent(value),
    };
    signed(&text)
}

/// A value that is swept over powers of ten, such as lambda_t.
pub(crate) fn power(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 { signed(&exponent(value)) } else { short(value) }
}

/// A small value as `1e-4` or `2.5e-5`.
fn exponent(value: f64) -> String {
    let text = format!("{value:.1e}");
    text.replace(".0e", "e")
}

fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(low: f64, high: f64) -> Vec<String> {
        crate::font::register().unwrap();
        round_ticks(low, high, Way::Up, 150.0).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_stand_at_round_numbers() {
        assert_eq!(texts(312.0, 2290.0), ["500", "1000", "1500", "2000"]);
        assert_eq!(texts(88.1, 93.9), ["89", "90", "91", "92", "93"]);
        assert_eq!(texts(-0.31, 0.42), ["−0.2", "0", "0.2", "0.4"]);
        assert_eq!(texts(0.0, 41_000.0), ["0", "10k", "20k", "30k", "40k"]);
        assert_eq!(texts(0.0, 0.000_42), ["0", "0.0001", "0.0002", "0.0003", "0.0004"]);
    }

    #[test]
    fn ticks_stand_where_a_few_whole_values_do() {
        crate::font::register().unwrap();
        let ticked = |values: &[f64]| -> Vec<String> {
            let axis = Axis::fixed("calls", 0.0, values.iter().copied().fold(0.0, f64::max), Way::Across, 200.0);
            axis.ticked(values.iter().copied(), 200.0).ticks.into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(ticked(&[0.0, 1.0, 3.0, 5.0, 8.0, 3.0]), ["0", "1", "3", "5", "8"]);
        // Those that would touch are left out.
        assert_eq!(ticked(&[0.0, 1.0, 2.0, 4.0, 64.0, 128.0]), ["4", "64", "128"]);
        // Parts of a whole keep round ticks.
        let round = Axis::fixed("calls", 0.0, 1.5, Way::Across, 200.0).ticks;
        assert_eq!(ticked(&[0.5, 1.5]), round.into_iter().map(|(_, text)| text).collect::<Vec<_>>());
    }

    #[test]
    fn short_numbers_keep_three_digits() {
        let values = [0.0, 1234.6, 57.25, 1.5, 0.0625, 0.001, 1e-4, 2.5e-5, -0.5];
        let texts: Vec<String> = values.into_iter().map(short).collect();
        assert_eq!(texts, ["0", "1235", "57.2", "1.5", "0.0625", "0.001", "1e-4", "2.5e-5", "−0.5"]);
    }

    proptest! {
        #[test]
        fn any_range_has_ticks_that_differ(a in -1e99f64..1e99, b in prop::num::f64::NORMAL) {
            let axis = Axis::over("x", [a, b], 0.05, Way::Up, 150.0);
            prop_assert!(axis.low < axis.high);
            let distinct: std::collections::BTreeSet<&String> = axis.ticks.iter().map(|(_, text)| text).collect();
            prop_assert!(!axis.ticks.is_empty() && distinct.len() == axis.ticks.len(), "{axis:?}");
        }
    }
}
