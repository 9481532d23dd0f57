//! Where output goes: closed pipes, links, devices, places that cannot be written.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::process::{Command, Stdio};

use super::support::{Folder, experiment};

const ANSWERS: &[u8] = b"{\"id\": 0, \"answer\": \"5\"}\n";

fn score(folder: &Folder, out: &str) -> String {
    folder.said(&["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", out])
}

#[test]
fn case_scores_are_written_through_links_and_into_devices() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS), ("real.csv", b"old")]);
    symlink("real.csv", folder.path("link.csv")).unwrap();
    assert_eq!(score(&folder, "link.csv"), "0 ");
    assert!(fs::symlink_metadata(folder.path("link.csv")).unwrap().is_symlink());
    assert!(fs::read_to_string(folder.path("real.csv")).unwrap().starts_with("id,score,"));
    assert_eq!(score(&folder, "/dev/null"), "0 ");
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert_eq!(folder.names(), ["answers.jsonl", "link.csv", "real.csv"]);
}

#[test]
fn case_no_command_writes_over_what_it_reads() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS), ("rows.jsonl", b"{}\n"), ("x.yaml", b"version: 1\n")]);
    symlink("answers.jsonl", folder.path("link.csv")).unwrap();
    fs::hard_link(folder.path("answers.jsonl"), folder.path("hard.csv")).unwrap();
    for out in ["answers.jsonl", "./answers.jsonl", "link.csv", "hard.csv"] {
        let said = score(&folder, out);
        assert_eq!(
            said,
            format!("2 error: {out}: is answers.jsonl, which is read and would be overwritten; choose another name")
        );
    }
    let rows =
        ["score", "--dataset", "words", "--data", "rows.jsonl", "--answers", "answers.jsonl", "--out", "rows.jsonl"];
    assert!(folder.said(&rows).starts_with("2 error: rows.jsonl: is rows.jsonl"));
    let log = |args: &[&str], log: &str| folder.said(&[args, &["--log-json", log]].concat());
    assert!(log(&["sweep", "x.yaml"], "x.yaml").starts_with("2 error: x.yaml: is x.yaml"));
    assert!(log(&["plan", "x.yaml"], "./x.yaml").starts_with("2 error: ./x.yaml: is x.yaml"));
    let scored = ["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", "s.csv"];
    assert!(log(&scored, "hard.csv").starts_with("2 error: hard.csv: is answers.jsonl"));
    assert!(
        log(&["store", "import", "rows.jsonl", "--store", "s"], "rows.jsonl").starts_with("2 error: rows.jsonl: is ")
    );
    assert!(log(&["serve-sim", "--script", "x.yaml"], "x.yaml").starts_with("2 error: x.yaml: is x.yaml"));
    assert_eq!(fs::read(folder.path("answers.jsonl")).unwrap(), ANSWERS);
    assert_eq!(fs::read(folder.path("rows.jsonl")).unwrap(), b"{}\n");
    assert_eq!(fs::read(folder.path("x.yaml")).unwrap(), b"version: 1\n");
    assert_eq!(folder.names(), ["answers.jsonl", "hard.csv", "link.csv", "rows.jsonl", "x.yaml"]);
    // Another name of another file is written, and goes on naming it.
    fs::write(folder.path("real.csv"), "old").unwrap();
    fs::hard_link(folder.path("real.csv"), folder.path("second.csv")).unwrap();
    assert_eq!(score(&folder, "second.csv"), "0 ");
    assert!(fs::read_to_string(folder.path("real.csv")).unwrap().starts_with("id,score,"));
}

#[test]
fn case_standard_output_may_be_the_place() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS)]);
    let args = ["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", "/dev/stdout"];
    let piped = String::from_utf8(folder.run(&args).stdout).unwrap();
    assert!(piped.starts_with("id,score,") && piped.trim_end().ends_with("unscored"), "{piped}");
    // Where it leads into a file, what is said stands behind the scores and not on top of them.
    let into = fs::File::create(folder.path("all.txt")).unwrap();
    let status = folder.command(&args).stdout(into).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read_to_string(folder.path("all.txt")).unwrap(), piped);
}

