//! What a sandboxed run takes, beside a plain start of the interpreter.
//!
//! `cargo bench -p lamas-operators --bench sandbox`; `docs/sandbox.md` keeps the figures.

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamas_core::tool::{Goal, Program, ToolOutcome};
use lamas_operators::python::{PythonPool, SandboxSettings};

const SOLVE: &str = "def solve():\n    return sum(n * n for n in range(100))\n";
const ADD: &str = "def add(a, b):\n    return a + b\n";
const TESTS: &str = "def check(candidate):\n    assert candidate(1, 2) == 3\n    assert candidate(-1, 1) == 0\n";
/// Runs that the throughput is taken over.
const BATCH: usize = 64;

fn pool() -> PythonPool {
    PythonPool::new(SandboxSettings { allow_reduced: true, ..SandboxSettings::default() }).unwrap()
}

fn call() -> Program {
    Program { source: SOLVE.into(), goal: Goal::Call { function: "solve".into() } }
}

fn check() -> Program {
    let goal = Goal::Check { entry_point: "add".into(), preamble: "".into(), tests: TESTS.into() };
    Program { source: ADD.into(), goal }
}

/// One program at a time.
fn latency(criterion: &mut Criterion) {
    let pool = pool();
    let mut group = criterion.benchmark_group("one program");
    for (name, program, expected) in
        [("call", call(), ToolOutcome::Returned("328350".into())), ("check", check(), ToolOutcome::Passed)]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert_eq!(pool.run_blocking(black_box(&program)).unwrap().outcome, expected));
        });
    }
    let interpreter = interpreter();
    group.bench_function("plain python3 -I -S", |bencher| {
        bencher.iter(|| {
            let output = Command::new(&interpreter)
                .args(["-I", "-S", "-c", &format!("{SOLVE}print(solve())")])
                .stdin(Stdio::null())
                .output()
                .unwrap();
            assert_eq!(output.stdout, b"328350\n");
        });
    });
    group.finish();
}

/// As many at once as the pool has servers.
fn throughput(criterion: &mut Criterion) {
    let pool = pool();
    let threads = SandboxSettings::default().slots();
    let mut group = criterion.benchmark_group("all cores");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, program) in [("calls", call()), ("checks", check())] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                std::thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| {
                            for _ in 0..BATCH / threads {
                                black_box(pool.run_blocking(&program).unwrap());
                            }
                        });
                    }
                });
            });
        });
    }
    group.finish();
}

/// From nothing to the first result: finding the interpreter, starting a server, one run.
fn first_result(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("from nothing");
    group.sample_size(20);
    group.bench_function("first call", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut total = Duration::ZERO;
            for _ in 0..iterations {
                let started = Instant::now();
                let pool = pool();
                black_box(pool.run_blocking(&call()).unwrap());
                total += started.elapsed();
                drop(pool);
            }
            total
        });
    });
    group.finish();
}

/// The interpreter that a pool finds, behind version managers, which would cost more than it does.
fn interpreter() -> String {
    let output =
        Command::new("python3").args(["-I", "-S", "-c", "import sys; print(sys.executable)"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

criterion_group!(benches, latency, throughput, first_result);
criterion_main!(benches);
