//! `sensitivity`: over which region of the simulated model's assumptions a conclusion holds.
//!
//! A conclusion drawn on a simulated model may follow from how it was made. So the same experiment is run with one or two
//! numbers of the profile changed, and each conclusion is a difference with its interval at every point.
//!
//! - [`plan`]: the file that says what is varied and what is concluded
//! - [`worlds`]: runs the points
//! - [`report`]: the table, the axes and the planes as figures

pub mod plan;
pub mod report;
pub mod worlds;

pub use plan::Plan;
