//! A run's files: damaged tables, and recordings.

mod damaged_tables;
mod recording;
