//! Names in a run's manifest, and links in its folder.

use std::fs;
use std::path::Path;

use super::support::Bench;
use lamas_core::digest::sha256;

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

/// Somebody else's run: altered, and with checksums that fit.
fn altered(bench: &Bench, change: impl Fn(&mut serde_json::Value)) {
    let mut manifest = bench.manifest("one");
    change(&mut manifest);
    let text = manifest.to_string();
    fs::write(bench.path("one/manifest.json"), &text).unwrap();
    let sum = sha256(&text);
    let sums = bench.read("one/SHA256SUMS");
    let lines = sums.lines().map(|line| match line.ends_with("  manifest.json") {
        true => format!("{sum}  manifest.json\n"),
        false => format!("{line}\n"),
    });
    fs::write(bench.path("one/SHA256SUMS"), lines.collect::<String>()).unwrap();
}

#[test]
fn case_a_run_of_another_version_is_refused_with_what_to_do() {
    let bench = Bench::new();
    bench.swept("one");
    let whole = bench.read("one/manifest.json");
    for (version, whose) in [(1, "an earlier"), (4, "a later"), (0, "an earlier")] {
        // Of keys that only the other version has, nothing is known.
        let changes: [&dyn Fn(&mut serde_json::Value); 2] =
            [&|_| (), &|manifest| *manifest = serde_json::json!({"cells": 7})];
        for change in changes {
            fs::write(bench.path("one/manifest.json"), &whole).unwrap();
            altered(&bench, |manifest| {
                change(manifest);
                manifest["version"] = version.into();
            });
            let expected = format!(
                "6 error: DIR/one/manifest.json: is of version {version}, that of {whose} program, but this one reads version 3; \
                 start the `sweep` again in a new folder (--out), or read the run with the program that wrote it"
            );
            assert_eq!(bench.said(&bench.report("one")), expected);
            assert_eq!(bench.said(&bench.sweep("one", &[])), expected);
        }
    }
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
    // A result that is a link is neither followed nor replaced; a table that is one is not published.
    bench.write("victim", "mine");
    for own in ["results.csv", "tables/sums.md", "figures/front.svg"] {
        let own = bench.path(&format!("one/{own}"));
        for target in ["victim", "nothing"] {
            fs::remove_file(&own).unwrap();
            symlink(bench.path(target), &own).unwrap();
            let said = bench.said(&bench.report("one"));
            assert!(said.starts_with("6 ") && said.contains(": is a link"), "{said}");
            assert!(fs::symlink_metadata(&own).unwrap().is_symlink() && !bench.path("nothing").exists());
        }
        fs::remove_file(&own).unwrap();
        assert!(bench.report("one").status.success());
    }
    symlink(bench.path("victim"), bench.path("one/tables/stolen.md")).unwrap();
    let (run, kept) = (bench.path("one"), bench.path("kept"));
    let done = bench.run(&["report", run.to_str().unwrap(), "--publish", kept.to_str().unwrap()]);
    assert!(done.status.success(), "{}", bench.said(&done));
    assert_eq!(bench.read("victim"), "mine");
    assert!(bench.path("kept/tables/sums.md").is_file() && !bench.path("kept/tables/stolen.md").exists());
}

#[test]
fn case_a_cell_that_is_listed_twice_is_refused() {
    let bench = Bench::new();
    bench.swept("one");
    altered(&bench, |manifest| {
        let first = manifest["cells"][0].clone();
        manifest["cells"].as_array_mut().unwrap().push(first);
    });
    let said = bench.said(&bench.report("one"));
    assert!(said.starts_with("6 ") && said.contains("manifest.json lists sums.generate.s1 twice"), "{said}");
}
