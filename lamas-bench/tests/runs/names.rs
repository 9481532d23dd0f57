//! Names in a run's manifest, and links in its folder.

use std::fs;
use std::path::Path;

use crate::support::Bench;

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

/// Somebody else's run: altered, and with checksums that fit, or of a version that has none.
fn altered(bench: &Bench, change: impl Fn(&mut serde_json::Value)) {
    let mut manifest = bench.manifest("one");
    change(&mut manifest);
    manifest["version"] = 1.into();
    bench.write("one/manifest.json", &manifest.to_string());
    fs::remove_file(bench.path("one/SHA256SUMS")).unwrap_or_default();
}

#[test]
fn case_names_of_a_manifest_write_nothing_outside_of_the_run() {
    let bench = Bench::new();
    bench.swept("one");
    let whole = bench.read("one/manifest.json");
    let table = |name: &str| serde_json::json!([{"name": name, "title": "t"}]);
    let figure = |name: &str| serde_json::json!([{"name": name, "kind": "front"}]);
    let long = "x".repeat(300);
    for name in ["../../escaped", "/tmp/lamas-escaped", "..", "", "a\0b", "nul", "a/b", &long] {
        let changes: [&dyn Fn(&mut serde_json::Value); 4] = [
            &|manifest| manifest["experiment"]["tables"] = table(name),
            &|manifest| manifest["experiment"]["figures"] = figure(name),
            &|manifest| manifest["methods"][1]["name"] = name.into(),
            &|manifest| manifest["datasets"][0]["name"] = name.into(),
        ];
        for change in changes {
            fs::write(bench.path("one/manifest.json"), &whole).unwrap();
            altered(&bench, change);
            let before = files(bench.path("one").parent().unwrap());
            let said = bench.said(&bench.report("one"));
            assert!(said.starts_with("6 ") && said.contains("manifest.json"), "{name:?}: {said}");
            assert_eq!(files(bench.path("one").parent().unwrap()), before);
        }
    }
    assert!(!Path::new("/tmp/lamas-escaped.md").exists());
    // Altered with nothing wrong in it: it does not fit its checksum.
    fs::write(bench.path("one/manifest.json"), &whole).unwrap();
    bench.swept("one");
    bench.change("one/manifest.json", "\"margin\": 2.0", "\"margin\": 3.0");
    let said = bench.said(&bench.report("one"));
    assert!(said.contains("manifest.json: sha256 is "), "{said}");
}

#[cfg(unix)]
#[test]
fn case_links_in_a_run_lead_nothing_out_of_it_and_nothing_in() {
    use std::os::unix::fs::symlink;
    let bench = Bench::new();
    bench.swept("one");
    fs::create_dir(bench.path("elsewhere")).unwrap();
    for folder in ["tables", "figures"] {
        let own = bench.path(&format!("one/{folder}"));
        fs::rename(&own, bench.path("aside")).unwrap();
        symlink(bench.path("elsewhere"), &own).unwrap();
        let said = bench.said(&bench.report("one"));
        assert!(said.starts_with("6 ") && said.contains("is a link"), "{said}");
        fs::remove_file(&own).unwrap();
        fs::rename(bench.path("aside"), &own).unwrap();
    }
    assert_eq!(files(&bench.path("elsewhere")), Vec::<std::path::PathBuf>::new());
    // A result that is a link is replaced, not followed; a table that is one is not published.
    bench.write("victim", "mine");
    fs::remove_file(bench.path("one/results.csv")).unwrap();
    symlink(bench.path("victim"), bench.path("one/results.csv")).unwrap();
    symlink(bench.path("victim"), bench.path("one/tables/stolen.md")).unwrap();
    let (run, kept) = (bench.path("one"), bench.path("kept"));
    let done = bench.run(&["report", run.to_str().unwrap(), "--publish", kept.to_str().unwrap()]);
    assert!(done.status.success(), "{}", bench.said(&done));
    assert_eq!(bench.read("victim"), "mine");
    assert!(bench.path("kept/tables/sums.md").is_file() && !bench.path("kept/tables/stolen.md").exists());
}
