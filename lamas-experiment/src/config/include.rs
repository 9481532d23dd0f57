//! `include:`: an experiment that is put together from several files.
//!
//! A file names others, relative to itself. What stands in it goes before what they say, and what an earlier one says goes
//! before a later one: a key is taken whole from the first file that has it. The lists `methods`, `tables` and `figures` are
//! joined instead; an entry that comes twice must say the same twice. A file that is included by several others counts once,
//! where it is met first.

use std::path::{Path, PathBuf};

use serde_yaml::Value;

use super::draft::{self, VERSION};
use super::error::ConfigError;
use super::tree::{Node, Tree};

/// The lists that are joined. Their entries bear names.
const JOINED: [&str; 3] = ["methods", "tables", "figures"];

/// An experiment's tree with all included files in it, and those files, its own first.
pub struct Included {
    /// The whole experiment, without `include`; every value knows its file.
    pub tree: Tree,
    /// Where its keys come from, the first that has one going before the others.
    pub files: Vec<PathBuf>,
}

/// Reads a file and everything that it includes.
///
/// # Errors
/// Names file and line: of a key that is wrong, of an included file that cannot be read or includes itself, and of both
/// entries that bear one name and say different things.
pub fn read(path: &Path) -> Result<Included, ConfigError> {
    let mut reader = Reader::default();
    let own = Tree::read(path)?;
    let place = own.place.clone();
    reader.add(path, &own)?;
    let mut whole = Tree { place, node: Node::Keys(Vec::new()) };
    let mut files = Vec::with_capacity(reader.files.len());
    for (path, tree) in reader.files {
        join(&mut whole, tree)?;
        files.push(path);
    }
    Ok(Included { tree: whole, files })
}

/// Files in the order in which they go before each other.
#[derive(Default)]
struct Reader {
    files: Vec<(PathBuf, Tree)>,
    /// The files that lead to the one being read, from the experiment's own on.
    way: Vec<PathBuf>,
    seen: Vec<PathBuf>,
}

impl Reader {
    fn add(&mut self, path: &Path, tree: &Tree) -> Result<(), ConfigError> {
        if !matches!(tree.node, Node::Keys(_)) {
            return Err(tree.error("", "an experiment is made of keys and values, such as `version: 1`"));
        }
        // Before its keys, which another version may have others of.
        match tree.get("version").map(Tree::value) {
            Some(Value::Number(version)) if version.as_u64() != Some(VERSION.into()) => {
                let message = format!("version: {version} is not known; this program reads version {VERSION}");
                return Err(tree.error("version", message));
            }
            None => {
                return Err(tree.error("version", format!("version: missing; this program reads version {VERSION}")));
            }
            Some(_) => {}
        }
        // Each file by itself first, so that nothing wrong hides behind a key that goes before it.
        let draft = draft::draft(tree)?;
        let place = identity(path);
        self.seen.push(place.clone());
        self.way.push(place);
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.files.push((path.to_owned(), tree.clone()));
        for (index, name) in draft.include.iter().enumerate() {
            self.include(tree, index, &folder, name)?;
        }
        self.way.pop();
        Ok(())
    }

    fn include(&mut self, from: &Tree, index: usize, folder: &Path, name: &str) -> Result<(), ConfigError> {
        let refuse = |message: String| from.error(&format!("include[{index}]"), format!("include: {message}"));
        let path = folder.join(name);
        let place = identity(&path);
        if self.way.contains(&place) {
            return Err(refuse(format!("`{name}` leads back to itself")));
        }
        if self.seen.contains(&place) {
            return Ok(());
        }
        if self.seen.len() >= MOST_FILES {
            return Err(refuse(format!("more than {MOST_FILES} files make one experiment")));
        }
        let tree = Tree::read(&path).map_err(|error| match error {
            ConfigError::Unreadable { path, problem } => {
                refuse(format!("{} cannot be read: {problem}; paths are relative to this file", path.display()))
            }
            other => other,
        })?;
        self.add(&path, &tree)
    }
}

/// The most files of one experiment.
const MOST_FILES: usize = 100;

/// One file under all of its names.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Adds what a file says to what went before it.
fn join(whole: &mut Tree, file: Tree) -> Result<(), ConfigError> {
    let (Node::Keys(keys), Node::Keys(own)) = (&mut whole.node, file.node) else { return Ok(()) };
    for (key, tree) in own {
        if key.as_str() == Some("include") {
            continue;
        }
        match keys.iter_mut().find(|(there, _)| *there == key) {
            None => keys.push((key, tree)),
            Some((_, there)) => {
                if let Some(list) = JOINED.into_iter().find(|list| key.as_str() == Some(list)) {
                    join_list(list, there, tree)?;
                }
            }
        }
    }
    Ok(())
}

/// Adds a file's entries to a list; those that an earlier file has already must be equal.
fn join_list(list: &str, whole: &mut Tree, file: Tree) -> Result<(), ConfigError> {
    let (Node::List(entries), Node::List(own)) = (&mut whole.node, file.node) else { return Ok(()) };
    let earlier = entries.len();
    for entry in own {
        let name = name_of(&entry);
        match entries[..earlier].iter().find(|other| name.is_some() && name_of(other) == name) {
            None => entries.push(entry),
            Some(other) if other.value() == entry.value() => {}
            Some(other) => {
                let message = format!(
                    "{list}: `{}` says something else in {}; entries of one name must be equal, or give one of them \
                     another name",
                    name.unwrap_or_default(),
                    other.place
                );
                return Err(ConfigError::Invalid { place: entry.place.to_string(), message });
            }
        }
    }
    Ok(())
}

