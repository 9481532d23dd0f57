//! A sandboxed Python interpreter: runs programs that nobody trusts, without root, without Docker.
//!
//! Purpose: operators let a model's programs compute answers, and hold generated functions against tests. Such a
//! program may be wrong, endless or hostile. Here it can do nothing but compute, and print, and return a value.
//!
//! A [`PythonPool`] keeps a few fork servers, each a Python process inside all the confinement that the system offers
//! ([`Confinement`]). A run is one fork of a server that is already up, so it takes milliseconds. For a check the
//! server forks twice: the program in one process, the tests in another, with plain data between them; a program can
//! neither see its tests nor say how they went. [`Memoised`] runs identical programs once.
//!
//! | part | what it does |
//! | --- | --- |
//! | `settings` | limits, with defaults |
//! | `level` | what confinement the system offers |
//! | `locate` | finds the interpreter and the files it needs |
//! | `platform` | Landlock, seccomp, namespaces; launching a server into them |
//! | `server` | the parent's end of one fork server |
//! | `run` | one run: its pipes, its clock, its outcome |
//! | `pool` | who runs where, and when |
//! | `memo` | identical programs run once |
//! | `watched` | a sandbox that breaks is told from a program that breaks it |
//! | `server/*.py` | the children's end: `wire` (plain data), `program`, `checker`, `server`, `start` |
//!
//! `docs/sandbox.md` has the threat model, what is not defended, and measurements.

mod error;
mod level;
mod locate;
mod memo;
mod platform;
mod pool;
mod probe;
mod run;
mod server;
mod settings;
mod watched;

pub use error::SandboxError;
pub use level::{Confinement, SandboxLevel};
pub use memo::Memoised;
pub use pool::{PythonPool, SandboxReport};
pub use settings::SandboxSettings;
pub use watched::Watched;
