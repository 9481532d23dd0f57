//! What the tests of all crates share.
//!
//! A test that needs something from outside (public files, an encoder's weights, another program) is skipped where that
//! is not there. A skip that nobody sees looks like a pass, so every skip goes through [`skip`]. Files that are damaged on
//! purpose come from [`damage`]; races under a paused clock from [`races`], traces from [`spans`].

pub mod damage;
pub mod races;
pub mod spans;

use std::io::Write as _;

/// The variable that names what must be there, separated by commas; `all` names everything.
const REQUIRED: &str = "LAMAS_REQUIRE";

/// Says that the test named `test` is skipped, since `need` is not there and `why`, past the test runner's capture of what
/// passing tests print.
///
/// `need` is one of a few short words, such as `data` or `minilm`: CONTRIBUTING.md lists them.
///
/// # Panics
/// Where the environment variable `LAMAS_REQUIRE` names the need: what is provided must not be skipped.
#[expect(clippy::panic, reason = "this fails a test")]
pub fn skip(need: &str, test: &str, why: &str) {
    let required = std::env::var(REQUIRED).unwrap_or_default();
    if required.split(',').any(|named| named == "all" || named == need) {
        panic!("{test} needs {need}, which {REQUIRED} names as provided, but {why}");
    }
    writeln!(std::io::stderr(), "SKIPPED {test}: {why} (needs {need})").expect("stderr is open");
}
