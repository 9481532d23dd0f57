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
//! - [`stop`]: what follows Ctrl-C
//! - [`manifest`]: what was run, and whether it is the same experiment
//! - [`load`]: the problem sets of an experiment, and its cells
//! - [`sweep`]: all cells of an experiment, in parallel (`threads`), resumable (`standing`): each at work on its files (`working`),
//!   which become those of the run (`join`), or ended early (`ended`)
//! - [`progress`]: what is running and how long it will take

pub mod attempt;
pub mod cell;
pub mod context;
pub mod encoder;
pub mod episode;
pub mod gaps;
pub mod judge;
pub mod load;
pub mod made_from;
pub mod manifest;
pub mod named;
pub mod prepare;
pub mod progress;
pub mod stop;
pub mod sweep;
pub mod together;
pub mod world;

mod ended;
mod error;
mod join;
mod standing;
mod threads;
mod working;

pub use error::RunError;
