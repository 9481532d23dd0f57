//! Experiment files: those that ship with the project, their schema, and races in them.

mod experiments;
mod fit;
mod races;
mod schema;
