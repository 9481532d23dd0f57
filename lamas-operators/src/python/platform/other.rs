//! Systems without Landlock, seccomp and namespaces, macOS among them: resource limits are all there is, and the fork
//! server sets them itself.

use std::process::{Child, Command, Stdio};

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};

use super::{Confinement, Domain, Filters, Launch};
use crate::python::error::SandboxError;

/// A running fork server, killed and reaped when dropped.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Either fails only where the process is already gone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn probe() -> Confinement {
    Confinement::new(0, false, false)
}

/// No system calls can be filtered here.
pub(crate) fn filters(_threads: u64, _own_root: bool) -> Result<Filters, SandboxError> {
    Ok(Filters::default())
}

/// There are none here.
pub(crate) fn domain(_landlock_abi: u32) -> Option<Domain> {
    None
}

/// Where a server finds its scratch folder.
pub(crate) fn scratch_within(scratch: &Path, _confinement: Confinement) -> PathBuf {
    scratch.to_path_buf()
}

pub(crate) fn launch(launch: Launch<'_>) -> Result<Process, SandboxError> {
    Command::new(launch.executable)
        .args(launch.arguments)
        .env_clear()
        .envs(launch.environment.iter().filter_map(|variable| variable.split_once('=')))
        .current_dir(launch.scratch)
        .process_group(0)
        .stdin(Stdio::from(launch.control))
        .stdout(Stdio::null())
        .stderr(Stdio::from(launch.errors))
        .spawn()
        .map(Process)
        .map_err(|error| SandboxError::Start(format!("{}: {error}", launch.executable.display())))
}
