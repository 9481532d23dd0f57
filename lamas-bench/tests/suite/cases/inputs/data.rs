//! Problem sets and saved answers: two of a kind, texts in odd forms, manifests that point elsewhere.

use std::path::Path;

use lamas_core::digest::sha256;
use lamas_experiment::config::draft::Limit;
use lamas_experiment::dataset::{DataFolders, Dataset};

use super::support::Folder;

const ROWS: &str = "{\"id\": \"a\", \"q\": \"1+1?\", \"a\": \"2\"}\n{\"id\": \"b\", \"q\": \"2+2?\", \"a\": \"4\"}\n";
const SPLITS: &str = "{\"own\": {\"train\": [0], \"test\": [1]}}";

/// A manifest for these rows, with some of its text changed.
fn manifest(rows: &[u8], change: (&str, &str)) -> String {
    let sha256 = sha256(rows);
    let text = format!(
        "version: 1\nname: own\ntitle: Own\ndomain: maths\nscorer: number\nfile: own.jsonl\nsha256: {sha256}\nrows: 2\n\
         licence: MIT\nfields: {{id: id, statement: q, answer: a}}\nsplit: {{file: own.json, name: own}}\nsimulated_as: words\n"
    );
    assert!(text.contains(change.0), "{} is not in the manifest", change.0);
    text.replace(change.0, change.1)
}

fn loaded(rows: &[u8], splits: &[u8], change: (&str, &str)) -> Result<Dataset, String> {
    let manifest = manifest(rows, change);
    let folder = Folder::new(&[("own.yaml", manifest.as_bytes()), ("own.jsonl", rows), ("own.json", splits)]);
    let folders = DataFolders::new(Some(&folder.path("")));
    Dataset::load(&folders, "own", &Limit::default()).map_err(|error| folder.without(&error.to_string()))
}

const SAME: (&str, &str) = ("version: 1", "version: 1");

#[test]
fn case_two_rows_of_one_id_are_refused() {
    let said = loaded(ROWS.replace("\"b\"", "\"a\"").as_bytes(), SPLITS.as_bytes(), SAME).unwrap_err();
    insta::assert_snapshot!(said, @"DIR/own.jsonl:2: id `a` stands in line 1 already; every task has an id of its own");
    // A number and a text are one id where they read the same.
    let rows = ROWS.replace("\"a\", \"q\"", "7, \"q\"").replace("\"b\"", "\"7\"");
    assert!(loaded(rows.as_bytes(), SPLITS.as_bytes(), SAME).unwrap_err().contains("id `7` stands in line 1 already"));
}

#[test]
fn case_a_field_that_stands_there_twice_is_refused() {
    let rows = ROWS.replace("\"a\": \"4\"", "\"a\": \"4\", \"a\": \"5\"");
    let said = loaded(rows.as_bytes(), SPLITS.as_bytes(), SAME).unwrap_err();
    insta::assert_snapshot!(said, @"DIR/own.jsonl:2: field `a` stands there twice");
}

#[test]
fn case_splits_name_every_row_once() {
    let said = |splits: &str| loaded(ROWS.as_bytes(), splits.as_bytes(), SAME).unwrap_err();
    let all: String = [
        "{\"own\": {\"train\": [0, 0], \"test\": [1]}}",
        "{\"own\": {\"train\": [], \"test\": [1, 0, 1]}}",
        "{\"own\": {\"train\": [1], \"test\": [1]}}",
        "{\"own\": {\"train\": [0], \"test\": [2]}}",
        "{\"own\": {\"train\": [0], \"test\": [-1]}}",
        "{\"own\": {\"train\": [0]}}",
        "{\"own\": {\"train\": [0], \"test\": [1]}, \"own\": {\"train\": [1], \"test\": [0]}}",
        "{\"onw\": {\"train\": [0], \"test\": [1]}}",
        "[]",
        "{",
    ]
    .map(|splits| format!("{splits}\n    {}\n", said(splits)))
    .concat();
    insta::assert_snapshot!(all);
}

#[test]
fn case_rows_in_odd_forms_are_read() {
    let marked = [b"\xef\xbb\xbf".as_slice(), ROWS.replace('\n', "\r\n").as_bytes(), b"\r\n \r\n"].concat();
    let splits = [b"\xef\xbb\xbf".as_slice(), SPLITS.as_bytes()].concat();
    assert_eq!(loaded(&marked, &splits, SAME).unwrap().test.len(), 1);
    let half = ROWS.replace("2+2?", "2+2? \\ud83d");
    let set = loaded(half.as_bytes(), SPLITS.as_bytes(), SAME).unwrap();
    assert_eq!(&*set.test[0].problem.statement, "2+2? \u{fffd}");
}

