//! What the simulated model is like: a profile in YAML, read into types that cannot hold a bad number.
//!
//! A profile has groups that hold for every problem (`answers`, `length`, `latency`, `tool`) and one section for each
//! kind of problem set. A profile may be based on an embedded one and then only writes down the groups that it changes.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use lamas_core::capped;
use lamas_core::digest::sha256;
use lamas_core::random::Seed;
use serde::{Deserialize, Serialize};

use super::number::{Amount, Correlation, Finite, Positive, Probability};

/// The profiles that the library carries, by name.
const EMBEDDED: [(&str, &str); 2] = [
    ("gpt-4o-mini", include_str!("../profiles/gpt-4o-mini.yaml")),
    ("stress", include_str!("../profiles/stress.yaml")),
];

/// The format that [`Profile`] reads.
const VERSION: u32 = 1;

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The file cannot be read.
    #[error("{file}: cannot read the profile: {source}; give a profile's file, or the name of one of the library's")]
    Unreadable {
        /// Where it should be.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no profile; the message names the key.
    #[error("{file}: {message}")]
    Invalid {
        /// The file, or the embedded profile's name.
        file: String,
        /// Key and problem.
        message: String,
    },
    /// A number of it cannot be changed as asked.
    #[error("{key}: {message}")]
    Change {
        /// The key as it was given.
        key: String,
        /// What is wrong with it.
        message: String,
    },
    /// No embedded profile has this name.
    #[error("unknown profile `{name}`, the library carries {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// How answers come out, for every kind of problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// omega: how often a wrong answer is the problem's attractor rather than one of its own.
    pub attractor: Probability,
    /// How often the programs of a problem have the same attractor as its reasoned answers.
    pub shared_attractor: Probability,
    /// Correlation of direct and reasoned success over problems (latent normal scale).
    pub direct_reasoned: Correlation,
    /// Correlation of reasoned and program success over problems (latent normal scale).
    pub reasoned_program: Correlation,
    /// Share of a problem's latent variance that its text predicts (R squared, latent normal scale).
    pub text_signal: Probability,
    /// How often a generated program runs to its end.
    pub program_runs: Probability,
    /// How often the write-up of a program's output states that output.
    pub write_up: Probability,
    /// How often an ensemble names a member of the plurality.
    pub plurality: Probability,
    /// The extra weight of the first option, where options are chosen by weight (1 for each other).
    pub position_bias: Amount,
    /// How often a wrong program passes the examples that the statement shows.
    pub passes_public: Probability,
}

/// Output lengths, for every kind of problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Length {
    /// delta: how much longer a wrong answer is, on the log scale.
    pub wrong: Amount,
    /// Standard deviation between problems, on the log scale.
    pub between: Amount,
}

/// A log-normal duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    /// Its median in seconds.
    pub median: Positive,
    /// Its standard deviation on the log scale.
    pub sigma: Amount,
}

/// How fast tokens come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoding {
    /// The median rate.
    pub tokens_per_second: Positive,
    /// Standard deviation of a call's rate, on the log scale.
    pub sigma: Amount,
}

/// How long a call takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Until the first token.
    pub first_token: Duration,
    /// From the first token to the last.
    pub decoding: Decoding,
    /// Standard deviation, on the log scale, of the slow-down that the calls of one episode share.
    pub congestion: Amount,
}

/// Single-call success rates (mu), one for each way of answering.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Success {
    /// Answering directly.
    pub direct: Probability,
    /// Answering step by step.
    pub reasoned: Probability,
    /// Answering by a program that runs; as step by step where absent.
    pub program: Option<Probability>,
}

/// What a review does to the solution that it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refine {
    /// How often a wrong solution becomes right (g).
    pub repairs: Probability,
    /// How often a right solution becomes wrong.
    pub breaks: Probability,
}

/// One feature of a statement and how it is standardised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feature {
    /// Its mean over the problem set.
    pub mean: Finite,
    /// Its standard deviation over the problem set.
    pub sd: Positive,
    /// Its weight; more of the feature is harder where positive.
    pub weight: Finite,
}

