//! What our own side costs with 500 calls in flight: how much longer the whole takes than the slowest chain of modelled
//! latencies, and the memory that it needs. Everything that a run has is there: streams, limits, a purse, and a store that
//! keeps every answer. The server is a process of its own on the same machine, and time passes as modelled.
//!
//! ```text
//! over = (time from the first call to the last answer) / (largest sum of modelled latencies of a chain) - 1
//! ```

#![expect(clippy::print_stdout, reason = "the figures are the benchmark's report")]

#[path = "../tests/sim_support/mod.rs"]
mod sim_support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use lamas_core::chat::{ChatModel, ChatRequest};
use lamas_core::problem::Task;
use lamas_core::units::{Price, Seconds};
use lamas_llm::limit::{Budget, Purse, Spent};
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
use lamas_llm::serve::{Faults, Server, ServerSettings, Speed};
use lamas_llm::sim::{Mutants, SimModel};
use lamas_llm::store::{Identity, Mode, Store, StoredModel};
use sim_support::{model, profile, request, word_problems};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Chains of calls, all begun at once: calls in flight.
const CHAINS: usize = 500;
/// Calls of a chain, one after another.
const LENGTH: usize = 4;
/// What is allowed: the share beyond the slowest chain, and MiB.
const ALLOWED: (f64, f64) = (0.02, 250.0);
/// The argument that makes this program the server.
const SERVER: &str = "server";

fn main() {
    if std::env::args().any(|argument| argument == SERVER) {
        serve();
        return;
    }
    let (mut server, base_url) = start();
    let folder = tempfile::tempdir().expect("a folder");
    let modelled = known();
    let chains = chains();
    let sum = |chain: &Vec<ChatRequest>| -> f64 {
        chain.iter().map(|request| modelled.answer(request).expect("a known problem").timing.working.0).sum()
    };
    let slowest = chains.iter().map(sum).fold(0.0, f64::max);
    let runtime = runtime();
    let stack = runtime.block_on(async { stack(base_url, &folder.path().join("store.sqlite")) });
    let begun = Instant::now();
    runtime.block_on(async {
        let chains = chains.into_iter().map(|chain| {
            let stack = Arc::clone(&stack);
            tokio::spawn(async move {
                for request in chain {
                    stack.chat(&request).await.expect("an answer");
                }
            })
        });
        for chain in chains.collect::<Vec<_>>() {
            chain.await.expect("no panic");
        }
    });
    let took = begun.elapsed().as_secs_f64();
    let memory = peak_memory();
    drop(server.stdin.take());
    server.wait().expect("the server ends");
    let over = took / slowest - 1.0;
    println!(
        "{CHAINS} chains of {LENGTH} calls: {took:.2} s, the slowest needs {slowest:.2} s: {:.2}% more",
        100.0 * over
    );
    println!("peak memory: {memory:.0} MiB");
    println!("allowed: {:.0}% and {:.0} MiB", 100.0 * ALLOWED.0, ALLOWED.1);
    assert!(over <= ALLOWED.0 && memory <= ALLOWED.1, "more than is allowed");
}

/// A client with everything that a run puts around it.
fn stack(base_url: String, path: &std::path::Path) -> Arc<dyn ChatModel> {
    let mut settings = OpenAiSettings::named("gpt-4o-mini");
    settings.endpoints = vec![EndpointSettings {
        concurrency: CHAINS,
        requests_per_minute: Some(1_000_000),
        tokens_per_minute: Some(1_000_000_000),
        ..EndpointSettings::at(base_url)
    }];
    settings.send_sample = true;
    let price = Price { input: 0.15, output: 0.60 };
    let purse = Purse::new(Budget::default(), price, Spent::default(), Box::new(()));
    let client = OpenAiModel::new(&settings, Arc::new(())).expect("sound settings").paid_from(Arc::new(purse));
    let store = Arc::new(Store::open(path, Mode::Replay).expect("a new store"));
    let identity = Identity { model: settings.name.clone(), parameters: settings.parameters() };
    Arc::new(StoredModel::new(Arc::new(client), store, identity, price))
}

/// No call is asked twice, so that each goes to the server.
fn chains() -> Vec<Vec<ChatRequest>> {
    let problems = word_problems(CHAINS);
    let chain = |task: &Task| {
        let text = format!("{}\nThink step by step.", task.problem.statement);
        (0..LENGTH).map(|turn| request(&text, turn as u64)).collect()
    };
    problems.iter().map(chain).collect()
}

fn known() -> SimModel {
    model(profile(), "gsm8k", &word_problems(CHAINS), &Mutants::default())
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Serves until standard input ends.
fn serve() {
    let settings = ServerSettings {
        model: "gpt-4o-mini".to_owned(),
        fingerprint: "simulated".to_owned(),
        speed: Speed::REAL,
        retry_after: Seconds(1.0),
        faults: Faults::default(),
        log: None,
    };
    let server = Server::new(Arc::new(known()), settings);
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
        server.serve(listener, async { _ = end.await }).await;
    });
}

/// A server in a process of its own, and where it listens.
fn start() -> (Child, String) {
    let program = std::env::current_exe().expect("this program has a path");
    let mut child =
        Command::new(program).arg(SERVER).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
    let mut address = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut address).expect("the server says where");
    (child, format!("http://{}/v1", address.trim()))
}

/// The most memory that this process has had in MiB, as Linux tells it.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}
