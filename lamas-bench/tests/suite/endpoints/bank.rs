//! A bank: filled, killed and filled on, and then all that an experiment needs.

use std::fs;
use std::time::Duration;

use lamas_record::parquet::read_parquet;
use lamas_store::Archive;
use polars::prelude::DataFrame;

use super::support::{Lab, answered, binary, serve_simulated};

/// How often the filling is killed.
const KILLS: usize = 4;

fn lab(url: &str) -> Lab {
    let lab = Lab::new("http://127.0.0.1:1/v1", "");
    let experiment = format!(
        "version: 1\nname: bank\ndatasets: [words]\nmethods: [gen_cot, cot5_sc, lamas]\nseeds: 2\n\
         limit: {{train: 4, test: 6}}\nlambda_t: [1e-4]\nresamples: 50\ncontroller: {{passes: 1}}\n\
         store: {{path: bank.sqlite, mode: bank, samples: 6}}\n\
         model: {{openai: {{name: gpt-4o-mini, send_sample: true, endpoints: [{{base_url: \"{url}\"}}]}}}}\n"
    );
    fs::write(lab.path("live.yaml"), experiment).unwrap();
    let about = serde_json::json!({
        "model": "gpt-4o-mini", "weights": "none", "sha256": "none", "quantisation": "none", "server": "serve-sim",
        "machine": {"cores": 2},
    });
    fs::write(lab.path("about.json"), about.to_string()).unwrap();
    lab
}

fn held(lab: &Lab) -> u64 {
    let path = lab.path("bank.sqlite");
    let answers = |archive: Archive| archive.stats().unwrap().models.iter().map(|model| model.answers).sum();
    // It is not there yet, or only just begun.
    Archive::existing(&path).map_or(0, answers)
}

fn bank(lab: &Lab, out: &str, more: &[&str]) -> String {
    let out = format!("DIR/{out}");
    let output = lab.run(&[&["bank", "DIR/live.yaml", "--out", &out, "--threads", "2"], more].concat());
    format!("{} {}{}", output.status.code().unwrap(), lab.plain(&output.stdout), lab.plain(&output.stderr))
}

/// The results of a strict run byte for byte, and its episodes but for how long this machine took over them.
fn strict(lab: &Lab, out: &str, more: &[&str]) -> (String, DataFrame) {
    let output = lab.sweep(out, &[&["--set", "store.mode=strict_bank"], more].concat());
    assert!(output.status.success(), "{}", lab.said(&output));
    let episodes = read_parquet(&lab.path(out).join("episodes.parquet")).unwrap();
    (lab.read(&format!("{out}/results.csv")), episodes.drop("waiting_s").unwrap())
}

fn same(one: &(String, DataFrame), other: &(String, DataFrame)) -> bool {
    one.0 == other.0 && one.1.equals_missing(&other.1)
}

