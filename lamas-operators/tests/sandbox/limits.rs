//! Settings and levels: what is refused before anything runs, and what lesser confinement still holds.

use lamas_operators::python::{Confinement, SandboxError, SandboxLevel};

use super::*;

fn reduced(level: SandboxLevel) -> Confinement {
    let seccomp = level == SandboxLevel::SeccompOnly;
    Confinement { level, landlock_abi: 0, seccomp, namespaces: false }
}

#[test]
fn settings_are_read_with_defaults_and_no_unknown_keys() {
    let settings: SandboxSettings = serde_json::from_str(r#"{"wall_clock": 2.5, "memory_mib": 256}"#).unwrap();
    assert_eq!(settings, SandboxSettings { wall_clock: Seconds(2.5), memory_mib: 256, ..SandboxSettings::default() });
    let error = serde_json::from_str::<SandboxSettings>(r#"{"memory": 256}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `memory`"), "{error}");
}

#[test]
fn senseless_settings_are_refused_by_name() {
    for (settings, text) in [
        (
            SandboxSettings { wall_clock: Seconds(0.0), ..SandboxSettings::default() },
            "setting `wall_clock` is 0, must be above 0 and at most 86400 seconds",
        ),
        (
            SandboxSettings { cpu: Seconds(f64::NAN), ..SandboxSettings::default() },
            "setting `cpu` is NaN, must be above 0 and at most 86400 seconds",
        ),
        (
            SandboxSettings { memory_mib: 1, ..SandboxSettings::default() },
            "setting `memory_mib` is 1, must be at least 64",
        ),
        (SandboxSettings { threads: 0, ..SandboxSettings::default() }, "setting `threads` is 0, must be at least 1"),
    ] {
        assert_eq!(PythonPool::new(settings).unwrap_err().to_string(), text);
    }
}

#[test]
fn a_missing_interpreter_is_told_when_the_first_program_arrives() {
    let python = Some("/nowhere/python3".into());
    let pool = pool(SandboxSettings { python, ..SandboxSettings::default() });
    let error = pool.run_blocking(&call("")).unwrap_err();
    assert!(matches!(&error, SandboxError::Interpreter { .. }), "{error}");
    assert!(error.to_string().contains("install Python 3.9 or later, or name one in the setting `python`"), "{error}");
}

#[test]
fn less_than_full_confinement_needs_consent() {
    for (level, text) in [
        (SandboxLevel::SeccompOnly, "this system offers only seccomp-only confinement (no landlock)"),
        (
            SandboxLevel::RlimitsOnly,
            "this system offers only rlimits-only confinement (no landlock, no seccomp filters)",
        ),
    ] {
        let error = PythonPool::confined(SandboxSettings::default(), reduced(level)).unwrap_err().to_string();
        assert!(error.starts_with(text), "{error}");
        assert!(error.contains("allow_reduced: true"), "{error}");
    }
}

#[test]
fn lesser_levels_still_run_limit_and_clean_up() {
    let best = Confinement::probe();
    for level in [SandboxLevel::SeccompOnly, SandboxLevel::RlimitsOnly] {
        if level < best.level {
            continue;
        }
        let settings = SandboxSettings {
            allow_reduced: true,
            wall_clock: Seconds(3.0),
            cpu: Seconds(1.0),
            servers: Some(1.try_into().unwrap()),
            ..SandboxSettings::default()
        };
        let pool = PythonPool::confined(settings, reduced(level)).unwrap();
        let said = |program: &Program| line(pool.run_blocking(program).unwrap().outcome);
        assert_eq!(said(&call("def solve():\n    return 6 * 7\n")), "returned 42");
        assert_eq!(said(&check("def solve():\n    return 1\n", "def check(c):\n    assert c() == 1\n")), "passed");
        assert_eq!(said(&call("def solve():\n    while True:\n        pass\n")), "timed out");
        assert_eq!(
            said(&call("def solve():\n    return len(bytearray(1 << 40))\n")),
            "killed memory: more than the limit"
        );
        let writes = "import os\ndef solve():\n    open('file', 'w').close()\n    return os.listdir('.')\n";
        for _ in 0..2 {
            assert_eq!(said(&call(writes)), "returned ['file']");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn daemons_go_with_their_run_even_without_filters() {
    // Root may fork here, since only the count of processes is limited, which does not bind root.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for namespaces in [false, Confinement::probe().namespaces] {
        let confinement = Confinement { namespaces, ..reduced(SandboxLevel::RlimitsOnly) };
        let settings = SandboxSettings { allow_reduced: true, ..patient() };
        let pool = PythonPool::confined(settings, confinement).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("alive");
        let daemon = format!(
            "import os, time\ndef solve():\n    r, w = os.pipe()\n    if os.fork() == 0:\n        os.setsid()\n        \
             if os.fork() == 0:\n            os.write(w, b'x')\n            time.sleep(0.5)\n            \
             open({mark:?}, 'w').close()\n        os._exit(0)\n    os.read(r, 1)\n    return 'started'\n"
        );
        assert_eq!(line(pool.run_blocking(&call(&daemon)).unwrap().outcome), "returned started");
        std::thread::sleep(std::time::Duration::from_millis(1000));
        assert!(!mark.exists());
    }
}
