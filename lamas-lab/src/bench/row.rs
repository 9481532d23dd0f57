//! One figure, its target and its verdict.

use serde::Serialize;

use super::spread::Spread;

/// What a figure is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// So much or more.
    AtLeast(f64),
    /// So much or less.
    AtMost(f64),
}

/// What came of a measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// It was made.
    Measured(Spread),
    /// It was not; says how to make it.
    Skipped(String),
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What is measured.
    pub what: String,
    /// Its unit.
    pub unit: &'static str,
    /// What it is to reach.
    pub target: Target,
    /// What it is.
    pub outcome: Measurement,
    /// What a reader must know beside it; may be empty.
    pub note: String,
}

impl Row {
    /// A figure that was measured.
    #[must_use]
    pub fn measured(what: impl Into<String>, unit: &'static str, target: Target, spread: Spread) -> Self {
        Self { what: what.into(), unit, target, outcome: Measurement::Measured(spread), note: String::new() }
    }

    /// A figure that was not measured, and how to.
    #[must_use]
    pub fn skipped(what: impl Into<String>, unit: &'static str, target: Target, how: impl Into<String>) -> Self {
        Self { what: what.into(), unit, target, outcome: Measurement::Skipped(how.into()), note: String::new() }
    }

    /// The same with a note.
    #[must_use]
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The target in words.
    #[must_use]
    pub fn target_text(&self) -> String {
        match self.target {
            Target::AtLeast(least) => format!("at least {} {}", number(least), self.unit),
            Target::AtMost(most) => format!("at most {} {}", number(most), self.unit),
        }
    }

    /// The figure with its spread in words.
    #[must_use]
    pub fn outcome_text(&self) -> String {
        match &self.outcome {
            Measurement::Measured(spread) if spread.repetitions == 1 => {
                format!("{} {}", number(spread.median), self.unit)
            }
            Measurement::Measured(spread) => {
                let [median, low, high] = [spread.median, spread.low, spread.high].map(number);
                format!("{median} {} ({low} to {high}, {} times)", self.unit, spread.repetitions)
            }
            Measurement::Skipped(how) => format!("not measured: {how}"),
        }
    }

    /// Whether the median reaches the target, and by how much it misses it.
    #[must_use]
    pub fn verdict(&self) -> String {
        let Measurement::Measured(Spread { median, .. }) = self.outcome else { return String::new() };
        let (holds, off) = match self.target {
            Target::AtLeast(least) => (median >= least, 1.0 - median / least),
            Target::AtMost(most) => (median <= most, median / most - 1.0),
        };
        if holds { "holds".to_owned() } else { format!("misses by {:.0}%", 100.0 * off) }
    }
}

/// Three digits, and no more than there are.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value == value.trunc() => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_by_how_much_a_target_is_missed() {
        let verdict = |target, median| {
            let spread = Spread { median, low: median, high: median, repetitions: 3 };
            Row::measured("x", "s", target, spread).verdict()
        };
        assert_eq!(verdict(Target::AtMost(30.0), 30.0), "holds");
        assert_eq!(verdict(Target::AtMost(30.0), 36.0), "misses by 20%");
        assert_eq!(verdict(Target::AtLeast(1000.0), 1000.5), "holds");
        assert_eq!(verdict(Target::AtLeast(1000.0), 750.0), "misses by 25%");
        let skipped = Row::skipped("x", "s", Target::AtMost(1.0), "give --paper");
        assert_eq!(
            (skipped.verdict(), skipped.outcome_text()),
            (String::new(), "not measured: give --paper".to_owned())
        );
    }
}
