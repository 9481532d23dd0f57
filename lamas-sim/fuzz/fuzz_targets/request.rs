//! Arbitrary bodies of requests: each gets a whole answer or OpenAI's error object, never a panic or a hang.

#![no_main]

use std::sync::{Arc, LazyLock};

use lamas_core::problem::{Domain, Gold, Problem, ProblemId, Task};
use lamas_core::units::Seconds;
use lamas_sim::serve::{Faults, Limits, Server, ServerSettings, Speed};
use lamas_sim::{Catalogue, CatalogueEntry, Mutants, Profile, SimModel};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Short, so that the fuzzer finds it.
const STATEMENT: &str = "How many ducks?";

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let problem = Problem {
        id: ProblemId("fuzz/0".into()),
        domain: Domain::Maths,
        statement: STATEMENT.into(),
        entry_point: None,
        public_examples: Arc::new([]),
    };
    let task = Task { problem, gold: Gold::Answer { answer: "7".into(), solution: "".into() } };
    let profile = Profile::embedded("gpt-4o-mini").expect("an embedded profile");
    let entries = vec![CatalogueEntry { task, section: "gsm8k".into() }];
    let catalogue = Catalogue::new(entries, &Mutants::default()).expect("a sound problem");
    let settings = ServerSettings {
        model: "m".to_owned(),
        fingerprint: "fuzz".to_owned(),
        strict: false,
        speed: Speed::INSTANT,
        retry_after: Seconds(1.0),
        faults: Faults::default(),
        log: None,
        limits: Limits::default(),
    };
    Server::new(Arc::new(SimModel::new(profile, catalogue).expect("a known section")), settings)
});

fuzz_target!(|body: &[u8]| {
    let (status, answer) = SERVER.answer(body);
    let answer: Value = serde_json::from_str(&answer).expect("answers are JSON");
    if status == 200 {
        let usage = &answer["usage"];
        let parts = ["prompt_tokens", "completion_tokens"].map(|part| usage[part].as_u64().expect("a count"));
        assert_eq!(usage["total_tokens"].as_u64(), Some(parts[0] + parts[1]));
        assert!(answer["choices"].as_array().is_some_and(|choices| !choices.is_empty()));
    } else {
        assert!((400..500).contains(&status));
        assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty() && message.len() < 500));
    }
});
