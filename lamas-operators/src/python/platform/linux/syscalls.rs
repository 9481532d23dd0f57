//! Seccomp: which system calls a program may make.
//!
//! Installing a long filter takes as long as a fork, so a server installs the long ones once, for itself, and its
//! children inherit them. The first allows what a computation and a server need and answers everything else with "no
//! such call", so that libraries fall back to older calls. The second answers what programs are known to try with "not
//! permitted", which tells the program's author more; where both object, the second one's answer counts, since it is
//! installed last. The third gives every process the same number. Each child then adds a short one against what only a
//! server may do.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::ptr;

use libc::{SYS_clone, SYS_fcntl, SYS_ioctl, SYS_openat, SYS_prctl, SYS_prlimit64};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::super::Filters;
use crate::python::error::SandboxError;

type Rules = BTreeMap<libc::c_long, Vec<SeccompRule>>;

/// Calls that are harmless whatever their arguments, given the other layers.
const ALLOWED: &[libc::c_long] = &[
    // Descriptors that the program has.
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_ftruncate,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    // Files; Landlock says which.
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_umask,
    // Memory; resource limits say how much.
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    // The process itself.
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getgroups,
    libc::SYS_getpriority,
    libc::SYS_getrusage,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // Time and chance.
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_times,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_getrandom,
    libc::SYS_uname,
    libc::SYS_sysinfo,
];

/// Calls that tell a process's number, which counts the runs before it: answered with 0.
const NUMBERED: &[libc::c_long] = &[
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_set_tid_address,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_getpgrp,
];

/// Calls that only the oldest of the 64-bit architectures has, and newer ones express through others.
#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[libc::c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_creat,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_time,
    libc::SYS_getrlimit,
    libc::SYS_arch_prctl,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[libc::c_long] = &[];

/// Calls that a server needs and a program must not make.
const SERVERS_ONLY: &[libc::c_long] = &[
    libc::SYS_kill,
    libc::SYS_setsid,
    libc::SYS_sendto,
    libc::SYS_recvmsg,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_landlock_restrict_self,
];

/// Calls that tell where links lead, or go there. Without a root of its own a program would meet those of the host.
const FOLLOWING: &[libc::c_long] = &[
    libc::SYS_readlinkat,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
];

/// Calls that deserve a plain "not permitted".
const REFUSED: &[libc::c_long] = &[
    // Network and other processes' ears.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_accept4,
    libc::SYS_sendmsg,
    libc::SYS_mq_open,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_shmget,
    libc::SYS_memfd_create,
    // Other processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_tkill,
    libc::SYS_tgkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_setpgid,
    libc::SYS_setpriority,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    // What Landlock does not cover on files that the user owns.
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_truncate,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mknodat,
    libc::SYS_setxattr,
    libc::SYS_fsetxattr,
    // The system.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setgroups,
];

#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[libc::c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_mknod,
];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[libc::c_long] = &[];

/// `fcntl` commands that touch nobody else: duplicating, flags. Not those that aim signals or leases, and no locks: on a file
/// that may only be read one keeps others from writing it, and tells a program beside this one that it is there.
const FCNTL: &[libc::c_int] =
    &[libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL];

/// `ioctl` requests that Python makes of any file.
const IOCTL: &[u64] = &[libc::TCGETS, libc::FIOCLEX, libc::FIONCLEX, libc::FIONREAD, libc::FIONBIO, libc::TIOCGWINSZ];

/// Flags of `clone` that make new namespaces.
const NAMESPACES: u64 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u64;

/// Naming a thread.
const PRCTL: &[libc::c_int] = &[libc::PR_SET_NAME, libc::PR_GET_NAME];

/// The flag that makes `open` create a file without a name, which no folder shows.
const NAMELESS: u64 = (libc::O_TMPFILE & !libc::O_DIRECTORY) as u64;

/// What the owner of a folder may do with it.
const OWNERS: [u64; 3] = [libc::S_IRUSR as u64, libc::S_IWUSR as u64, libc::S_IXUSR as u64];