#[test]
fn case_rows_that_cannot_be_read_are_named_with_their_line() {
    let said = |from: &str, to: &str| loaded(ROWS.replace(from, to).as_bytes(), SPLITS.as_bytes(), SAME).unwrap_err();
    insta::assert_snapshot!(said("\"2+2?\"", "null"), @"DIR/own.jsonl:2: field `q` is null; give text, \"\" where there is none");
    insta::assert_snapshot!(said("\"2+2?\"", "4.1"), @"DIR/own.jsonl:2: field `q` is a number, not text; put quotes around it");
    insta::assert_snapshot!(said("\"2+2?\"", "[\"2+2?\"]"), @"DIR/own.jsonl:2: field `q` is a list, not text; put quotes around it");
    for blank in ["", " ", "\\n\\t", "\u{a0}", "\u{200b}\u{feff}", "\\u0000"] {
        let said = said("2+2?", blank);
        assert_eq!(said, "DIR/own.jsonl:2: field `q` is blank, but a problem needs text there", "{blank:?}");
    }
    insta::assert_snapshot!(said("\"4\"}", "\" \"}"), @"DIR/own.jsonl:2: `a` holds no answer where the manifest says");
    insta::assert_snapshot!(said("\"id\": \"b\"", "\"id\": \"\""), @"DIR/own.jsonl:2: the id is blank; give every task one of its own");
    insta::assert_snapshot!(said("\"a\": \"4\"", "\"b\": \"4\""), @"DIR/own.jsonl:2: field `a` is missing");
    insta::assert_snapshot!(said("\"4\"}", "\"4\""), @"DIR/own.jsonl:2: column 33: EOF while parsing an object");
    insta::assert_snapshot!(loaded(b"{}\n\xff\n", SPLITS.as_bytes(), SAME).unwrap_err(), @"DIR/own.jsonl:2: is not UTF-8 (byte 0xff); save it as UTF-8");
    insta::assert_snapshot!(loaded(b"\xff\xfe{\0}\0", SPLITS.as_bytes(), SAME).unwrap_err(), @"DIR/own.jsonl: is UTF-16; save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)");
}

#[test]
fn case_manifests_name_files_of_their_folder() {
    let said = |from: &str, to: &str| loaded(ROWS.as_bytes(), SPLITS.as_bytes(), (from, to)).err().unwrap_or_default();
    let all: String = [
        ("file: own.jsonl", "file: ../own.jsonl"),
        ("file: own.jsonl", "file: /etc/passwd"),
        ("file: own.jsonl", "file: \"\""),
        ("file: own.json,", "file: ../own.json,"),
        ("name: own\n", "name: other\n"),
        ("name: own\n", "name: ../own\n"),
        ("name: own\n", "name: 4.1\n"),
        ("rows: 2", "rows: -1"),
        ("rows: 2", "rows: 2\nrows: 3"),
        ("rows: 2", "rows: 2\nmargin: .nan"),
        ("rows: 2", "rows: 2\nmargin: -1"),
        ("sha256: ", "sha256: x"),
        ("answer: a", "answr: a"),
    ]
    .map(|(from, to)| format!("{to}\n    {}\n", said(from, to)))
    .concat();
    // The checksum of the rows is theirs.
    insta::assert_snapshot!(all);
}

/// What a manifest says of its file is held against it by whatever reads that, not by `data verify` alone.
#[test]
fn case_a_manifest_with_another_number_of_rows_is_refused() {
    let with = |rows: &str| loaded(ROWS.as_bytes(), SPLITS.as_bytes(), ("rows: 2", &format!("rows: {rows}")));
    assert!(with("2").is_ok());
    insta::assert_snapshot!(with("3").unwrap_err(), @"DIR/own.jsonl: holds 2 rows, but the manifest of `own` says 3; put the number into the manifest, or restore the file");
    for rows in ["0", "1", "18446744073709551615"] {
        assert!(with(rows).unwrap_err().contains(&format!("holds 2 rows, but the manifest of `own` says {rows}; ")));
    }
    let manifest = manifest(ROWS.as_bytes(), ("rows: 2", "rows: 20"));
    let experiment = super::support::experiment("methods: [generate]\ndatasets: [own]\nseeds: 1");
    let folder = Folder::new(&[
        ("d/own.yaml", manifest.as_bytes()),
        ("d/own.jsonl", ROWS.as_bytes()),
        ("d/own.json", SPLITS.as_bytes()),
        ("x.yaml", experiment.as_bytes()),
        ("a.jsonl", b"{\"id\": \"a\", \"answer\": \"2\"}\n"),
    ]);
    for command in [
        &["sweep", "x.yaml", "--out", "out"][..],
        &["plan", "x.yaml"],
        &["data", "verify", "own"],
        &["score", "--dataset", "own", "--answers", "a.jsonl", "--out", "s.csv"],
        &["serve-sim", "--dataset", "own", "--port", "0"],
    ] {
        let said = folder.said(&[command, &["--data-dir", "d"]].concat());
        assert!(said.starts_with("3 error: d/own.jsonl: holds 2 rows, but"), "{command:?}: {said}");
        assert_eq!(folder.names(), ["a.jsonl", "d", "x.yaml"]);
    }
    assert!(folder.said(&["doctor", "x.yaml", "--data-dir", "d"]).starts_with("4 "));
    // Problems of the user's own are none that the manifest could count.
    let own = ["score", "--dataset", "own", "--data", "d/own.jsonl", "--answers", "a.jsonl", "--out", "s.csv"];
    assert_eq!(folder.said(&[&own[..], &["--data-dir", "d"]].concat()), "0 ");
}

