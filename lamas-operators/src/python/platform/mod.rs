//! What differs between operating systems: which confinement there is, and how a fork server is launched into it.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::level::Confinement;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::{Process, domain, filters, launch, probe, scratch_within};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{Process, domain, filters, launch, probe, scratch_within};

/// System call filters as code for the kernel, each list in the order of installation.
#[derive(Debug, Default)]
pub(crate) struct Filters {
    /// A server's own, which its children inherit.
    pub server: Vec<Vec<u8>>,
    /// What each child adds.
    pub child: Vec<Vec<u8>>,
}

/// How a process enters a Landlock domain of its own, below its server's: two system calls' numbers, and what the
/// domain is made from.
#[derive(Debug, Serialize)]
pub(crate) struct Domain {
    create: i64,
    enter: i64,
    /// The kernel's `struct landlock_ruleset_attr`, in hexadecimal digits.
    attributes: String,
}

/// A fork server to be started.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere there are no layers to apply"))]
pub(crate) struct Launch<'a> {
    /// The interpreter.
    pub executable: &'a Path,
    /// Its arguments.
    pub arguments: &'a [String],
    /// Its whole environment, as `NAME=value`.
    pub environment: &'a [&'a str],
    /// Its standard input: the socket over which it is commanded.
    pub control: OwnedFd,
    /// Its standard error.
    pub errors: OwnedFd,
    /// What it may read.
    pub readable: &'a [PathBuf],
    /// Where it may write: an empty folder. With namespaces it becomes the root of all that the server sees, which has
    /// a file system of limited size in place of it.
    pub scratch: &'a Path,
    /// The size of that file system.
    pub scratch_bytes: u64,
    /// The layers to apply.
    pub confinement: Confinement,
}
