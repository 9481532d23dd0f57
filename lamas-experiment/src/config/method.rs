//! What a method is: where its graphs come from, with the settings that this takes.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use lamas_controller::settings::Settings;
use lamas_core::operator::OperatorName;
use lamas_core::orchestrator::Schedule;
use lamas_methods::layered::Layered;
use lamas_methods::{Fault, Graph, Kind, Plan, Recipe, Spec};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeSeed, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_yaml::{Mapping, Value};

use super::preset::Preset;
use super::suggest;

/// The built-in methods, in order.
static BUILT_IN: LazyLock<Vec<MethodEntry>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("methods.yaml")).expect("the built-in methods are valid"));

/// The names of the built-in methods.
pub fn built_in() -> impl Iterator<Item = &'static str> + Clone {
    BUILT_IN.iter().map(|entry| entry.name.as_str())
}

/// One entry of an experiment's `methods`: a built-in name, or a mapping.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "MethodKeys")]
pub struct MethodEntry {
    /// What tables call it by; unique within an experiment.
    pub name: String,
    /// The built-in method that it changes; its own name where that is built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// For figures; the name by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Which published systems it stands for. Prose, and no part of the experiment's hash.
    #[serde(skip)]
    pub stands_for: Option<String>,
    /// What it is, in one sentence. Prose, and no part of the experiment's hash.
    #[serde(skip)]
    pub about: Option<String>,
    /// Where its graphs come from: one of the keys of [`Recipe::KEYS`] at most.
    #[serde(flatten)]
    #[schemars(with = "Option<RecipeKeys>")]
    pub recipe: Option<Recipe>,
    /// Operators of a layer at once or one after another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Whether the dataset's steps before and after the layers run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<bool>,
    /// Which learning rule its settings start from, instead of the experiment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Its own values of lambda_t, instead of the experiment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_t: Option<Vec<f64>>,
    /// Its own number of seeds, instead of the experiment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<u64>,
    /// Settings of the controller that differ from the experiment's.
    #[serde(skip_serializing_if = "Mapping::is_empty")]
    #[schemars(default, with = "Settings")]
    pub set: Mapping,
}

/// The keys of an entry that have no field of their own.
enum RecipeKeys {}

impl JsonSchema for RecipeKeys {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RecipeKeys".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let prose = |text: &str| json_schema!({"type": "string", "description": text});
        let mut keys = vec![
            ("stands_for", prose("Which published systems it stands for.")),
            ("about", prose("What it is, in one sentence.")),
        ];
        keys.extend(Recipe::schemas(generator));
        let keys: serde_json::Map<_, _> =
            keys.into_iter().map(|(key, schema)| (key.to_owned(), schema.to_value())).collect();
        json_schema!({"type": "object", "properties": keys})
    }
}

/// A method as an experiment writes it: a built-in name, or an entry's keys.
pub(super) enum Written {}

impl JsonSchema for Written {
    fn schema_name() -> Cow<'static, str> {
        "Method".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = built_in().collect();
        let keys = generator.subschema_for::<MethodEntry>();
        json_schema!({
            "description": "A built-in method by name, or keys.",
            "anyOf": [{"type": "string", "enum": names}, keys]
        })
    }
}

/// An entry's keys beside those of [`Recipe::KEYS`].
const OWN_KEYS: [&str; 11] =
    ["name", "like", "title", "stands_for", "about", "schedule", "steps", "preset", "lambda_t", "seeds", "set"];

/// All keys of an entry.
static KEYS: LazyLock<Vec<&str>> = LazyLock::new(|| OWN_KEYS.iter().chain(Recipe::KEYS).copied().collect());

impl<'de> Deserialize<'de> for MethodEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = MethodEntry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a method, or a mapping with `name` and `like` or `graph`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<MethodEntry, E> {
        known(name).cloned()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MethodEntry, A::Error> {
        let mut entry = MethodEntry::default();
        let mut name = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => name = Some(map.next_value()?),
                "like" => entry.like = map.next_value()?,
                "title" => entry.title = map.next_value()?,
                "stands_for" => entry.stands_for = map.next_value()?,
                "about" => entry.about = map.next_value()?,
                "schedule" => entry.schedule = map.next_value()?,
                "steps" => entry.steps = map.next_value()?,
                "preset" => entry.preset = map.next_value()?,
                "lambda_t" => entry.lambda_t = map.next_value()?,
                "seeds" => entry.seeds = map.next_value()?,
                "set" => entry.set = map.next_value()?,
                other if Recipe::KEYS.contains(&other) => {
                    let recipe = map.next_value_seed(Under(other))?;
                    if recipe.is_some() && entry.recipe.is_some() {
                        return Err(de::Error::custom(format!(
                            "only one of {} can make the graphs",
                            quoted(Recipe::KEYS)
                        )));
                    }
                    entry.recipe = recipe.or(entry.recipe);
                }
                other => return Err(de::Error::unknown_field(other, &KEYS)),
            }
        }
        entry.name = name.ok_or_else(|| de::Error::missing_field("name"))?;
        Ok(entry)
    }
}

