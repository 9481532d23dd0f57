//! Several measurements of one figure.

use lamas_core::stopwatch::Stopwatch;

use serde::Serialize;

use lamas_report::series::quantile;

/// The middle of several measurements and their ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// How many there were.
    pub repetitions: usize,
}

impl Spread {
    /// The spread of these; not a number where there are none.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |q| quantile(&values, q);
        Self { median: at(0.5), low: at(0.0), high: at(1.0), repetitions: values.len() }
    }
}

/// The seconds that a piece of work takes, with what it gives.
///
/// # Errors
/// Those of the work.
pub fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(f64, T), E> {
    let clock = Stopwatch::real();
    let result = work()?;
    Ok((clock.elapsed().0, result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ends() {
        let spread = Spread::of(vec![4.0, 1.0, 2.0, 9.0]);
        assert_eq!(spread, Spread { median: 3.0, low: 1.0, high: 9.0, repetitions: 4 });
    }
}
