//! Ten thousand runs leave nothing behind.

#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Mutex;

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
    let mut all: Vec<String> = fs::read_dir("/proc/self/task")
        .unwrap()
        .filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok())
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

/// A mix of everything: results, verdicts, exceptions, files, crashes.
fn program(n: usize) -> (Program, &'static str) {
    match n % 10 {
        0..6 => (call(&format!("def solve():\n    return 'value' * ({n} % 2 + 1)\n")), "returned value"),
        6 => (
            call("def solve():\n    open('file', 'w').write('x' * 1000)\n    raise ValueError(1)\n"),
            "raised ValueError: 1",
        ),
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
    together(250);
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

#[test]
fn ten_thousand_runs_leak_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "leaks::ten_thousand_runs", "--ignored", "--nocapture"])
        .env("TMPDIR", scratch.path())
        .output()
        .unwrap();
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
