//! The same attacks as an ordinary user, where the tests run as root: another user has other rights to lose.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Nobody: a user that every system has and that owns nothing.
const NOBODY: u32 = 65_534;

#[test]
fn attacks_fail_for_an_ordinary_user_too() {
    let test = "attacks_fail_for_an_ordinary_user_too";
    if !rustix::process::geteuid().is_root() {
        // Then the attacks beside this test run as one already.
        lamas_testing::skip("root", test, "only root can become another user");
        return;
    }
    // A place that the user may reach, with the test program in it.
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("sandbox-tests");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let temporary = place.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    chown(&temporary, Some(NOBODY), Some(NOBODY)).unwrap();
    for path in [place.path(), &program] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    // Becoming another user drops root's other groups too.
    let as_nobody = |program: &std::path::Path, arguments: &[&str]| {
        Command::new(program)
            .args(arguments)
            .uid(NOBODY)
            .gid(NOBODY)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("TMPDIR", &temporary)
            .current_dir("/")
            .output()
    };
    let python = as_nobody("/usr/bin/env".as_ref(), &["python3", "-S", "-c", ""]);
    if !python.is_ok_and(|output| output.status.success()) {
        lamas_testing::skip("python-for-all", test, "no python3 outside of root's own folders");
        return;
    }
    let parts = ["attacks::", "checks::", "forgeries::", "traces::", "voids::", "results::", "limits::"];
    let output = as_nobody(&program, &parts).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains(" 0 passed"), "{told}");
}
