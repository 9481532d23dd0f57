//! The parent's end of one fork server: starting it, commanding it, noticing that it broke.
//!
//! Commands are two bytes over a socket; `server/server.py` lists them. Programs and tests never pass through the
//! server: it hands on the descriptors of pipes that end in its children.

use std::io::{IoSlice, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use lamas_core::digest::hex;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use serde::Serialize;
use tempfile::TempDir;

use super::error::SandboxError;
use super::level::{Confinement, SandboxLevel};
use super::locate::Python;
use super::platform::{self, Domain, Filters, Launch, Process};
use super::settings::SandboxSettings;

/// The parts share one namespace, in this order.
const SOURCE: &str = concat!(
    include_str!("server/wire.py"),
    include_str!("server/program.py"),
    include_str!("server/checker.py"),
    include_str!("server/server.py"),
    include_str!("server/start.py"),
);

/// The whole environment of a server; its children have none. Hashes do not differ from run to run, and numeric
/// libraries start no threads, after which a fork would not be safe.
const ENVIRONMENT: [&str; 4] = ["PYTHONHASHSEED=0", "OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1"];

/// How long a server may take to start or to import its optional modules.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a server may take to clean up after a run.
const REAPING: Duration = Duration::from_secs(10);
/// The most descriptors that go with a command.
const MOST_DESCRIPTORS: usize = 3;

/// What `server/start.py` reads from its argument.
#[derive(Serialize)]
struct Orders<'a> {
    scratch: PathBuf,
    packages: &'a [PathBuf],
    optional: &'a [String],
    limits: Vec<(&'static str, u64)>,
    server_filters: Vec<String>,
    child_filters: Vec<String>,
    owns_namespace: bool,
    domain: Option<Domain>,
}

/// How one process of a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// As `wait` tells it.
    pub status: i32,
    /// CPU time it took.
    pub cpu: Duration,
}

