//! What a program may use, and how many may run at once.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use lamas_core::units::Seconds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::SandboxError;

/// The most modules that [`SandboxSettings::preload`] may name: one bit each in the servers' protocol.
const MOST_PRELOADED: usize = 8;
/// The interpreter itself needs most of this.
const LEAST_MEMORY_MIB: u64 = 64;

/// Limits of each program, and the size of the pool. Every field has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxSettings {
    /// The interpreter, at least Python 3.9. Default: the first `python3` on `PATH`.
    pub python: Option<PathBuf>,
    /// Fork servers, which is to say programs that run at once. Default: one per core.
    pub servers: Option<NonZeroUsize>,
    /// Wall-clock time of a program, in seconds. Default: 10.
    pub wall_clock: Seconds,
    /// CPU time of each process of a run, in seconds, rounded up to whole ones; a program that catches the signal has
    /// one second more. Default: 10.
    pub cpu: Seconds,
    /// Address space of each process of a run, the interpreter's own included, in MiB. Default: 512.
    pub memory_mib: u64,
    /// Size of a file that a program writes, in MiB. Default: 16.
    pub file_mib: u64,
    /// Size of everything that a program leaves in its scratch folder at once, in MiB. Kept where the system allows
    /// mounts without privileges; elsewhere each file has its limit, their number has not. Default: 64.
    pub scratch_mib: u64,
    /// What a program may print, and the length of what it returns, in KiB each. Default: 1024.
    pub output_kib: usize,
    /// Descriptors that a program may have open. Default: 64.
    pub descriptors: u64,
    /// Threads that a program may have, the first included; it can never start a process. Default: 1.
    ///
    /// More than one is held to this number where user namespaces work and the pool does not run as root. Elsewhere
    /// the kernel counts all threads of the user, or none, and memory and time are the only limits on threads.
    pub threads: u64,
    /// Slow modules that a server imports once, when the first program that mentions them arrives, so that later ones
    /// find them loaded. Those that are not installed are passed over. Default: `numpy`, `sympy`.
    pub preload: Vec<String>,
    /// What random numbers that tests draw start from, together with the program and its tests: the same seed, the same
    /// verdicts. A program that knew it could foresee its tests. Default: the run's own seed; 0 outside of a run.
    pub seed: Option<u64>,
    /// Run programs even where the system cannot confine them fully. Default: false.
    pub allow_reduced: bool,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            python: None,
            servers: None,
            wall_clock: Seconds(10.0),
            cpu: Seconds(10.0),
            memory_mib: 512,
            file_mib: 16,
            scratch_mib: 64,
            output_kib: 1024,
            descriptors: 64,
            threads: 1,
            preload: vec!["numpy".into(), "sympy".into()],
            seed: None,
            allow_reduced: false,
        }
    }
}

impl SandboxSettings {
    /// Refuses limits under which nothing could run.
    ///
    /// # Errors
    /// Names the field, its value and what it must be.
    pub fn check(&self) -> Result<(), SandboxError> {
        let refuse = |field, value: String, must: String| Err(SandboxError::Setting { field, value, must });
        for (field, seconds) in [("wall_clock", self.wall_clock.0), ("cpu", self.cpu.0)] {
            if !(seconds > 0.0 && seconds <= 86_400.0) {
                return refuse(field, seconds.to_string(), "be above 0 and at most 86400 seconds".into());
            }
        }
        for (field, value, least) in [
            ("memory_mib", self.memory_mib, LEAST_MEMORY_MIB),
            ("file_mib", self.file_mib, 1),
            ("scratch_mib", self.scratch_mib, 1),
            ("output_kib", self.output_kib as u64, 1),
            ("descriptors", self.descriptors, 16),
            ("threads", self.threads, 1),
        ] {
            if value < least {
                return refuse(field, value.to_string(), format!("be at least {least}"));
            }
        }
        if self.preload.len() > MOST_PRELOADED {
            return refuse("preload", self.preload.join(", "), format!("name at most {MOST_PRELOADED} modules"));
        }
        Ok(())
    }

    /// How many programs may run at once.
    #[must_use]
    pub fn slots(&self) -> usize {
        let wanted = self.servers.or_else(|| std::thread::available_parallelism().ok());
        wanted.map_or(1, NonZeroUsize::get)
    }

    /// Limits by the names that Python's `resource` knows them under.
    pub(crate) fn rlimits(&self, threads_are_counted: bool, processes_are_filtered: bool) -> Vec<(&'static str, u64)> {
        let mib = |count: u64| count.saturating_mul(1 << 20);
        let mut limits = vec![
            ("RLIMIT_AS", mib(self.memory_mib)),
            ("RLIMIT_CPU", self.cpu_seconds()),
            ("RLIMIT_FSIZE", mib(self.file_mib)),
            ("RLIMIT_NOFILE", self.descriptors),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_MEMLOCK", 0),
        ];
        if threads_are_counted {
            // The server and the checker are tasks of the same namespace.
            limits.push(("RLIMIT_NPROC", self.threads + 2));
        } else if !processes_are_filtered {
            // The count is the user's, over everything that runs: only "no more" means anything.
            limits.push(("RLIMIT_NPROC", 0));
        }
        limits
    }

    /// CPU time in the kernel's unit.
    pub(crate) fn cpu_seconds(&self) -> u64 {
        self.cpu.0.ceil() as u64
    }
}
