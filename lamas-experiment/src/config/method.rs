//! What a method is: where its graphs come from, with the settings that this takes.

use std::fmt;
use std::sync::LazyLock;

use lamas_controller::settings::Settings;
use lamas_core::orchestrator::Schedule;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_yaml::{Mapping, Value};

use super::experiment::Preset;
use super::plan::{GateSpec, Graph, HindsightSpec, Kind, Plan, RouteSpec, SearchSpec};
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
    /// Which published systems it stands for. Prose, and no part of the experiment's hash.
    #[serde(skip)]
    pub stands_for: Option<String>,
    /// What it is, in one sentence. Prose, and no part of the experiment's hash.
    #[serde(skip)]
    pub about: Option<String>,
    /// A fixed graph: layers of operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graph: Option<Graph>,
    /// One graph for all queries, found by trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<SearchSpec>,
    /// A graph of gates that are learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<GateSpec>,
    /// What was best on similar queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteSpec>,
    /// What turns out best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hindsight: Option<HindsightSpec>,
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
    stands_for: Option<String>,
    #[serde(default)]
    about: Option<String>,
    #[serde(default)]
    graph: Option<Graph>,
    #[serde(default)]
    search: Option<SearchSpec>,
    #[serde(default)]
    gates: Option<GateSpec>,
    #[serde(default)]
    route: Option<RouteSpec>,
    #[serde(default)]
    hindsight: Option<HindsightSpec>,
    #[serde(default)]
    schedule: Option<Schedule>,
    #[serde(default)]
    steps: Option<bool>,
    #[serde(default)]
    preset: Option<Preset>,
    #[serde(default)]
    lambda_t: Option<Vec<f64>>,
    #[serde(default)]
    seeds: Option<u64>,
    #[serde(default)]
    set: Mapping,
}

impl Entry {
    /// Whether it says itself where its graphs come from.
    fn makes_graphs(&self) -> bool {
        let Self { graph, search, gates, route, hindsight, .. } = self;
        graph.is_some() || search.is_some() || gates.is_some() || route.is_some() || hindsight.is_some()
    }
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
        Ok(Entry {
            name: own.name,
            like: own.like,
            title: own.title,
            stands_for: own.stands_for,
            about: own.about,
            graph: own.graph,
            search: own.search,
            gates: own.gates,
            route: own.route,
            hindsight: own.hindsight,
            schedule: own.schedule,
            steps: own.steps,
            preset: own.preset,
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

/// A method that can run.
#[derive(Debug, Clone, PartialEq)]
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
    /// Where its graphs come from.
    pub plan: Plan,
    /// It runs once for each of these settings, which differ in lambda_t; once without any when there are none.
    pub settings: Vec<Settings>,
}

impl Method {
    /// The checked form of an entry, under an experiment's settings and values of lambda_t.
    ///
    /// # Errors
    /// A sentence on what is wrong, without its place.
    pub fn check(entry: &Entry, settings: &Mapping, lambda_t: &[f64]) -> Result<Self, String> {
        let entry = inherit(entry)?;
        let plan = plan_of(&entry)?;
        let settings = match plan {
            Plan::Fixed(_) => Vec::new(),
            _ => settings_of(&entry, settings, lambda_t)?,
        };
        Ok(Self {
            seeds: entry.seeds,
            steps: entry.steps.unwrap_or(true),
            schedule: entry.schedule.unwrap_or_default(),
            title: entry.title.unwrap_or_else(|| entry.name.clone()),
            name: entry.name,
            stands_for: entry.stands_for,
            about: entry.about.unwrap_or_default(),
            plan,
            settings,
        })
    }

    /// The lambda_t of each of its runs; `None` where it has none.
    #[must_use]
    pub fn lambdas(&self) -> Vec<Option<f64>> {
        self.runs().iter().map(|settings| settings.map(|settings| settings.lambda_t)).collect()
    }

    /// The settings that it runs with: one run without any for a fixed graph.
    #[must_use]
    pub fn runs(&self) -> Vec<Option<&Settings>> {
        if self.settings.is_empty() { vec![None] } else { self.settings.iter().map(Some).collect() }
    }

    /// How it comes by its graphs.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match &self.plan {
            Plan::Fixed(_) => Kind::Fixed,
            Plan::Drawn if self.settings.iter().all(|settings| settings.passes == 0) => Kind::Random,
            Plan::Drawn | Plan::Gated(_) => Kind::Learned,
            Plan::Searched(_) => Kind::Searched,
            Plan::Routed(_) => Kind::Routed,
            Plan::Hindsight(_) => Kind::Hindsight,
        }
    }
}

