//! The pool: who runs where, and when.

use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use lamas_core::chat::LatencySource;
use lamas_core::meter::CallMeter;
use lamas_core::stopwatch::Stopwatch;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolRun};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::SandboxError;
use super::level::{Confinement, SandboxLevel};
use super::locate::Python;
use super::run::{self, Finished, Limits, NONCE, SEED, Secrets};
use super::server::Server;
use super::settings::SandboxSettings;

/// A pool of confined Python processes that run untrusted programs.
///
/// Cheap to make: the interpreter is looked up and servers are started when the first program arrives. One pool serves
/// any number of tokio runtimes, under whatever clock; time limits are kept on the real one.
#[derive(Debug, Clone)]
pub struct PythonPool {
    shared: Arc<Shared>,
}

/// What a pool runs on. Goes into a run's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// The layers in force.
    pub confinement: Confinement,
    /// The interpreter's version, as `major.minor.micro`.
    pub python: String,
}

#[derive(Debug)]
struct Shared {
    settings: SandboxSettings,
    confinement: Confinement,
    python: OnceLock<Result<Python, SandboxError>>,
    slots: Mutex<Slots>,
    freed: Condvar,
}

/// Servers that wait for work, and how many there are besides.
#[derive(Debug, Default)]
struct Slots {
    idle: Vec<Server>,
    busy: usize,
}

impl PythonPool {
    /// A pool with these limits, on whatever confinement this system offers.
    ///
    /// # Errors
    /// On settings under which nothing could run, and where the system cannot confine programs fully unless the
    /// settings allow that.
    pub fn new(settings: SandboxSettings) -> Result<Self, SandboxError> {
        Self::confined(settings, Confinement::probe())
    }

    /// A pool that uses no more than the given layers, for trying out what a lesser system would do.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn confined(settings: SandboxSettings, confinement: Confinement) -> Result<Self, SandboxError> {
        settings.check()?;
        if confinement.level != SandboxLevel::Full {
            if !settings.allow_reduced {
                return Err(SandboxError::Reduced { level: confinement.level, missing: confinement.missing() });
            }
            tracing::warn!(level = %confinement.level, missing = confinement.missing(), "programs are not fully confined");
        }
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                confinement,
                python: OnceLock::new(),
                slots: Mutex::default(),
                freed: Condvar::new(),
            }),
        })
    }

    /// The layers in force.
    #[must_use]
    pub fn confinement(&self) -> Confinement {
        self.shared.confinement
    }

    /// What it runs on. Looks the interpreter up, if that has not happened yet.
    ///
    /// # Errors
    /// Where there is no usable interpreter.
    pub fn report(&self) -> Result<SandboxReport, SandboxError> {
        let [major, minor, micro] = self.shared.python()?.version;
        Ok(SandboxReport { confinement: self.shared.confinement, python: format!("{major}.{minor}.{micro}") })
    }

    /// Looks the interpreter up and starts a server, so that the first program need not wait for that. Whatever fails
    /// here fails again, and is told, when it is needed.
    pub fn warm(&self) {
        let mut slot = Slot::acquire(&self.shared, 0);
        match slot.server(0) {
            Ok(_) => slot.keep(),
            Err(error) => tracing::debug!(%error, "no server could be started ahead of the first program"),
        }
    }

    /// Runs one program on the calling thread.
    ///
    /// # Errors
    /// Only when the sandbox itself fails, or the tests of a check do not work.
    pub fn run_blocking(&self, program: &Program) -> Result<ToolRun, SandboxError> {
        let (cancelled, _keeps_it_wanted) = cancellation()?;
        self.shared.run(program, Stopwatch::real(), cancelled.as_fd())
    }
}

#[async_trait]
impl Interpreter for PythonPool {
    async fn run_metered(&self, program: &Program, meter: &CallMeter) -> Result<ToolRun, ToolError> {
        let asked = Stopwatch::real();
        meter.attempt();
        let shared = Arc::clone(&self.shared);
        let program = program.clone();
        // Dropped with this future, which ends the run.
        let (cancelled, _keeps_it_wanted) = cancellation()?;
        // On the blocking pool, since tokio's paused clock stands still meanwhile.
        let task = tokio::task::spawn_blocking(move || shared.run(&program, asked, cancelled.as_fd()));
        match task.await {
            Ok(run) => Ok(run?),
            Err(error) => Err(ToolError(format!("the run's thread failed: {error}"))),
        }
    }
}

/// A pipe whose reading end hangs up when the writing end is dropped.
fn cancellation() -> Result<(std::io::PipeReader, std::io::PipeWriter), SandboxError> {
    std::io::pipe().map_err(|error| SandboxError::Server(format!("no pipe: {error}")))
}

