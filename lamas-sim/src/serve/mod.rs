//! A chat model as an OpenAI-compatible server: real waiting, and faults on request.
//!
//! What answers is a [`Source`] that knows at once what it will say and how long that would have taken; the simulated
//! model is one. The server then lets that time pass, scaled, before and between the pieces of the answer.
//!
//! | part | what it does |
//! | --- | --- |
//! | `body` | a request's body, read and checked |
//! | `error` | OpenAI's error object |
//! | `fault` | which requests fail, and how: by rate and by script |
//! | `limits`, `upload`, `socket` | what a client may take: time, sockets, memory |
//! | `ledger` | attempts and answers of each request, counted |
//! | `reply` | what is written: whole answers and events of a stream |
//! | `schedule` | when each piece of an answer is due |
//! | `log` | one JSON line for each request |
//! | `app` | the paths, and one request's way through all of this |
//! | `connection` | sockets: keeps them, resets them, lets them end |
//!
//! # Which sample a request gets
//!
//! A sample of the source has a replicate and an ordinal ([`SampleIndex`](lamas_core::chat::SampleIndex)). They are, for
//! choice `c` of a request:
//!
//! | the request has | replicate | ordinal |
//! | --- | --- | --- |
//! | `metadata: {"replicate": "R", "ordinal": "O"}` | R | O + c |
//! | `seed: S` | S | c |
//! | neither | 0 | the choices that equal requests were given before, + c |
//!
//! In the first two rows an answer is a function of the request, so that it may be retried without end. In the third,
//! an attempt that failed on purpose is not counted: a retry gets what the failed attempt would have got.

mod app;
mod body;
mod connection;
mod error;
mod fault;
mod ledger;
mod limits;
mod log;
mod reply;
mod schedule;
mod socket;
mod upload;

pub use app::{Server, ServerSettings, Source};
pub use fault::{Fault, FaultError, Faults, Rates, Script};
pub use limits::Limits;
pub use log::RequestLog;
pub use schedule::{Speed, SpeedError};