/// Scores against other problems than those that the manifest describes would be those of nobody.
#[test]
fn case_answers_are_scored_against_the_file_that_the_manifest_describes() {
    let folder = Folder::new(&[
        ("d/own.yaml", manifest(ROWS.as_bytes(), SAME).as_bytes()),
        ("d/own.jsonl", ROWS.replace("\"4\"", "\"5\"").as_bytes()),
        ("a.jsonl", b"{\"id\": \"b\", \"answer\": \"5\"}\n"),
    ]);
    let said = folder.said(&["score", "--dataset", "own", "--answers", "a.jsonl", "--out", "s.csv", "--data-dir", "d"]);
    assert!(said.starts_with("3 error: d/own.jsonl: sha256 is "), "{said}");
    assert_eq!(folder.names(), ["a.jsonl", "d"]);
}

#[test]
fn case_splits_without_rows_are_refused_where_rows_are_needed() {
    let run = |methods: &str, splits: &str, command: &[&str]| {
        let lines = format!("methods: [{methods}]\ndatasets: [own]\nseeds: 1\nlambda_t: [0]");
        let folder = Folder::new(&[
            (
                "d/own.yaml",
                manifest(ROWS.as_bytes(), ("simulated_as: words", "simulated_as: default_maths")).as_bytes(),
            ),
            ("d/own.jsonl", ROWS.as_bytes()),
            ("d/own.json", splits.as_bytes()),
            ("x.yaml", super::support::experiment(&lines).as_bytes()),
        ]);
        let said = folder.said(&[command, &["--data-dir", "d"]].concat());
        assert_eq!(folder.path("out").exists(), said.starts_with("0 "), "{said}");
        said
    };
    let sweep = &["sweep", "x.yaml", "--out", "out"][..];
    let (no_test, no_train) =
        ("{\"own\": {\"train\": [0], \"test\": []}}", "{\"own\": {\"train\": [], \"test\": [1]}}");
    insta::assert_snapshot!(run("generate", no_test, sweep), @"3 error: d/own.json: `own.test` names no row; without any there is nothing to answer");
    insta::assert_snapshot!(run("generate", no_test, &["data", "verify", "own"]), @"3 error: d/own.json: `own.test` names no row; without any there is nothing to answer");
    insta::assert_snapshot!(run("generate, lamas", no_train, sweep), @"3 error: own.json: `own.train` names no row, but `lamas` learns from training rows");
    assert!(run("lamas", no_train, &["plan", "x.yaml"]).starts_with("3 error: own.json: "));
    assert!(run("lamas", no_train, &["doctor", "x.yaml"]).starts_with("4 "));
    assert_eq!(run("generate", no_train, sweep), "0 ");
}

/// What a run refuses, `data verify` refuses too.
#[test]
fn case_a_check_sees_what_a_run_would_refuse() {
    let verified = |rows: &str, splits: &str| {
        let manifest = manifest(rows.as_bytes(), SAME);
        let folder = Folder::new(&[
            ("d/own.yaml", manifest.as_bytes()),
            ("d/own.jsonl", rows.as_bytes()),
            ("d/own.json", splits.as_bytes()),
        ]);
        folder.said(&["data", "verify", "own", "--data-dir", "d"])
    };
    assert_eq!(verified(ROWS, SPLITS), "0 ");
    insta::assert_snapshot!(verified(&ROWS.replace("2+2?", " "), SPLITS), @"3 error: d/own.jsonl:2: field `q` is blank, but a problem needs text there");
    insta::assert_snapshot!(verified(&ROWS.replace("\"2+2?\"", "4.1"), SPLITS), @"3 error: d/own.jsonl:2: field `q` is a number, not text; put quotes around it");
    insta::assert_snapshot!(verified(ROWS, &SPLITS.replace("[1]", "[2]")), @"3 error: d/own.json: `own.test[0]` names row 2, but there are 2");
}

