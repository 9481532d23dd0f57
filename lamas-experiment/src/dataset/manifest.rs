//! A dataset's manifest: everything that is particular to it.

use std::path::{Component, Path, PathBuf};

use lamas_core::pipeline::Pipeline;
use lamas_core::problem::Domain;
use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, Tree, name};
use lamas_score::Rules;

/// What stands in `data/NAME.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format's version: 1.
    pub version: u32,
    /// The name that experiments use.
    pub name: String,
    /// The name in tables and figures.
    pub title: String,
    /// What kind of answers it asks for.
    pub domain: Domain,
    /// Which rules decide whether an answer is right.
    pub scorer: Rules,
    /// The JSON lines, relative to the data folder.
    pub file: PathBuf,
    /// SHA-256 of that file, in hexadecimal.
    pub sha256: String,
    /// How many rows it holds.
    pub rows: usize,
    /// Under which licence.
    pub licence: String,
    /// Where it can be fetched; absent for sets that ship with the project.
    #[serde(default)]
    pub source: Option<Origin>,
    /// Which JSON fields carry what.
    pub fields: Fields,
    /// Further fields, for reports.
    #[serde(default)]
    pub features: Vec<String>,
    /// The steps before and after the layers.
    #[serde(default)]
    pub pipeline: Pipeline,
    /// Which rows train and which test.
    pub split: SplitFile,
    /// Points of score by which a method may fall behind another one and still count as not worse; 2.
    #[serde(default = "two_points")]
    pub margin: f64,
    /// Which section of a simulated model's profile stands for it.
    pub simulated_as: String,
}

fn two_points() -> f64 {
    2.0
}

/// Where a public file comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// Its address.
    pub url: String,
    /// How it is packed there.
    #[serde(default)]
    pub compression: Compression,
    /// Citation, caveats.
    #[serde(default)]
    pub note: String,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// As it is.
    #[default]
    None,
    /// gzip; the checksum is that of the unpacked file.
    Gzip,
}

/// Which JSON fields of a row carry what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// A row's id; the row number by default.
    #[serde(default)]
    pub id: Option<String>,
    /// The question, or the function's stub.
    pub statement: String,
    /// Maths: the field with the reference answer.
    #[serde(default)]
    pub answer: Option<String>,
    /// Maths: where in that field it stands.
    #[serde(default, with = "serde_yaml::with::singleton_map")]
    pub answer_in: AnswerIn,
    /// Maths: the worked solution. Code: the reference body, which completes the stub.
    #[serde(default)]
    pub solution: Option<String>,
    /// Code: the name of the function.
    #[serde(default)]
    pub entry_point: Option<String>,
    /// Code: the hidden tests.
    #[serde(default)]
    pub tests: Option<String>,
}

/// Where in its field a reference answer stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerIn {
    /// It is the whole field.
    #[default]
    Whole,
    /// In the `\boxed{}`, all of them where there are several answers.
    Boxed,
    /// After the last occurrence of this text.
    After(String),
}

/// Which rows train and which test: row numbers, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitFile {
    /// A JSON file, relative to the data folder.
    pub file: PathBuf,
    /// The key in it.
    pub name: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Names file, line and key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let tree = Tree::read(path)?;
        let manifest: Self = tree.parse()?;
        tree.check_numbers()?;
        manifest.check(path).map_err(|(key, problem)| tree.error(key, format!("{key}: {problem}")))?;
        Ok(manifest)
    }

    /// The first key that cannot be used, and why.
    fn check(&self, path: &Path) -> Result<(), (&'static str, String)> {
        let refuse = |key, problem: &str| Err((key, problem.to_owned()));
        if self.version != 1 {
            return Err(("version", format!("{} is not known; this program reads version 1", self.version)));
        }
        name::check(&self.name).map_err(|problem| ("name", problem))?;
        // Experiments name the file; the name within makes folders. Two of one name would share them.
        if path.file_stem().is_none_or(|stem| stem != self.name.as_str()) {
            return Err(("name", format!("`{0}` is not the file's name; call the file {0}.yaml", self.name)));
        }
        for (key, file) in [("file", &self.file), ("split.file", &self.split.file)] {
            if !file.components().all(|part| matches!(part, Component::Normal(_))) || file.as_os_str().is_empty() {
                return refuse(key, "must lie in the data folder: give a relative path without `..`");
            }
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return refuse("sha256", "is no SHA-256: 64 digits and small letters from a to f");
        }
        if !(0.0..=100.0).contains(&self.margin) {
            return Err(("margin", format!("is {}, but must lie between 0 and 100 points", self.margin)));
        }
        let missing = match self.domain {
            Domain::Maths if self.fields.answer.is_none() => Some("fields.answer"),
            Domain::Code if self.fields.entry_point.is_none() => Some("fields.entry_point"),
            Domain::Code if self.fields.tests.is_none() => Some("fields.tests"),
            Domain::Code if self.fields.solution.is_none() => Some("fields.solution"),
            _ => None,
        };
        missing.map_or(Ok(()), |key| refuse(key, "missing, and this domain needs it"))
    }
}