#[test]
fn case_a_kept_report_takes_the_place_of_an_earlier_one_only() {
    let folder = Folder::new(&[
        ("x.yaml", experiment("methods: [generate]\nseeds: 1\nlimit: {test: 2}").as_bytes()),
        ("paper/figures/mine.svg", b"mine"),
    ]);
    assert!(folder.run(&["sweep", "x.yaml", "--out", "run"]).status.success());
    let publish = |to: &str| folder.said(&["report", "run", "--publish", to]);
    symlink("run", folder.path("same")).unwrap();
    for own in ["run", "./run", "same", "run/tables"] {
        let said = publish(own);
        assert!(said.starts_with("6 error: ") && said.contains("the run's own folder"), "{own}: {said}");
        assert!(folder.path("run/tables/words.md").is_file(), "{own}");
    }
    let said = publish("paper");
    assert!(said.starts_with("6 error: paper/figures: "), "{said}");
    assert_eq!(fs::read(folder.path("paper/figures/mine.svg")).unwrap(), b"mine");
    assert!(!folder.path("paper/tables").exists());
    // Twice into a folder of its own.
    for _ in 0..2 {
        assert_eq!(publish("kept"), "0 ");
        assert!(folder.path("kept/tables/words.md").is_file());
        fs::write(folder.path("kept/tables/gone.md"), "of an earlier report").unwrap();
    }
    assert_eq!(publish("kept"), "0 ");
    assert!(!folder.path("kept/tables/gone.md").exists());
}

#[test]
fn case_a_place_that_cannot_be_written_is_named() {
    let folder = Folder::new(&[("answers.jsonl", ANSWERS), ("x.yaml", experiment("limit: {test: 1}").as_bytes())]);
    insta::assert_snapshot!(score(&folder, "no/such/scores.csv"), @"6 error: no/such/scores.csv: cannot be written: there is no folder no/such; make it first");
    insta::assert_snapshot!(score(&folder, "."), @"6 error: .: is a folder; give the name of a file in it");
    insta::assert_snapshot!(score(&folder, "/dev/full"), @"6 error: /dev/full: cannot be written: No space left on device (os error 28)");
    // A run's folder that is a file.
    let said = folder.said(&["sweep", "x.yaml", "--out", "answers.jsonl"]);
    assert!(said.starts_with("6 error: answers.jsonl"), "{said}");
    assert_eq!(fs::read(folder.path("answers.jsonl")).unwrap(), ANSWERS);
}

#[test]
fn case_help_that_cannot_be_written_is_told_as_any_output() {
    let folder = Folder::new(&[("x.yaml", experiment("limit: {test: 1}").as_bytes())]);
    for args in [&["--help"][..], &["--version"], &["help"], &["help", "sweep"], &["sweep", "-h"], &["data", "list"]] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(args).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(6), "{args:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr).trim(),
            "error: standard output: No space left on device (os error 28)",
            "{args:?}"
        );
        assert!(folder.run(args).status.success(), "{args:?}");
    }
    // Arguments that are wrong stay so, whoever reads what is said of them.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(folder.command(&["sweep", "--nothing"]).stderr(full).status().unwrap().code(), Some(2));
}

/// Whatever a command says, it tells when that could not be written.
#[test]
fn case_no_command_takes_a_full_device_for_a_reader() {
    let folder = Folder::new(&[
        ("x.yaml", experiment("methods: [generate]\nseeds: 1\nlimit: {test: 2}").as_bytes()),
        ("answers.jsonl", ANSWERS),
        ("empty.jsonl", b""),
    ]);
    assert!(folder.run(&["sweep", "x.yaml", "--out", "run"]).status.success());
    assert_eq!(folder.said(&["store", "import", "empty.jsonl", "--store", "s.sqlite"]), "0 ");
    for args in [
        &["plan", "x.yaml"][..],
        &["doctor", "x.yaml"],
        &["schema"],
        &["report", "run"],
        &["sweep", "x.yaml", "--out", "run"],
        &["data", "verify", "words"],
        &["store", "stats", "--store", "s.sqlite"],
        &["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", "scores.csv"],
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = folder.command(args).stdout(full).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{args:?}: {told}");
        assert!(told.contains("error: standard output: No space left on device"), "{args:?}: {told}");
    }
}

