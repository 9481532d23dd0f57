//! Profiles are read strictly: messages name the file and the key, and the hash covers every number.

use std::collections::BTreeMap;

use lamas_core::random::Seed;
use lamas_sim::Profile;

const WHOLE: &str = include_str!("../../profiles/gpt-4o-mini.yaml");

fn error(text: &str) -> String {
    Profile::parse(text, "my.yaml").expect_err("the profile is bad").to_string()
}

#[test]
fn mistakes_are_named_with_file_and_key() {
    let bad = |from: &str, to: &str| {
        assert!(WHOLE.contains(from), "{from}");
        error(&WHOLE.replacen(from, to, 1))
    };
    let cases = [
        (
            bad("  attractor: 0.6", "  attractor: 1.6"),
            ["answers.attractor", "1.6 is not a probability between 0 and 1"],
        ),
        (bad("  attractor: 0.6", "  atractor: 0.6"), ["answers", "unknown field `atractor`"]),
        (
            bad("    concentration: 0.25", "    concentration: 0"),
            ["sections.gsm8k.concentration", "0 is not a finite number above 0"],
        ),
        (bad("version: 1", "version: 2"), ["version", "2 is unknown"]),
        (error("version: 1\nname: x\nbased_on: gpt-5\n"), ["based_on", "unknown profile `gpt-5`"]),
        (error("version: 1\nname: x\nseed: 1\n"), ["sections", "missing"]),
    ];
    for (message, parts) in cases {
        assert!(
            message.starts_with("my.yaml: ") && parts.iter().all(|part| message.contains(part)),
            "{message} lacks {parts:?}"
        );
    }
    assert!(Profile::embedded("gpt").expect_err("there is none").to_string().contains("`gpt-4o-mini`, `stress`"));
    assert!(
        Profile::load("nowhere.yaml".as_ref()).expect_err("there is none").to_string().starts_with("nowhere.yaml: ")
    );
}

#[test]
fn a_profile_changes_what_it_names_and_keeps_the_rest() {
    let base = Profile::embedded("gpt-4o-mini").expect("the embedded profile is sound");
    let stress = Profile::embedded("stress").expect("the embedded profile is sound");
    assert_ne!(base.latency, stress.latency);
    assert_eq!((&base.answers, &base.sections, base.seed), (&stress.answers, &stress.sections, stress.seed));
}

#[test]
fn the_hash_covers_every_number() {
    let base = Profile::parse(WHOLE, "a.yaml").expect("sound");
    assert_eq!(base.hash(), Profile::parse(&format!("{WHOLE}\n# a comment\n"), "b.yaml").expect("sound").hash());
    assert_ne!(base.hash(), base.clone().with_seed(Seed(2)).hash());
    let other = WHOLE.replacen("ensemble: 59", "ensemble: 59.5", 1);
    assert_ne!(base.hash(), Profile::parse(&other, "a.yaml").expect("sound").hash());
}

/// The calibrated profile is frozen. Whoever changes a number runs the calibration anew, says so in docs/simulator.md, and
/// then writes the new hash here.
#[test]
fn the_calibrated_profile_is_frozen() {
    let profile = Profile::embedded("gpt-4o-mini").expect("the embedded profile is sound");
    assert_eq!(profile.hash(), "62f08a455e2fc5e75dc7eb78e104bf246a013d7125565808c27cc2925b37b5e5");
}

#[test]
fn single_numbers_of_a_profile_can_be_changed() {
    let base = Profile::embedded("gpt-4o-mini").expect("the embedded profile is sound");
    let with = |key: &str, value: f64| base.with(&BTreeMap::from([(key.to_owned(), value.into())]));
    assert_eq!(base.with(&BTreeMap::new()).expect("nothing changes"), base);
    let changed = with("answers.attractor", 0.3).expect("the key exists");
    assert_eq!(changed.answers.attractor.get(), 0.3);
    assert_eq!(changed.sections, base.sections);
    assert_ne!(changed.hash(), base.hash());
    let changed = with("sections.*.concentration", 0.7).expect("the keys exist");
    assert!(changed.sections.values().all(|section| section.concentration.get() == 0.7));
    for (key, value, message) in [
        ("answers.atractor", 0.3, "answers.atractor: the profile has no such key"),
        ("answers.attractor", 1.3, "answers.attractor: 1.3 is not a probability between 0 and 1"),
        ("answers", 0.3, "answers: invalid type"),
    ] {
        let error = with(key, value).expect_err("the change does not fit").to_string();
        assert!(error.starts_with(message), "{error}");
    }
}
