//! Numbers that a profile may hold, checked while it is read, so that a message names the key they stand under.

use serde::{Deserialize, Serialize};

macro_rules! checked {
    ($(#[$doc:meta])* $name:ident, $holds:expr, $says:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
        #[serde(try_from = "f64", into = "f64")]
        pub struct $name(f64);

        impl $name {
            /// The number itself.
            #[must_use]
            pub fn get(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = String;

            fn try_from(value: f64) -> Result<Self, String> {
                let holds: fn(f64) -> bool = $holds;
                if holds(value) { Ok(Self(value)) } else { Err(format!(concat!("{} is not ", $says), value)) }
            }
        }

        impl From<$name> for f64 {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

checked!(
    /// A probability, or any share of a whole.
    Probability,
    |value| (0.0..=1.0).contains(&value),
    "a probability between 0 and 1"
);
checked!(
    /// A finite number above zero.
    Positive,
    |value| value.is_finite() && value > 0.0,
    "a finite number above 0"
);
checked!(
    /// A finite number that is not negative, such as the spread of a distribution.
    Amount,
    |value| value.is_finite() && value >= 0.0,
    "a finite number of at least 0"
);
checked!(
    /// A finite number.
    Finite,
    f64::is_finite,
    "a finite number"
);
checked!(
    /// A correlation.
    Correlation,
    |value| (-1.0..=1.0).contains(&value),
    "a correlation between -1 and 1"
);
