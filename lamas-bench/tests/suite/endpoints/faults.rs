//! A whole evaluation against a server that fails on purpose.

use std::fs;

use lamas_record::parquet::read_parquet;
use polars::prelude::DataFrame;

use super::support::{Lab, Served, binary};

/// How much faster than modelled the server is.
const SPEED: f64 = 100.0;

/// The first pause in seconds, long beside the answers, so that a pause within a critical path would show.
const PAUSE: f64 = 0.2;

fn column(table: &DataFrame, name: &str) -> Vec<f64> {
    table.column(name).unwrap().f64().unwrap().into_no_null_iter().collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn gsm8k_under_faults_has_the_answers_and_critical_paths_of_a_run_without() {
    let Some(data) = std::env::var_os("LAMAS_DATA_DIR") else {
        let test = "gsm8k_under_faults_has_the_answers_and_critical_paths_of_a_run_without";
        lamas_testing::skip("data", test, "LAMAS_DATA_DIR is not set");
        return;
    };
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let mut serve = binary();
    serve.args(["serve-sim", "--port", "0", "--dataset", "gsm8k", "--speed", &SPEED.to_string(), "--fault-seed", "3"]);
    for fault in ["429=0.1", "500=0.05", "reset=0.02", "cut=0.02", "malformed=0.01"] {
        serve.args(["--fault", fault]);
    }
    let server = Served::start(serve.arg("--data-dir").arg(&data)).unwrap();
    let experiment = format!(
        "version: 1\nname: faults\ndatasets: [gsm8k]\nmethods: [gen_cot, cot5_sc]\nseeds: 1\nresamples: 50\n\
         store: {{mode: off}}\nmodel: {{openai: {{name: gpt-4o-mini, send_sample: true, retries: {{first: {PAUSE}}}, \
         endpoints: [{{base_url: \"{}\", concurrency: 64}}]}}}}\n",
        server.url
    );
    fs::write(lab.path("faults.yaml"), experiment).unwrap();
    let run = |out: &str, more: &[&str]| {
        let mut command = binary();
        command.arg("sweep").arg(lab.path("faults.yaml")).arg("--out").arg(lab.path(out)).arg("--data-dir").arg(&data);
        let output = command.args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        read_parquet(&lab.path(out).join("episodes.parquet")).unwrap()
    };
    let faulty = run("faulty", &[]);
    // The same model in this process never fails, and says how long everything takes.
    let modelled = run("modelled", &["--set", "model=simulated"]);

    assert_eq!(faulty.height(), 2 * 1055);
    assert_eq!(faulty.column("score").unwrap().null_count(), 0, "no episode is unscored");
    let said = ["problem", "score", "extracted", "answer", "layers", "cp_len", "input_tokens", "output_tokens"];
    let said = |table: &DataFrame| table.select(said).unwrap();
    assert!(said(&faulty).equals_missing(&said(&modelled)), "answers, tokens and critical paths are the same");

    // Attempts that were cut in the middle are billed beside the answers, by an estimate that is told apart.
    let (cost, estimated) = (column(&faulty, "cost_usd"), column(&faulty, "estimated_usd"));
    let due = column(&modelled, "cost_usd");
    assert!((0..cost.len()).all(|i| (cost[i] - estimated[i] - due[i]).abs() < 1e-12));
    let billed = estimated.iter().filter(|usd| **usd > 0.0).count();
    assert!((20..600).contains(&billed), "{billed} episodes were billed for failed attempts");

    // Episodes with failed attempts: what they waited is no part of their critical path in seconds.
    let (latency, waited) = (column(&faulty, "latency_s"), column(&faulty, "waiting_s"));
    let expected: Vec<f64> = column(&modelled, "latency_s").iter().map(|seconds| seconds / SPEED).collect();
    let failed: Vec<usize> = (0..latency.len()).filter(|&i| waited[i] > PAUSE / 2.0).collect();
    assert!(failed.len() > 300, "{} episodes waited", failed.len());
    let excess = median(failed.iter().map(|&i| (latency[i] - expected[i]).abs()).collect());
    let waited = median(failed.iter().map(|&i| waited[i]).collect());
    assert!(excess < waited / 4.0, "critical paths are off by {excess:.3} s, and {waited:.3} s were waited");
}