/// Calls that ask about a process, and which argument names it; 0 is the one that asks.
const OF_A_PROCESS: &[(libc::c_long, u8)] = &[(libc::SYS_sched_getaffinity, 0), (libc::SYS_getpriority, 1)];

/// Calls that take a clock. Above the last of the system's clocks come those of processes, whose time tells what they did.
const OF_A_CLOCK: [libc::c_long; 3] = [libc::SYS_clock_gettime, libc::SYS_clock_getres, libc::SYS_clock_nanosleep];
const LAST_CLOCK: u64 = libc::CLOCK_TAI as u64;

/// Calls that make folders, and which argument holds the mode.
const MAKING_FOLDERS: &[(libc::c_long, u8)] = &[
    (libc::SYS_mkdirat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_mkdir, 1),
];

/// True where the kernel can filter system calls and the filters are known for this architecture.
#[expect(unsafe_code, reason = "there is no wrapper that only asks")]
pub(super) fn can_filter() -> bool {
    // SAFETY: the kernel refuses the null pointer; how tells whether it knows filters at all.
    let installed =
        unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, ptr::null::<libc::sock_fprog>(), 0, 0) };
    let knows = installed != 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT);
    knows && TargetArch::try_from(ARCH).is_ok()
}

/// The filters of a server, in the order of their installation, and the one that each of its children adds.
pub(crate) fn filters(threads: u64, own_root: bool) -> Result<Filters, SandboxError> {
    let build = || -> Result<Filters, BackendError> {
        let missing = SeccompAction::Errno(libc::ENOSYS as u32);
        let forbidden = SeccompAction::Errno(libc::EPERM as u32);
        Ok(Filters {
            server: vec![
                code(allowed()?, missing, SeccompAction::Allow)?,
                code(refused()?, SeccompAction::Allow, forbidden.clone())?,
                code(calls(NUMBERED), SeccompAction::Allow, SeccompAction::Errno(0))?,
            ],
            child: vec![code(sealed(threads, own_root)?, SeccompAction::Allow, forbidden)?],
        })
    };
    build().map_err(|error| SandboxError::Start(format!("seccomp: {error}")))
}

fn allowed() -> Result<Rules, BackendError> {
    let mut rules = calls(&[ALLOWED, ALLOWED_HERE, NUMBERED, SERVERS_ONLY].concat());
    rules.insert(SYS_fcntl, one_of(1, FCNTL.iter().map(|&command| command as u64))?);
    rules.insert(SYS_ioctl, one_of(1, IOCTL.iter().copied())?);
    // And adding filters to those in place, until a child is sealed.
    rules.insert(SYS_prctl, one_of(0, PRCTL.iter().chain(&[libc::PR_SET_SECCOMP]).map(|&option| option as u64))?);
    // Its own limits only.
    rules.insert(SYS_prlimit64, vec![SeccompRule::new(vec![argument(0, SeccompCmpOp::Eq, 0)?])?]);
    for (call, flags) in OPENING {
        rules.insert(*call, writable_or_not_truncated(*flags)?);
    }
    // Forks and threads, but no namespaces.
    rules.insert(SYS_clone, vec![masked(0, NAMESPACES, 0)?]);
    Ok(rules)
}

fn refused() -> Result<Rules, BackendError> {
    let mut rules = calls(&[REFUSED, REFUSED_HERE].concat());
    for (call, flags) in OPENING {
        rules.insert(*call, vec![masked(*flags, NAMELESS, NAMELESS)?]);
    }
    for (call, process) in OF_A_PROCESS {
        rules.insert(*call, vec![SeccompRule::new(vec![argument(*process, SeccompCmpOp::Ne, 0)?])?]);
    }
    for call in OF_A_CLOCK {
        let another = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Gt, LAST_CLOCK)?;
        rules.insert(call, vec![SeccompRule::new(vec![another])?]);
    }
    // A folder that its owner may not read, enter or change could not be removed.
    for (call, mode) in MAKING_FOLDERS {
        rules.insert(*call, OWNERS.iter().map(|&bit| masked(*mode, bit, 0)).collect::<Result<_, _>>()?);
    }
    rules.insert(libc::SYS_umask, OWNERS.iter().map(|&bit| masked(0, bit, bit)).collect::<Result<_, _>>()?);
    Ok(rules)
}

