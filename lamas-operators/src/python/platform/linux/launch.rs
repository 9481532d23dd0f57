//! Starting a fork server inside all layers at once.
//!
//! The standard library cannot clone into new namespaces, so the fork is done here. Between it and `exec` the child of
//! a threaded process may only make system calls: everything that allocates is prepared before.

use std::ffi::CString;
use std::fs::OpenOptions;
use std::io::Read;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, setsid, waitpid};
use rustix::thread::{CapabilitiesSecureBits, set_capabilities_secure_bits, set_no_new_privs};

use super::super::Launch;
use super::fork::fork;
use super::namespaces::{self, Settlement, c_string};
use super::{files, scratch_within};
use crate::python::error::SandboxError;

/// A running fork server, killed and reaped when dropped. As process 1 of its namespace it takes everything in it
/// along.
#[derive(Debug)]
pub(crate) struct Process(Pid);

impl Drop for Process {
    fn drop(&mut self) {
        // Either fails only where the process is already gone.
        let _ = kill_process(self.0, Signal::KILL);
        let _ = waitpid(Some(self.0), WaitOptions::empty());
    }
}

/// The steps of a child, numbered for its parent's error message.
#[derive(Clone, Copy)]
enum Step {
    Namespaces,
    Descriptors,
    Privileges,
    Landlock,
    Exec,
}

const STEPS: [(Step, &str); 5] = [
    (Step::Namespaces, "entering namespaces"),
    (Step::Descriptors, "arranging descriptors"),
    (Step::Privileges, "dropping privileges"),
    (Step::Landlock, "applying landlock"),
    (Step::Exec, "executing the interpreter"),
];

/// Everything that the child needs.
struct Child {
    settlement: Option<Settlement>,
    control: OwnedFd,
    null: OwnedFd,
    errors: OwnedFd,
    rules: Option<OwnedFd>,
    scratch: CString,
    scratch_access: u64,
    executable: CString,
    arguments: Pointers,
    environment: Pointers,
}

/// C strings and the null-terminated array of pointers to them.
struct Pointers {
    array: Vec<*const libc::c_char>,
    _strings: Vec<CString>,
}

impl Pointers {
    fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, SandboxError> {
        let strings = texts.into_iter().map(c_string).collect::<Result<Vec<_>, _>>()?;
        let array = strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Ok(Self { array, _strings: strings })
    }
}

/// Starts a fork server; returns once it executes the interpreter.
pub(crate) fn launch(launch: Launch<'_>) -> Result<Process, SandboxError> {
    let failed = |what: &str, error: std::io::Error| SandboxError::Start(format!("{what}: {error}"));
    let confinement = launch.confinement;
    let executable = c_string(launch.executable.as_os_str().as_encoded_bytes())?;
    let name = launch.executable.to_string_lossy();
    let child = Child {
        settlement: confinement
            .namespaces
            .then(|| Settlement::new(launch.scratch, launch.scratch_bytes, launch.readable))
            .transpose()?,
        control: launch.control,
        null: OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/null")
            .map_err(|error| failed("/dev/null", error))?
            .into(),
        errors: launch.errors,
        rules: if confinement.landlock_abi > 0 { files::read_only(launch.readable)? } else { None },
        scratch: c_string(scratch_within(launch.scratch, confinement).into_os_string().into_encoded_bytes())?,
        scratch_access: files::scratch_access(confinement.landlock_abi),
        arguments: Pointers::new([&*name].into_iter().chain(launch.arguments.iter().map(String::as_str)))?,
        environment: Pointers::new(launch.environment.iter().copied())?,
        executable,
    };
    let (mut told, tell) = std::io::pipe().map_err(|error| failed("pipe", error))?;
    let flags = if confinement.namespaces { namespaces::FLAGS } else { 0 };
    let pid = fork(flags, || {
        let (step, errno) = child.become_server();
        let [a, b, c, d] = errno.raw_os_error().to_le_bytes();
        // The parent reads an end of file as success, so nothing is left to do if this fails.
        let _ = rustix::io::write(&tell, &[step as u8, a, b, c, d]);
        1
    })
    .map_err(|error| failed("clone", error.into()))?;
    let process = Process(pid);
    drop((child, tell));
    let mut said = Vec::new();
    told.read_to_end(&mut said).map_err(|error| failed("pipe", error))?;
    match said[..] {
        [] => Ok(process),
        [step, a, b, c, d] => {
            let what = STEPS.get(usize::from(step)).map_or("starting", |(_, what)| what);
            Err(failed(what, std::io::Error::from_raw_os_error(i32::from_le_bytes([a, b, c, d]))))
        }
        _ => Err(SandboxError::Start("the child's last words are cut short".into())),
    }
}

impl Child {
    /// Turns the calling process into the fork server. Returns only on failure.
    ///
    /// Async-signal-safe.
    fn become_server(&self) -> (Step, Errno) {
        if let Some(Err(errno)) = self.settlement.as_ref().map(Settlement::settle) {
            return (Step::Namespaces, errno);
        }
        if let Err(errno) = self.arrange_descriptors() {
            return (Step::Descriptors, errno);
        }
        if let Err(errno) = drop_privileges() {
            return (Step::Privileges, errno);
        }
        if let Some(rules) = &self.rules
            && let Err(errno) = files::enforce(rules.as_fd(), &self.scratch, self.scratch_access)
        {
            return (Step::Landlock, errno);
        }
        (Step::Exec, self.execute())
    }

    #[expect(unsafe_code, reason = "there is no safe wrapper that may be called after a fork")]
    fn arrange_descriptors(&self) -> Result<(), Errno> {
        rustix::process::chdir(self.scratch.as_c_str())?;
        setsid()?;
        rustix::stdio::dup2_stdin(&self.control)?;
        rustix::stdio::dup2_stdout(&self.null)?;
        rustix::stdio::dup2_stderr(&self.errors)?;
        // Rust marks every descriptor to be closed on exec; this is for those that other libraries opened. Kernels
        // before 5.11 do not know it.
        // SAFETY: takes no pointers, and closes nothing before exec.
        unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
        Ok(())
    }

    #[expect(unsafe_code, reason = "there is no safe wrapper that may be called after a fork")]
    fn execute(&self) -> Errno {
        // SAFETY: the set is initialised by `sigemptyset`; the arrays are null-terminated and point to C strings that
        // `self` owns; all of these calls are async-signal-safe.
        unsafe {
            let mut none: libc::sigset_t = mem::zeroed();
            libc::sigemptyset(&raw mut none);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut());
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
            libc::execve(self.executable.as_ptr(), self.arguments.array.as_ptr(), self.environment.array.as_ptr());
        }
        Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)
    }
}

/// No privilege can be gained from here on, and none survives `exec`, not even root's.
fn drop_privileges() -> Result<(), Errno> {
    let bits = CapabilitiesSecureBits::NO_ROOT
        | CapabilitiesSecureBits::NO_ROOT_LOCKED
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
        | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED;
    match set_capabilities_secure_bits(bits) {
        // Who may not set these has no privileges to drop.
        Ok(()) | Err(Errno::PERM) => {}
        Err(errno) => return Err(errno),
    }
    set_no_new_privs(true)
}
