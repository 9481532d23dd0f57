//! The binary as a server: it says where it listens, answers about bundled problems, and ends on Ctrl-C.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

/// A running `serve-sim`.
struct Serving {
    process: Child,
    address: String,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut process = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix("/v1"));
        Self { address: address.unwrap_or_else(|| panic!("{line}")).to_owned(), process }
    }

    fn ask(&self, body: &Value) -> (String, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close";
        write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended as it should.
        let _ = self.process.kill();
    }
}

fn command(arguments: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamas-bench"));
    command.current_dir(root).env_remove("LAMAS_DATA_DIR").args(["serve-sim", "--port", "0"]).args(arguments);
    command
}

/// The first word problem, put in a prompt of nobody's.
fn request(seed: u32) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let rows = std::fs::read_to_string(root.join("data/word_problems.jsonl")).unwrap();
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    let content = format!("Solve this, please: {} Put the result into \\boxed{{}}.", row["question"].as_str().unwrap());
    json!({"model": "sim", "seed": seed, "messages": [{"role": "user", "content": content}]})
}

#[test]
fn it_answers_fails_on_request_and_ends_on_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let (script, log) = (folder.path().join("script.yaml"), folder.path().join("log.jsonl"));
    std::fs::write(&script, "- {fault: 503, seeds: [2], attempts: [1]}\n").unwrap();
    let paths = [&script, &log].map(|path| path.to_str().unwrap());
    let mut serving = Serving::start(&[
        "--speed",
        "inf",
        "--dataset",
        "words",
        "--model-name",
        "sim",
        "--script",
        paths[0],
        "--log",
        paths[1],
    ]);
    let (status, answer) = serving.ask(&request(1));
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(answer["choices"][0]["message"]["content"].as_str().unwrap().contains("\\boxed{"), "{answer}");
    assert!(answer["system_fingerprint"].as_str().unwrap().starts_with("simulated_"));
    let hello = json!({"model": "sim", "messages": [{"role": "user", "content": "hello"}]});
    assert_eq!(serving.ask(&hello).0, "HTTP/1.1 200 OK");
    assert_eq!(serving.ask(&request(2)).0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(serving.ask(&request(2)).0, "HTTP/1.1 200 OK");

    let told = Command::new("kill").args(["-INT", &serving.process.id().to_string()]).status().unwrap();
    assert!(told.success() && serving.process.wait().unwrap().success());
    let log = std::fs::read_to_string(log).unwrap();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["answered", "answered", "503", "answered"]);
    assert_eq!(lines.iter().map(|line| line["known"] == true).collect::<Vec<_>>(), [true, false, true, true]);
}

/// An experiment on the bundled word problems whose model is this server, beside others.
fn experiment(folder: &Path, urls: &[String]) -> String {
    let endpoints: Vec<String> = urls.iter().map(|url| format!("{{base_url: \"{url}\"}}")).collect();
    let path = folder.join("live.yaml");
    let text = format!(
        "version: 1\nname: live\ndatasets: [words]\nmethods: [generate, gen_cot]\nseeds: 2\nlimit: {{train: 1, test: 3}}\n\
         resamples: 50\nmodel: {{openai: {{name: sim, price: {{input: 1, output: 1}}, endpoints: [{}]}}}}\n\
         store: {{path: {}}}\n",
        endpoints.join(", "),
        folder.join("store.sqlite").display()
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn lamas(arguments: &[&str]) -> std::process::Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lamas-bench"));
    command.current_dir(root).env_remove("LAMAS_DATA_DIR").env_remove("RUST_LOG").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn case_doctor_works_against_it() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(&["--speed", "inf", "--dataset", "words", "--model-name", "sim"]);
    let experiment = experiment(folder.path(), &[format!("http://{}/v1", serving.address)]);
    for more in ["model.openai.stream=true", "model.openai.stream=false", "model.openai.send_sample=true"] {
        let output = lamas(&["doctor", &experiment, "--set", more]);
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{said}");
        for line in [
            "ok      model       `sim` is in the server's list",
            "ok      call        ",
            "note    answers     a simulated model gives them, and results will say so",
            "ok      usage       the server says how many tokens it used",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
    }
}

/// What every place that labels a run says: its manifest, episodes' results, a table, a figure and the terminal.
fn labels(run: &Path, shown: &std::process::Output) -> [String; 5] {
    let read = |name: &str| std::fs::read_to_string(run.join(name)).unwrap();
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    let results = read("results.csv");
    let mut column: Vec<&str> = results.lines().skip(1).map(|line| line.rsplit(',').next().unwrap()).collect();
    column.sort_unstable();
    column.dedup();
    let tables: Vec<_> = std::fs::read_dir(run.join("tables")).unwrap().map(|entry| entry.unwrap().path()).collect();
    let table = tables.iter().find(|path| path.extension().is_some_and(|extension| extension == "csv")).unwrap();
    let table = std::fs::read_to_string(table).unwrap();
    let figure = read("figures/front.svg");
    let said = text(&shown.stdout);
    let phrase = |text: &str| {
        let phrases = ["partly a simulated model", "some answers are a simulated model's", "simulated model"];
        phrases.into_iter().find(|phrase| text.contains(phrase)).unwrap_or("nothing").to_owned()
    };
    [
        manifest["model"]["simulated"].to_string(),
        column.join(" "),
        table.lines().nth(1).unwrap().rsplit(',').next().unwrap().to_owned(),
        phrase(&figure),
        phrase(&said),
    ]
}

#[test]
fn case_results_over_http_are_labelled_simulated_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(&["--speed", "inf", "--dataset", "words", "--model-name", "sim"]);
    let experiment = experiment(folder.path(), &[format!("http://{}/v1", serving.address)]);
    let sweep = |out: &str, more: &[&str]| {
        let out = folder.path().join(out);
        let output = lamas(&[&["sweep", &experiment, "--out", out.to_str().unwrap()], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        labels(&out, &output)
    };
    let simulated = ["true", "true", "true", "simulated model", "simulated model"].map(str::to_owned);
    assert_eq!(sweep("first", &[]), simulated);
    let mut cells = std::fs::read_dir(folder.path().join("first/cells")).unwrap();
    let traces = std::fs::read_to_string(cells.next().unwrap().unwrap().path().join("traces.json")).unwrap();
    assert!(traces.contains(r#""source":"simulated""#) && !traces.contains(r#""source":"live""#), "{traces}");
    // The server is gone, and the store remembers whose answers they are.
    drop(serving);
    assert_eq!(sweep("replayed", &["--set", "store.mode=strict_replay"]), simulated);
}

/// A server that is no simulation: it gives one answer to everything, for as long as the test runs.
fn real_server() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || serve_one(stream));
        }
    });
    url
}

