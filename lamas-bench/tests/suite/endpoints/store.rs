//! `store`: what it says and does.

use std::fs;

use super::support::{Lab, Server};

/// A folder with a store of 24 answers.
fn filled() -> Lab {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    assert!(lab.sweep("one", &[]).status.success());
    lab
}

fn store(lab: &Lab, args: &[&str]) -> String {
    let output = lab.run(&[&["store", "--store", "DIR/store.sqlite"], args].concat());
    let text = format!("{}{}", lab.plain(&output.stdout), lab.plain(&output.stderr));
    format!("{} {}", output.status.code().unwrap(), text.trim())
}

#[test]
fn a_store_goes_out_as_lines_and_comes_in_again() {
    let lab = filled();
    let stats = store(&lab, &["stats"]);
    let line = stats.lines().nth(1).unwrap();
    assert!(line.starts_with("m: 24 answers, 480 + 240 tokens, 0.0007 USD; "), "{stats}");
    let json: serde_json::Value =
        serde_json::from_str(store(&lab, &["stats", "--json"]).trim_start_matches("0 ")).unwrap();
    assert_eq!(json["models"][0]["answers"], 24);

    insta::assert_snapshot!(store(&lab, &["export", "DIR/all.jsonl"]), @"0 DIR/all.jsonl: 24 records written");
    assert_eq!(store(&lab, &["export"]).trim_start_matches("0 "), lab.read("all.jsonl").trim());
    insta::assert_snapshot!(store(&lab, &["verify"]), @"0 DIR/store.sqlite: 24 records are right");

    let other = |args: &[&str]| {
        let output = lab.run(&[&["store", "--store", "DIR/other.sqlite"], args].concat());
        format!("{}{}", lab.plain(&output.stdout), lab.plain(&output.stderr)).trim().to_owned()
    };
    insta::assert_snapshot!(other(&["import", "DIR/all.jsonl"]), @"DIR/all.jsonl: 24 records taken in, 0 were there already");
    insta::assert_snapshot!(other(&["import", "DIR/all.jsonl"]), @"DIR/all.jsonl: 0 records taken in, 24 were there already");
    insta::assert_snapshot!(other(&["merge", "DIR/store.sqlite"]), @"DIR/store.sqlite: 0 records taken in, 24 were there already");
    insta::assert_snapshot!(other(&["prune", "--model", "nobody"]), @"DIR/other.sqlite: 0 records removed");
    insta::assert_snapshot!(other(&["prune", "--model", "m", "--older-than", "1"]), @"DIR/other.sqlite: 0 records removed");
    insta::assert_snapshot!(other(&["prune", "--all"]), @"DIR/other.sqlite: 24 records removed");
    assert!(other(&["stats"]).ends_with("no answers"));
    insta::assert_snapshot!(other(&["merge", "DIR/store.sqlite"]), @"DIR/store.sqlite: 24 records taken in, 0 were there already");
}

/// Nobody reads from the start on, so that the first line meets a closed pipe.
#[test]
fn case_an_export_that_nobody_reads_ends_with_the_code_of_a_closed_pipe() {
    let lab = filled();
    for file in ["", "/dev/stdout", "/dev/fd/1"] {
        let script =
            "exec 3> >(:); wait $!; timeout 60 \"$BINARY\" store --store store.sqlite export $FILE >&3; echo $?";
        let mut bash = std::process::Command::new("bash");
        bash.args(["-c", script]).env("BINARY", super::support::binary().get_program()).env("FILE", file);
        let output = bash.current_dir(lab.path("")).output().unwrap();
        assert_eq!(lab.plain(&output.stdout).trim(), "141", "{file}: {}", lab.plain(&output.stderr));
        assert_eq!(lab.plain(&output.stderr), "", "{file}");
    }
    let all = store(&lab, &["export"]);
    assert_eq!(store(&lab, &["export", "/dev/stdout"]), format!("{all}\n/dev/stdout: 24 records written"));
}

#[test]
fn bad_files_and_lines_are_named() {
    let lab = filled();
    store(&lab, &["export", "DIR/all.jsonl"]);
    fs::write(
        lab.path("bad.jsonl"),
        lab.read("all.jsonl").lines().next().unwrap().to_owned() + "\n{\"question\": 1}\n",
    )
    .unwrap();
    insta::assert_snapshot!(store(&lab, &["import", "DIR/bad.jsonl"]), @"6 error: DIR/bad.jsonl: line 2: invalid type: integer `1`, expected struct Question at line 1 column 14; nothing was imported");
    insta::assert_snapshot!(store(&lab, &["import", "DIR/none.jsonl"]), @"6 error: DIR/none.jsonl: cannot be read: No such file or directory (os error 2); give the file that `store export` wrote, or `-`");
    insta::assert_snapshot!(store(&lab, &["merge", "DIR/all.jsonl"]), @"6 error: DIR/all.jsonl: it is not a SQLite database; choose another `store.path`");
    insta::assert_snapshot!(store(&lab, &["merge", "DIR/none.sqlite"]), @"6 error: DIR/none.sqlite: no such store; record one first (`mode: record`), or correct `store.path`");
    let nothing = lab.run(&["store", "--store", "DIR/none.sqlite", "stats"]);
    insta::assert_snapshot!(lab.said(&nothing), @"6 error: DIR/none.sqlite: no such store; record one first (`mode: record`), or correct `store.path`");
    let everything = lab.run(&["store", "prune"]);
    assert!(
        lab.said(&everything).starts_with("2 "),
        "a prune without a condition is refused: {}",
        lab.said(&everything)
    );
}

#[test]
fn case_a_damaged_answer_is_named_by_every_command_and_removed_on_request() {
    let lab = filled();
    let change = "UPDATE response SET text = 'so: \\boxed{1}' WHERE rowid = (SELECT min(rowid) FROM response)";
    rusqlite::Connection::open(lab.path("store.sqlite")).unwrap().execute_batch(change).unwrap();
    let export = store(&lab, &["export"]);
    let key = export.split_whitespace().skip_while(|word| *word != "answer").nth(1).unwrap().to_owned();
    assert_eq!(key.len(), 64, "{export}");
    assert!(export.starts_with("6 error: DIR/store.sqlite: answer ") && export.lines().count() == 1, "{export}");
    let verify = store(&lab, &["verify"]);
    assert!(verify.starts_with("6 ") && verify.contains(&key) && verify.contains("prune --damaged"), "{verify}");
    assert!(store(&lab, &["stats"]).ends_with("1 record damaged, left out above; `store verify` names them"));

    let strict = lab.sweep("strict", &["--set", "store.mode=strict_replay"]);
    assert!(!strict.status.success() && lab.said(&strict).contains(&key), "{}", lab.said(&strict));
    let replay = lab.sweep("replay", &[]);
    let said = lab.said(&replay);
    assert!(replay.status.success(), "{said}");
    assert!(said.contains(&key) && said.contains("asked again"), "{said}");
    insta::assert_snapshot!(store(&lab, &["verify"]), @"0 DIR/store.sqlite: 24 records are right");

    rusqlite::Connection::open(lab.path("store.sqlite")).unwrap().execute_batch(change).unwrap();
    insta::assert_snapshot!(store(&lab, &["prune", "--damaged"]), @"0 DIR/store.sqlite: 1 record removed");
    insta::assert_snapshot!(store(&lab, &["verify"]), @"0 DIR/store.sqlite: 23 records are right");
}
