//! Runs as folders: what is taken over from an earlier start, and what is refused when it is read.

mod damaged;
mod names;
mod stale;
mod support;
mod trace;
