//! A run as it stands on disk: what is written while it runs, and what a report, a viewer or a server needs to read it
//! without being able to run one.
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
//! - [`directory`]: the folder
//! - [`manifest`] says what was run
//! - [`made_from`], [`cell_record`]: what a cell's result was made from, and what of it is whole
//! - [`rows`] of the Parquet files
//! - [`layers`]: what was run in an episode, as a column
//! - [`traces`]: whole traces
//! - [`provenance`]: whether answers are a simulated model's
//! - [`spending`]: what was paid
//! - [`calls`]: prompts and completions
//! - [`checksums`] of files
//! - [`parquet`]: tables in files, block by block
//! - [`recording`]: a store's answers as Parquet with a manifest

pub mod calls;
pub mod cell_record;
pub mod checksums;
pub mod directory;
pub mod layers;
pub mod made_from;
pub mod manifest;
pub mod parquet;
pub mod provenance;
pub mod recording;
pub mod rows;
pub mod spending;
pub mod traces;

mod error;

pub use error::{DAMAGED, RecordError};
