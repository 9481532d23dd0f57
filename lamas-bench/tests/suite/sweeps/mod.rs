//! Whole sweeps of methods on bundled sets, through the binary.

mod encoders;
mod races;
mod rivals;
mod support;
