//! Paths are relative to the file that names them, those of options to the working directory.

use std::path::{Path, PathBuf};

use lamas_experiment::config::ModelChoice;
use lamas_experiment::config::encoder::EncoderSource;

use super::support::{Folder, experiment};

#[test]
fn case_a_path_is_relative_to_the_file_that_names_it() {
    let own = experiment(
        "include: [parts/shared.yaml]\nprompts: p\nencoder: {name: file, path: e.jsonl}\nsandbox: {python: py/python3}",
    );
    let shared = "version: 1\nprompts: no\nstore: {path: ../s.sqlite}\nmodel: {simulated: {profile: own.yaml}}\n";
    let folder = Folder::new(&[("x.yaml", own.as_bytes()), ("parts/shared.yaml", shared.as_bytes())]);
    let draft = folder.load("x.yaml", &[]).unwrap().draft;
    assert_eq!(draft.prompts, Some(folder.path("p")));
    assert_eq!(draft.encoder.source, EncoderSource::File { path: folder.path("e.jsonl") });
    assert_eq!(draft.sandbox.python, Some(folder.path("py/python3")));
    assert_eq!(draft.store.path, folder.path("parts").join("../s.sqlite"));
    let ModelChoice::Simulated(simulated) = draft.model else { panic!("the model is simulated") };
    assert_eq!(simulated.profile, folder.path("parts/own.yaml"));
}

#[test]
fn case_keys_of_endpoints_lie_beside_the_experiment() {
    let model = "model:\n  openai:\n    name: m\n    price: {input: 1, output: 1}\n    endpoints:\n      - base_url: http://x/v1\n        \
                 key: {file: key.txt}\n        headers: {x-team: {file: team.txt}}";
    let folder = Folder::new(&[("x.yaml", experiment(model).as_bytes())]);
    let ModelChoice::Openai(settings) = folder.load("x.yaml", &[]).unwrap().draft.model else { panic!("an endpoint") };
    let shown = folder.without(&format!("{:?}", settings.endpoints[0]));
    assert!(shown.contains("\"DIR/key.txt\"") && shown.contains("\"DIR/team.txt\""), "{shown}");
}

#[test]
fn case_names_defaults_options_and_absolute_paths_stay_as_they_are() {
    let own = experiment("sandbox: {python: python3}\nmodel: simulated/stress\nprompts: p");
    let folder = Folder::new(&[("x.yaml", own.as_bytes())]);
    let draft = folder.load("x.yaml", &["prompts=here/p"]).unwrap().draft;
    assert_eq!(draft.prompts.as_deref(), Some(Path::new("here/p")));
    assert_eq!(draft.sandbox.python, Some(PathBuf::from("python3")));
    assert_eq!(draft.store.path, Path::new("runs/store.sqlite"));
    let ModelChoice::Simulated(simulated) = draft.model else { panic!("the model is simulated") };
    assert_eq!(simulated.profile, Path::new("stress"));
    let absolute = folder.load("x.yaml", &["prompts=/p"]).unwrap().draft;
    assert_eq!(absolute.prompts.as_deref(), Some(Path::new("/p")));
}

/// The run's folder bears the hash: it must not depend on where the program was started.
#[test]
fn case_the_hash_does_not_hang_on_the_place() {
    let text = experiment("prompts: p\nencoder: {name: file, path: e.jsonl}");
    let (one, other) = (Folder::new(&[("x.yaml", text.as_bytes())]), Folder::new(&[("deep/x.yaml", text.as_bytes())]));
    let (one, other) = (one.load("x.yaml", &[]).unwrap(), other.load("deep/x.yaml", &[]).unwrap());
    assert_eq!(one.hash(), other.hash());
    assert_ne!(one.draft.prompts, other.draft.prompts);
}

#[test]
fn case_prompts_beside_the_experiment_are_found_from_anywhere() {
    let own = experiment("methods: [generate]\nprompts: p\nseeds: 1\nlimit: {train: 0, test: 1}");
    let prompt = b"Solve it: {{ problem }}";
    let folder = Folder::new(&[("deep/x.yaml", own.as_bytes()), ("deep/p/generate.j2", prompt)]);
    let said = folder.said(&["doctor", "deep/x.yaml"]);
    assert!(!said.contains("prompts"), "{said}");
    let output = folder.run(&["doctor", "deep/x.yaml"]);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(shown.lines().any(|line| line.contains("prompts") && line.contains("deep/p")), "{shown}{said}");
}
