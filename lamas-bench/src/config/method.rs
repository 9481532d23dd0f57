//! What a method is: a fixed graph, or a controller that is learned, with its settings.

use std::fmt;
use std::sync::LazyLock;

use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::Schedule;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_yaml::{Mapping, Value};

use super::suggest;

/// The built-in methods, in order.
static BUILT_IN: LazyLock<Vec<Entry>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("methods.yaml")).expect("the built-in methods are valid"));

/// The names of the built-in methods.
pub fn built_in() -> impl Iterator<Item = &'static str> + Clone {
    BUILT_IN.iter().map(|entry| entry.name.as_str())
}

/// One entry of an experiment's `methods`: a built-in name, or a mapping.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// What tables call it by; unique within an experiment.
    pub name: String,
    /// The built-in method that it changes; its own name where that is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// For figures; the name by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A fixed graph: layers of operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<Vec<Vec<OperatorName>>>,
    /// Operators of a layer at once or one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Whether the dataset's steps before and after the layers run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<bool>,
    /// Its own values of lambda_t, instead of the experiment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_t: Option<Vec<f64>>,
    /// Its own number of seeds, instead of the experiment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
    /// Settings of the controller that differ from the experiment's.
    #[serde(skip_serializing_if = "Mapping::is_empty")]
    pub set: Mapping,
}

/// The mapping form, as serde reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryMapping {
    name: String,
    #[serde(default)]
    like: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    graph: Option<Vec<Vec<OperatorName>>>,
    #[serde(default)]
    schedule: Option<Schedule>,
    #[serde(default)]
    steps: Option<bool>,
    #[serde(default)]
    lambda_t: Option<Vec<f64>>,
    #[serde(default)]
    seeds: Option<u64>,
    #[serde(default)]
    set: Mapping,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a method, or a mapping with `name` and `like` or `graph`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Entry, E> {
        known(name).cloned()
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
        let own = EntryMapping::deserialize(MapAccessDeserializer::new(map))?;
        check_settings::<A::Error>(&own.set)?;
        Ok(Entry {
            name: own.name,
            like: own.like,
            title: own.title,
            graph: own.graph,
            schedule: own.schedule,
            steps: own.steps,
            lambda_t: own.lambda_t,
            seeds: own.seeds,
            set: own.set,
        })
    }
}

fn known<E: de::Error>(name: &str) -> Result<&'static Entry, E> {
    BUILT_IN
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| E::custom(format!("unknown method `{name}`{}", suggest::hint(name, built_in()))))
}

/// Refuses unknown keys and values of the wrong type where they stand.
fn check_settings<E: de::Error>(set: &Mapping) -> Result<(), E> {
    serde_yaml::from_value::<Settings>(Value::Mapping(set.clone())).map(drop).map_err(E::custom)
}

/// A method that can run.
#[derive(Debug, Clone, PartialEq)]
pub struct Method {
    /// What tables call it by.
    pub name: String,
    /// What figures call it by.
    pub title: String,
    /// Whether the dataset's steps before and after the layers run.
    pub steps: bool,
    /// Operators of a layer at once or one after another.
    pub schedule: Schedule,
    /// Its own number of seeds, instead of the experiment's.
    pub seeds: Option<u64>,
    /// Where its layers come from.
    pub plan: Plan,
}

/// Where a method's layers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// The same layers for every query.
    Fixed(Vec<Vec<OperatorName>>),
    /// A controller, trained once for each of these settings (which differ in lambda_t).
    Learned(Vec<Settings>),
}

impl Method {
    /// The checked form of an entry, under an experiment's settings and values of lambda_t.
    ///
    /// # Errors
    /// A sentence on what is wrong, without its place.
    pub fn check(entry: &Entry, settings: &Mapping, lambda_t: &[f64]) -> Result<Self, String> {
        let entry = inherit(entry)?;
        let steps = entry.steps.unwrap_or(true);
        let schedule = entry.schedule.unwrap_or_default();
        let title = entry.title.clone().unwrap_or_else(|| entry.name.clone());
        let plan = match &entry.graph {
            Some(graph) => Plan::Fixed(check_graph(graph)?),
            None => Plan::Learned(settings_of(&entry, settings, lambda_t)?),
        };
        if entry.seeds == Some(0) {
            return Err("seeds: must be at least 1".to_owned());
        }
        Ok(Self { name: entry.name, title, steps, schedule, seeds: entry.seeds, plan })
    }

    /// The values of lambda_t that it runs with: one run without any for a fixed graph.
    #[must_use]
    pub fn runs(&self) -> Vec<Option<&Settings>> {
        match &self.plan {
            Plan::Fixed(_) => vec![None],
            Plan::Learned(settings) => settings.iter().map(Some).collect(),
        }
    }
}

/// Fills what an entry leaves open from the built-in method that it is like.
fn inherit(entry: &Entry) -> Result<Entry, String> {
    let base = match &entry.like {
        Some(like) => known::<serde_yaml::Error>(like).map_err(|error| format!("like: {error}"))?,
        None => match BUILT_IN.iter().find(|known| known.name == entry.name) {
            Some(base) => base,
            None if entry.graph.is_some() => return Ok(entry.clone()),
            None => {
                let hint = suggest::hint(&entry.name, built_in());
                return Err(format!(
                    "unknown method `{}`{hint} (a method of your own needs `like:` or `graph:`)",
                    entry.name
                ));
            }
        },
    };
    let mut set = base.set.clone();
    set.extend(entry.set.clone());
    Ok(Entry {
        name: entry.name.clone(),
        like: None,
        title: entry.title.clone().or_else(|| if entry.name == base.name { base.title.clone() } else { None }),
        graph: entry.graph.clone().or_else(|| base.graph.clone()),
        schedule: entry.schedule.or(base.schedule),
        steps: entry.steps.or(base.steps),
        lambda_t: entry.lambda_t.clone().or_else(|| base.lambda_t.clone()),
        seeds: entry.seeds.or(base.seeds),
        set,
    })
}

fn check_graph(graph: &[Vec<OperatorName>]) -> Result<Vec<Vec<OperatorName>>, String> {
    if graph.is_empty() || graph.iter().any(Vec::is_empty) {
        return Err("graph: every layer needs at least one operator".to_owned());
    }
    for name in graph.iter().flatten() {
        if !lamas_operators::registry::names().any(|known| known == &*name.0) {
            let hint = suggest::hint(&name.0, lamas_operators::registry::names());
            return Err(format!("graph: unknown operator `{name}`{hint}"));
        }
    }
    Ok(graph.to_vec())
}

fn settings_of(entry: &Entry, settings: &Mapping, lambda_t: &[f64]) -> Result<Vec<Settings>, String> {
    if let Some(key) = ["gamma", "lambda_t"].into_iter().find(|key| entry.set.contains_key(*key)) {
        return Err(match key {
            "gamma" => "set: gamma stands under `controller`, one for all methods, or their paths would not compare",
            _ => "set: lambda_t stands beside `set`, as a list of values",
        }
        .to_owned());
    }
    let mut own = settings.clone();
    own.extend(entry.set.clone());
    let base: Settings = serde_yaml::from_value(Value::Mapping(own)).map_err(|error| error.to_string())?;
    let grid = entry.lambda_t.as_deref().unwrap_or(lambda_t);
    if grid.is_empty() {
        return Err("lambda_t: needs at least one value".to_owned());
    }
    grid.iter()
        .map(|&lambda_t| {
            let settings = Settings { lambda_t, ..base.clone() };
            settings.check().map_err(|error| error.to_string())?;
            Ok(settings)
        })
        .collect()
}
