//! What is reported: each measure with its unit and direction.

/// A quantity of an episode whose mean is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// S, in percent.
    Score,
    /// T in tokens over the whole trace (equation 9).
    Path,
    /// T in seconds over the whole trace.
    Latency,
    /// C in USD for one query.
    Cost,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Score, Self::Path, Self::Latency, Self::Cost];

    /// For table heads and axes.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Score => "Score",
            Self::Path => "CP_len",
            Self::Latency => "Latency",
            Self::Cost => "Cost",
        }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Score => "%",
            Self::Path => "tokens",
            Self::Latency => "s",
            Self::Cost => "USD",
        }
    }

    /// Whether more of it is better.
    #[must_use]
    pub fn higher_is_better(self) -> bool {
        self == Self::Score
    }

    /// Digits after the point in tables.
    #[must_use]
    pub fn digits(self) -> usize {
        match self {
            Self::Score => 2,
            Self::Path => 1,
            Self::Latency => 2,
            Self::Cost => 6,
        }
    }
}
