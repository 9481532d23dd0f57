//! Landlock: which files a fork server and everything below it may reach.
//!
//! The rule set is built before the fork, where memory may be allocated; the child adds the one rule for its scratch
//! folder, which may be a mount that only the child sees, and then binds itself.

use std::ffi::CStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::ptr;

use lamas_core::digest::hex;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, Scope, path_beneath_rules,
};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::super::Domain;
use crate::python::error::SandboxError;

/// The newest interface whose rights are asked for; older kernels grant what they have.
const NEWEST: ABI = ABI::V7;
const CREATE_RULESET_VERSION: libc::c_uint = 1;
const RULE_PATH_BENEATH: libc::c_uint = 1;

/// Each child opens it for itself: what it inherited, an earlier one could have changed.
const NOWHERE: &str = "/dev/null";
/// What every domain of a child's own forbids, whatever its kernel: something that is forbidden already, since the
/// kernel makes no domain that forbids nothing.
const FORBIDDEN_ANYWAY: AccessFs = AccessFs::MakeBlock;
/// The first interface whose domains can be closed to signals and abstract sockets.
const FIRST_WITH_SCOPES: u32 = 6;

/// The kernel's `struct landlock_path_beneath_attr`.
#[repr(C, packed)]
struct PathBeneathAttr {
    allowed_access: u64,
    parent_fd: i32,
}

/// The version of the kernel's interface; 0 where Landlock is missing or switched off.
#[expect(unsafe_code, reason = "the crate does not tell the version")]
pub(super) fn abi() -> u32 {
    // SAFETY: with this flag the kernel reads no memory and creates nothing.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<u8>(), 0_usize, CREATE_RULESET_VERSION) };
    u32::try_from(version).unwrap_or(0)
}

/// A rule set that lets nothing be done but reading below these paths, and writing to nowhere; paths that do not exist
/// are passed over.
pub(super) fn read_only(paths: &[PathBuf]) -> Result<Option<OwnedFd>, SandboxError> {
    let rules = || -> Result<Option<OwnedFd>, RulesetError> {
        let rules = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(paths, AccessFs::from_read(NEWEST)))?
            .add_rules(path_beneath_rules([NOWHERE], AccessFs::WriteFile))?;
        Ok(rules.into())
    };
    rules().map_err(|error| SandboxError::Start(format!("landlock: {error}")))
}

/// A domain for each child below its server's, so that children cannot look into each other. What it allows is decided
/// above it.
pub(crate) fn domain(abi: u32) -> Option<Domain> {
    if abi == 0 {
        return None;
    }
    let scopes = if abi >= FIRST_WITH_SCOPES { Scope::from_all(NEWEST).bits() } else { 0 };
    // Rights to files, rights to the network, scopes. Older kernels know fewer fields and want the rest to be zero.
    let fields = [BitFlags::from(FORBIDDEN_ANYWAY).bits(), 0, scopes];
    Some(Domain {
        create: libc::SYS_landlock_create_ruleset,
        enter: libc::SYS_landlock_restrict_self,
        attributes: hex(fields.map(u64::to_ne_bytes).as_flattened()),
    })
}

/// What may be done below the scratch folder: plain files and folders, as far as this kernel knows the rights.
pub(super) fn scratch_access(abi: u32) -> u64 {
    let mut access = AccessFs::WriteFile
        | AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::RemoveDir
        | AccessFs::RemoveFile
        | AccessFs::MakeDir
        | AccessFs::MakeReg;
    if abi >= 2 {
        access |= AccessFs::Refer;
    }
    if abi >= 3 {
        access |= AccessFs::Truncate;
    }
    BitFlags::bits(access)
}

/// Adds the scratch folder to the rule set and binds the calling process and its descendants to it, for good.
///
/// Async-signal-safe.
#[expect(unsafe_code, reason = "the crate allocates memory, which a child of a threaded process may not")]
pub(super) fn enforce(rules: BorrowedFd<'_>, scratch: &CStr, scratch_access: u64) -> Result<(), Errno> {
    let folder = rustix::fs::open(scratch, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let rule = PathBeneathAttr { allowed_access: scratch_access, parent_fd: folder.as_fd().as_raw_fd() };
    // SAFETY: the rule lives until the call returns, and both descriptors are open.
    let added =
        unsafe { libc::syscall(libc::SYS_landlock_add_rule, rules.as_raw_fd(), RULE_PATH_BENEATH, &raw const rule, 0) };
    // SAFETY: takes no pointers.
    if added != 0 || unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules.as_raw_fd(), 0) } != 0 {
        return Err(last_errno());
    }
    Ok(())
}

fn last_errno() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}
