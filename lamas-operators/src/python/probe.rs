//! Asks this system how well it can confine a program.

use super::level::Confinement;
use super::platform;

impl Confinement {
    /// Asks the system. Takes about a millisecond.
    #[must_use]
    pub fn probe() -> Self {
        platform::probe()
    }
}