/// A built-in method is its name; everything else has one.
fn name_of(entry: &Tree) -> Option<&str> {
    entry.text().or_else(|| entry.get("name")?.text())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::config::Experiment;

    /// Files in a folder of their own; the first is the experiment.
    fn load(files: &[(&str, &str)]) -> Result<Experiment, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let loaded = Experiment::load(&folder.path().join(files[0].0), &["seed=7".parse().unwrap()]);
        loaded.map_err(|error| error.to_string().replace(folder.path().to_str().unwrap(), "DIR"))
    }

    const COMMON: &str = "version: 1\ndatasets: [words]\nseeds: 4\nlambda_t: [0, 1e-4]\ncontroller: {tau: 0.4}\n";

    #[test]
    fn what_stands_first_goes_first_and_lists_are_joined() {
        let experiment = load(&[
            (
                "all.yaml",
                "version: 1\nname: all\ninclude: [parts/a.yaml, parts/b.yaml]\nlambda_t: [1e-4]\ncontroller: {passes: 2}\n",
            ),
            (
                "parts/a.yaml",
                "version: 1\nname: a\ninclude: [common.yaml]\nseeds: 2\nmethods: [maas, {name: own, like: lamas}]\n",
            ),
            (
                "parts/b.yaml",
                "version: 1\nname: b\ninclude: [common.yaml]\nseeds: 3\nmethods: [generate, {name: own, like: lamas}]\n",
            ),
            ("parts/common.yaml", COMMON),
        ])
        .unwrap();
        let names: Vec<&str> = experiment.methods.iter().map(|method| method.name.as_str()).collect();
        assert_eq!(names, ["maas", "own", "generate"]);
        assert_eq!(experiment.draft.name, "all");
        // The first included file's seeds, the file's own lambda_t and whole controller, the option's first seed.
        assert_eq!(experiment.seeds, [7, 8]);
        assert_eq!(experiment.draft.lambda_t, [1e-4]);
        assert_eq!(experiment.draft.controller.0.len(), 1);
        assert_eq!(experiment.draft.datasets, ["words"]);
        assert_eq!(experiment.included(), ["parts/a.yaml", "parts/common.yaml", "parts/b.yaml"]);
    }

    #[test]
    fn case_only_a_file_includes_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "version: 1\nname: a\ndatasets: [words]\nmethods: [lamas]\n").unwrap();
        let said = Experiment::load(&path, &["include=[x.yaml]".parse().unwrap()]).unwrap_err().to_string();
        assert_eq!(
            said,
            "--set include=[x.yaml]: include: only a file can include others; write it into the experiment's own file"
        );
    }

    #[test]
    fn an_included_file_runs_by_itself() {
        let experiment = load(&[
            ("a.yaml", "version: 1\nname: a\ninclude: [common.yaml]\nmethods: [lamas]\n"),
            ("common.yaml", COMMON),
        ])
        .unwrap();
        assert_eq!((experiment.draft.name.as_str(), experiment.seeds.len()), ("a", 4));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_file_and_line() {
        let said =
            |parts: [&str; 3]| load(&[("all.yaml", parts[0]), ("a.yaml", parts[1]), ("b.yaml", parts[2])]).unwrap_err();
        let all = "version: 1\nname: all\ndatasets: [words]\ninclude: [a.yaml, b.yaml]\n";
        let a = "version: 1\nmethods:\n  - {name: own, like: lamas}\n";
        let b = "version: 1\nmethods:\n  - generate\n  - {name: own, like: maas}\n";
        insta::assert_snapshot!(said([all, a, b]), @"DIR/b.yaml:4: methods: `own` says something else in DIR/a.yaml:3; entries of one name must be equal, or give one of them another name");
        insta::assert_snapshot!(said([all, a, "version: 1\ninclude: [a.yaml, all.yaml]\n"]), @"DIR/b.yaml:2: include: `all.yaml` leads back to itself");
        insta::assert_snapshot!(said([all, a, "version: 1\ninclude: [gone.yaml]\n"]), @"DIR/b.yaml:2: include: DIR/gone.yaml cannot be read: No such file or directory (os error 2); paths are relative to this file");
        insta::assert_snapshot!(said([all, a, "version: 1\nsedes: 3\n"]), @"DIR/b.yaml:2: unknown key `sedes`, did you mean `seeds`?");
        insta::assert_snapshot!(said([all, a, "version: 2\n"]), @"DIR/b.yaml:1: version: 2 is not known; this program reads version 1");
        insta::assert_snapshot!(said([all, a, "version: 1\nresamples: 0\n"]), @"DIR/b.yaml:2: resamples: 0 is not between 1 and 1000000");
        insta::assert_snapshot!(said([all, a, "version: 1\nmethods: [{name: lamsa}]\n"]), @"DIR/b.yaml:2: methods[1]: unknown method `lamsa`, did you mean `lamas`? (a method of your own needs `like:` or a plan such as `graph:`)");
        insta::assert_snapshot!(said([all, "version: 1\n", "version: 1\n"]), @"DIR/all.yaml: methods: needs at least one");
    }
}
