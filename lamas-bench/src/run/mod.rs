//! Runs experiments; what comes of them is kept as `lamas_record` says.
//!
//! - [`cell`]: one method on one dataset with one lambda_t and one seed, as data
//! - [`together`]: the one loop that trains and evaluates cells
//! - [`attempt`]: one trial, run and judged
//! - [`context`]: what cells run in
//! - [`episode`]: one finished episode and its rows
//! - [`world`]: who answers, who runs programs, on which clock
//! - [`named`]: what the experiment names outside of itself, looked at before anything is made
//! - [`encoder`]: the encoder among it
//! - [`prepare`]: datasets with their embeddings and operators
//! - [`judge`]: answers to scores
//! - [`gaps`]: the cells that a recording cannot answer
//! - [`made_from`]: what a cell's result is made from
//! - [`stop`]: Ctrl-C; [`outage`]: endpoints that are gone
//! - [`manifest`]: what was run, and whether it is the same experiment
//! - [`sweep`]: all cells of an experiment, in parallel, resumable
//! - [`progress`]: what is running and how long it will take
//! - [`waits`]: which calls wait, and why

pub mod attempt;
pub mod cell;
pub mod context;
pub mod encoder;
pub mod episode;
pub mod gaps;
pub mod judge;
pub mod made_from;
pub mod manifest;
pub mod named;
pub mod outage;
pub mod prepare;
pub mod progress;
pub mod stop;
pub mod sweep;
pub mod together;
pub mod waits;
pub mod world;

mod error;

pub use error::RunError;
