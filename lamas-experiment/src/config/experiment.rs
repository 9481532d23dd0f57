//! An experiment's checked form.

use std::path::{Path, PathBuf};

use lamas_controller::settings::Settings;
use lamas_core::digest::sha256;
use lamas_core::units::Gamma;
use lamas_methods::Fault;
use serde_yaml::{Mapping, Value};

use super::draft::{Draft, draft};
use super::error::ConfigError;
use super::include::{self, Included};
use super::preset::Preset;
use super::yaml::Override;
use super::{Method, Tree, check, paths, shown};

/// An experiment that can run.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// The file with all overrides in it, and with paths as seen from the working directory.
    pub draft: Draft,
    /// Where its values stand, for messages.
    pub tree: Tree,
    /// The checked methods, in order.
    pub methods: Vec<Method>,
    /// The training seeds.
    pub seeds: Vec<u64>,
    /// gamma of equation (9), in tokens per second of tool time: one for all methods, or their paths would not compare.
    pub gamma: Gamma,
    /// The files that it was read from, its own first.
    files: Vec<PathBuf>,
    /// The draft as JSON, with paths as they are written.
    written: serde_json::Value,
}

impl Experiment {
    /// Reads, overrides and checks an experiment file.
    ///
    /// # Errors
    /// Names file, line, key and remedy.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        let Included { tree, files } = include::read(path)?;
        Ok(Self { files, ..Self::from_tree(tree, overrides)? })
    }

    /// Overrides and checks an experiment that stands within another file.
    ///
    /// # Errors
    /// Names file, line, key and remedy.
    pub fn from_tree(mut tree: Tree, overrides: &[Override]) -> Result<Self, ConfigError> {
        for change in overrides {
            change.apply(&mut tree)?;
        }
        tree.check_numbers()?;
        let draft = draft(&tree)?;
        if !draft.include.is_empty() {
            let message = "include: only a file can include others; write it into the experiment's own file".to_owned();
            return Err(tree.error("include", message));
        }
        Self::check(draft, tree)
    }

    fn check(mut draft: Draft, tree: Tree) -> Result<Self, ConfigError> {
        let written = serde_json::to_value(&draft).expect("a draft that was parsed can be written");
        paths::locate(&mut draft, &tree);
        check::check(&draft, &tree)?;
        let settings = controller_settings(&draft, draft.preset);
        let settings: Settings = serde_yaml::from_value(Value::Mapping(settings))
            .map_err(|error| tree.error("controller", format!("controller: {error}")))?;
        check::controller(&settings, &tree, "controller")?;
        let mut methods = Vec::with_capacity(draft.methods.len());
        for (index, entry) in draft.methods.iter().enumerate() {
            let settings = controller_settings(&draft, entry.preset.unwrap_or(draft.preset));
            let key = format!("methods[{index}]");
            let method = Method::check(entry, &settings, &draft.lambda_t).map_err(|Fault { at, problem }| {
                let at = if at.is_empty() { key.clone() } else { format!("{key}.{at}") };
                tree.error(&at, format!("{at}: {problem}"))
            })?;
            for settings in method.plans.iter().filter_map(|plan| plan.settings()) {
                check::controller(settings, &tree, &format!("{key}.set"))?;
            }
            methods.push(method);
        }
        shown::check(&draft, &methods).map_err(|fault| tree.error(&fault.at, fault.message))?;
        let seeds = seeds(draft.seed, draft.seeds);
        let experiment = Self { gamma: settings.gamma, draft, tree, methods, seeds, files: Vec::new(), written };
        experiment.check_cells()?;
        experiment.check_training_rows()?;
        Ok(experiment)
    }

    /// The first method that is nothing without training rows.
    #[must_use]
    pub fn learner(&self) -> Option<&Method> {
        self.methods.iter().find(|method| method.kind().learns())
    }

    fn check_training_rows(&self) -> Result<(), ConfigError> {
        match self.learner().filter(|_| self.draft.limit.train == Some(0)) {
            Some(learner) => {
                let message = format!(
                    "limit.train: is 0, but `{}` learns from training rows; give it at least 1, or leave the method out",
                    learner.name
                );
                Err(self.tree.error("limit.train", message))
            }
            None => Ok(()),
        }
    }

    fn check_cells(&self) -> Result<(), ConfigError> {
        let of = |method: &Method| method.plans.len() as u64 * method.seeds.unwrap_or(self.draft.seeds);
        let cells = self.methods.iter().map(of).sum::<u64>() * self.draft.datasets.len() as u64;
        if cells <= check::MOST_CELLS {
            return Ok(());
        }
        let most = check::MOST_CELLS;
        let message = format!(
            "methods: {cells} cells (problem sets, methods, lambda_t, seeds) are more than {most}; take fewer of them"
        );
        Err(self.tree.error("methods", message))
    }

    /// The files that it includes, relative to its own folder, in the order in which they go before each other.
    #[must_use]
    pub fn included(&self) -> Vec<String> {
        let Some((own, others)) = self.files.split_first() else { return Vec::new() };
        let folder = own.parent().unwrap_or(Path::new(""));
        let relative = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        others.iter().map(relative).collect()
    }

    /// The training seeds of one of its methods.
    #[must_use]
    pub fn seeds_of(&self, method: &Method) -> Vec<u64> {
        method.seeds.map_or_else(|| self.seeds.clone(), |count| seeds(self.draft.seed, count))
    }

    /// The resolved file as canonical JSON: what the hash is taken of. Paths are as they are written, so that it does not
    /// depend on where the program was started.
    #[must_use]
    pub fn resolved(&self) -> serde_json::Value {
        self.written.clone()
    }

    /// SHA-256 of the resolved file, in hexadecimal, without what may change when a run is gone on with: what it may spend,
    /// what it keeps, and where and how fast its model is asked.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut resolved = self.resolved();
        remove(&mut resolved, &["budget", "calls", "store", "concurrency"]);
        if let Some(endpoint) = resolved.pointer_mut("/model/openai") {
            remove(endpoint, &["endpoints", "timeouts", "retries"]);
        }
        sha256(resolved.to_string())
    }
}

