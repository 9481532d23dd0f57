//! Starting ahead of the first program.

use std::path::PathBuf;

use super::*;

#[test]
fn a_warm_pool_runs_programs_as_a_cold_one_does() {
    let pool = pool(SandboxSettings { servers: std::num::NonZeroUsize::new(1), ..patient() });
    pool.warm();
    pool.warm();
    let run = pool.run_blocking(&call("def solve():\n    return 6 * 7")).unwrap();
    assert_eq!(line(run.outcome), "returned 42");
}

#[test]
fn what_fails_ahead_of_time_is_told_when_it_is_needed() {
    let pool = pool(SandboxSettings { python: Some(PathBuf::from("/nowhere/python3")), ..patient() });
    pool.warm();
    let error = pool.run_blocking(&call("def solve():\n    return 1")).unwrap_err();
    assert!(error.to_string().contains("/nowhere/python3"), "{error}");
}
