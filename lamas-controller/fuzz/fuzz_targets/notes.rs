//! What a search is said to have found: whatever the text, it is taken or refused, and what is taken can be written again.

#![no_main]

use std::sync::LazyLock;

use lamas_controller::checkpoint::Origin;
use lamas_controller::notes;
use lamas_controller::settings::Settings;
use lamas_core::random::Seed;
use libfuzzer_sys::fuzz_target;

/// As the graphs that a search finds.
type Found = Vec<Vec<String>>;

static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir_in("/dev/shm").unwrap());

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("found.yaml");
    let origin = Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(1) };
    let settings = Settings::honest();
    std::fs::write(&path, bytes).unwrap();
    if let Ok(found) = notes::load::<Found>(&path, "search", &origin, &settings) {
        notes::save(&path, "search", &found, &origin, &settings).unwrap();
        assert_eq!(notes::load::<Found>(&path, "search", &origin, &settings).unwrap(), found);
    }
});
