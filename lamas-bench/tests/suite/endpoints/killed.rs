//! A sweep that is killed again and again.

use std::fs;
use std::time::Duration;

use lamas_record::parquet::read_parquet;
use lamas_store::Archive;
use polars::prelude::DataFrame;
use rand::RngExt;

use super::support::{Lab, answered, binary, serve_simulated};

/// How often it is killed.
const KILLS: usize = 20;

fn experiment(lab: &Lab, url: &str, store: &str) -> String {
    format!(
        "version: 1\nname: killed\ndatasets: [words]\nmethods: [gen_cot, cot5_sc, lamas]\nseeds: 2\n\
         limit: {{train: 12, test: 20}}\nlambda_t: [1e-4]\nresamples: 50\n\
         # Programs take as long as they take: without their time, two live runs can be compared.\n\
         controller: {{passes: 2, gamma: 0}}\nstore: {{path: {}}}\n\
         model: {{openai: {{name: gpt-4o-mini, send_sample: true, endpoints: [{{base_url: \"{url}\"}}]}}}}\n",
        lab.path(store).display()
    )
}

fn episodes(lab: &Lab, run: &str, without: &[&str]) -> DataFrame {
    read_parquet(&lab.path(run).join("episodes.parquet")).unwrap().drop_many(without.iter().copied())
}

/// Seconds that two live runs do not share.
const SECONDS: [&str; 4] = ["latency_s", "waiting_s", "tool_s", "measured_tool_s"];

#[test]
fn a_sweep_killed_twenty_times_ends_like_one_that_was_left_alone_and_asks_nothing_again_that_it_kept() {
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let log = lab.path("server.jsonl");
    let server = serve_simulated("20", &log);
    let sweep = |file: &str, out: &str| {
        let mut command = binary();
        command.args(["sweep", "--threads", "2"]).arg(lab.path(file)).arg("--out").arg(lab.path(out));
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        command
    };
    fs::write(lab.path("killed.yaml"), experiment(&lab, &server.url, "killed.sqlite")).unwrap();
    let mut random = lamas_core::random::Seed(6).stream("kills", &[]);
    let (mut kept, mut lost, mut repeated) = (0, 0, 0);
    for kill in 0..KILLS {
        let mut child = sweep("killed.yaml", "killed").spawn().unwrap();
        std::thread::sleep(Duration::from_millis(random.random_range(300..1500)));
        assert!(child.try_wait().unwrap().is_none(), "it was done before kill {kill}: nothing was tried");
        child.kill().unwrap();
        child.wait().unwrap();
        // What the dead process was being told is written down by now.
        std::thread::sleep(Duration::from_millis(300));
        let answers = answered(&log);
        let again = answers.values().sum::<u64>() - answers.len() as u64;
        assert!(
            again - repeated <= lost,
            "session {kill} asked for {} answers again, of which {lost} were lost",
            again - repeated
        );
        repeated = again;
        if lab.path("killed.sqlite").exists() {
            let archive = Archive::existing(&lab.path("killed.sqlite")).unwrap();
            let stats = archive.stats().unwrap();
            let held = stats.models.first().map_or(0, |model| model.answers);
            assert!(held >= kept, "answers that were kept are gone");
            assert_eq!(archive.verify().unwrap().faults, Vec::<String>::new());
            kept = held;
        }
        lost = answers.len() as u64 - kept;
        // What was on its way, of two cells with 16 calls each at most.
        assert!(lost <= 32, "{lost} answers are lost");
    }
    assert!(sweep("killed.yaml", "killed").status().unwrap().success());
    let answers = answered(&log);
    let again = answers.values().sum::<u64>() - answers.len() as u64;
    assert!(again - repeated <= lost);
    let archive = Archive::existing(&lab.path("killed.sqlite")).unwrap();
    assert_eq!(archive.stats().unwrap().models[0].answers, answers.len() as u64, "every answer is kept, once");

    // A run that was left alone, over a server that says the same without waiting.
    let quick = serve_simulated("inf", &lab.path("quick.jsonl"));
    fs::write(lab.path("whole.yaml"), experiment(&lab, &quick.url, "whole.sqlite")).unwrap();
    assert!(sweep("whole.yaml", "whole").status().unwrap().success());
    assert!(episodes(&lab, "killed", &SECONDS).equals_missing(&episodes(&lab, "whole", &SECONDS)));
    // A run that was left alone, over the same answers and latencies.
    let mut strict = sweep("killed.yaml", "strict");
    assert!(strict.args(["--set", "store.mode=strict_replay"]).status().unwrap().success());
    let measured = ["waiting_s"];
    assert!(episodes(&lab, "killed", &measured).equals_missing(&episodes(&lab, "strict", &measured)));
}