/// A reference answer may be a number, and is that number digit by digit.
#[test]
fn case_a_gold_answer_may_be_a_number() {
    for number in ["4", "4.10", "12345678901234567890123", "1e-05"] {
        let rows = ROWS.replace("\"4\"", number);
        let set = loaded(rows.as_bytes(), SPLITS.as_bytes(), SAME).unwrap();
        let lamas_core::problem::Gold::Answer { answer, .. } = &set.test[0].gold else { panic!("an answer") };
        assert_eq!(&**answer, number);
    }
}

/// `score` on these answers to the bundled word problems.
fn scored(answers: &[u8]) -> String {
    let folder = Folder::new(&[("answers.jsonl", answers)]);
    let output = folder.run(&["score", "--dataset", "words", "--answers", "answers.jsonl", "--out", "scores.csv"]);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!err.contains("panicked"), "{err}");
    assert_eq!(output.status.success(), folder.path("scores.csv").exists(), "{err}");
    format!("{} {}{}", output.status.code().unwrap(), out.trim(), err.trim())
}

#[test]
fn case_answers_in_odd_forms_are_read_and_others_named() {
    let one = "{\"id\": 0, \"answer\": \"so it is 5\"}\n";
    let two = "{\"id\": 1, \"answer\": \"half \\ud83d of it\"}\n";
    let all: String = [
        ("both", format!("{one}{two}").into_bytes()),
        ("a byte order mark", format!("\u{feff}{one}{two}").into_bytes()),
        ("an id as text", one.replace("0,", "\"0\",").into_bytes()),
        ("none", Vec::new()),
        ("blank lines", b"\n \r\n\n".to_vec()),
        ("a row with a zero before it", one.replace("0,", "\"00\",").into_bytes()),
        ("a row with a sign", one.replace("0,", "\"+0\",").into_bytes()),
        ("a row with a space", one.replace("0,", "\" 0\",").into_bytes()),
        ("a row in other digits", one.replace("0,", "\"\u{660}\",").into_bytes()),
        ("a row with a point", one.replace("0,", "0.0,").into_bytes()),
        ("a row below all", one.replace("0,", "-0,").into_bytes()),
        ("one id twice", format!("{one}{two}{one}").into_bytes()),
        ("a number and a text", format!("{one}{}", one.replace("0,", "\"0\",")).into_bytes()),
        ("one field twice", one.replace("}", ", \"answer\": \"6\"}").into_bytes()),
        ("an unknown id", format!("{one}{}", two.replace("1,", "\"nobody\",")).into_bytes()),
        ("an id of null", one.replace("0,", "null,").into_bytes()),
        ("an answer of null", one.replace("\"so it is 5\"", "null").into_bytes()),
        ("an answer that is a number", one.replace("\"so it is 5\"", "5").into_bytes()),
        ("an answer without an id", b"{\"answer\": \"5\"}\n".to_vec()),
        ("another key", one.replace("answer", "answr").into_bytes()),
        ("a list", b"[1, 2]\n".to_vec()),
        ("a cut line", format!("{one}{}", &two[..20]).into_bytes()),
        (
            "UTF-16",
            one.encode_utf16().flat_map(u16::to_le_bytes).fold(vec![0xff, 0xfe], |mut all, byte| {
                all.push(byte);
                all
            }),
        ),
        ("Latin-1", b"{\"id\": 0, \"answer\": \"5 caf\xe9\"}\n".to_vec()),
    ]
    .iter()
    .map(|(title, answers)| format!("{title}\n    {}\n", scored(answers)))
    .collect();
    insta::assert_snapshot!(all);
}

#[test]
fn case_a_set_is_named_and_not_pointed_at() {
    let folder = Folder::new(&[("own.yaml", manifest(ROWS.as_bytes(), SAME).as_bytes())]);
    let folders = DataFolders::new(Some(&folder.path("inner")));
    assert!(folders.manifest("../own").is_err());
    assert!(folders.manifest(folder.path("own").to_str().unwrap()).is_err());
    assert!(DataFolders::new(Some(Path::new(&folder.path("")))).manifest("own").is_ok());
    // What cannot be a name is not offered as one.
    let device = Folder::new(&[("nul.yaml", b"")]);
    let said = DataFolders::new(Some(&device.path(""))).manifest("nul").unwrap_err().to_string();
    assert!(said.starts_with("unknown dataset `nul`: a name `nul` is the name of a device"), "{said}");
}
