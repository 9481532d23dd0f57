//! What an experiment may say: names, counts, numbers, and nothing twice. Nothing is built from it before.

use std::fmt::Display;
use std::ops::RangeInclusive;

use lamas_controller::ControllerError;
use lamas_controller::settings::{MOST_LAMBDA_T, Settings};
use lamas_llm::openai::SettingsError;
use lamas_operators::python::SandboxError;
use lamas_operators::registry;
use lamas_sim::ProfileError;

use super::draft::{Draft, VERSION};
use super::error::ConfigError;
use super::method::MethodEntry;
use super::ranges::between;
use super::tree::Tree;
use super::{ModelChoice, name, suggest};

/// The most values of lambda_t.
const MOST_LAMBDAS: usize = 1_000;
/// The most cells of an experiment.
pub const MOST_CELLS: u64 = 100_000;

type Checked = Result<(), ConfigError>;

/// A draft and where its values stand.
struct Check<'a> {
    draft: &'a Draft,
    tree: &'a Tree,
}

/// Checks everything that can be checked before methods are made of it.
///
/// # Errors
/// Names file, line, key and remedy of the first fault.
pub fn check(draft: &Draft, tree: &Tree) -> Checked {
    let check = Check { draft, tree };
    check.head()?;
    check.datasets()?;
    check.methods()?;
    check.lambdas()?;
    check.sampling()?;
    check.parts()
}

impl Check<'_> {
    fn refuse(&self, key: &str, problem: impl Display) -> Checked {
        Err(self.tree.error(key, format!("{key}: {problem}")))
    }

    fn within<T: PartialOrd + Display>(&self, key: &str, value: T, range: &RangeInclusive<T>) -> Checked {
        if range.contains(&value) {
            return Ok(());
        }
        self.refuse(key, between(value, range))
    }

    fn name(&self, key: &str, name: &str) -> Checked {
        name::check(name).or_else(|problem| self.refuse(key, problem))
    }

    fn head(&self) -> Checked {
        let Draft { version, name, datasets, methods, .. } = self.draft;
        if *version != VERSION {
            return self.refuse("version", format!("{version} is not known; this program reads version {VERSION}"));
        }
        if name.is_empty() {
            return self.refuse("name", "missing; it names the run's folder");
        }
        self.name("name", name)?;
        for (key, empty) in [("datasets", datasets.is_empty()), ("methods", methods.is_empty())] {
            if empty {
                return self.refuse(key, "needs at least one");
            }
        }
        Ok(())
    }

    fn datasets(&self) -> Checked {
        let datasets = &self.draft.datasets;
        for (index, name) in datasets.iter().enumerate() {
            self.name(&format!("datasets[{index}]"), name)?;
        }
        self.once("datasets", datasets.iter().map(String::as_str), "remove one of them")
    }

    fn methods(&self) -> Checked {
        let methods = &self.draft.methods;
        for (index, entry) in methods.iter().enumerate() {
            let key = format!("methods[{index}]");
            self.name(&self.nearest(&key, "name"), &entry.name)?;
            self.sizes(&key, entry)?;
        }
        self.once("methods", methods.iter().map(|entry| entry.name.as_str()), "give one of them a `name` of its own")
    }

    /// A key below another one, where that stands there.
    fn nearest(&self, key: &str, below: &str) -> String {
        let whole = format!("{key}.{below}");
        if self.tree.at(&whole).is_some() { whole } else { key.to_owned() }
    }

    fn sizes(&self, key: &str, entry: &MethodEntry) -> Checked {
        let limits = entry.recipe.iter().flat_map(|recipe| recipe.spec().limits());
        limits.into_iter().try_for_each(|limit| match limit.fault() {
            Some(fault) => self.refuse(&format!("{key}.{}", limit.key), fault),
            None => Ok(()),
        })
    }

    /// No two names may be one file's.
    fn once<'n>(&self, key: &str, names: impl IntoIterator<Item = &'n str>, remedy: &str) -> Checked {
        match name::twice(names) {
            None => Ok(()),
            Some((index, problem)) => {
                Err(self.tree.error(&format!("{key}[{index}]"), format!("{key}: {problem}; {remedy}")))
            }
        }
    }

    fn lambdas(&self) -> Checked {
        self.lambda_list("lambda_t", &self.draft.lambda_t)?;
        self.draft.methods.iter().enumerate().try_for_each(|(index, entry)| {
            self.lambda_list(&format!("methods[{index}].lambda_t"), entry.lambda_t.as_deref().unwrap_or_default())
        })
    }

    fn lambda_list(&self, key: &str, values: &[f64]) -> Checked {
        if values.len() > MOST_LAMBDAS {
            return self.refuse(key, between(values.len(), &(1..=MOST_LAMBDAS)) + " values");
        }
        for (index, value) in values.iter().enumerate() {
            let place = format!("{key}[{index}]");
            if !(0.0..=MOST_LAMBDA_T).contains(value) {
                let problem = format!("{value:e} cannot be used; give a reward per token from 0 to {MOST_LAMBDA_T:e}");
                return self.refuse(&place, problem);
            }
            // As numbers: `0.0` and `-0.0`, `1e-4` and `0.0001` are the same run.
            if let Some(first) = values[..index].iter().position(|other| other == value) {
                let problem = format!(
                    "{:e} stands there twice, as number {} and {}; remove one of them",
                    value.abs(),
                    first + 1,
                    index + 1
                );
                return self.refuse(&place, problem);
            }
        }
        Ok(())
    }

    fn sampling(&self) -> Checked {
        let sampling = &self.draft.sampling;
        self.within("sampling.temperature", sampling.temperature, &(0.0..=5.0))?;
        if let Some(mass) = sampling.top_p
            && !(mass > 0.0 && mass <= 1.0)
        {
            return self.refuse("sampling.top_p", format!("is {mass}, but must be above 0 and at most 1"));
        }
        match sampling.max_tokens {
            Some(0) => self.refuse("sampling.max_tokens", "is 0; leave it out for no limit"),
            _ => Ok(()),
        }
    }

    /// What other parts of the program check themselves.
    fn parts(&self) -> Checked {
        let Draft { budget, store, sandbox, model, .. } = self.draft;
        budget.check().or_else(|message| self.refuse("budget", message))?;
        store.check().or_else(|message| self.refuse("store", message))?;
        match sandbox.check() {
            Err(SandboxError::Setting { field, value, must }) => {
                self.refuse(&format!("sandbox.{field}"), format!("is {value}, but must {must}"))?;
            }
            Err(other) => self.refuse("sandbox", other)?,
            Ok(()) => {}
        }
        match model {
            ModelChoice::Openai(settings) => settings.check().or_else(|error| match error {
                SettingsError::Value { key, problem } => self.refuse(&format!("model.openai.{key}"), problem),
                other => self.refuse("model.openai", other),
            }),
            // A profile of the user's own is a file: it is read when the experiment is to run.
            ModelChoice::Simulated(simulated) if simulated.is_built_in() => simulated
                .load()
                .map(drop)
                .map_err(|error| self.tree.error(simulated_key(&error), format!("model: {error}"))),
            ModelChoice::Simulated(_) => Ok(()),
        }
    }
}

