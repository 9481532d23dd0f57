//! Whatever is trained, in a file, so that training goes on as if it had never stopped.
//!
//! A checkpoint is one safetensors file: the parameters (`policy.*`), Adam's moments (`adam.m.*`, `adam.v.*`), the running
//! baseline (`baseline`: mean and deviation, 64-bit), and a [`Header`] as JSON under the metadata key `lamas`. No state of
//! a generator is needed: every draw comes from a stream derived from the seed and its position in training.
//!
//! Saving replaces the file in one step. Loading checks everything before it changes anything.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use lamas_core::digest::hex;
use lamas_core::operator::OperatorName;
use lamas_core::random::Seed;
use safetensors::{SafeTensors, View};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::baseline::{Baseline, Moments};
use crate::reinforce::{Learner, Network};
use crate::settings::Settings;
use crate::{ControllerError, Result};

/// The format's version. A reader refuses any other.
pub const FORMAT: u32 = 2;

const KEY: &str = "lamas";
pub(crate) const DAMAGED: &str =
    "the file is incomplete or damaged: take an earlier checkpoint, or delete it and train anew";
pub(crate) const OTHER: &str = "use the experiment that wrote it, or delete it and train anew";

/// Where a checkpoint comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Hash of the experiment's resolved configuration.
    pub config: String,
    /// Name of the encoder that made the queries' and operators' embeddings.
    pub encoder: String,
    /// The experiment's seed.
    pub seed: Seed,
}

/// What a checkpoint says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// Where it comes from.
    pub origin: Origin,
    /// Steps of the optimiser.
    pub steps: u64,
    /// The operators in the order of actions.
    pub operators: Vec<OperatorName>,
    /// The settings that it was trained with.
    pub settings: Settings,
    /// SHA-256 over the tensors' names and bytes.
    pub sha256: String,
}

/// Writes a checkpoint in place of any earlier one.
///
/// # Errors
/// When the file cannot be written; an earlier checkpoint is left as it was.
pub fn save<N: Network>(path: &Path, learner: &Learner<N>, origin: &Origin) -> Result<()> {
    let failed = |error: &dyn Display| ControllerError::Save { path: path.into(), message: error.to_string() };
    let tensors = tensors(learner)?;
    let header = Header {
        format: FORMAT,
        origin: origin.clone(),
        steps: learner.descent.adam.steps(),
        operators: learner.actions().names().to_vec(),
        settings: learner.settings().clone(),
        sha256: digest(&tensors),
    };
    let header = serde_json::to_string(&header).map_err(|error| failed(&error))?;
    let metadata = HashMap::from([(KEY.to_owned(), header)]);
    let bytes = safetensors::serialize(&tensors, Some(metadata)).map_err(|error| failed(&error))?;
    replace(path, &bytes).map_err(|error| failed(&error))
}

/// Puts a checkpoint's parameters, moments and baseline into a learner of the same operators and sizes, for evaluation
/// under whatever settings.
///
/// # Errors
/// When the file cannot be read, is damaged, has another format, or does not fit; the learner is unchanged then.
pub fn load<N: Network>(path: &Path, learner: &mut Learner<N>) -> Result<Header> {
    let stored = Stored::read(path)?;
    stored.install(learner)?;
    Ok(stored.header)
}

/// As [`load`], to go on training: origin and settings must be those of the file, except how many passes there are and
/// how evaluation selects.
///
/// # Errors
/// As [`load`], and when something differs that training depends on.
pub fn resume<N: Network>(path: &Path, learner: &mut Learner<N>, origin: &Origin) -> Result<()> {
    let stored = Stored::read(path)?;
    stored.same("origin", origin, &[])?;
    stored.same("settings", learner.settings(), &["passes", "evaluation"])?;
    stored.install(learner)
}

/// Everything that a learner holds in numbers, by name.
fn tensors<N: Network>(learner: &Learner<N>) -> Result<BTreeMap<String, Tensor>> {
    let mut tensors: BTreeMap<String, Tensor> =
        variables(learner).into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
    if let Some(Moments { mean, std }) = learner.descent.baseline.moments() {
        tensors.insert("baseline".to_owned(), Tensor::new(&[mean, std], &Device::Cpu)?);
    }
    Ok(tensors)
}

fn variables<N: Network>(learner: &Learner<N>) -> Vec<(String, Var)> {
    let parameters =
        learner.network().parameters().into_iter().map(|(name, var)| (format!("policy.{name}"), var.clone()));
    let moments = learner
        .descent
        .adam
        .moments()
        .flat_map(|(name, m, v)| [(format!("adam.m.{name}"), m.clone()), (format!("adam.v.{name}"), v.clone())]);
    parameters.chain(moments).collect()
}

