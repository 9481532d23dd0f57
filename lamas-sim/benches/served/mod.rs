//! The simulated model's server in a process of its own: the benchmark's program, started once more.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use lamas_core::units::Seconds;
use lamas_sim::serve::{Faults, Limits, Server, ServerSettings, Speed};
use lamas_sim::{Mutants, SimModel};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use crate::support::{model, profile, word_problems};

/// What the model is called.
pub const NAME: &str = "gpt-4o-mini";

/// The argument that makes the program the server.
const SERVER: &str = "server";

/// A model that knows so many word problems.
pub fn known(problems: usize) -> SimModel {
    model(profile(), "gsm8k", &word_problems(problems), &Mutants::default())
}

/// Two threads, which client and server have each.
pub fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Serves a model until standard input ends, where the program was started for that; says whether it was.
pub fn was_server(problems: usize) -> bool {
    if !std::env::args().any(|argument| argument == SERVER) {
        return false;
    }
    let settings = ServerSettings {
        model: NAME.to_owned(),
        fingerprint: "test".to_owned(),
        strict: false,
        speed: Speed::REAL,
        retry_after: Seconds(1.0),
        faults: Faults::default(),
        log: None,
        limits: Limits::default(),
    };
    let server = Server::new(Arc::new(known(problems)), settings);
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        server.serve(listener, async { _ = end.await }).await;
    });
    true
}

/// A server that runs; dropped, it ends.
pub struct Served {
    process: Child,
    /// Where it listens.
    pub base_url: String,
}

impl Served {
    /// Starts it.
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut process =
            Command::new(program).arg(SERVER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("it is piped")).read_line(&mut address).expect("it says where");
        Self { process, base_url: format!("http://{}/v1", address.trim()) }
    }

    /// Its process, as /proc calls it.
    pub fn process(&self) -> String {
        self.process.id().to_string()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().expect("the server ends");
    }
}

/// The most memory that a process has had in MiB, as Linux tells it.
pub fn peak_memory(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}
