//! Options of the command line.

use super::support::{Folder, experiment};

#[test]
fn case_options_out_of_range_are_refused() {
    let folder = Folder::new(&[("x.yaml", experiment("seeds: 1").as_bytes())]);
    for args in [
        &["sweep", "x.yaml", "--threads", "0"][..],
        &["sweep", "x.yaml", "--threads", "1000000000"],
        &["sweep", "x.yaml", "--seed", "18446744073709551615"],
        &["sweep", "x.yaml", "--set", "seeds=18446744073709551615"],
        &["sweep", "x.yaml", "--set", "=1"],
        &["sweep", "x.yaml", "--set", "seeds"],
    ] {
        let said = folder.said(args);
        assert!(said.starts_with("2 "), "{args:?}: {said}");
        assert_eq!(folder.names(), ["x.yaml"], "{args:?}");
    }
}
