//! A fork into namespaces.

use rustix::io::Errno;
use rustix::process::Pid;

/// Forks with these `clone` flags. The child runs `work` and exits with its value.
///
/// `work` may only do what is async-signal-safe: other threads of this process do not exist in the child, and locks
/// that they held stay locked.
#[expect(unsafe_code, reason = "the standard library cannot clone into namespaces")]
pub(super) fn fork(flags: libc::c_int, work: impl FnOnce() -> i32) -> Result<Pid, Errno> {
    let flags = libc::c_long::from(flags | libc::SIGCHLD);
    // SAFETY: without CLONE_VM and with no stack given this is a fork. All further arguments are zero, so that their
    // order, which differs between architectures, does not matter.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    if pid == 0 {
        let status = work();
        // SAFETY: ends the child without running anything that belongs to the parent.
        unsafe { libc::_exit(status) }
    }
    i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL))
}
