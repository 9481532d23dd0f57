//! Runs experiments.
//!
//! A run is a folder that can be read, resumed and reported on without a model:
//!
//! ```text
//! runs/NAME-HASH/
//!   manifest.json                  what was run: resolved experiment and its hash, versions, model, sandbox, checksums,
//!                                  and which cells were taken over from an earlier start
//!   SHA256SUMS                     checksums of what `report` reads                (present = the run is finished)
//!   cells/DATASET.METHOD.LAMBDA.SEED/
//!     cell.json                    what the cell was made from, and checksums of those of its files that are whole
//!     train.parquet                training episodes            (methods that learn or search)
//!     updates.parquet              one row for each update
//!     checkpoint.safetensors       the trained controller or gates
//!     found.yaml                   what a search or the neighbours found
//!     traces.json                  whole traces of the first test queries
//!     test.parquet                 test episodes
//!   episodes.parquet               all episodes of all cells, every reward term kept apart
//!   training.csv                   all updates of all cells
//!   results.csv                    one row for each cell and split
//!   spending.csv                   every paid call, in tokens and USD             (endpoints, or with a budget)
//!   calls.jsonl                    every call with its prompt and completion      (`calls: true`)
//!   tables/  figures/
//! ```
//!
//! - [`cell`]: one method on one dataset with one lambda_t and one seed: the one training and evaluation loop
//! - [`spending`]: what was paid
//! - [`calls`]: prompts and completions
//! - [`plan`]: methods at work: what they try, learn and answer
//! - [`episode`]: one finished episode and its rows
//! - [`world`]: who answers, who runs programs, on which clock
//! - [`encoder`]: the encoder that the experiment names
//! - [`prepare`]: datasets with their embeddings and operators
//! - [`judge`]: answers to scores
//! - [`provenance`]: whether answers are a simulated model's
//! - [`record`]: rows of the Parquet files
//! - [`layers`]: what was run in an episode, as a column
//! - [`directory`]: the folder
//! - [`made_from`], [`cell_record`]: what a cell's result was made from, and what of it is whole
//! - [`checksums`] of files
//! - [`stop`]: Ctrl-C; [`outage`]: endpoints that are gone
//! - [`parquet`]: tables in files, block by block
//! - [`manifest`] says what was run
//! - [`sweep`]: all cells of an experiment, in parallel, resumable
//! - [`progress`]: what is running and how long it will take
//! - [`waits`]: which calls wait, and why

pub mod calls;
pub mod cell;
pub mod cell_record;
pub mod checksums;
pub mod directory;
pub mod encoder;
pub mod episode;
pub mod judge;
pub mod layers;
pub mod made_from;
pub mod manifest;
pub mod outage;
pub mod parquet;
pub mod plan;
pub mod prepare;
pub mod progress;
pub mod provenance;
pub mod record;
pub mod spending;
pub mod stop;
pub mod sweep;
pub mod waits;
pub mod world;

mod error;

pub use error::RunError;
