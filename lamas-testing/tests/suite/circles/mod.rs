//! No file takes anything from a file that takes something from it, however long the way round: what several files need has
//! a file of its own.

mod circle;
mod module;
mod paths;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use module::Crate;

/// What each file takes from other files of its crate: names by file.
type Taken = BTreeMap<PathBuf, BTreeMap<PathBuf, Vec<String>>>;

fn circles(taken: &Taken) -> Vec<String> {
    let arrows = |file: &PathBuf| taken.get(file).into_iter().flat_map(|from| from.keys());
    let told = |circle: Vec<&PathBuf>| {
        let mut lines = vec![format!("{} files:", circle.len())];
        for file in &circle {
            for (from, names) in taken[*file].iter().filter(|(from, _)| circle.contains(from)) {
                lines.push(format!("  {} takes {} from {}", file.display(), names.join(", "), from.display()));
            }
        }
        lines.join("\n")
    };
    circle::among(taken.keys(), arrows).into_iter().map(told).collect()
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut sources: Vec<PathBuf> = std::fs::read_dir(root)
        .expect("the workspace")
        .map(|entry| entry.expect("a folder of the workspace").path().join("src"))
        .filter(|source| source.is_dir())
        .collect();
    sources.sort();
    assert!(sources.len() > 5, "{sources:?}");
    let mut found = Vec::new();
    for source in &sources {
        for file in ["lib.rs", "main.rs"].map(|name| source.join(name)).into_iter().filter(|file| file.is_file()) {
            let parsed = Crate::read(&file, root).unwrap_or_else(|error| panic!("{error}"));
            found.extend(circles(&paths::taken(&parsed)));
        }
    }
    assert!(found.is_empty(), "{} circles\n{}", found.len(), found.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles of a crate of these files, each as its files' names.
    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let parsed = Crate::read(&folder.path().join("lib.rs"), folder.path()).unwrap();
        circles(&paths::taken(&parsed))
    }

    #[test]
    fn files_that_use_each_other_are_a_circle_by_whatever_path() {
        let ways = [
            "use crate::a::A; pub struct B(A);",
            "use super::a::{self, Other as _}; pub struct B(a::A);",
            "use crate::{a::{A}}; pub struct B(A);",
            "use crate::a::*; pub struct B(A);",
            "pub struct B(crate::a::A);",
            "pub fn b() -> Vec<B> { vec![crate::a::make()] } pub struct B;",
            "use crate::A; pub struct B(A);",
            "pub mod inner { pub struct B(super::super::a::A); } pub use inner::B;",
        ];
        for way in ways {
            let lib = "pub mod a; pub mod b; pub use a::A;";
            let found = told(&[
                ("lib.rs", lib),
                ("a.rs", "use super::b::B; pub struct A(Box<B>); pub trait Other {}"),
                ("b.rs", way),
            ]);
            assert_eq!(found.len(), 1, "{way}");
            assert!(found[0].contains("a.rs takes B from b.rs"), "{}", found[0]);
        }
    }

    #[test]
    fn a_list_of_parts_that_need_what_it_defines_is_a_circle() {
        let parts = ("list/mod.rs", "mod part; pub trait Part {} pub const ALL: &[&dyn Part] = &[&part::One];");
        let part = ("list/part.rs", "pub struct One; impl super::Part for One {}");
        assert_eq!(told(&[("lib.rs", "mod list;"), parts, part]).len(), 1);
    }

    #[test]
    fn tests_names_handed_on_and_documents_are_none() {
        let files = [
            ("lib.rs", "//! [`a::A`]\npub mod a; pub mod b; pub use a::A; pub use b::B;"),
            ("a.rs", "/// Beside [`crate::b::B`].\npub struct A; #[cfg(test)] mod tests { use crate::b::B; }"),
            ("b.rs", "use crate::A; pub struct B(pub(crate) A);"),
        ];
        assert_eq!(told(&files), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_hands_a_name_on_may_use_it_too() {
        let back = ("b.rs", "use crate::a::A; pub struct B(Box<A>);");
        for (uses, circles) in
            [("pub struct A(B);", 1), ("pub struct A(Vec<u8>);", 0), ("pub struct A; pub fn b() { B::new() }", 1)]
        {
            let text = format!("pub use crate::b::B; {uses}");
            assert_eq!(told(&[("lib.rs", "mod a; mod b;"), ("a.rs", &text), back]).len(), circles, "{uses}");
        }
    }

    #[test]
    fn a_circle_is_found_the_long_way_round() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A(B);"),
            ("b.rs", "use crate::c::C; pub struct B(C);"),
            ("c.rs", "use crate::a::A; use crate::d::D; pub struct C(Box<A>, D);"),
            ("d.rs", "pub struct D;"),
        ];
        let found = told(&files);
        assert!(found.len() == 1 && found[0].starts_with("3 files:") && !found[0].contains("d.rs"), "{found:?}");
    }
}