impl Shared {
    fn run(
        &self,
        program: &Program,
        asked: Stopwatch,
        cancelled: std::os::fd::BorrowedFd<'_>,
    ) -> Result<ToolRun, SandboxError> {
        let wanted = self.wanted_modules(program);
        let mut slot = Slot::acquire(self, wanted);
        let server = slot.server(wanted)?;
        let secrets = Secrets { nonce: nonce()?, seed: seed(self.settings.seed, program) };
        let waiting = asked.elapsed();
        let Finished { outcome, stdout, elapsed, clean } =
            run::run(server, program, secrets, self.limits(), cancelled)?;
        if clean {
            slot.keep();
        } else {
            tracing::debug!("a scratch folder was used: its server is replaced");
        }
        Ok(ToolRun { outcome, stdout: stdout.into(), elapsed, source: LatencySource::Live, measured: elapsed, waiting })
    }

    fn limits(&self) -> Limits {
        Limits {
            wall: Duration::from_secs_f64(self.settings.wall_clock.0),
            cpu: Duration::from_secs(self.settings.cpu_seconds()),
            output: self.settings.output_kib.saturating_mul(1 << 10),
        }
    }

    fn python(&self) -> Result<&Python, SandboxError> {
        let located = self.python.get_or_init(|| Python::locate(self.settings.python.as_deref()));
        located.as_ref().map_err(Clone::clone)
    }

    /// Bits of the optional modules that the program mentions. One that it only seems to use is imported in vain.
    fn wanted_modules(&self, program: &Program) -> u8 {
        let mentions = |module: &str| {
            program.source.contains(module)
                || matches!(&program.goal, Goal::Check { preamble, tests, .. }
                    if preamble.contains(module) || tests.contains(module))
        };
        let wanted = self.settings.preload.iter().enumerate().filter(|(_, module)| mentions(module));
        wanted.fold(0, |bits, (bit, _)| bits | 1 << bit)
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        // A panic elsewhere leaves the two fields as they were: each is changed in one step.
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to run one program, and the server for it. Gives the server back only after [`Self::keep`].
struct Slot<'a> {
    shared: &'a Shared,
    server: Option<Server>,
    keep: bool,
}

impl<'a> Slot<'a> {
    /// Waits until a program may run.
    fn acquire(shared: &'a Shared, wanted: u8) -> Self {
        let most = shared.settings.slots();
        let mut slots =
            shared.freed.wait_while(shared.slots(), |slots| slots.busy >= most).unwrap_or_else(PoisonError::into_inner);
        slots.busy += 1;
        let server = slots.take(wanted);
        drop(slots);
        Self { shared, server, keep: false }
    }

    /// The server, started if need be, with the wanted modules.
    fn server(&mut self, wanted: u8) -> Result<&mut Server, SandboxError> {
        let server = match self.server.take().filter(Server::is_alive) {
            Some(server) => server,
            None => Server::start(&self.shared.settings, self.shared.python()?, self.shared.confinement)?,
        };
        let server = self.server.insert(server);
        server.load(wanted)?;
        Ok(server)
    }

    fn keep(mut self) {
        self.keep = true;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let server = self.server.take();
        let mut slots = self.shared.slots();
        slots.busy -= 1;
        let superfluous = match server {
            Some(server) if self.keep => slots.keep(server, self.shared.settings.slots()),
            other => other,
        };
        // Ending a process takes a while: not under the lock.
        drop(slots);
        drop(superfluous);
        self.shared.freed.notify_one();
    }
}

impl Slots {
    /// The idle server that has the most of the wanted modules and no others: what a program finds loaded must not tell
    /// which programs ran before it.
    fn take(&mut self, wanted: u8) -> Option<Server> {
        let fitting = (0..self.idle.len()).filter(|&place| self.idle[place].loaded() & !wanted == 0);
        let best = fitting.max_by_key(|&place| self.idle[place].loaded().count_ones())?;
        Some(self.idle.remove(best))
    }

    /// Keeps a server for later, in place of the one that was not wanted for the longest time where there are enough.
    fn keep(&mut self, server: Server, most: usize) -> Option<Server> {
        self.idle.push(server);
        (self.idle.len() > most).then(|| self.idle.remove(0))
    }
}

/// Where the random numbers of a program's tests start: the same for the same program in each run of one seed, and not
/// to be guessed without that.
fn seed(seed: Option<u64>, program: &Program) -> [u8; SEED] {
    let mut hash = Sha256::new_with_prefix(seed.unwrap_or(0).to_le_bytes());
    if let Goal::Check { entry_point, preamble, tests } = &program.goal {
        for text in [&program.source, entry_point, preamble, tests] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
    hash.finalize().into()
}

fn nonce() -> Result<[u8; NONCE], SandboxError> {
    let mut nonce = [0; NONCE];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut nonce))
        .map_err(|error| SandboxError::Server(format!("/dev/urandom: {error}")))?;
    Ok(nonce)
}