fn digest(tensors: &BTreeMap<String, Tensor>) -> String {
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name.as_bytes());
        hash.update(tensor.data());
    }
    hex(hash.finalize())
}

/// What files are called until they are whole. Whoever opens a run's folder removes what a killed process left of these.
pub const PART: &str = ".part-";

/// Writes beside the file, then renames, so that a crash leaves either the old or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary file is its owner's alone, but whoever may read the folder may read a checkpoint.
    let mut builder = tempfile::Builder::new();
    builder.prefix(PART);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut beside = builder.tempfile_in(folder)?;
    beside.write_all(bytes)?;
    beside.as_file().sync_all()?;
    beside.persist(path)?;
    Ok(())
}

/// A checkpoint as it was read.
struct Stored<'a> {
    path: &'a Path,
    header: Header,
    /// The header as it stands in the file.
    json: Value,
    tensors: BTreeMap<String, Tensor>,
}

impl<'a> Stored<'a> {
    fn read(path: &'a Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|error| failed(path, &error, "check the path, or train first"))?;
        let damaged = |error: &dyn Display| failed(path, error, DAMAGED);
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(|error| damaged(&error))?;
        let text = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
        let text = text.ok_or_else(|| failed(path, &"it holds tensors of something else", OTHER))?;
        let json: Value = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        // The version comes first: another one may have other fields.
        if json["format"] != FORMAT {
            let message = format!("its format is {}, this program reads {FORMAT}", json["format"]);
            return Err(failed(path, &message, "use the program that wrote it"));
        }
        let header: Header = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu).map_err(|error| damaged(&error))?;
        let tensors: BTreeMap<String, Tensor> = tensors.into_iter().collect();
        if digest(&tensors) != header.sha256 {
            return Err(damaged(&"its contents do not match their checksum"));
        }
        Ok(Self { path, header, json, tensors })
    }

    /// Refuses a part of the header that is not as it is here, and names the first key that differs.
    fn same(&self, part: &str, here: &impl Serialize, free: &[&str]) -> Result<()> {
        same(self.path, &self.json[part], here, free)
    }

    fn install<N: Network>(&self, learner: &mut Learner<N>) -> Result<()> {
        let unfit = |message: String| failed(self.path, &message, OTHER);
        let (stored, here) = (&self.header.operators, learner.actions().names());
        if stored != here {
            return Err(unfit(format!("its operators are {}, this experiment's are {}", list(stored), list(here))));
        }
        let baseline = self.baseline()?;
        let variables = variables(learner);
        for (name, var) in &variables {
            let stored = self.tensors.get(name).ok_or_else(|| unfit(format!("it has no `{name}`")))?;
            let (got, expected) = ((stored.dims(), stored.dtype()), (var.dims(), var.dtype()));
            if got != expected {
                return Err(unfit(format!("its `{name}` is {got:?}, the controller's is {expected:?}")));
            }
        }
        let known = variables.len() + usize::from(baseline.is_some());
        if self.tensors.len() != known {
            return Err(unfit(format!("it holds {} tensors, the controller {known}", self.tensors.len())));
        }
        for (name, var) in &variables {
            var.set(&self.tensors[name])?;
        }
        learner.descent.baseline = Baseline::resume(learner.settings().ema, baseline);
        learner.descent.adam.resume(self.header.steps);
        Ok(())
    }

    fn baseline(&self) -> Result<Option<Moments>> {
        let Some(tensor) = self.tensors.get("baseline") else { return Ok(None) };
        match tensor.to_vec1::<f64>().ok().as_deref() {
            Some(&[mean, std]) => Ok(Some(Moments { mean, std })),
            _ => Err(failed(self.path, &"its `baseline` is not a mean and a deviation", DAMAGED)),
        }
    }
}

/// Refuses a part of a file that is not as it is here, and names the first key that differs.
pub(crate) fn same(path: &Path, stored: &Value, here: &impl Serialize, free: &[&str]) -> Result<()> {
    // Through text, as the stored one went, so that equal numbers are equal.
    let text = serde_json::to_string(here).expect("origin and settings are plain data");
    let here: Value = serde_json::from_str(&text).expect("it was written a line above");
    let fields = here.as_object().into_iter().flatten();
    let differing = fields.filter(|(key, _)| !free.contains(&key.as_str())).find(|(key, v)| stored[key] != **v);
    differing.map_or(Ok(()), |(key, value)| {
        let message = format!("its `{key}` is {}, this experiment's is {value}", stored[key]);
        Err(failed(path, &message, OTHER))
    })
}

pub(crate) fn failed(path: &Path, message: &dyn Display, remedy: &'static str) -> ControllerError {
    ControllerError::Load { path: path.into(), message: message.to_string(), remedy }
}

fn list(names: &[OperatorName]) -> String {
    names.iter().map(|name| &*name.0).collect::<Vec<_>>().join(", ")
}
