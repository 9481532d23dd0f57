//! What an experiment names outside of itself: a wrong name is the experiment's fault, told with its place, and leaves nothing
//! behind.

use super::support::{Folder, experiment};

const FIXED: &str = "methods: [generate]\nseeds: 1\nlimit: {train: 0, test: 1}\n";
const ENDPOINT: &str = "model:\n  openai:\n    name: m\n    price: {input: 1, output: 1}\n    endpoints:\n      - base_url: http://127.0.0.1:9/v1\n        ";

fn endpoint(key: &str) -> String {
    format!("{ENDPOINT}{key}")
}

/// What is said of an experiment with these lines by a command; nothing may be written beside the files that were there.
fn said(command: &str, lines: &str) -> String {
    let files: [(&str, &[u8]); 12] = [
        ("x.yaml", &experiment(&format!("{FIXED}{lines}")).into_bytes()),
        ("file", b"no folder\n"),
        ("empty", b""),
        ("templates/generate.maths.j2", b"Solve {{ statment }}\n"),
        ("strange/generat.maths.j2", b"Solve {{ statement }}\n"),
        ("silent/generate.maths.j2", b"Solve it.\n"),
        ("profiles/list.yaml", b"- 1\n"),
        ("profiles/misspelt.yaml", b"name: x\nansers: {}\n"),
        ("model/config.json", b"{}"),
        ("rows.jsonl", b"{\"text\": \"another\", \"embedding\": [1, 0]}\n"),
        ("bad.jsonl", b"{\"text\": \"another\", \"embedding\": [1, 0]}\n{\"text\": 4}\n"),
        ("not-python", b"#!/bin/sh\necho no\n"),
    ];
    let folder = Folder::new(&files);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/bin/true", folder.path("true")).unwrap();
    let before = folder.names();
    let words = folder.said(&[command, "x.yaml", "--out", "out"]);
    assert_eq!(folder.names(), before, "{command}: {lines}: {words}");
    words
}

#[test]
fn case_a_wrong_name_is_told_with_its_place_and_leaves_nothing() {
    let all: String = [
        "prompts: nowhere",
        "prompts: file",
        "prompts: templates",
        "prompts: strange",
        "prompts: silent",
        "model: {simulated: {profile: nowhere.yaml}}",
        "model:\n  simulated:\n    profile: profiles/list.yaml",
        "model:\n  simulated:\n    profile: profiles/misspelt.yaml",
        "model: simulated/./profiles",
        "model: simulated/gpt-5",
        "encoder: {name: minilm, folder: nowhere}",
        "encoder:\n  name: minilm\n  folder: model",
        "encoder: {name: file, path: nowhere.jsonl}",
        "encoder: {name: file, path: model}",
        "encoder: {name: file, path: empty}",
        "encoder:\n  name: file\n  path: bad.jsonl",
        "sandbox: {python: ./nowhere}",
        "sandbox: {python: nowhere-on-path}",
        "sandbox:\n  python: model/",
        "sandbox: {python: ./not-python}",
        "sandbox: {python: ./true}",
        "model: openai/nobody-knows",
        "model:\n  openai:\n    name: nobody-knows",
        &endpoint("key: {env: LAMAS_NO_SUCH_KEY}\nstore: {path: file}"),
        &endpoint("weight: 1\nstore: {path: model}"),
        &endpoint("weight: 1\nstore:\n  path: file/store.sqlite"),
        &endpoint("weight: 1\nstore:\n  mode: strict_replay\n  path: nowhere.sqlite"),
        &endpoint("weight: 1\nstore: {mode: strict_replay, path: empty}"),
    ]
    .map(|lines| {
        let words = ["sweep", "train", "plan"].map(|command| said(command, lines));
        assert!(words[0].starts_with("2 error: x.yaml:"), "{lines}: {}", words[0]);
        assert!(words.iter().all(|other| *other == words[0]), "{lines}: {words:?}");
        format!("{}\n    {}\n", lines.replace(ENDPOINT, ".. ").replace('\n', "\n  "), words[0])
    })
    .concat();
    insta::assert_snapshot!(all);
}

