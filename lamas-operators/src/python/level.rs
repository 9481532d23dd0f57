//! How well this system can confine a program.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far untrusted programs are confined, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// Landlock, seccomp and resource limits; namespaces where the system allows them.
    Full,
    /// Seccomp and resource limits: no network and no processes, but files can be read and changed.
    SeccompOnly,
    /// Resource limits alone.
    RlimitsOnly,
}

impl fmt::Display for SandboxLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::SeccompOnly => "seccomp-only",
            Self::RlimitsOnly => "rlimits-only",
        })
    }
}

/// What the running system offers. Goes into a run's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// The level reached.
    pub level: SandboxLevel,
    /// The version of Landlock's interface; 0 where there is none.
    pub landlock_abi: u32,
    /// True where system calls can be filtered.
    pub seccomp: bool,
    /// True where an ordinary user may have namespaces: servers then have user, mount, process, network and IPC
    /// namespaces of their own, and scratch folders of limited size.
    pub namespaces: bool,
}

impl Confinement {
    pub(crate) fn new(landlock_abi: u32, seccomp: bool, namespaces: bool) -> Self {
        let level = match (seccomp, landlock_abi > 0) {
            (true, true) => SandboxLevel::Full,
            (true, false) => SandboxLevel::SeccompOnly,
            // Landlock without seccomp would stop neither signals nor the network.
            (false, _) => SandboxLevel::RlimitsOnly,
        };
        Self { level, landlock_abi, seccomp, namespaces }
    }

    /// What keeps it from the full level, in words.
    pub(crate) fn missing(&self) -> String {
        let mut lacks = Vec::new();
        if self.landlock_abi == 0 {
            lacks.push("no landlock");
        }
        if !self.seccomp {
            lacks.push("no seccomp filters");
        }
        lacks.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_needs_all_of_its_layers() {
        assert_eq!(Confinement::new(1, true, false).level, SandboxLevel::Full);
        assert_eq!(Confinement::new(0, true, true).level, SandboxLevel::SeccompOnly);
        assert_eq!(Confinement::new(7, false, true).level, SandboxLevel::RlimitsOnly);
        assert_eq!(Confinement::new(0, false, false).missing(), "no landlock, no seccomp filters");
    }
}
