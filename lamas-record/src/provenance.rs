//! Whose answers a result is made of: data from the trace of a call up to the captions of tables and figures.

use std::fmt;
use std::path::Path;

use polars::prelude::{DataFrame, PolarsResult};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::RecordError;
use super::parquet::Blocks;

/// Whether the answers behind a result are a simulated model's. In files it is `false`, `"partly"` or `true`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provenance {
    /// Real models gave all of them.
    #[default]
    Real,
    /// A simulated model gave some of them, and a real one others.
    Partly,
    /// A simulated model gave all of them.
    Simulated,
}

impl Provenance {
    /// Of answers of which some, or none, are simulated, and some, or none, real.
    #[must_use]
    pub fn of(simulated: bool, real: bool) -> Self {
        match (simulated, real) {
            (false, _) => Self::Real,
            (true, true) => Self::Partly,
            (true, false) => Self::Simulated,
        }
    }

    /// What figures say in a corner; nothing where all is real.
    #[must_use]
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::Real => None,
            Self::Partly => Some("partly a simulated model"),
            Self::Simulated => Some("simulated model"),
        }
    }

    /// What follows the title of a table; nothing where all is real.
    #[must_use]
    pub fn caption(self) -> &'static str {
        match self {
            Self::Real => "",
            Self::Partly => " (some answers are a simulated model's: not evidence about any real one)",
            Self::Simulated => " (simulated model: not evidence about any real one)",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Real => "false",
            Self::Partly => "partly",
            Self::Simulated => "true",
        }
    }
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for Provenance {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Partly => serializer.serialize_str(self.word()),
            whole => serializer.serialize_bool(*whole == Self::Simulated),
        }
    }
}

impl<'de> Deserialize<'de> for Provenance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::Bool(simulated) => Ok(Self::of(simulated, false)),
            serde_json::Value::String(word) if word == Self::Partly.word() => Ok(Self::Partly),
            other => Err(D::Error::custom(format!("`{other}` is none of true, false and \"partly\""))),
        }
    }
}

/// The columns of episodes that say whose answers they are made of.
pub const COLUMNS: [&str; 2] = ["simulated", "real_calls"];

/// Whose answers the episodes in a file are made of.
///
/// # Errors
/// When the file cannot be read.
pub fn read(episodes: &Path) -> Result<Provenance, RecordError> {
    let mut met = Met::default();
    for block in Blocks::of(episodes, &COLUMNS)? {
        met.episodes(&block?).map_err(|error| RecordError::table(episodes, &error))?;
    }
    Ok(met.provenance())
}

/// Which kinds of answers have been met so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Met {
    simulated: bool,
    real: bool,
}

impl Met {
    /// Adds an episode: whether any of its answers is simulated, and how many are real.
    pub fn episode(&mut self, simulated: bool, real_calls: u32) {
        self.simulated |= simulated;
        self.real |= real_calls > 0;
    }

    /// Adds the episodes of a table that has [`COLUMNS`].
    ///
    /// # Errors
    /// When it lacks one of them.
    pub fn episodes(&mut self, table: &DataFrame) -> PolarsResult<()> {
        let [simulated, real_calls] = COLUMNS.map(|name| table.column(name));
        for (simulated, real_calls) in simulated?.bool()?.iter().zip(real_calls?.u32()?.iter()) {
            self.episode(simulated.unwrap_or_default(), real_calls.unwrap_or_default());
        }
        Ok(())
    }

    /// What that comes to.
    #[must_use]
    pub fn provenance(self) -> Provenance {
        Provenance::of(self.simulated, self.real)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_says_so() {
        let mut met = Met::default();
        assert_eq!(met.provenance(), Provenance::Real);
        // An episode without an answer says nothing.
        met.episode(false, 0);
        assert_eq!(met.provenance(), Provenance::Real);
        met.episode(true, 0);
        assert_eq!(met.provenance(), Provenance::Simulated);
        met.episode(false, 3);
        assert_eq!(met.provenance(), Provenance::Partly);
        let mut within = Met::default();
        within.episode(true, 1);
        assert_eq!(within.provenance(), Provenance::Partly);
        assert!(Provenance::Partly.caption().contains("simulated") && Provenance::Real.note().is_none());
    }

    #[test]
    fn files_hold_it_as_before_where_nothing_is_mixed() {
        for (provenance, json) in
            [(Provenance::Real, "false"), (Provenance::Partly, "\"partly\""), (Provenance::Simulated, "true")]
        {
            assert_eq!(serde_json::to_string(&provenance).unwrap(), json);
            assert_eq!(serde_json::from_str::<Provenance>(json).unwrap(), provenance);
        }
        assert!(serde_json::from_str::<Provenance>("\"no\"").is_err());
    }
}
