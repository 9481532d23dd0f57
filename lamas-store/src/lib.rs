//! A response store: answers kept in SQLite and found again by what was asked.
//!
//! The key of an answer is the SHA-256 of the question in canonical JSON: model, parameters, messages, sampling and
//! sample index. Time-outs, limits, prices and endpoints do not change an answer and are not in it.
//!
//! Parts: [`StoreSettings`] and [`Mode`] (what an experiment says), [`Question`] (the key), [`Record`] (one answer with
//! its latencies, usage and cost), `lines` (exports), [`Kept`] (records of either kind, one by one), `bank`
//! (recordings taken into a bank), [`Recording`] (answers by key alone), [`Archive`] (the file), `row` (its rows, checked
//! whenever they are read), [`StoredModel`] (a chat model over another), [`StoredInterpreter`] (an interpreter over another,
//! whose times are kept as well), [`Gauge`] (what a bank lacks), and the archive's upkeep in `upkeep` (statistics, merge,
//! prune, verify).
//!
//! The file is a SQLite database in WAL mode with the tables `response` and `tool_run`, so that several processes may use it
//! at once and a killed one leaves it whole. Its `user_version` is the format's version; a newer one is refused.

mod archive;
mod bank;
mod error;
mod gauge;
mod kept;
mod lines;
mod mode;
mod model;
mod question;
mod record;
mod recording;
mod row;
mod samples;
mod settings;
#[cfg(test)]
mod testing;
mod tools;
mod upkeep;

pub use archive::Archive;
pub use error::StoreError;
pub use gauge::{Counted, Gauge};
pub use kept::Kept;
pub use mode::Mode;
pub use model::{Store, StoredModel};
pub use question::{Identity, Key, Question};
pub use record::Record;
pub use recording::Recording;
pub use samples::{Draw, Recorded, Samples};
pub use settings::StoreSettings;
pub use tools::{StoredInterpreter, ToolRecord};
pub use upkeep::{Merged, ModelStats, Prune, Stats, Verification};
