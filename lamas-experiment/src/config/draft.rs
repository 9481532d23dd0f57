//! An experiment file's keys.

use std::path::PathBuf;

use lamas_controller::released::MOVED;
use lamas_controller::settings::Settings;
use lamas_core::chat::Sampling;
use lamas_core::units::Price;
use lamas_llm::limit::Budget;
use lamas_llm::openai::PriceTable;
use lamas_operators::python::SandboxSettings;
use lamas_store::StoreSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_yaml::Mapping;

use super::encoder::EncoderChoice;
use super::error::ConfigError;
use super::method::Entry;
use super::output::{FigureDraft, TableDraft};
use super::preset::Preset;
use super::tree::{Node, Tree};
use super::{ModelChoice, numbers};

/// The only version of the file's format.
pub const VERSION: u32 = 1;

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
    /// [`mod@include`](super::include)).
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
    numbers::check(tree)?;
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