fn serve_one(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let answer = json!({
        "system_fingerprint": "fp_1", "usage": {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30},
        "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "It is \\boxed{0.5}."}}],
    })
    .to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    // A client that has gone away is not the server's concern.
    let _ = write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
}

#[test]
fn case_a_mixture_of_simulated_and_real_answers_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(&["--speed", "inf", "--dataset", "words", "--model-name", "sim"]);
    let simulated = format!("http://{}/v1", serving.address);
    // The store holds simulated answers to one method; a real endpoint gives the others.
    let run = |out: &str, urls: &[String], more: &[&str]| {
        let experiment = experiment(folder.path(), urls);
        let out = folder.path().join(out);
        let whole = ["--set", "model.openai.stream=false", "--out", out.to_str().unwrap()];
        let output = lamas(&[&["sweep", &experiment], &whole[..], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        labels(&out, &output)
    };
    run("first", &[simulated], &["--set", "methods=[generate]"]);
    let expected =
        ["\"partly\"", "false true", "partly", "partly a simulated model", "some answers are a simulated model's"];
    assert_eq!(run("mixed", &[real_server()], &[]), expected.map(str::to_owned));
    let real = run("real", &[real_server()], &["--set", "store.mode=off"]);
    assert_eq!(real, ["false", "false", "false", "nothing", "nothing"].map(str::to_owned));
}

#[test]
fn case_it_drains_on_sigterm() {
    let mut serving = Serving::start(&["--dataset", "words", "--model-name", "sim"]);
    let body =
        json!({"model": "sim", "max_tokens": 20, "stream": true, "messages": [{"role": "user", "content": "hello"}]})
            .to_string();
    let mut stream = TcpStream::connect(&serving.address).unwrap();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).unwrap();
    let told = Command::new("kill").args(["-TERM", &serving.process.id().to_string()]).status().unwrap();
    assert!(told.success());
    stream.read_to_end(&mut answer).unwrap();
    assert!(text(&answer).contains("[DONE]"), "{}", text(&answer));
    assert!(serving.process.wait().unwrap().success());
}

#[test]
fn arguments_that_cannot_be_used_are_named() {
    for (arguments, code, says) in [
        (["--fault", "418=0.1"], 2, "there are 429, 500"),
        (["--profile", "gpt-9"], 2, "unknown profile `gpt-9`"),
        (["--retry-after", "inf"], 2, "0 or more"),
        (["--retry-after", "nan"], 2, "0 or more"),
        (["--script", "no/such/script.yaml"], 2, "no/such/script.yaml"),
        (["--speed", "0"], 2, "not a speed"),
        (["--dataset", "wrods"], 3, "unknown dataset `wrods`"),
    ] {
        let output = command(&arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(message.contains(says), "{message}");
    }
}