/// One fork server. Ready for a run, or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    control: UnixStream,
    errors: std::io::PipeReader,
    /// Bits of the optional modules that it was asked to import, whether or not they are installed.
    loaded: u8,
    // Dropped in this order: first the process, then the folder that it used.
    _process: Process,
    _scratch: TempDir,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub fn start(settings: &SandboxSettings, python: &Python, confinement: Confinement) -> Result<Self, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::Start(error.to_string());
        let scratch = tempfile::Builder::new().prefix("lamas-sandbox-").tempdir().map_err(failed)?;
        let scratch_path = scratch.path().canonicalize().map_err(failed)?;
        let within = platform::scratch_within(&scratch_path, confinement);
        let filters = if confinement.seccomp {
            platform::filters(settings.threads, confinement.namespaces)?
        } else {
            Filters::default()
        };
        let orders = Orders {
            scratch: within,
            packages: &python.packages,
            optional: &settings.preload,
            limits: settings.rlimits(confinement.namespaces, confinement.level != SandboxLevel::RlimitsOnly),
            server_filters: filters.server.iter().map(hex).collect(),
            child_filters: filters.child.iter().map(hex).collect(),
            owns_namespace: confinement.namespaces,
            domain: platform::domain(confinement.landlock_abi),
        };
        let orders = serde_json::to_string(&orders).map_err(|error| SandboxError::Start(error.to_string()))?;
        let (control, theirs) = UnixStream::pair().map_err(failed)?;
        let (errors, their_errors) = std::io::pipe().map_err(failed)?;
        // As isolated as `-I`, which would ignore the hash seed too.
        let arguments = ["-S", "-s", "-B", "-X", "utf8", "-c", SOURCE, &orders].map(String::from);
        let process = platform::launch(Launch {
            executable: &python.executable,
            arguments: &arguments,
            environment: &ENVIRONMENT,
            control: theirs.into(),
            errors: their_errors.into(),
            readable: &python.readable(),
            scratch: &scratch_path,
            scratch_bytes: settings.scratch_mib.saturating_mul(1 << 20),
            confinement,
        })?;
        let mut server = Self { control, errors, loaded: 0, _process: process, _scratch: scratch };
        match server.answer::<1>(PATIENCE) {
            Ok(_) => Ok(server),
            Err(error) => Err(SandboxError::Start(error)),
        }
    }

    /// Bits of the optional modules that it was asked to import.
    pub fn loaded(&self) -> u8 {
        self.loaded
    }

    /// Has the optional modules of these bits imported, where they are installed.
    pub fn load(&mut self, bits: u8) -> Result<(), SandboxError> {
        if bits & !self.loaded == 0 {
            return Ok(());
        }
        self.command([b'L', bits], &[])?;
        self.answer::<1>(PATIENCE).map_err(SandboxError::Server)?;
        self.loaded |= bits;
        Ok(())
    }

    /// Starts a call; descriptors: source, stdout, result.
    pub fn start_call(&mut self, descriptors: [BorrowedFd<'_>; 3]) -> Result<(), SandboxError> {
        self.command([b'C', 0], &descriptors)
    }

    /// Starts the program of a check; descriptors: source, stdout.
    pub fn start_check(&mut self, descriptors: [BorrowedFd<'_>; 2]) -> Result<(), SandboxError> {
        self.command([b'K', 0], &descriptors)
    }

    /// Starts the tests of a check, whose program is already a process of its own; descriptors: tests, result.
    pub fn start_tests(&mut self, descriptors: [BorrowedFd<'_>; 2]) -> Result<(), SandboxError> {
        self.command([b'T', 0], &descriptors)
    }

    /// Kills and reaps whatever runs: how each of the run's processes ended, the program's first, and whether the
    /// server may be used again, which it may not where it does not say so in time.
    pub fn end_run(&mut self) -> Result<(Vec<End>, bool), SandboxError> {
        self.command([b'R', 0], &[])?;
        let [length] = self.answer(REAPING).map_err(SandboxError::Server)?;
        let mut ends = Vec::new();
        for _ in 0..length / 12 {
            let answer: [u8; 12] = self.answer(REAPING).map_err(SandboxError::Server)?;
            let [a, b, c, d, cpu @ ..] = answer;
            ends.push(End {
                status: i32::from_le_bytes([a, b, c, d]),
                cpu: Duration::from_micros(u64::from_le_bytes(cpu)),
            });
        }
        let fresh = matches!(self.answer(REAPING), Ok([1]));
        Ok((ends, fresh))
    }

    /// Readable when the server hangs up; it says nothing on its own.
    pub fn control(&self) -> BorrowedFd<'_> {
        self.control.as_fd()
    }

    /// False where it ended while nobody was looking, killed by the system for one.
    pub fn is_alive(&self) -> bool {
        let mut polled = [PollFd::new(&self.control, PollFlags::IN)];
        matches!(poll(&mut polled, Some(&Timespec::default())), Ok(0))
    }

    fn command(&self, command: [u8; 2], descriptors: &[BorrowedFd<'_>]) -> Result<(), SandboxError> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            ancillary.push(SendAncillaryMessage::ScmRights(descriptors));
        }
        sendmsg(&self.control, &[IoSlice::new(&command)], &mut ancillary, SendFlags::empty())
            .map_err(|error| SandboxError::Server(error.to_string()))?;
        Ok(())
    }

    fn answer<const N: usize>(&mut self, patience: Duration) -> Result<[u8; N], String> {
        let mut answer = [0; N];
        let read = self.control.set_read_timeout(Some(patience)).and_then(|()| self.control.read_exact(&mut answer));
        read.map(|()| answer).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self.last_words(),
            std::io::ErrorKind::WouldBlock => format!("it did not answer within {} s", patience.as_secs()),
            _ => error.to_string(),
        })
    }

    /// What a server that hung up wrote to its standard error last.
    fn last_words(&mut self) -> String {
        let mut said = String::new();
        // Every writer is gone, so this ends; what cannot be read is not worth an error of its own.
        let _ = (&mut self.errors).take(64 << 10).read_to_string(&mut said);
        said.lines().last().unwrap_or("it ended without a word").to_owned()
    }
}
