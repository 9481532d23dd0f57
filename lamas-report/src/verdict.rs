//! Whether a score is worse, from the interval of its difference and a margin fixed beforehand.

use std::fmt;

use super::bootstrap::Estimate;

/// What the interval of a difference in score allows to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval lies above 0.
    Better,
    /// The whole interval lies above minus the margin.
    NotInferior,
    /// The interval reaches below minus the margin and above it.
    Open,
    /// The whole interval lies below minus the margin.
    Inferior,
}

impl Verdict {
    /// The verdict on a difference in points, for a margin in points.
    #[must_use]
    pub fn of(difference: Estimate, margin: f64) -> Self {
        match difference {
            Estimate { low, .. } if low > 0.0 => Self::Better,
            Estimate { low, .. } if low > -margin => Self::NotInferior,
            Estimate { high, .. } if high < -margin => Self::Inferior,
            _ => Self::Open,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Better => "better",
            Self::NotInferior => "non-inferior",
            Self::Open => "open",
            Self::Inferior => "inferior",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_and_the_margin_decide() {
        let of = |low: f64, high: f64, margin| Verdict::of(Estimate { value: (low + high) / 2.0, low, high }, margin);
        assert_eq!(of(0.1, 2.0, 1.0), Verdict::Better);
        assert_eq!(of(-0.9, 2.0, 1.0), Verdict::NotInferior);
        assert_eq!(of(-0.9, -0.2, 1.0), Verdict::NotInferior);
        assert_eq!(of(-1.0, 2.0, 1.0), Verdict::Open);
        assert_eq!(of(-1.5, 2.0, 2.0), Verdict::NotInferior);
        assert_eq!(of(-3.0, -1.0, 1.0), Verdict::Open);
        assert_eq!(of(-3.0, -1.1, 1.0), Verdict::Inferior);
        assert_eq!(of(f64::NAN, f64::NAN, 1.0), Verdict::Open);
    }
}
