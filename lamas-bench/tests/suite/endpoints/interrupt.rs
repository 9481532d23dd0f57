//! Ctrl-C and SIGTERM while calls are in flight, and while they wait.

#![cfg(unix)]

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use lamas_record::parquet::read_parquet;

use super::support::{Lab, Reply, Server, binary, half, json, models};

/// Far longer than any test may take.
const SLOW: Duration = Duration::from_secs(120);

/// By when an interrupted process has ended: the five seconds, and room for a busy machine.
const ENDED: Duration = Duration::from_secs(40);

fn start(lab: &Lab) -> Child {
    let mut command = binary();
    command.args(["sweep", "--threads", "2"]).arg(lab.path("live.yaml")).arg("--out").arg(lab.path("one"));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for something of which a test says that it must happen.
fn until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < SLOW, "{what} does not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The exit code, what was said, and how long it took.
fn end(mut child: Child) -> (Option<i32>, String, Duration) {
    let start = Instant::now();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said, start.elapsed())
}

/// A server whose answers take forever until it is told to be quick.
fn slow(answer: fn() -> Reply) -> (Server, Arc<AtomicBool>) {
    let quick = Arc::new(AtomicBool::new(false));
    let own = Arc::clone(&quick);
    let server = Server::start(move |request| {
        if request.line.starts_with("GET ") {
            return models(&["m"]);
        }
        if own.load(Ordering::SeqCst) {
            return half(request);
        }
        let reply = answer();
        if reply.status.starts_with("200") {
            std::thread::sleep(SLOW);
        }
        reply
    });
    (server, quick)
}

#[test]
fn case_an_interrupt_with_sixteen_slow_calls_in_flight_ends_in_seconds_and_is_gone_on_from() {
    let well = Server::well();
    let undisturbed = Lab::new(&well.url(), "");
    assert!(undisturbed.sweep("one", &["--set", "limit.test=12"]).status.success());

    for name in ["-INT", "-TERM"] {
        let (server, quick) = slow(|| json("200 OK", "{}"));
        let lab = Lab::new(&server.url(), "");
        lab.change("live.yaml", "test: 3", "test: 12");
        let child = start(&lab);
        until("sixteen calls in flight", || server.asked() >= 16);
        signal(&child, name);
        let (code, said, took) = end(child);
        assert_eq!(code, Some(130), "{said}");
        assert!(said.contains("no further call is made") && said.contains("0 of 8 cells are finished"), "{said}");
        assert!(took < ENDED, "{took:?}");
        assert_eq!(server.asked(), 16, "nothing more was asked");

        quick.store(true, Ordering::SeqCst);
        let again = lab.sweep("one", &[]);
        assert!(again.status.success(), "{}", lab.said(&again));
        let episodes = |lab: &Lab| {
            let table = read_parquet(&lab.path("one/episodes.parquet")).unwrap();
            table.drop_many(["latency_s", "waiting_s", "measured_tool_s"])
        };
        assert!(episodes(&lab).equals_missing(&episodes(&undisturbed)));
    }
}

#[test]
fn case_a_second_interrupt_ends_at_once() {
    let (server, _) = slow(|| json("200 OK", "{}"));
    let lab = Lab::new(&server.url(), "");
    let child = start(&lab);
    until("calls in flight", || server.asked() >= 6);
    signal(&child, "-INT");
    // Two signals at the same moment may arrive as one.
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    let (code, said, took) = end(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(took < ENDED && !said.contains("cells are finished"), "{said}");
}

#[test]
fn case_pauses_are_abandoned_when_a_run_is_interrupted() {
    // All calls wait for as long as the server asks.
    let busy = || json("429 Too Many Requests", r#"{"error": {"message": "slow down"}}"#);
    let (server, _) = slow(busy);
    let lab = Lab::new(&server.url(), "");
    lab.change("live.yaml", "first: 0.01", "first: 300, jitter: 0, longest: 300");
    let child = start(&lab);
    until("calls that wait", || server.asked() >= 6);
    signal(&child, "-TERM");
    let (code, said, took) = end(child);
    assert_eq!(code, Some(130), "{said}");
    assert!(took < ENDED && said.contains("cells are finished"), "{said}");
    assert_eq!(server.asked(), 6);
}
