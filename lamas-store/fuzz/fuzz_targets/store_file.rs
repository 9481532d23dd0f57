//! A file that claims to be a store: opened or refused, and whatever is exported from it is taken in again as it was.

#![no_main]

use lamas_store::{Archive, Mode, Store};
use libfuzzer_sys::fuzz_target;

fn exported(archive: &Archive) -> Option<Vec<u8>> {
    let mut lines = Vec::new();
    archive.export(&mut lines).ok().map(|_| lines)
}

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.sqlite");
    std::fs::write(&path, bytes).expect("a file");
    if let Ok(store) = Store::open(&path, Mode::StrictReplay) {
        if let Some(lines) = exported(store.archive()) {
            let again = Archive::create(&folder.path().join("again.sqlite")).expect("a new store");
            again.import(&mut lines.as_slice()).expect("what was exported can be imported");
            assert!(exported(&again) == Some(lines), "it comes back as it was");
        }
    }
    if let Ok(archive) = Archive::existing(&path) {
        let _ = (archive.verify(), archive.stats(), archive.prune_damaged());
    }
});