/// These calls, whatever their arguments.
fn calls(list: &[libc::c_long]) -> Rules {
    list.iter().map(|&call| (call, Vec::new())).collect()
}

/// What a child gives up.
fn sealed(threads: u64, own_root: bool) -> Result<Rules, BackendError> {
    let mut rules = calls(SERVERS_ONLY);
    if !own_root {
        rules.append(&mut calls(FOLLOWING));
        for (call, flags) in OPENING {
            // A name alone, of a folder that may lie anywhere.
            rules.insert(*call, vec![masked(*flags, libc::O_PATH as u64, libc::O_PATH as u64)?]);
        }
    }
    rules.insert(SYS_prctl, one_of(0, [libc::PR_SET_SECCOMP as u64].into_iter())?);
    let not_a_thread = if threads > 1 { vec![masked(0, libc::CLONE_THREAD as u64, 0)?] } else { Vec::new() };
    rules.insert(SYS_clone, not_a_thread);
    // Asking for one's limits is fine, setting them is not.
    rules.insert(SYS_prlimit64, vec![SeccompRule::new(vec![argument(2, SeccompCmpOp::Ne, 0)?])?]);
    Ok(rules)
}

/// Calls that open files, and which argument holds the flags.
const OPENING: &[(libc::c_long, u8)] = &[
    (SYS_openat, 2),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_open, 1),
];

/// Truncating a file that is opened for reading is no write to Landlock before its third version.
fn writable_or_not_truncated(flags: u8) -> Result<Vec<SeccompRule>, BackendError> {
    let [truncate, write, both] = [libc::O_TRUNC, libc::O_WRONLY, libc::O_RDWR].map(|flag| flag as u64);
    Ok(vec![masked(flags, truncate, 0)?, masked(flags, write, write)?, masked(flags, both, both)?])
}

/// The argument is one of these values.
fn one_of(argument: u8, values: impl Iterator<Item = u64>) -> Result<Vec<SeccompRule>, BackendError> {
    values
        .map(|value| {
            let same = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?;
            SeccompRule::new(vec![same])
        })
        .collect()
}

/// The argument, as a whole, compares like this.
fn argument(argument: u8, comparison: SeccompCmpOp, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, comparison, value)
}

/// The argument's bits under the mask are these.
fn masked(argument: u8, mask: u64, bits: u64) -> Result<SeccompRule, BackendError> {
    let same = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(mask), bits)?;
    SeccompRule::new(vec![same])
}

/// A filter in the kernel's layout: an array of `struct sock_filter`.
fn code(rules: Rules, otherwise: SeccompAction, matched: SeccompAction) -> Result<Vec<u8>, BackendError> {
    let arch = TargetArch::try_from(ARCH)?;
    let program: BpfProgram = SeccompFilter::new(rules, otherwise, matched, arch)?.try_into()?;
    let encode = |instruction: &seccompiler::sock_filter| {
        let [a, b] = instruction.code.to_ne_bytes();
        let [c, d, e, f] = instruction.k.to_ne_bytes();
        [a, b, instruction.jt, instruction.jf, c, d, e, f]
    };
    Ok(program.iter().flat_map(encode).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_on_two_lists() {
        let lists = [ALLOWED, ALLOWED_HERE, NUMBERED, SERVERS_ONLY, REFUSED, REFUSED_HERE].concat();
        let unique: std::collections::BTreeSet<_> = lists.iter().collect();
        assert_eq!(unique.len(), lists.len());
    }

    #[test]
    fn filters_fit_the_kernels_limit_and_a_childs_is_short() {
        for own_root in [true, false] {
            let filters = filters(8, own_root).unwrap();
            for filter in filters.server.iter().chain(&filters.child) {
                assert_eq!(filter.len() % 8, 0);
                assert!(filter.len() / 8 < 4096);
            }
            assert!(filters.child.iter().all(|filter| filter.len() / 8 < 150));
        }
    }
}