/// The key that a profile's fault is told at.
#[must_use]
pub fn simulated_key(error: &ProfileError) -> &'static str {
    match error {
        ProfileError::Change { .. } => "model.simulated.set",
        _ => "model.simulated.profile",
    }
}

/// Checks settings of the controller that come from a key and those below it.
///
/// # Errors
/// Names file, line and key.
pub fn controller(settings: &Settings, tree: &Tree, key: &str) -> Checked {
    operators(settings).map_err(|(below, problem)| {
        let key = format!("{key}.{below}");
        tree.error(&key, format!("{key}: {problem}"))
    })?;
    settings.check().map_err(|error| match error {
        ControllerError::Setting { key: below, value, expected } => {
            let key = format!("{key}.{below}");
            tree.error(&key, format!("{key}: is {value}, but {expected}"))
        }
        other => tree.error(key, format!("{key}: {other}")),
    })
}

/// Whether the operators that settings name exist, and can do what they are named for; else the key and why not.
fn operators(settings: &Settings) -> Result<(), (String, String)> {
    let fallback = &*settings.fallback.0;
    if !registry::generating().any(|known| known == fallback) {
        let hint = suggest::hint(fallback, registry::generating());
        return Err(("fallback".to_owned(), format!("`{fallback}` is no operator that generates{hint}")));
    }
    let mut raising = settings.released.iter().flat_map(|released| &released.raising).enumerate();
    match raising.find(|(_, name)| !registry::names().any(|known| known == &*name.0)) {
        Some((index, name)) => {
            let hint = suggest::hint(&name.0, registry::names());
            Err((format!("released.raising[{index}]"), format!("unknown operator `{name}`{hint}")))
        }
        None => Ok(()),
    }
}
