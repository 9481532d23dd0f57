//! How answers are read and compared.

mod cases;
mod doubtful;
mod notations;
mod support;
