//! Linux: Landlock for files, seccomp for system calls, namespaces for everything that has one.

mod files;
mod launch;
mod namespaces;
mod syscalls;

pub(crate) use launch::{Process, launch};
pub(crate) use syscalls::filters;

use crate::python::level::Confinement;

/// Asks the kernel for each layer.
pub(crate) fn probe() -> Confinement {
    Confinement::new(files::abi(), syscalls::can_filter(), namespaces::are_allowed())
}