fn quoted(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
    match quoted.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => quoted.concat(),
    }
}

/// The value under a key of [`Recipe::KEYS`]; `None` for `null`.
struct Under<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Under<'_> {
    type Value = Option<Recipe>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Under<'_> {
    type Value = Option<Recipe>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what `{}` takes", self.0)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Recipe::read(self.0, deserializer).map(Some)
    }
}

fn known<E: de::Error>(name: &str) -> Result<&'static MethodEntry, E> {
    BUILT_IN
        .iter()
        .find(|entry| entry.name == name)
        .ok_or_else(|| E::custom(format!("unknown method `{name}`{}", suggest::hint(name, built_in()))))
}

/// A method that can run.
#[derive(Debug, Clone)]
pub struct Method {
    /// What tables call it by.
    pub name: String,
    /// What figures call it by.
    pub title: String,
    /// Which published systems it stands for.
    pub stands_for: Option<String>,
    /// What it is, in one sentence.
    pub about: String,
    /// Whether the dataset's steps before and after the layers run.
    pub steps: bool,
    /// Operators of a layer at once or one after another.
    pub schedule: Schedule,
    /// Its own number of seeds, instead of the experiment's.
    pub seeds: Option<u64>,
    /// It runs once for each of these: one for each value of lambda_t, or a single one without settings.
    pub plans: Vec<Arc<dyn Plan>>,
}

impl Method {
    /// The checked form of an entry, under an experiment's settings and values of lambda_t.
    ///
    /// # Errors
    /// What is wrong, and at which key of the entry.
    pub fn check(entry: &MethodEntry, settings: &Mapping, lambda_t: &[f64]) -> Result<Self, Fault> {
        let entry = inherit(entry)?;
        let plans = plans(&entry, &|| settings_of(&entry, settings, lambda_t))?;
        Ok(Self {
            seeds: entry.seeds,
            steps: entry.steps.unwrap_or(true),
            schedule: entry.schedule.unwrap_or_default(),
            title: entry.title.unwrap_or_else(|| entry.name.clone()),
            name: entry.name,
            stands_for: entry.stands_for,
            about: entry.about.or_else(|| plans[0].graph().map(ToString::to_string)).unwrap_or_default(),
            plans,
        })
    }

    /// The lambda_t of each of its plans; `None` where it has none.
    #[must_use]
    pub fn lambdas(&self) -> Vec<Option<f64>> {
        self.plans.iter().map(|plan| plan.settings().map(|settings| settings.lambda_t)).collect()
    }

    /// The graph that every query gets; `None` where that is not known beforehand.
    #[must_use]
    pub fn graph(&self) -> Option<&Graph> {
        self.plans[0].graph()
    }

    /// How it comes by its graphs: all of its plans are of one kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.plans[0].kind()
    }
}

/// The plans that an entry asks for.
fn plans(
    entry: &MethodEntry,
    settings: &dyn Fn() -> Result<Vec<Arc<Settings>>, String>,
) -> Result<Vec<Arc<dyn Plan>>, Fault> {
    let spec = entry.recipe.as_ref().map_or(&Layered as &dyn Spec, Recipe::spec);
    spec.check()?;
    for limit in spec.limits() {
        limit.fault().map_or(Ok(()), |fault| Err(Fault::new(limit.key, fault)))?;
    }
    spec.operators().into_iter().try_for_each(|(key, name)| check_name(key, &name))?;
    Ok(spec.plans(settings)?)
}

fn check_name(key: String, name: &OperatorName) -> Result<(), Fault> {
    if lamas_operators::registry::names().any(|known| known == &*name.0) {
        return Ok(());
    }
    let hint = suggest::hint(&name.0, lamas_operators::registry::names());
    Err(Fault::new(key, format!("unknown operator `{name}`{hint}")))
}

