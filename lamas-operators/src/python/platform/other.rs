//! Systems without Landlock, seccomp and namespaces, macOS among them: resource limits are all there is, and the fork
//! server sets them itself.

use std::process::{Child, Command, Stdio};

use std::os::unix::process::CommandExt;

use super::{Confinement, Filters, Launch};
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
pub(crate) fn filters(_threads: u64) -> Result<Filters, SandboxError> {
    Ok(Filters::default())
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
