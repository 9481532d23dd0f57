//! One quantity over amounts of work.

use serde::Serialize;

use super::spread::Spread;

/// One quantity measured at several amounts of work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// What the work is counted in; a panel of the figure.
    pub work: &'static str,
    /// The quantity's unit.
    pub unit: &'static str,
    /// What was measured.
    pub name: &'static str,
    /// The amount of work and the quantity, from little to much.
    pub points: Vec<(f64, Spread)>,
}

impl Curve {
    /// The power of the work that the quantity grows with, by least squares on the logarithms of the medians: 1 is
    /// proportional, 0 is flat.
    #[must_use]
    pub fn exponent(&self) -> f64 {
        let logs: Vec<(f64, f64)> = self.points.iter().map(|(work, spread)| (work.ln(), spread.median.ln())).collect();
        let count = logs.len() as f64;
        let (x, y) = logs.iter().fold((0.0, 0.0), |(x, y), log| (x + log.0 / count, y + log.1 / count));
        let (above, below) = logs
            .iter()
            .fold((0.0, 0.0), |(above, below), log| (above + (log.0 - x) * (log.1 - y), below + (log.0 - x).powi(2)));
        above / below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_the_power_of_the_work() {
        let curve = |power: f64| {
            let point = |work: f64| (work, Spread::of(vec![3.0 * work.powf(power)]));
            let points = [1.0, 2.0, 4.0, 8.0].map(point).to_vec();
            Curve { work: "episodes", unit: "s", name: "sweep", points }.exponent()
        };
        for power in [0.0, 1.0, 1.7] {
            assert!((curve(power) - power).abs() < 1e-12);
        }
    }
}