#[test]
fn case_a_log_does_not_take_the_place_of_what_a_run_is_made_of() {
    let text = experiment("methods: [generate]\nseeds: 1\nlimit: {test: 2}");
    let folder = Folder::new(&[("x.yaml", text.as_bytes())]);
    assert!(folder.run(&["sweep", "x.yaml", "--out", "run"]).status.success());
    for file in ["manifest.json", "episodes.parquet", "SHA256SUMS"] {
        let path = format!("run/{file}");
        for command in
            [&["report", "run"][..], &["sweep", "x.yaml", "--out", "run"], &["plan", "x.yaml", "--out", "run"]]
        {
            let said = folder.said(&[command, &["--log-json", &path]].concat());
            assert!(said.starts_with(&format!("2 error: {path}: is {path}, which is read")), "{said}");
        }
    }
    assert_eq!(folder.said(&["report", "run"]), "0 ");
}

/// What fails before anything is taken in leaves no store that holds nothing.
#[test]
fn case_a_store_that_nothing_came_into_is_not_left_behind() {
    let folder = Folder::new(&[("lines.jsonl", b"no line of ours\n"), ("other.sqlite", b"no database of ours")]);
    for args in [
        &["store", "import", "lines.jsonl"][..],
        &["store", "import", "nowhere.jsonl"],
        &["store", "import", "/dev/zero"],
        &["store", "merge", "nowhere.sqlite"],
        &["store", "merge", "other.sqlite"],
    ] {
        let said = folder.said(&[args, &["--store", "s.sqlite"]].concat());
        assert!(said.starts_with("6 error: "), "{said}");
        assert_eq!(folder.names(), ["lines.jsonl", "other.sqlite"], "{args:?}");
    }
    // One that was there stays.
    fs::write(folder.path("empty.jsonl"), "").unwrap();
    assert_eq!(folder.said(&["store", "import", "empty.jsonl", "--store", "s.sqlite"]), "0 ");
    assert!(folder.said(&["store", "import", "lines.jsonl", "--store", "s.sqlite"]).starts_with("6 "));
    assert!(folder.path("s.sqlite").is_file());
}

/// Starts a command, reads one line of what it prints and closes the pipe.
fn read_one_line(folder: &Folder, args: &[&str]) -> (String, Option<i32>, String) {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("lamas-bench"))
        .current_dir(folder.path(""))
        .env("LAMAS_DATA_DIR", std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    (line, output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn case_a_closed_pipe_ends_every_command_quietly() {
    let folder = Folder::new(&[("x.yaml", experiment("methods: [generate]\nseeds: 1\nlimit: {test: 2}").as_bytes())]);
    assert!(folder.run(&["sweep", "x.yaml", "--out", "run"]).status.success());
    for args in [
        &["data", "list"][..],
        &["data", "verify", "words", "functions", "competition"],
        &["plan", "x.yaml"],
        &["doctor", "x.yaml"],
        &["report", "run"],
        &["sweep", "x.yaml", "--out", "run"],
        &["help"],
        &["sweep", "--help"],
    ] {
        let (line, code, stderr) = read_one_line(&folder, args);
        assert!(!line.is_empty(), "{args:?}");
        // What was short enough may have been written before the pipe was closed.
        assert!(matches!(code, Some(0 | 141)), "{args:?}: {code:?} {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("error:"), "{args:?}: {stderr}");
    }
}

/// Nobody reads from the start on, so that the first line meets a closed pipe.
#[test]
fn case_an_output_that_nobody_reads_ends_the_program_with_the_code_of_a_closed_pipe() {
    let folder = Folder::new(&[]);
    let data = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("data");
    let binary = assert_cmd::cargo::cargo_bin("lamas-bench");
    // The program is started only once the reader is gone: `exec` after the fifo's other end was opened and closed.
    for args in ["data list", "--help", "--version", "sweep --help"] {
        let script = format!("exec 3> >(:); wait $!; \"$BINARY\" {args} >&3; echo $?");
        let output = Command::new("bash")
            .args(["-c", &script])
            .env("BINARY", &binary)
            .env("LAMAS_DATA_DIR", &data)
            .current_dir(folder.path(""))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "141", "{args}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args}");
    }
    // The same for messages.
    let script = "exec 3> >(:); wait $!; \"$BINARY\" report nowhere 2>&3; echo $?";
    let output = Command::new("bash")
        .args(["-c", script])
        .env("BINARY", assert_cmd::cargo::cargo_bin("lamas-bench"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "6");
}
