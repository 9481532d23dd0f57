//! Namespaces: a process tree, a network without interfaces, IPC objects, mounts and a root of the server's own.

use std::ffi::{CStr, CString};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, mkdir, open};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change, mount_remount, unmount,
};
use rustix::process::{WaitOptions, chdir, getegid, geteuid, pivot_root, waitpid};

use super::fork::fork;
use crate::python::error::SandboxError;

/// Flags of `clone` for everything that a server gets of its own.
pub(super) const FLAGS: libc::c_int =
    libc::CLONE_NEWUSER | libc::CLONE_NEWNS | libc::CLONE_NEWPID | libc::CLONE_NEWNET | libc::CLONE_NEWIPC;

/// Files that a scratch folder may hold at once.
const SCRATCH_FILES: u64 = 4096;

/// Where the scratch folder is mounted: nothing tells a program which server it runs on.
pub(super) const SCRATCH: &str = "/scratch";
const SCRATCH_IN_ROOT: &CStr = c"scratch";

/// Links through which distributions choose between system libraries.
const CHOICES: &str = "/etc/alternatives";

/// What a new process needs to settle in its namespaces, made before the fork. Paths in the new root are relative.
pub(super) struct Settlement {
    users: CString,
    groups: CString,
    root: CString,
    folders: Vec<CString>,
    files: Vec<CString>,
    /// What is shown of the outside, and where.
    shown: Vec<(CString, CString)>,
    options: CString,
}

impl Settlement {
    /// The process will see these paths of the outside, where there are such, and an empty folder. `root` is an empty folder that
    /// the new root is put together in; what is mounted there only the process sees.
    pub(super) fn new(root: &Path, scratch_bytes: u64, shown: &[PathBuf]) -> Result<Self, SandboxError> {
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        let mut settlement = Self {
            users: c_string(format!("{user} {user} 1"))?,
            groups: c_string(format!("{group} {group} 1"))?,
            root: path(root)?,
            folders: Vec::new(),
            files: Vec::new(),
            shown: Vec::new(),
            options: c_string(format!("size={scratch_bytes},nr_inodes={SCRATCH_FILES},mode=700"))?,
        };
        for outside in outermost(shown) {
            settlement.show(outside)?;
        }
        Ok(settlement)
    }

    fn show(&mut self, outside: &Path) -> Result<(), SandboxError> {
        let Ok(metadata) = outside.metadata() else { return Ok(()) };
        let inside = outside.strip_prefix("/").unwrap_or(outside);
        let parents: Vec<&Path> = inside.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()).collect();
        for parent in parents.into_iter().rev() {
            self.folders.push(path(parent)?);
        }
        let places = if metadata.is_dir() { &mut self.folders } else { &mut self.files };
        places.push(path(inside)?);
        self.shown.push((path(outside)?, path(inside)?));
        Ok(())
    }

    /// Keeps the user's own identity, detaches the mounts and moves into a root that has nothing but what is shown of
    /// the outside and an empty file system for the scratch folder: no `/proc`, no other links, no other names.
    ///
    /// Async-signal-safe. Must run in a process that was cloned with [`FLAGS`].
    pub(super) fn settle(&self) -> Result<(), Errno> {
        write(c"/proc/self/setgroups", c"deny")?;
        write(c"/proc/self/uid_map", &self.users)?;
        write(c"/proc/self/gid_map", &self.groups)?;
        mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        mount(c"none", self.root.as_c_str(), c"tmpfs", flags, c"size=1m,mode=755")?;
        chdir(self.root.as_c_str())?;
        for folder in self.folders.iter().map(CString::as_c_str).chain([SCRATCH_IN_ROOT]) {
            match mkdir(folder, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
            }
        }
        for file in &self.files {
            open(file.as_c_str(), OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::from_raw_mode(0o644))?;
        }
        for (outside, inside) in &self.shown {
            mount_bind_recursive(outside.as_c_str(), inside.as_c_str())?;
        }
        mount(c"none", SCRATCH_IN_ROOT, c"tmpfs", flags, self.options.as_c_str())?;
        pivot_root(c".", c".")?;
        unmount(c".", UnmountFlags::DETACH)?;
        mount_remount(c"/", flags | MountFlags::RDONLY, c"")
    }
}

/// The paths that are not below another one, and the links between system libraries.
fn outermost(paths: &[PathBuf]) -> Vec<&Path> {
    let all = || paths.iter().map(PathBuf::as_path).chain([Path::new(CHOICES)]);
    let mut outermost: Vec<&Path> =
        all().filter(|path| !all().any(|other| other != *path && path.starts_with(other))).collect();
    outermost.sort();
    outermost.dedup();
    outermost
}

/// Tries it, in a process that does nothing else.
pub(super) fn are_allowed() -> bool {
    let Ok(settlement) = Settlement::new(&std::env::temp_dir(), 1 << 20, &["/dev/null".into()]) else { return false };
    let settled = fork(FLAGS, || i32::from(settlement.settle().is_err()));
    let Ok(child) = settled else { return false };
    matches!(waitpid(Some(child), WaitOptions::empty()), Ok(Some((_, status))) if status.exit_status() == Some(0))
}

pub(super) fn c_string(text: impl Into<Vec<u8>>) -> Result<CString, SandboxError> {
    CString::new(text).map_err(|_| SandboxError::Start("a path or argument contains a zero byte".into()))
}

fn path(path: &Path) -> Result<CString, SandboxError> {
    c_string(path.as_os_str().as_encoded_bytes())
}

fn write(path: &CStr, text: &CStr) -> Result<(), Errno> {
    let file = open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(file, text.to_bytes()).map(drop)
}
