//! The scorers on the public datasets and recorded model answers. They lie outside the repository: the environment
//! variable `LAMAS_DATA_DIR` names their folder, and without it these tests say that they are skipped.

mod agreement;
mod data;
mod humaneval;
mod maths;
mod numbers;
mod variants;