/// Takes keys out of an object; of anything else nothing.
fn remove(value: &mut serde_json::Value, keys: &[&str]) {
    if let Some(object) = value.as_object_mut() {
        for key in keys {
            object.shift_remove(*key);
        }
    }
}

/// `count` seeds from the first one on; both are checked.
fn seeds(first: u64, count: u64) -> Vec<u64> {
    (first..first.saturating_add(count)).collect()
}

/// A preset with the file's own keys over it.
fn controller_settings(draft: &Draft, preset: Preset) -> Mapping {
    let preset = serde_yaml::to_value(preset.settings()).expect("settings can be written");
    let Value::Mapping(mut settings) = preset else { unreachable!("settings are a mapping") };
    settings.extend(draft.controller.0.clone());
    settings
}

#[cfg(test)]
mod tests {
    use lamas_controller::settings::Impossible;

    use super::*;

    #[test]
    fn a_method_starts_from_its_own_preset_and_keeps_the_experiments_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("presets.yaml");
        let text = "version: 1\nname: presets\ndatasets: [words]\ncontroller: {passes: 2}\nlambda_t: [1e-3]\nmethods:\n  \
                    - lamas\n  - {name: theirs, like: lamas, preset: paper}\n  \
                    - {name: mixed, like: lamas, preset: paper, set: {impossible: mask}}\n";
        std::fs::write(&path, text).unwrap();
        let settings = |overrides: &[Override]| -> Vec<Settings> {
            let experiment = Experiment::load(&path, overrides).unwrap();
            experiment.methods.iter().map(|method| (**method.plans[0].settings().unwrap()).clone()).collect()
        };
        let keys = |preset: Settings| Settings { passes: 2, lambda_t: 1e-3, ..preset };
        let (honest, paper) = (keys(Settings::honest()), keys(Settings::paper()));
        let mixed = Settings { impossible: Impossible::Mask, ..paper.clone() };
        assert_eq!(settings(&[]), [honest.clone(), paper.clone(), mixed.clone()]);
        // The experiment's preset is that of the methods that name none.
        assert_eq!(settings(&["preset=paper".parse().unwrap()]), [paper.clone(), paper, mixed]);
    }

    #[test]
    fn settings_that_have_moved_are_refused_with_their_new_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("moved.yaml");
        let load = |controller: &str, set: &str| {
            let text = format!(
                "version: 1\nname: moved\ndatasets: [words]\ncontroller: {controller}\nmethods:\n  \
                 - {{name: mine, like: lamas, set: {set}}}\n"
            );
            std::fs::write(&path, text).unwrap();
            Experiment::load(&path, &[]).map(|experiment| experiment.methods[0].plans[0].settings().cloned().unwrap())
        };
        for (key, value, now) in [
            ("impossible", "redraw", "released: {redraw: true}"),
            ("raising", "[generate_cot]", "released: {raising: [..]}"),
            ("penalised", "layers", "released: {layers_alone: true}"),
            ("idle_critical", "true", "released: {idle_critical: ..}"),
        ] {
            let old = format!("{{{key}: {value}}}");
            for (message, line, place) in [
                (load(&old, "{}").unwrap_err().to_string(), 4, format!("controller.{key}")),
                (load("{}", &old).unwrap_err().to_string(), 6, format!("methods[0].set.{key}")),
            ] {
                assert!(message.contains(&format!("moved.yaml:{line}")), "{message}");
                assert!(message.contains(&place) && message.contains(now), "{message}");
            }
        }
        let settings = load("{impossible: skip}", "{released: {idle_critical: false, raising: [test]}}").unwrap();
        let released = settings.released.as_ref().unwrap();
        assert!(released.redraw && released.layers_alone && !released.idle_critical, "{released:?}");
        assert_eq!((settings.impossible, released.raising.len()), (Impossible::Skip, 1));
    }

    #[test]
    fn case_prices_below_0_or_that_are_no_numbers_are_refused_by_file_line_and_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("prices.yaml");
        let head = "version: 1\nname: prices\ndatasets: [words]\nmethods: [gen_cot]\n";
        let load = |text: &str, overrides: &[Override]| {
            std::fs::write(&path, format!("{head}{text}")).unwrap();
            Experiment::load(&path, overrides).map(drop).map_err(|error| error.to_string())
        };
        // What is not finite is refused wherever it stands.
        let says = |message: &str| message.contains("is no price; write USD") || message.contains("a finite number");
        for wrong in ["-1", ".nan", "-.inf", ".inf", "1e300"] {
            for (text, line, key) in [
                (format!("price:\n  input: 1\n  output: {wrong}\n"), 7, "price"),
                (format!("prices:\n  gpt-4o:\n    input: {wrong}\n    output: 1\n"), 7, "gpt-4o"),
                (
                    format!("model:\n  openai:\n    name: m\n    price:\n      input: {wrong}\n      output: 1\n"),
                    9,
                    "price",
                ),
            ] {
                let message = load(&text, &[]).unwrap_err();
                let place = format!("prices.yaml:{line}");
                assert!(message.contains(&place) && message.contains(key), "{text}: {message}");
                assert!(says(&message), "{text}: {message}");
            }
            let set = format!("price={{input: {wrong}, output: 1}}");
            let message = load("", &[set.parse().unwrap()]).unwrap_err();
            assert!(says(&message), "{set}: {message}");
        }
        load("price: {input: 0, output: 2.5}\nprices: {m: {input: 1, output: 0}}\n", &[]).unwrap();
    }
}
