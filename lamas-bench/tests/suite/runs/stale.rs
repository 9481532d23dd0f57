//! The same sweep after something that makes its results has changed.

use std::fs;

use super::support::Bench;

/// A finished run.
fn finished() -> Bench {
    let bench = Bench::new();
    bench.swept("one");
    bench
}

/// The same command again is refused, and names what was and what is; nothing of the run is touched.
fn refused(bench: &Bench, key: &str) {
    let before = bench.read("one/manifest.json");
    let said = bench.said(&bench.sweep("one", &[]));
    assert!(said.starts_with("6 ") && said.contains("was made from something else"), "{said}");
    assert!(said.contains(&format!("{key} was ")) && said.contains(", is "), "{said}");
    assert_eq!(bench.read("one/manifest.json"), before);
    assert!(bench.report("one").status.success(), "what is there is still whole");
}

#[test]
fn case_a_changed_template_is_named_and_a_folder_of_its_own_is_right() {
    let bench = finished();
    bench.write("prompts/generate.maths.j2", "Solve it with care.\n{{ statement }}\n");
    refused(&bench, "prompts.generate.maths.j2");
    bench.swept("two");
    // A template that is new in its folder.
    bench.change("small.yaml", "lamas]", "lamas, gen_cot]");
    bench.write("prompts/generate_cot.maths.j2", "Think.\n{{ statement }}\n");
    let said = bench.said(&bench.sweep("two", &[]));
    assert!(said.contains("prompts.generate_cot.maths.j2 was "), "{said}");
}

#[test]
fn case_changed_data_with_its_checksum_is_named() {
    let bench = finished();
    bench.problems(|row| row + 31);
    refused(&bench, "rows.test");
    bench.problems(|row| row + 30);
    assert!(bench.swept("one").contains("taken over from earlier starts: 2 of 2 cells"));
    bench.change("data/sums.yaml", "scorer: number", "scorer: latex");
    refused(&bench, "problems.scorer");
}

#[test]
fn case_a_changed_split_is_named() {
    let bench = finished();
    bench.split([0, 1, 2, 3], [4, 5, 7, 6]);
    refused(&bench, "rows.test");
    // What does not learn does not read the training rows.
    bench.split([3, 2, 1, 0], [4, 5, 6, 7]);
    refused(&bench, "rows.train");
    assert!(bench.said(&bench.sweep("one", &[])).contains("sums.lamas.1e-3.s1"));
}

#[test]
fn case_a_changed_profile_is_named() {
    let bench = finished();
    let profile = bench.read("profile.yaml");
    let line = profile.lines().find(|line| line.trim_start().starts_with("input:")).map(str::to_owned);
    // Any number of it will do.
    let number = profile.lines().find(|line| line.contains(": 0.")).unwrap();
    let changed = line.unwrap_or_else(|| number.to_owned());
    bench.change("profile.yaml", &changed, &changed.replacen("0.", "0.0", 1));
    refused(&bench, "model");
}

#[test]
fn case_changed_embeddings_are_named_by_what_reads_them() {
    let bench = finished();
    bench.embeddings(0.75);
    refused(&bench, "encoder.train");
    assert!(!bench.said(&bench.sweep("one", &[])).contains("sums.generate"));
}

#[test]
fn case_a_changed_setting_of_one_method_is_named() {
    let bench = finished();
    bench.change("small.yaml", "lamas]", "{name: lamas, set: {credit: uniform}}]");
    let said = bench.said(&bench.sweep("one", &[]));
    assert!(said.starts_with("6 ") && said.contains("method.credit was "), "{said}");
    // What stands for all methods is another experiment.
    bench.change("small.yaml", "passes: 1", "passes: 2");
    let said = bench.said(&bench.sweep("one", &[]));
    assert!(said.contains("another experiment (controller was {\"passes\":1}, is {\"passes\":2})"), "{said}");
}

#[test]
fn case_results_of_another_version_of_the_code_are_not_taken_over() {
    let bench = finished();
    let path = "one/cells/sums.generate.s1/cell.json";
    let own: serde_json::Value = serde_json::from_str(&bench.read(path)).unwrap();
    let code = own["made_from"]["program.code"].as_str().unwrap().trim_matches('"').to_owned();
    assert_eq!(code.len(), 16);
    bench.change(path, &code, "0123456789abcdef");
    refused(&bench, "program.code");
    // Nor are those that nobody knows the making of.
    fs::remove_file(bench.path(path)).unwrap();
    let said = bench.said(&bench.sweep("one", &[]));
    assert!(said.contains("holds results, but no cell.json"), "{said}");
}

#[test]
fn case_a_method_a_value_and_a_seed_more_take_over_the_cells_that_are_there() {
    let bench = finished();
    let kept = bench.path("one/cells/sums.lamas.1e-3.s1/test.parquet");
    let before = fs::metadata(&kept).unwrap().modified().unwrap();
    assert_eq!(bench.manifest("one")["start"], 1);
    bench.change("small.yaml", "lamas]", "lamas, gen_cot]");
    bench.change("small.yaml", "lambda_t: [1e-3]", "lambda_t: [1e-3, 0]");
    bench.change("small.yaml", "seeds: 1", "seeds: 2");
    let said = bench.swept("one");
    assert!(said.contains("taken over from earlier starts: 2 of 8 cells"), "{said}");
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before);
    let manifest = bench.manifest("one");
    assert_eq!(manifest["start"], 2);
    let cells = manifest["cells"].as_array().unwrap();
    let taken: Vec<&str> =
        cells.iter().filter(|cell| cell["taken_over"] == "all").map(|cell| cell["name"].as_str().unwrap()).collect();
    assert_eq!(taken, ["sums.generate.s1", "sums.lamas.1e-3.s1"]);
    bench.swept("two");
    assert_eq!(bench.read("one/results.csv"), bench.read("two/results.csv"));
    assert!(bench.manifest("two")["cells"].as_array().unwrap().iter().all(|cell| cell["taken_over"] == "nothing"));
}
