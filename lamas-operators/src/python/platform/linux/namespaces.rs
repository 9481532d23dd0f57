//! Namespaces: a process tree, a network without interfaces, IPC objects and mounts of the server's own.

use std::ffi::{CStr, CString};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::{WaitOptions, getegid, geteuid, waitpid};

use super::launch::fork;
use crate::python::error::SandboxError;

/// Flags of `clone` for everything that a server gets of its own.
pub(super) const FLAGS: libc::c_int =
    libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;

/// Files that a scratch folder may hold at once.
const SCRATCH_FILES: u64 = 4096;

/// What a new process needs to settle in its namespaces, made before the fork.
pub(super) struct Settlement {
    users: CString,
    groups: CString,
    scratch: CString,
    options: CString,
}

impl Settlement {
    pub(super) fn new(scratch: &Path, scratch_bytes: u64) -> Result<Self, SandboxError> {
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        Ok(Self {
            users: c_string(format!("{user} {user} 1"))?,
            groups: c_string(format!("{group} {group} 1"))?,
            scratch: c_string(scratch.as_os_str().as_encoded_bytes())?,
            options: c_string(format!("size={scratch_bytes},nr_inodes={SCRATCH_FILES},mode=700"))?,
        })
    }

    /// Keeps the user's own identity, detaches the mounts and mounts an empty file system over the scratch folder.
    ///
    /// Async-signal-safe. Must run in a process that was cloned with [`FLAGS`].
    pub(super) fn settle(&self) -> Result<(), Errno> {
        write(c"/proc/self/setgroups", c"deny")?;
        write(c"/proc/self/uid_map", &self.users)?;
        write(c"/proc/self/gid_map", &self.groups)?;
        mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount(c"none", self.scratch.as_c_str(), c"tmpfs", flags, self.options.as_c_str())
    }
}

/// Tries it, in a process that does nothing else.
pub(super) fn are_allowed() -> bool {
    let Ok(settlement) = Settlement::new(&std::env::temp_dir(), 1 << 20) else { return false };
    let settled = fork(FLAGS, || i32::from(settlement.settle().is_err()));
    let Ok(child) = settled else { return false };
    matches!(waitpid(Some(child), WaitOptions::empty()), Ok(Some((_, status))) if status.exit_status() == Some(0))
}

pub(super) fn c_string(text: impl Into<Vec<u8>>) -> Result<CString, SandboxError> {
    CString::new(text).map_err(|_| SandboxError::Start("a path or argument contains a zero byte".into()))
}

fn write(path: &CStr, text: &CStr) -> Result<(), Errno> {
    let file = rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(file, text.to_bytes()).map(drop)
}
