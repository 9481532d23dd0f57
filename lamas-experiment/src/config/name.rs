//! Names from files that become names of files: of a run, a problem set, a method, a table, a figure.
//!
//! Such a name is one part of a path and nothing else, on every system: letters, digits, `-` and `_` of ASCII. Nothing in it
//! can climb out of a folder, hide a file, or look like another name.

use std::collections::HashMap;

/// The longest name; several of them make a cell's folder, and no system allows more than 255 bytes there.
const LONGEST: usize = 64;

/// What Windows keeps for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether a name can name a file.
///
/// # Errors
/// A sentence on what is wrong with it, and what it may be.
pub fn check(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.is_empty() {
        return Err("must not be empty; it names a file".to_owned());
    }
    if name.len() > LONGEST {
        return Err(format!("has {} bytes; it names a file and may have at most {LONGEST}", name.len()));
    }
    if !name.chars().all(allowed) {
        return Err(format!("`{}` may hold letters, digits, `-` and `_` only; it names a file", name.escape_debug()));
    }
    if is_device(&name.to_ascii_lowercase()) {
        return Err(format!("`{name}` is the name of a device on Windows; it names a file, so choose another"));
    }
    Ok(())
}

fn is_device(name: &str) -> bool {
    let numbered = |port: &str| {
        name.strip_prefix(port).is_some_and(|n| n.len() == 1 && n != "0" && n.as_bytes()[0].is_ascii_digit())
    };
    DEVICES.contains(&name) || numbered("com") || numbered("lpt")
}

/// The first name that names the same file as an earlier one, where a system may not tell capitals from small letters: its
/// place in the list, and what is wrong with it.
pub fn twice<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<(usize, String)> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (index, name) in names.into_iter().enumerate() {
        match seen.insert(name.to_ascii_lowercase(), name) {
            None => {}
            Some(first) if first == name => return Some((index, format!("`{name}` stands there twice"))),
            Some(first) => {
                return Some((index, format!("`{name}` and `{first}` would be one file where capitals do not count")));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_a_name_that_leads_elsewhere_is_refused() {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "/etc/passwd",
            "C:",
            "a\0b",
            "a\nb",
            " a",
            "a ",
            "a.",
            "a...",
            ".a",
            "CON",
            "nul",
            "Com1",
            "LPT9",
            "\u{ff0e}\u{ff0e}",
            "\u{202e}a",
            "la\u{301}mas",
            "l\u{0430}mas",
            "a*",
            "a?",
            "a|b",
            "~",
            "$HOME",
            "a b",
        ] {
            assert!(check(name).is_err(), "{name:?}");
        }
        assert!(check(&"a".repeat(LONGEST + 1)).is_err());
        for name in ["lamas", "cot5_sc", "x-1", "A", "COM", "COM0", "COM10", "console", &"a".repeat(LONGEST)] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn names_that_differ_in_capitals_alone_are_one_file() {
        let said = "`LAMAS` and `lamas` would be one file where capitals do not count".to_owned();
        assert_eq!(twice(["lamas", "maas", "LAMAS"]), Some((2, said)));
        assert_eq!(twice(["lamas", "maas"]), None);
    }

    proptest! {
        #[test]
        fn whatever_is_allowed_is_one_plain_part_of_a_path(name in "\\PC{0,80}") {
            if check(&name).is_ok() {
                let parts: Vec<_> = std::path::Path::new(&name).components().collect();
                prop_assert!(matches!(parts[..], [std::path::Component::Normal(part)] if part == &*name));
            }
        }
    }
}
