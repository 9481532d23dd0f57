//! Rules and policies that adapt: against the executor, on banks made up, and on recorded ones.

mod executor;
mod recorded;
mod synthetic;
