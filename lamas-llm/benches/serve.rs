//! What the server costs with a thousand requests in flight: its memory, and the time that it adds to the modelled
//! latency, as our own client sees it. Client and server are processes of their own and share the machine.
//!
//! ```text
//! added = time from sending to the last token, minus the modelled working time
//! ```

#![expect(clippy::print_stdout, reason = "the figures are the benchmark's report")]

#[path = "../tests/sim_support/mod.rs"]
mod sim_support;

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lamas_core::chat::{ChatModel, ChatRequest, ChatResponse};
use lamas_core::units::Seconds;
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
use lamas_llm::serve::{Faults, Server, ServerSettings, Speed};
use lamas_llm::sim::{Mutants, SimModel};
use sim_support::{model, profile, request, word_problems};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Requests in flight.
const FLIGHT: usize = 1000;
/// Requests that each client makes, one after another.
const EACH: usize = 3;
/// Problems that the model knows.
const PROBLEMS: usize = 400;
/// Over how many seconds the clients begin, so that they do not march in step.
const SPREAD: f64 = 6.0;
/// The argument that makes this program the server.
const SERVER: &str = "server";

fn main() {
    if std::env::args().any(|argument| argument == SERVER) {
        serve();
        return;
    }
    println!(
        "{:8} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12} {:>10}",
        "answers", "requests", "in flight", "median added", "p99 added", "first token", "p99", "peak RSS"
    );
    for stream in [false, true] {
        measure(stream);
    }
}

fn known() -> SimModel {
    model(profile(), "gsm8k", &word_problems(PROBLEMS), &Mutants::default())
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

/// Asks for answers and prints a line about them.
fn measure(stream: bool) {
    let (mut server, base_url) = start();
    let mut settings = OpenAiSettings::named("gpt-4o-mini");
    settings.endpoints = vec![EndpointSettings { concurrency: FLIGHT, ..EndpointSettings::at(base_url) }];
    (settings.send_sample, settings.stream) = (true, stream);
    let (modelled, questions) = (Arc::new(known()), Arc::new(questions()));
    let (flying, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let added: Vec<(f64, f64)> = runtime().block_on(async {
        let client = Arc::new(OpenAiModel::new(&settings, Arc::new(())).expect("sound settings"));
        let clients: Vec<_> = (0..FLIGHT)
            .map(|number| {
                let (client, modelled, questions) =
                    (Arc::clone(&client), Arc::clone(&modelled), Arc::clone(&questions));
                let (flying, most) = (Arc::clone(&flying), Arc::clone(&most));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs_f64(SPREAD * number as f64 / FLIGHT as f64)).await;
                    let mut added = Vec::new();
                    for turn in 0..EACH {
                        let request = &questions[number * EACH + turn];
                        let expected = modelled.answer(request).expect("a known problem");
                        most.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let got = client.chat(request).await.expect("an answer");
                        flying.fetch_sub(1, Ordering::SeqCst);
                        assert_eq!(got.text, expected.text);
                        added.push(beyond(&got, &expected));
                    }
                    added
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.await.expect("no panic"));
        }
        all
    });
    let memory = peak_memory(&server);
    drop(server.stdin.take());
    server.wait().expect("the server ends");

    let (last, first): (Vec<f64>, Vec<f64>) = added.into_iter().unzip();
    let (last, first) = (sorted(last), sorted(first));
    let ms =
        |values: &[f64], share: f64| format!("{:.2} ms", 1e3 * values[(share * (values.len() - 1) as f64) as usize]);
    let (median, p99) = (ms(&first, 0.5), ms(&first, 0.99));
    let (median, p99) = if stream { (median.as_str(), p99.as_str()) } else { ("-", "-") };
    println!(
        "{:8} {:>9} {:>9} {:>12} {:>12} {median:>12} {p99:>12} {memory:>10}",
        if stream { "streamed" } else { "whole" },
        last.len(),
        most.load(Ordering::SeqCst),
        ms(&last, 0.5),
        ms(&last, 0.99),
    );
}

/// What all clients ask, one after another; no two alike.
fn questions() -> Vec<ChatRequest> {
    let tasks = word_problems(PROBLEMS);
    let question = |number: usize| {
        let statement = &tasks[number % PROBLEMS].problem.statement;
        request(&format!("{statement}\nThink step by step."), number as u64)
    };
    (0..FLIGHT * EACH).map(question).collect()
}

/// Seconds beyond the modelled ones, to the last token and to the first.
fn beyond(got: &ChatResponse, expected: &ChatResponse) -> (f64, f64) {
    let (got, expected) = (got.timing, expected.timing);
    (got.working.0 - expected.working.0, got.first_token.0 - expected.first_token.0)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The most memory that a process has had, as Linux tells it.
fn peak_memory(process: &Child) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.map_or_else(|| "unknown".to_owned(), |kilobytes: f64| format!("{:.0} MB", kilobytes / 1e3))
}
