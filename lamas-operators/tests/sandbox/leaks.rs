//! Ten thousand runs leave nothing behind.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::*;

const RUNS: usize = 10_000;

/// What this process and its servers hold: descriptors, children, and resident memory in KiB.
#[derive(Debug)]
struct Holdings {
    descriptors: usize,
    children: Vec<String>,
    own: u64,
    servers: u64,
    scratch: usize,
}

impl Holdings {
    fn now() -> Self {
        let children = children();
        Self {
            descriptors: fs::read_dir("/proc/self/fd").unwrap().count(),
            own: resident("self"),
            servers: children.iter().map(|pid| resident(pid)).sum(),
            children,
            scratch: fs::read_dir(std::env::temp_dir())
                .unwrap()
                .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("lamas-sandbox-"))
                .count(),
        }
    }
}

/// Direct children of this process, over all of its threads.
fn children() -> Vec<String> {
    children_of("self")
}

fn children_of(process: &str) -> Vec<String> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let mut all: Vec<String> = tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok())
        .flat_map(|pids| pids.split_whitespace().map(String::from).collect::<Vec<_>>())
        .collect();
    all.sort();
    all
}

fn resident(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A mix of everything that lets its server live: results, verdicts, exceptions, crashes.
fn program(n: usize) -> (Program, &'static str) {
    match n % 10 {
        0..6 => (call(&format!("def solve():\n    return 'value' * ({n} % 2 + 1)\n")), "returned value"),
        6 => (call("def solve():\n    raise ValueError('x' * 1000)\n"), "raised ValueError: xxx"),
        7 => {
            (call("import os\ndef solve():\n    print('x' * 10000)\n    os._exit(3)\n"), "killed it ended its process")
        }
        8 => (check("def solve(n):\n    return n\n", "def check(c):\n    assert c([1]) == [1]\n"), "passed"),
        _ => (check("def solve(n):\n    return n\n", "def check(c):\n    assert c(1) == 2, 'no'\n"), "failed no"),
    }
}

/// Its own process, since other tests start processes and open descriptors of theirs: run by the test below.
#[test]
#[ignore = "run by `ten_thousand_runs_leak_nothing` in a process of its own"]
fn ten_thousand_runs() {
    let pool = pool(patient());
    let next = Mutex::new(0..RUNS);
    let work = |most: usize| {
        for _ in 0..most {
            let Some(n) = next.lock().unwrap().next() else { return };
            let (program, expected) = program(n);
            let said = line(pool.run_blocking(&program).unwrap().outcome);
            assert!(said.starts_with(expected), "{n}: {said}");
        }
    };
    let together = |each: usize| {
        std::thread::scope(|scope| {
            for _ in 0..pool_size() {
                scope.spawn(|| work(each));
            }
        });
    };
    // A server is started when it is needed, which on a busy machine the second may not be for a while.
    together(250);
    while children().len() < pool_size() && next.lock().unwrap().start < RUNS / 2 {
        together(250);
    }
    let before = Holdings::now();
    together(RUNS);
    let after = Holdings::now();
    assert_eq!(after.descriptors, before.descriptors, "{before:?} {after:?}");
    // The very same servers: none died, and none left a child.
    assert_eq!(after.children, before.children);
    assert!(
        after
            .children
            .iter()
            .all(|server| fs::read_to_string(format!("/proc/{server}/task/{server}/children")).unwrap().is_empty())
    );
    assert_eq!(after.scratch, before.scratch);
    // A leak of 200 bytes a run would show.
    let slack = RUNS as u64 * 200 / 1024;
    assert!(after.own < before.own + slack, "{before:?} {after:?}");
    assert!(after.servers < before.servers + slack, "{before:?} {after:?}");
    drop(pool);
    assert_eq!(children(), Vec::<String>::new());
    assert_eq!(Holdings::now().scratch, 0, "scratch folders of this process are gone");
}

fn pool_size() -> usize {
    patient().slots()
}

/// This test binary, told to run one of its ignored tests with this folder for temporary files.
fn alone(test: &str, scratch: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]).env("TMPDIR", scratch);
    command
}

fn passes_alone(test: &str) {
    let scratch = tempfile::tempdir().unwrap();
    let output = alone(test, scratch.path()).output().unwrap();
    let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success() && said.contains("1 passed"), "{said}{told}");
}

#[test]
fn ten_thousand_runs_leak_nothing() {
    passes_alone("leaks::ten_thousand_runs");
}

/// Runs that write files take their servers with them.
#[test]
#[ignore = "run by `used_folders_go_with_their_servers` in a process of its own"]
fn fifty_runs_with_files() {
    let pool = pool(SandboxSettings { servers: Some(1.try_into().unwrap()), ..patient() });
    let writes = call("def solve():\n    open('file', 'w').write('x' * 1000)\n    return 'written'\n");
    let honest = call("def solve():\n    return 1\n");
    line(pool.run_blocking(&honest).unwrap().outcome);
    let before = Holdings::now();
    for _ in 0..50 {
        assert_eq!(line(pool.run_blocking(&writes).unwrap().outcome), "returned written");
    }
    assert_eq!(line(pool.run_blocking(&honest).unwrap().outcome), "returned 1");
    let after = Holdings::now();
    assert_eq!(after.descriptors, before.descriptors, "{before:?} {after:?}");
    assert_eq!((after.children.len(), after.scratch), (1, 1), "{after:?}");
    assert_ne!(after.children, before.children, "its server was replaced");
    drop(pool);
    assert_eq!((children().len(), Holdings::now().scratch), (0, 0));
}

#[test]
fn used_folders_go_with_their_servers() {
    passes_alone("leaks::fifty_runs_with_files");
}

#[test]
#[ignore = "run by `a_killed_parent_takes_everything_along`, which kills it"]
fn endless_run() {
    pool(patient()).run_blocking(&call("def solve():\n    while True:\n        pass\n")).unwrap();
}

/// Pythons below this process, at any depth.
fn pythons_below(process: &str) -> Vec<String> {
    let named = |process: &String| {
        fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.starts_with("python"))
    };
    let children = children_of(process);
    let below = children.iter().flat_map(|child| pythons_below(child));
    children.iter().filter(|child| named(child)).cloned().chain(below).collect()
}

fn is_over(process: &String) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat")).map_or(true, |stat| stat.contains(") Z"))
}

fn wait_until(condition: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_killed_parent_takes_everything_along() {
    let scratch = tempfile::tempdir().unwrap();
    let mut parent = alone("leaks::endless_run", scratch.path()).spawn().unwrap();
    // The server and its child, which loops.
    let below = || pythons_below(&parent.id().to_string());
    wait_until(|| below().len() == 2);
    let processes = below();
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until(|| processes.iter().all(is_over));
}

#[test]
fn a_server_that_died_idle_is_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let output = alone("leaks::idle_death", scratch.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
#[ignore = "run by `a_server_that_died_idle_is_replaced` in a process of its own"]
fn idle_death() {
    let pool = pool(SandboxSettings { servers: Some(1.try_into().unwrap()), ..patient() });
    let honest = call("def solve():\n    return 1\n");
    pool.run_blocking(&honest).unwrap();
    let [server] = &children()[..] else { panic!("one server") };
    let server = rustix::process::Pid::from_raw(server.parse().unwrap()).unwrap();
    rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
    // It is a zombie once its descriptors are closed.
    wait_until(|| fs::read_to_string(format!("/proc/{server}/stat")).unwrap().contains(") Z"));
    assert_eq!(line(pool.run_blocking(&honest).unwrap().outcome), "returned 1");
}