#[test]
fn a_bank_is_filled_through_kills_and_answers_strict_runs_alone() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("server.jsonl");
    let server = serve_simulated("30", &log);
    let lab = lab(&server.url);
    let plan = lab.run(&["plan", "DIR/live.yaml"]);
    // Six test rows and four training rows, two questions that begin an episode and a program, six samples each.
    assert!(
        lab.plain(&plan.stdout).contains("bank.sqlite lacks 180 of the 180 answers"),
        "{}",
        lab.plain(&plan.stdout)
    );
    let empty = lab.sweep("early", &["--set", "store.mode=strict_bank"]);
    assert!(lab.said(&empty).contains("no such store"), "{}", lab.said(&empty));

    let (mut kept, mut lost) = (0, 0);
    for kill in 0..KILLS {
        let mut filling = binary();
        filling.args(["bank", "--threads", "2"]).arg(lab.path("live.yaml")).arg("--out").arg(lab.path("filling"));
        filling.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = filling.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(900 + 200 * kill as u64));
        assert!(child.try_wait().unwrap().is_none(), "it was done before kill {kill}: nothing was tried");
        child.kill().unwrap();
        child.wait().unwrap();
        // What the dead process was being told is written down by now.
        std::thread::sleep(Duration::from_millis(300));
        let now = held(&lab);
        assert!(now >= kept, "answers that were kept are gone");
        kept = now;
        lost = answered(&log).values().sum::<u64>() - kept;
    }
    let said = bank(&lab, "filling", &[]);
    assert!(said.starts_with("0 ") && said.contains("everything that"), "{said}");
    let answers: u64 = answered(&log).values().sum();
    assert_eq!(held(&lab), answers - lost, "only what a kill lost is asked again");
    let again = bank(&lab, "filling", &[]);
    assert!(again.contains("0 calls made"), "{again}");
    let plan = lab.run(&["plan", "DIR/live.yaml"]);
    assert!(lab.plain(&plan.stdout).contains("bank.sqlite holds all"), "{}", lab.plain(&plan.stdout));

    // Nobody is asked any more, and every start gives the same results.
    drop(server);
    let one = strict(&lab, "one", &[]);
    assert!(same(&strict(&lab, "two", &["--set", "concurrency=1"]), &one));

    // Others get it as a recording, without what was asked.
    let export = lab.run(&[
        "store",
        "--store",
        "DIR/bank.sqlite",
        "export",
        "DIR/all.parquet",
        "--about",
        "DIR/about.json",
        "--without-questions",
    ]);
    assert!(export.status.success(), "{}", lab.said(&export));
    let from_recording = ["--set", "store.recordings=[DIR/all.parquet]", "--set", "store.path=DIR/none.sqlite"];
    assert!(same(&strict(&lab, "three", &from_recording), &one));
    assert!(!lab.path("none.sqlite").exists());
    let refused = lab.run(&["store", "--store", "DIR/other.sqlite", "import", "DIR/all.parquet"]);
    assert!(lab.said(&refused).contains("name it under `store.recordings`"), "{}", lab.said(&refused));
    let doctor =
        lab.run(&[&["doctor", "DIR/live.yaml", "--set", "store.mode=strict_bank"], &from_recording[..]].concat());
    let told = lab.plain(&doctor.stdout);
    assert!(told.contains("ok      recording   ") && told.contains("answers of gpt-4o-mini"), "{told}");

    // A table says so, and what the recording lacks fails its own cells alone.
    let more = [
        "--set",
        "methods=[gen_cot, {name: refined, graph: [[generate_cot], [self_refine]]}]",
        "--set",
        "store.mode=strict_bank",
    ];
    let partly = lab.sweep("partly", &more);
    let (table, said) = (lab.plain(&partly.stdout), lab.said(&partly));
    assert!(said.starts_with("5 ") && said.contains("the recording cannot answer 2 of 4 cells"), "{said}");
    assert!(said.contains("words.refined.s1: ") && said.contains("lamas-bench bank EXPERIMENT"), "{said}");
    assert!(table.contains("Gen-CoT") && !table.contains("refined"), "{table}");
    assert_eq!(lab.sweep("partly", &more).status.code(), Some(5), "a second start says the same");
}

#[test]
fn a_recording_that_says_what_was_asked_is_taken_in_and_a_damaged_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve_simulated("inf", &folder.path().join("server.jsonl"));
    let lab = lab(&server.url);
    let said = bank(&lab, "filling", &["--set", "methods=[gen_cot]", "--set", "limit.test=2"]);
    assert!(said.starts_with("0 "), "{said}");
    let store = |store: &str, args: &[&str]| {
        let file = format!("DIR/{store}");
        let output = lab.run(&[&["store", "--store", &file], args].concat());
        format!("{} {}{}", output.status.code().unwrap(), lab.plain(&output.stdout), lab.plain(&output.stderr))
    };
    let nobody = store("bank.sqlite", &["export", "DIR/all.parquet"]);
    assert!(nobody.starts_with("6 ") && nobody.contains("give --about FILE"), "{nobody}");
    let export = store("bank.sqlite", &["export", "DIR/all.parquet", "--about", "DIR/about.json"]);
    assert!(export.starts_with("0 ") && export.contains("12 answers and 0 runs written"), "{export}");
    let manifest: serde_json::Value = serde_json::from_str(&lab.read("all.json")).unwrap();
    assert_eq!((&manifest["summary"]["simulated"], &manifest["about"]["server"]), (&12.into(), &"serve-sim".into()));
    assert_eq!(manifest["summary"]["asked"][0]["model"], "gpt-4o-mini");

    let import = store("other.sqlite", &["import", "--bank", "DIR/all.parquet"]);
    assert!(import.contains("12 records taken in, 0 were there already"), "{import}");
    let lines = |name: &str| store(name, &["export"]);
    assert_eq!(lines("other.sqlite"), lines("bank.sqlite"));

    let mut bytes = fs::read(lab.path("all.parquet")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(lab.path("all.parquet"), bytes).unwrap();
    let damaged = store("other.sqlite", &["import", "DIR/all.parquet"]);
    assert!(damaged.starts_with("6 ") && damaged.contains("fetch both again"), "{damaged}");
    let named = lab.run(&["sweep", "DIR/live.yaml", "--out", "DIR/x", "--set", "store.recordings=[DIR/all.parquet]"]);
    assert!(
        lab.said(&named).starts_with("2 ") && lab.said(&named).contains("store.recordings[0]"),
        "{}",
        lab.said(&named)
    );

    // A server that is gone is told, and what was answered is kept.
    drop(server);
    let gone = bank(&lab, "gone", &["--set", "methods=[gen_cot]", "--set", "limit.test=3"]);
    assert!(gone.starts_with("5 "), "{gone}");
    assert_eq!(held(&lab), 12);
}
