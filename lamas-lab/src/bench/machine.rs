//! What was measured on, since no figure means anything without it.

use std::fs::read_to_string;

use serde::Serialize;

/// A machine and how busy it was, and how this program was built.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// The processor's name; empty where the system does not say.
    pub processor: String,
    /// `release` or `dev`.
    pub build: &'static str,
    /// Processes that ran or wanted to, as a mean over the minute before.
    pub load: f64,
}

impl Machine {
    /// This machine now.
    #[must_use]
    pub fn here() -> Self {
        let processors = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        let load = read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: name.map(|(_, name)| name.trim().to_owned()).unwrap_or_default(),
            build: if cfg!(debug_assertions) { "dev" } else { "release" },
            load: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN),
        }
    }

    /// In one sentence.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { cores, processor, build, load } = self;
        format!("{build} build, {cores} cores of {processor}, load {load:.1} at the start")
    }

    /// Why the figures are not to be trusted as they are.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.load > 0.5 {
            warnings
                .push(format!("other work keeps the machine busy (load {:.1}): every figure is too slow", self.load));
        }
        if self.build != "release" {
            warnings.push("this is no release build: `cargo run --release -p lamas-lab -- bench`".to_owned());
        }
        warnings
    }
}