/// The features of a statement that predict difficulty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Natural logarithm of the number of words.
    pub length: Feature,
    /// Natural logarithm of one plus the number of quantities.
    pub quantities: Feature,
    /// Correlation of the two over the problem set.
    pub correlation: Correlation,
}

/// Mean output tokens of each kind of request. Where one is absent, the reasoned one holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lengths {
    /// A direct answer.
    pub direct: Positive,
    /// A step-by-step answer.
    pub reasoned: Positive,
    /// Naming one of several options.
    pub ensemble: Positive,
    /// A program for a maths problem.
    pub program: Option<Positive>,
    /// A program's output written up.
    pub write_up: Option<Positive>,
    /// A solution reviewed and rewritten.
    pub refine: Option<Positive>,
    /// A reflection on failed tests with a new program.
    pub reflect: Option<Positive>,
}

/// What holds for one kind of problem set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Mean success of single calls.
    pub success: Success,
    /// kappa: success over problems is Beta(mu kappa, (1 - mu) kappa); small means that a problem is solved always or never.
    pub concentration: Positive,
    /// What a review does.
    pub refine: Refine,
    /// How often a reflection on failed tests repairs a program; as a review where absent.
    pub reflect: Option<Probability>,
    /// Mean output tokens.
    pub tokens: Lengths,
    /// Standard deviation of a problem's output lengths from sample to sample, on the log scale.
    pub spread: Amount,
    /// How statements predict difficulty.
    pub text: Text,
}

/// A profile as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    name: String,
    based_on: Option<String>,
    seed: Option<Seed>,
    answers: Option<Answers>,
    length: Option<Length>,
    latency: Option<Latency>,
    tool: Option<Duration>,
    #[serde(default)]
    sections: BTreeMap<String, Section>,
}

/// A profile that is complete: everything the simulated model is, apart from the problems it knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// What the model is called.
    pub name: String,
    /// The model seed: which problems are hard, and every draw after that.
    pub seed: Seed,
    /// How answers come out.
    pub answers: Answers,
    /// How long outputs are.
    pub length: Length,
    /// How long calls take.
    pub latency: Latency,
    /// How long a program takes.
    pub tool: Duration,
    /// What differs between problem sets, by name.
    pub sections: BTreeMap<String, Section>,
}