/// The plan that an entry names; a controller where it names none.
fn plan_of(entry: &Entry) -> Result<Plan, String> {
    let graph = entry.graph.clone().map(Plan::Fixed);
    let search = entry.search.clone().map(Plan::Searched);
    let gates = entry.gates.clone().map(Plan::Gated);
    let route = entry.route.clone().map(Plan::Routed);
    let hindsight = entry.hindsight.clone().map(Plan::Hindsight);
    let mut plans = [graph, search, gates, route, hindsight].into_iter().flatten();
    let plan = plans.next().unwrap_or(Plan::Drawn);
    if plans.next().is_some() {
        return Err("only one of `graph`, `search`, `gates`, `route` and `hindsight` can make the graphs".to_owned());
    }
    plan.check()?;
    Ok(plan)
}

/// Fills what an entry leaves open from the built-in method that it is like.
fn inherit(entry: &Entry) -> Result<Entry, String> {
    let base = match &entry.like {
        Some(like) => known::<serde_yaml::Error>(like).map_err(|error| format!("like: {error}"))?,
        None => match BUILT_IN.iter().find(|known| known.name == entry.name) {
            Some(base) => base,
            None if entry.makes_graphs() => return Ok(entry.clone()),
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
    let own = entry.makes_graphs();
    let same = entry.name == base.name;
    let prose = |own: &Option<String>, base: &Option<String>| own.clone().or_else(|| base.clone().filter(|_| same));
    Ok(Entry {
        name: entry.name.clone(),
        like: None,
        title: prose(&entry.title, &base.title),
        stands_for: prose(&entry.stands_for, &base.stands_for),
        about: prose(&entry.about, &base.about),
        graph: entry.graph.clone().or_else(|| base.graph.clone().filter(|_| !own)),
        search: entry.search.clone().or_else(|| base.search.clone().filter(|_| !own)),
        gates: entry.gates.clone().or_else(|| base.gates.clone().filter(|_| !own)),
        route: entry.route.clone().or_else(|| base.route.clone().filter(|_| !own)),
        hindsight: entry.hindsight.clone().or_else(|| base.hindsight.clone().filter(|_| !own)),
        schedule: entry.schedule.or(base.schedule),
        steps: entry.steps.or(base.steps),
        preset: entry.preset,
        lambda_t: entry.lambda_t.clone().or_else(|| base.lambda_t.clone()),
        seeds: entry.seeds.or(base.seeds),
        set,
    })
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
    Ok(grid.iter().map(|&lambda_t| Settings { lambda_t, ..base.clone() }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(entry: &str) -> Result<Method, String> {
        let settings = serde_yaml::to_value(Settings::honest()).unwrap();
        let Value::Mapping(settings) = settings else { unreachable!("settings are a mapping") };
        let entry: Entry = serde_yaml::from_str(entry).map_err(|error| error.to_string())?;
        Method::check(&entry, &settings, &[0.0, 1e-4])
    }

    #[test]
    fn every_built_in_method_can_run_and_says_what_it_is() {
        for name in built_in() {
            let method = check(name).unwrap();
            assert!(!method.about.is_empty() && method.title != *name, "{name}");
            assert_eq!(method.settings.is_empty(), method.kind() == Kind::Fixed, "{name}");
        }
    }

    #[test]
    fn a_method_takes_what_it_leaves_open_from_the_one_that_it_is_like() {
        let method = check("{name: mine, like: cot5_sc_steps}").unwrap();
        assert!(method.steps && method.title == "mine" && method.stands_for.is_none());
        assert_eq!(method.plan, check("cot5_sc").unwrap().plan);
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
        assert_eq!(unknown, "gates.order: unknown operator `generat`, did you mean `generate`?");
        assert_eq!(said("{name: mine, route: {graphs: []}}"), "route.graphs: must be at least 1");
        assert_eq!(said("{name: mine, search: {width: 0}}"), "search.width: must be at least 1");
    }
}
