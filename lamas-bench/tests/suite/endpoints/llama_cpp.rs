//! A server that nobody here wrote: llama.cpp's, with random weights.

use std::fs;
use std::process::Command;

use super::support::{Lab, Served, root};

#[test]
fn llama_cpp_serves_a_sweep() {
    let Some(venv) = std::env::var_os("LAMAS_LLAMA_CPP") else {
        lamas_testing::skip("llama-cpp", "llama_cpp_serves_a_sweep", "LAMAS_LLAMA_CPP names no folder");
        return;
    };
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let script = root().join("scripts/llama_cpp/run.sh");
    let Some(server) = Served::start(Command::new("sh").arg(script).arg(venv).arg(lab.path("random.gguf"))) else {
        lamas_testing::skip("llama-cpp", "llama_cpp_serves_a_sweep", "xllamacpp cannot be installed here");
        return;
    };

    let experiment = format!(
        "version: 1\nname: llama\ndatasets: [words]\nmethods: [gen_cot, cot5_sc, lamas]\nseeds: 1\nlambda_t: [1e-4]\n\
         limit: {{train: 4, test: 4}}\ncontroller: {{passes: 1}}\nresamples: 50\nstore: {{path: {}}}\n\
         model: {{openai: {{name: random, price: {{input: 0, output: 0}}, max_tokens: 48, \
         endpoints: [{{base_url: \"{}/v1\", concurrency: 4}}]}}}}\n",
        lab.path("store.sqlite").display(),
        server.url
    );
    fs::write(lab.path("live.yaml"), experiment).unwrap();
    let examined = lab.run(&["doctor", "DIR/live.yaml"]);
    let text = lab.plain(&examined.stdout);
    assert!(examined.status.success(), "{text}");
    for well in ["ok      model", "ok      call", "ok      streaming", "ok      usage"] {
        assert!(text.contains(well), "{text}");
    }
    for (out, more) in [("streamed", "model.openai.stream=true"), ("whole", "model.openai.stream=false")] {
        let ran = lab.sweep(out, &["--set", more, "--set", "store.mode=record"]);
        assert!(ran.status.success(), "{}", lab.said(&ran));
        let results = lab.read(&format!("{out}/results.csv"));
        let head: Vec<&str> = results.lines().next().unwrap().split(',').collect();
        let unscored = head.iter().position(|name| *name == "unscored").unwrap();
        assert!(results.lines().skip(1).all(|line| line.split(',').nth(unscored) == Some("0")), "{results}");
    }
}