/// A device that never ends, where a file is due: nothing is read without measure, and nothing is waited for.
#[cfg(target_os = "linux")]
#[test]
fn case_a_file_without_an_end_is_refused_wherever_one_is_named() {
    let endless = |lines: &str| {
        let folder = Folder::new(&[("x.yaml", experiment(&format!("{FIXED}{lines}")).as_bytes()), ("p/none", b"")]);
        std::fs::remove_file(folder.path("p/none")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.path("p/generate.maths.j2")).unwrap();
        let words = folder.said(&["sweep", "x.yaml", "--out", "out"]);
        assert_eq!(folder.names(), ["p", "x.yaml"]);
        assert!(
            words.starts_with("2 error: ") && words.contains("is larger than 1 MiB, the most that is read"),
            "{words}"
        );
    };
    endless("prompts: p");
    endless("include: [/dev/zero]");
    endless("model: {simulated: {profile: /dev/zero}}");
    endless(&endpoint("key: {file: /dev/zero}"));
    endless(&endpoint("headers: {x-team: {file: /dev/zero}}"));
    let folder = Folder::new(&[("odd.yaml", b"- {fault: cut}\n- {fault: c\0ut}\n")]);
    let words = folder.said(&["serve-sim", "--port", "0", "--script", "odd.yaml"]);
    assert!(words.starts_with("2 error: odd.yaml:2: not YAML: holds the character U+0000"), "{words}");
    for option in ["--script", "--profile"] {
        let words = folder.said(&["serve-sim", "--port", "0", option, "/dev/zero"]);
        assert!(words.starts_with("2 error: ") && words.contains("is larger than 1 MiB"), "{words}");
    }
}

/// A relative path starts at the experiment, wherever the program is started.
#[cfg(unix)]
#[test]
fn case_an_interpreter_beside_the_experiment_is_started() {
    let text = experiment(&format!("{FIXED}sandbox: {{python: ./own-python}}"));
    let folder = Folder::new(&[("deep/x.yaml", text.as_bytes())]);
    let asked =
        std::process::Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(asked.stdout).unwrap();
    std::os::unix::fs::symlink(python.trim(), folder.path("deep/own-python")).unwrap();
    assert_eq!(folder.said(&["plan", "deep/x.yaml"]), "0 ");
}

/// What `plan` does not need is not asked for by it.
#[test]
fn case_keys_and_rows_that_only_a_run_needs() {
    let all: String = [
        endpoint("key: {file: nowhere.txt}"),
        endpoint("key: {file: empty}"),
        endpoint("key: {file: model}"),
        endpoint("headers: {x-team: {file: nowhere.txt}}"),
        endpoint("key: {env: LAMAS_NO_SUCH_KEY}"),
        "encoder: {name: file, path: rows.jsonl}".to_owned(),
    ]
    .map(|lines| {
        let words = said("sweep", &lines);
        assert!(said("plan", &lines).starts_with("0 "), "{lines}");
        format!("{}\n    {words}\n", lines.replace(ENDPOINT, ".. "))
    })
    .concat();
    insta::assert_snapshot!(all);
}

#[test]
fn case_a_data_folder_that_is_not_there_is_named_and_not_passed_over() {
    let folder = Folder::new(&[("x.yaml", experiment(FIXED).as_bytes()), ("file", b""), ("answers.jsonl", b"")]);
    for command in [
        &["sweep", "x.yaml", "--out", "out"][..],
        &["plan", "x.yaml"],
        &["doctor", "x.yaml"],
        &["data", "list"],
        &["data", "verify", "words"],
        &["serve-sim"],
        &["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", "scores.csv"],
    ] {
        for wrong in ["nowhere", "file"] {
            let words = folder.said(&[command, &["--data-dir", wrong]].concat());
            assert_eq!(
                words,
                format!(
                    "2 error: --data-dir {wrong}: there is no such folder; correct --data-dir, or the variable LAMAS_DATA_DIR"
                ),
                "{command:?}"
            );
            assert_eq!(folder.names(), ["answers.jsonl", "file", "x.yaml"]);
        }
    }
}

/// A problem set that is not there is none of the experiment's faults, but leaves nothing behind either.
#[test]
fn case_a_missing_or_damaged_problem_set_leaves_nothing() {
    for (name, code) in [("wrods", "2 "), ("gsm8k", "3 ")] {
        let text = experiment(&format!("{FIXED}datasets: [{name}]"));
        let folder = Folder::new(&[("x.yaml", text.as_bytes()), ("empty/none", b"")]);
        let words = folder.said(&["sweep", "x.yaml", "--out", "out"]);
        assert!(words.starts_with(code) && words.contains(name), "{words}");
        assert_eq!(folder.names(), ["empty", "x.yaml"]);
    }
}

#[test]
fn a_folder_without_manifests_is_told_not_listed_as_nothing() {
    let folder = Folder::new(&[("data/notes.txt", b"")]);
    for command in [["data", "list"], ["data", "verify"]] {
        assert_eq!(
            folder.said(&[&command[..], &["--data-dir", "data"]].concat()),
            "3 error: no manifest lies in data/: start in the project's folder or give --data-dir",
            "{command:?}"
        );
    }
}
