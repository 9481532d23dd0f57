//! The executor and the critical path, each file a part of it, under tokio's paused clock where time passes.

mod cancelled_calls;
mod chrome_trace;
mod critical_path;
mod executor;
mod races;
