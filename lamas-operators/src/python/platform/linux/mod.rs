//! Linux: Landlock for files, seccomp for system calls, namespaces for everything that has one.

mod files;
mod fork;
mod launch;
mod namespaces;
mod syscalls;

pub(crate) use files::domain;
pub(crate) use launch::{Process, launch};
pub(crate) use syscalls::filters;

use std::path::{Path, PathBuf};

use crate::python::level::Confinement;

/// Where a server finds its scratch folder: always at the same place where it has mounts of its own.
pub(crate) fn scratch_within(scratch: &Path, confinement: Confinement) -> PathBuf {
    if confinement.namespaces { namespaces::SCRATCH.into() } else { scratch.to_path_buf() }
}

/// Asks the kernel for each layer.
pub(crate) fn probe() -> Confinement {
    Confinement::new(files::abi(), syscalls::can_filter(), namespaces::are_allowed())
}