impl Profile {
    /// One of the profiles that the library carries: `gpt-4o-mini` or `stress`.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn embedded(name: &str) -> Result<Self, ProfileError> {
        let text = EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let text = text.ok_or_else(|| ProfileError::Unknown {
            name: name.to_owned(),
            known: EMBEDDED.map(|(known, _)| format!("`{known}`")).join(", "),
        })?;
        Self::parse(text, &format!("embedded profile {name}"))
    }

    /// A profile in a file of its own.
    ///
    /// # Errors
    /// When the file cannot be read or is no profile.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        let file = path.display().to_string();
        let text = File::open(path).and_then(|profile| capped::text(profile, capped::MOST_OF_A_TEXT));
        let text = text.map_err(|source| ProfileError::Unreadable { file: file.clone(), source })?;
        Self::parse(&text, &file)
    }

    /// A profile from its text; `file` is the name that messages give it.
    ///
    /// # Errors
    /// When the text is no profile: an unknown key, a bad number, a group that is missing.
    pub fn parse(text: &str, file: &str) -> Result<Self, ProfileError> {
        let invalid = |message: String| ProfileError::Invalid { file: file.to_owned(), message };
        let document = serde_yaml::Deserializer::from_str(text);
        let written: Written = serde_path_to_error::deserialize(document).map_err(|error| invalid(keyed(&error)))?;
        if written.version != VERSION {
            return Err(invalid(format!("version: {} is unknown, this program reads {VERSION}", written.version)));
        }
        let base = written
            .based_on
            .as_deref()
            .map(Self::embedded)
            .transpose()
            .map_err(|error| invalid(format!("based_on: {error}")))?;
        written.over(base).map_err(invalid)
    }

    /// The same model in another world: other problems are hard.
    #[must_use]
    pub fn with_seed(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// The profile with some of its numbers changed, by keys such as `answers.attractor` or
    /// `sections.gsm8k.concentration`; `sections.*.concentration` changes every section.
    ///
    /// # Errors
    /// Names the key that does not exist, or whose value does not fit.
    pub fn with(&self, changes: &BTreeMap<String, serde_yaml::Value>) -> Result<Self, ProfileError> {
        let mut changed = self.clone();
        for (key, value) in changes {
            let refused = |message: String| ProfileError::Change { key: key.clone(), message };
            let mut tree = serde_yaml::to_value(&changed).map_err(|error| refused(error.to_string()))?;
            if let serde_yaml::Value::Mapping(whole) = &mut tree {
                whole.insert("version".into(), VERSION.into());
            }
            let path: Vec<&str> = key.split('.').collect();
            let places = replace(&mut tree, &path, value);
            if places == 0 {
                return Err(refused("the profile has no such key".to_owned()));
            }
            let written: Written =
                serde_path_to_error::deserialize(tree).map_err(|error| refused(error.inner().to_string()))?;
            changed = written.over(None).map_err(refused)?;
        }
        Ok(changed)
    }

    /// The section of this name.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections.get(name)
    }

    /// SHA-256 of everything in the profile, in hexadecimal, for the manifest of a run.
    #[must_use]
    pub fn hash(&self) -> String {
        // Debug writes every number in full and in the order of the fields.
        sha256(format!("{self:?}"))
    }
}

/// Puts a value wherever a path leads, `*` to every key, and says in how many places that was.
fn replace(tree: &mut serde_yaml::Value, path: &[&str], value: &serde_yaml::Value) -> usize {
    let serde_yaml::Value::Mapping(mapping) = tree else { return 0 };
    let Some((&key, rest)) = path.split_first() else { return 0 };
    let found = mapping.iter_mut().filter(|(name, _)| key == "*" || name.as_str() == Some(key));
    found
        .map(|(_, at)| {
            if rest.is_empty() {
                *at = value.clone();
                1
            } else {
                replace(at, rest, value)
            }
        })
        .sum()
}

/// The key and what is wrong there. The YAML reader names some part of the path itself, which is left out.
fn keyed(error: &serde_path_to_error::Error<serde_yaml::Error>) -> String {
    let (path, message) = (error.path().to_string(), error.inner().to_string());
    let rest =
        message.split_once(": ").filter(|(key, _)| path.starts_with(key)).map_or(message.as_str(), |(_, rest)| rest);
    format!("{path}: {rest}")
}

impl Written {
    /// Fills what is left out from the profile that this one is based on.
    fn over(self, base: Option<Profile>) -> Result<Profile, String> {
        let (seed, answers, length, latency, tool, mut sections) = match base {
            Some(base) => {
                let Profile { seed, answers, length, latency, tool, sections, .. } = base;
                (Some(seed), Some(answers), Some(length), Some(latency), Some(tool), sections)
            }
            None => (None, None, None, None, None, BTreeMap::new()),
        };
        let missing = |key: &str| format!("{key}: missing, and there is no `based_on` to take it from");
        sections.extend(self.sections);
        if sections.is_empty() {
            return Err(missing("sections"));
        }
        Ok(Profile {
            name: self.name,
            seed: self.seed.or(seed).ok_or_else(|| missing("seed"))?,
            answers: self.answers.or(answers).ok_or_else(|| missing("answers"))?,
            length: self.length.or(length).ok_or_else(|| missing("length"))?,
            latency: self.latency.or(latency).ok_or_else(|| missing("latency"))?,
            tool: self.tool.or(tool).ok_or_else(|| missing("tool"))?,
            sections,
        })
    }
}
