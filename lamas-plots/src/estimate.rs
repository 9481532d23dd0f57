//! Values with intervals, as figures take them.

use crate::axis::drawable;

/// The ends of an interval of confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A value and, where known, its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The value.
    pub value: f64,
    /// Its interval. An end that is not finite leaves the interval out.
    pub interval: Option<Interval>,
}

impl Estimate {
    /// A value without an interval.
    #[must_use]
    pub fn exact(value: f64) -> Self {
        Self { value, interval: None }
    }

    /// A value with its interval.
    #[must_use]
    pub fn between(value: f64, low: f64, high: f64) -> Self {
        Self { value, interval: Some(Interval { low, high }) }
    }

    /// The interval's ends in ascending order, where it can be drawn.
    pub(crate) fn ends(&self) -> Option<(f64, f64)> {
        let Interval { low, high } = self.interval?;
        (drawable(low) && drawable(high)).then(|| (low.min(high), low.max(high)))
    }

    /// Everything that the axis must reach.
    pub(crate) fn reach(&self) -> impl Iterator<Item = f64> {
        let (low, high) = self.ends().unwrap_or((self.value, self.value));
        [self.value, low, high].into_iter()
    }
}

/// What bars show of intervals, in words, for the footnotes. `level` is such as `95% over queries and 5 seeds`.
pub(crate) fn bars(level: &str) -> String {
    if level.is_empty() {
        "Bars are intervals of a level that is not known.".to_owned()
    } else {
        format!("Bars are intervals of {level}.")
    }
}

/// What the length of a path is measured in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Output tokens plus tool time at the experiment's rate (equation 9).
    #[default]
    Tokens,
    /// Seconds.
    Seconds,
}

impl Measure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Seconds => "seconds",
        }
    }

    /// What the path that is critical in this measure is called in legends.
    pub(crate) fn critical(self) -> &'static str {
        match self {
            Self::Tokens => "critical path in tokens",
            Self::Seconds => "critical path in seconds",
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Tokens => "tok",
            Self::Seconds => "s",
        }
    }
}
