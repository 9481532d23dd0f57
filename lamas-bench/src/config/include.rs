//! `include:`: an experiment that is put together from several files.
//!
//! A file names others, relative to itself. What stands in it goes before what they say, and what an earlier one says goes
//! before a later one: a key is taken whole from the first file that has it. The lists `methods`, `tables` and `figures` are
//! joined instead; an entry that comes twice must say the same twice. A file that is included by several others counts once,
//! where it is met first.

use std::path::{Path, PathBuf};

use serde_yaml::{Mapping, Value};

use super::experiment::{Draft, VERSION};
use super::yaml::{ConfigError, Source, Sources};

/// The lists that are joined. Their entries bear names.
const JOINED: [&str; 3] = ["methods", "tables", "figures"];

/// An experiment's tree with all included files in it, and those files, its own first.
pub struct Included {
    /// The whole experiment, without `include`.
    pub value: Value,
    /// Where its keys come from, the first that has one going before the others.
    pub sources: Sources,
}

/// Reads a file and everything that it includes.
///
/// # Errors
/// Names file and line: of a key that is wrong, of an included file that cannot be read or includes itself, and of both
/// entries that bear one name and say different things.
pub fn read(path: &Path) -> Result<Included, ConfigError> {
    let mut reader = Reader::default();
    let source = Source::read(path)?;
    reader.add(&source)?;
    let Reader { files, .. } = reader;
    let mut whole = Mapping::new();
    for (index, (_, own)) in files.iter().enumerate() {
        for (key, value) in own {
            match JOINED.iter().find(|joined| key.as_str() == Some(joined)) {
                Some(list) => join(&mut whole, list, value, index, &files)?,
                None => _ = whole.entry(key.clone()).or_insert_with(|| value.clone()),
            }
        }
    }
    whole.shift_remove("include");
    Ok(Included {
        value: Value::Mapping(whole),
        sources: Sources(files.into_iter().map(|(source, _)| source).collect()),
    })
}

/// Files in the order in which they go before each other.
#[derive(Default)]
struct Reader {
    files: Vec<(Source, Mapping)>,
    /// The files that lead to the one being read, from the experiment's own on.
    way: Vec<PathBuf>,
    seen: Vec<PathBuf>,
}

impl Reader {
    fn add(&mut self, source: &Source) -> Result<(), ConfigError> {
        // Each file by itself first, so that what is wrong is told with its own file and line.
        let draft: Draft = source.parse()?;
        if draft.version != VERSION {
            let message = match draft.version {
                0 => format!("version: missing; this program reads version {VERSION}"),
                other => format!("version: {other} is not known; this program reads version {VERSION}"),
            };
            return Err(source.error_at("version", message));
        }
        let Value::Mapping(own) = source.value()? else {
            return Err(source.error_at("", "an experiment is a mapping"));
        };
        let place = identity(&source.path);
        self.seen.push(place.clone());
        self.way.push(place);
        let folder = source.path.parent().unwrap_or(Path::new("")).to_owned();
        self.files.push((source.clone(), own));
        for name in &draft.include {
            self.include(source, &folder, name)?;
        }
        self.way.pop();
        Ok(())
    }

    fn include(&mut self, from: &Source, folder: &Path, name: &str) -> Result<(), ConfigError> {
        let path = folder.join(name);
        let place = identity(&path);
        if self.way.contains(&place) {
            return Err(from.error_at(name, format!("include: `{name}` leads back to itself")));
        }
        if self.seen.contains(&place) {
            return Ok(());
        }
        let source = Source::read(&path).map_err(|error| match error {
            ConfigError::Unreadable { path, source, .. } => {
                let message = format!("include: {} cannot be read: {source}", path.display());
                from.error_at(name, message + "; paths are relative to this file")
            }
            other => other,
        })?;
        self.add(&source)
    }
}

/// One file under all of its names.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Adds a file's entries to a list; those that an earlier file has already must be equal.
fn join(
    whole: &mut Mapping,
    list: &str,
    entries: &Value,
    index: usize,
    files: &[(Source, Mapping)],
) -> Result<(), ConfigError> {
    let Value::Sequence(entries) = entries else { return Ok(()) };
    let slot = whole.entry(list.into()).or_insert_with(|| Value::Sequence(Vec::new()));
    let Value::Sequence(joined) = slot else { unreachable!("a draft's list was parsed as one") };
    for entry in entries {
        let name = name_of(entry);
        let earlier = files[..index].iter().find_map(|(source, own)| {
            let Some(Value::Sequence(theirs)) = own.get(list) else { return None };
            theirs.iter().find(|other| name.is_some() && name_of(other) == name).map(|other| (source, other))
        });
        match (earlier, name) {
            (Some((_, other)), _) if other == entry => {}
            (Some((source, _)), Some(name)) => {
                let there = source.place_in(list, name);
                let here = &files[index].0;
                let message = format!(
                    "{list}: `{name}` says something else in {there}; entries of one name must be equal, or give one of \
                     them another name"
                );
                return Err(ConfigError::Invalid { place: here.place_in(list, name), message });
            }
            _ => joined.push(entry.clone()),
        }
    }
    Ok(())
}

/// A built-in method is its name; everything else has one.
fn name_of(entry: &Value) -> Option<&str> {
    entry.as_str().or_else(|| entry.get("name")?.as_str())
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
        insta::assert_snapshot!(said([all, a, "version: 1\nresamples: 0\n"]), @"DIR/b.yaml:2: resamples: must be at least 1");
        insta::assert_snapshot!(said([all, a, "version: 1\nmethods: [{name: lamsa}]\n"]), @"DIR/b.yaml:2: methods[1]: unknown method `lamsa`, did you mean `lamas`? (a method of your own needs `like:` or a plan such as `graph:`)");
        insta::assert_snapshot!(said([all, "version: 1\n", "version: 1\n"]), @"DIR/all.yaml: methods: needs at least one");
    }
}
