//! The binary from outside.

mod cases;
mod command_line;
mod endpoints;
mod runs;
mod serve_sim;
mod sweeps;