/// Fills what an entry leaves open from the built-in method that it is like.
fn inherit(entry: &MethodEntry) -> Result<MethodEntry, String> {
    let base = match &entry.like {
        Some(like) => known::<serde_yaml::Error>(like).map_err(|error| format!("like: {error}"))?,
        None => match BUILT_IN.iter().find(|known| known.name == entry.name) {
            Some(base) => base,
            None if entry.recipe.is_some() => return Ok(entry.clone()),
            None => {
                let hint = suggest::hint(&entry.name, built_in());
                return Err(format!(
                    "unknown method `{}`{hint} (a method of your own needs `like:` or a plan such as `graph:`)",
                    entry.name
                ));
            }
        },
    };
    // A built-in method may itself be like another one.
    let base = if base.like.is_some() { &inherit(base)? } else { base };
    let mut set = base.set.clone();
    set.extend(entry.set.clone());
    let same = entry.name == base.name;
    let prose = |own: &Option<String>, base: &Option<String>| own.clone().or_else(|| base.clone().filter(|_| same));
    Ok(MethodEntry {
        name: entry.name.clone(),
        like: None,
        title: prose(&entry.title, &base.title),
        stands_for: prose(&entry.stands_for, &base.stands_for),
        about: prose(&entry.about, &base.about),
        recipe: entry.recipe.clone().or_else(|| base.recipe.clone()),
        schedule: entry.schedule.or(base.schedule),
        steps: entry.steps.or(base.steps),
        preset: entry.preset,
        lambda_t: entry.lambda_t.clone().or_else(|| base.lambda_t.clone()),
        seeds: entry.seeds.or(base.seeds),
        set,
    })
}

fn settings_of(entry: &MethodEntry, settings: &Mapping, lambda_t: &[f64]) -> Result<Vec<Arc<Settings>>, String> {
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
    Ok(grid.iter().map(|&lambda_t| Arc::new(Settings { lambda_t, ..base.clone() })).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entry: &str) -> Result<Method, String> {
        let settings = serde_yaml::to_value(Settings::honest()).unwrap();
        let Value::Mapping(settings) = settings else { unreachable!("settings are a mapping") };
        let entry: MethodEntry = serde_yaml::from_str(entry).map_err(|error| error.to_string())?;
        Method::check(&entry, &settings, &[0.0, 1e-4]).map_err(|fault| fault.to_string())
    }

    #[test]
    fn every_built_in_method_can_run_and_says_what_it_is() {
        for name in built_in() {
            let method = check(name).unwrap();
            assert!(!method.about.is_empty() && method.title != *name, "{name}");
            assert_eq!(method.lambdas() == [None], method.kind() == Kind::Fixed, "{name}");
        }
    }

    #[test]
    fn a_method_takes_what_it_leaves_open_from_the_one_that_it_is_like() {
        let method = check("{name: mine, like: cot5_sc_steps}").unwrap();
        assert!(method.steps && method.title == "mine" && method.stands_for.is_none());
        assert_eq!(method.plans[0].record(), check("cot5_sc").unwrap().plans[0].record());
        assert!(!check("cot5_sc").unwrap().steps);
        let method = check("{name: dataflow, like: graph_sequential, schedule: parallel}").unwrap();
        assert_eq!((method.schedule, method.kind()), (Schedule::Parallel, Kind::Learned));
        // A plan of one's own takes the place of the other's.
        let method = check("{name: mine, like: knn, search: {candidates: 4}}").unwrap();
        assert_eq!(method.kind(), Kind::Searched);
        assert_eq!((check("random").unwrap().kind(), check("lamas").unwrap().kind()), (Kind::Random, Kind::Learned));
    }

    #[test]
    fn a_plan_that_cannot_be_run_is_named() {
        let said = |entry| check(entry).unwrap_err();
        let two = said("{name: mine, graph: [[generate]], search: {}}");
        assert!(two.contains("only one of"), "{two}");
        let unknown = said("{name: mine, like: static_chain, gates: {order: [generat]}}");
        assert_eq!(unknown, "gates.order[0]: unknown operator `generat`, did you mean `generate`?");
        assert_eq!(said("{name: mine, route: {graphs: []}}"), "route.graphs: 0 is not between 1 and 1000");
        assert_eq!(said("{name: mine, search: {width: 0}}"), "search.width: 0 is not between 1 and 1000");
    }
}
