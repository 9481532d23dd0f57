//! Tables and figures from a finished run: they read its files only, so that they can be made again without a model.
//!
//! - [`finished`]: the run, read back; [`report`]: everything that is made of it
//! - [`results`]: `results.csv`, one row for each cell and split
//! - [`measure`]: what is reported, with unit and direction
//! - [`episodes`]: any column of a run's test episodes, by method
//! - [`graphs`]: the shapes of the graphs that were run
//! - [`series`]: a method's episodes as seeds x queries
//! - [`bootstrap`]: intervals over queries and seeds
//! - [`front`], [`verdict`], [`choice`]: hypervolume and matched scores, non-inferiority, the choice of lambda_t
//! - [`published`]: figures that others published, to stand beside ours
//! - [`remarks`]: what else a reader must know of the answers behind a table
//! - [`rows`]: which series a table or figure shows
//! - [`saved`]: whole traces of single episodes
//! - [`table`]: a table as Markdown, CSV and LaTeX
//! - [`tables`]: which tables there are
//! - [`figures`]: which figures there are
//! - [`publish`]: the small files of a report, for a folder that is kept

pub mod bootstrap;
pub mod choice;
pub mod episodes;
pub mod figures;
pub mod finished;
pub mod front;
pub mod graphs;
pub mod measure;
pub mod publish;
pub mod published;
pub mod remarks;
pub mod report;
pub mod results;
pub mod rows;
pub mod saved;
pub mod series;
pub mod table;
pub mod tables;
pub mod verdict;

mod error;

pub use error::ReportError;
pub use finished::{Finished, lambda_text};
pub use report::Report;
