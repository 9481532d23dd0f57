//! An experiment file's keys, and its checked form.

use std::path::{Path, PathBuf};

use lamas_controller::released::MOVED;
use lamas_controller::settings::Settings;
use lamas_core::chat::Sampling;
use lamas_core::units::{Gamma, Price};
use lamas_llm::limit::Budget;
use lamas_llm::openai::PriceTable;
use lamas_llm::store::StoreSettings;
use lamas_operators::python::SandboxSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::{Mapping, Value};
use sha2::{Digest, Sha256};

use super::encoder::EncoderChoice;
use super::include::{self, Included};
use super::method::Entry;
use super::output::{self, FigureDraft, TableDraft};
use super::tree::{Node, Tree};
use super::yaml::{ConfigError, Override};
use super::{Method, ModelChoice, check, paths, ranges};

/// The only version of the file's format.
pub const VERSION: u32 = 1;

/// Which learning rule the controller's settings start from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// Exact log-probabilities, masked actions: the default.
    #[default]
    Honest,
    /// The released code's conventions where the paper is silent.
    Paper,
}

impl Preset {
    fn settings(self) -> Settings {
        match self {
            Self::Honest => Settings::honest(),
            Self::Paper => Settings::paper(),
        }
    }
}

/// At most so many rows of each split, for trying things out. `null` takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limit {
    /// Rows of the training split.
    pub train: Option<usize>,
    /// Rows of the test split.
    pub test: Option<usize>,
}

/// An experiment file as it is written. Every key but `version`, `name`, `datasets` and `methods` has a default; those may
/// stand in a file that it includes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The format's version: 1.
    #[serde(default)]
    pub version: u32,
    /// Names the run's folder.
    #[serde(default)]
    pub name: String,
    /// Other experiment files, relative to this one, whose keys count where this one has none (see
    /// [`mod@include`]).
    #[serde(default, skip_serializing)]
    pub include: Vec<String>,
    /// Which problem sets, by the names of their manifests.
    #[serde(default)]
    pub datasets: Vec<String>,
    /// Which methods.
    #[serde(default)]
    #[schemars(with = "Vec<super::method::Written>")]
    pub methods: Vec<Entry>,
    /// Who answers; `simulated`.
    #[serde(default)]
    pub model: ModelChoice,
    /// How the model is to sample; temperature 1.
    #[serde(default)]
    pub sampling: Sampling,
    /// What calls cost, in USD per million tokens; the model's own price by default.
    #[serde(default)]
    pub price: Option<Price>,
    /// Prices by model name, which go before those that come with the program; none.
    #[serde(default, skip_serializing_if = "PriceTable::is_empty")]
    pub prices: PriceTable,
    /// The first seed; 1.
    #[serde(default = "one")]
    pub seed: u64,
    /// How many training seeds; 3.
    #[serde(default = "three")]
    pub seeds: u64,
    /// Values of lambda_t (per token) for the methods that learn; the paper's 1e-4.
    #[serde(default = "paper_lambda_t")]
    pub lambda_t: Vec<f64>,
    /// Which learning rule the settings start from; `honest`.
    #[serde(default)]
    pub preset: Preset,
    /// Settings of the controller that differ from the preset's.
    #[serde(default)]
    pub controller: ControllerKeys,
    /// Which embeddings: `hashed`, `minilm`, or a mapping; `hashed`.
    #[serde(default)]
    pub encoder: EncoderChoice,
    /// Episodes in flight in a cell; 64.
    #[serde(default = "sixty_four")]
    pub concurrency: usize,
    /// How many test queries of each cell leave their whole trace; 2.
    #[serde(default = "two")]
    pub traces: usize,
    /// At most so many rows; all.
    #[serde(default)]
    pub limit: Limit,
    /// The Python sandbox.
    #[serde(default)]
    pub sandbox: SandboxSettings,
    /// Where an endpoint's answers are kept and found again; replayed from `runs/store.sqlite`. The simulated model needs
    /// none.
    #[serde(default)]
    pub store: StoreSettings,
    /// The most that the experiment may spend, over all the times it is started; unlimited. The simulated model is paid
    /// nothing, so that only its `wall_clock` is limited.
    #[serde(default)]
    pub budget: Budget,
    /// Whether every call is kept in `calls.jsonl`, with its prompt and completion; false.
    #[serde(default)]
    pub calls: bool,
    /// A folder with prompt templates that replace the built-in ones; none.
    #[serde(default)]
    pub prompts: Option<PathBuf>,
    /// Resamples of the bootstrap behind every interval; 2000.
    #[serde(default = "two_thousand")]
    pub resamples: usize,
    /// Which tables; one of all methods for each problem set by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableDraft>,
    /// Which figures; one of each kind by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<FigureDraft>,
}

/// Some of the controller's settings, kept as written; [`draft`] refuses unknown keys and wrong types.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ControllerKeys(pub Mapping);

impl JsonSchema for ControllerKeys {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ControllerKeys".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Settings>()
    }
}

fn one() -> u64 {
    1
}
fn two() -> usize {
    2
}
fn three() -> u64 {
    3
}
fn sixty_four() -> usize {
    64
}
fn two_thousand() -> usize {
    2000
}
fn paper_lambda_t() -> Vec<f64> {
    vec![Settings::honest().lambda_t]
}

/// The draft of a file: all keys are known and of the right type.
///
/// # Errors
/// Names file, line and key.
pub fn draft(tree: &Tree) -> Result<Draft, ConfigError> {
    ranges::check(tree)?;
    let draft: Draft = tree.parse()?;
    let set = draft.methods.iter().enumerate().map(|(index, _)| format!("methods[{index}].set"));
    for key in std::iter::once("controller".to_owned()).chain(set) {
        if tree.at(&key).is_some() {
            moved(tree, &key)?;
            tree.parse_at::<Settings>(&key)?;
        }
    }
    if tree.at("controller.lambda_t").is_some() {
        let message = "controller.lambda_t: lambda_t stands at the top of the file, as a list of values to sweep";
        return Err(tree.error("controller.lambda_t", message));
    }
    Ok(draft)
}

/// Refuses settings by the names that they once had, and says where they stand now.
fn moved(tree: &Tree, key: &str) -> Result<(), ConfigError> {
    for (old, value, remedy) in MOVED {
        let place = format!("{key}.{old}");
        let is_meant = |found: &Tree| match (value, &found.node) {
            (None, _) => true,
            (Some(value), Node::Scalar(found)) => found.as_str() == Some(value),
            (Some(_), _) => false,
        };
        if tree.at(&place).is_some_and(is_meant) {
            let value = value.map_or_else(String::new, |value| format!(": {value}"));
            return Err(tree.error(&place, format!("{place}{value} stands under `released` now; {remedy}")));
        }
    }
    Ok(())
}

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
        Self::check(draft(&tree)?, tree)
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
            let method = Method::check(entry, &settings, &draft.lambda_t)
                .map_err(|message| tree.error(&key, format!("{key}: {message}")))?;
            for settings in method.plans.iter().filter_map(|plan| plan.settings()) {
                check::controller(settings, &tree, &format!("{key}.set"))?;
            }
            methods.push(method);
        }
        output::check(&draft, &methods).map_err(|fault| tree.error(&fault.at, fault.message))?;
        let seeds = seeds(draft.seed, draft.seeds);
        let experiment = Self { gamma: settings.gamma, draft, tree, methods, seeds, files: Vec::new(), written };
        experiment.check_cells()?;
        Ok(experiment)
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
        hex(&Sha256::digest(resolved.to_string()))
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

/// So many seeds from the first one on; both are checked.
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

/// Bytes in hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
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
