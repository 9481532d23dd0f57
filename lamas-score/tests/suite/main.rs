//! How answers are read and compared.

mod cases;
mod notations;
mod support;
