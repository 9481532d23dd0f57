//! Lines that claim to be an export: taken in or refused, all or none, and what was taken in is whole.

#![no_main]

use lamas_store::Archive;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = Archive::create(&folder.path().join("store.sqlite")).expect("a new store");
    let taken = archive.import(&mut &*bytes).map_or(0, |merged| merged.added);
    let verification = archive.verify().expect("a store of ours");
    assert_eq!((verification.checked, verification.faults), (taken, Vec::new()));
});
