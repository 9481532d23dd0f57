//! The controller from outside: reference values, training end to end, MiniLM, damaged files.

mod damaged_files;
mod golden;
mod minilm;
mod training;
