//! What is varied, and what is concluded.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_yaml::Value;

use lamas_core::wording::count;
use lamas_experiment::config::yaml::Override;
use lamas_experiment::config::{ConfigError, Experiment, Tree};

/// The only version of the file's format.
const VERSION: u32 = 1;

/// A sensitivity file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The format's version: 1.
    version: u32,
    /// The experiment, in the form of an experiment file, on a simulated model.
    #[serde(rename = "base")]
    _base: IgnoredAny,
    /// The same experiment with keys changed, by name.
    #[serde(default)]
    variants: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
    /// What is concluded.
    pub conclusions: Vec<Conclusion>,
    /// Numbers of the profile that are changed one at a time.
    #[serde(default)]
    pub axes: Vec<Axis>,
    /// Pairs of numbers that are changed together.
    #[serde(default)]
    pub planes: Vec<Plane>,
    /// The whole file, `base` with all overrides in it.
    #[serde(skip)]
    tree: Option<Tree>,
    /// Training seeds of the base experiment.
    #[serde(skip)]
    seeds: usize,
}

/// One number of the profile and the values that it takes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// Its key in the profile, as in an experiment's `model: {simulated: {set: ..}}`.
    pub key: String,
    /// For tables and figures.
    pub title: String,
    /// Its values.
    pub values: Vec<f64>,
}

/// Two numbers that are changed together.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plane {
    /// The horizontal one.
    pub x: Axis,
    /// The vertical one.
    pub y: Axis,
}

/// A difference of two methods that is above zero where the conclusion holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conclusion {
    /// For tables and figures.
    pub title: String,
    /// The method that is said to be better: its name, or `VARIANT/NAME`.
    pub method: Name,
    /// The method that it is compared with.
    pub against: Name,
    /// In what it is better.
    pub quantity: Quantity,
    /// What it may lose, in the quantity's unit; 0.
    #[serde(default)]
    pub margin: f64,
}

/// What two methods are compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// How much of the other's critical path is saved, in percent.
    Shorter,
    /// Score, in points of percent.
    Score,
    /// `S - lambda_c C - lambda_t T` with the paper's weights, in points.
    Utility,
}

impl Conclusion {
    /// The unit of its difference, and what is added to it.
    #[must_use]
    pub fn unit(&self) -> String {
        let unit = self.quantity.unit();
        if self.margin == 0.0 { unit.to_owned() } else { format!("{unit}, {} added", self.margin) }
    }

    /// Its margin with the unit.
    #[must_use]
    pub fn margin_text(&self) -> String {
        match self.quantity {
            Quantity::Shorter => format!("{} {}", self.margin, self.quantity.unit()),
            Quantity::Score | Quantity::Utility => count(self.margin, "point"),
        }
    }
}

impl Quantity {
    /// Its unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Shorter => "% saved",
            Self::Score | Self::Utility => "points",
        }
    }
}

/// A method of the base experiment, or of one of its variants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(from = "String")]
pub struct Name {
    /// The variant; empty for the base.
    pub variant: String,
    /// The method.
    pub method: String,
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        let (variant, method) = text.split_once('/').unwrap_or(("", &text));
        Self { variant: variant.to_owned(), method: method.to_owned() }
    }
}

/// Changed numbers of the profile.
pub type Point = BTreeMap<String, f64>;

impl Plan {
    /// Reads a plan and checks that its experiment can run at every point.
    ///
    /// # Errors
    /// Names file, place and remedy.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        let mut tree = Tree::read(path)?;
        let mut plan: Self = tree.parse()?;
        tree.check_numbers()?;
        if plan.version != VERSION {
            let message = format!("version: {} is not known; this program reads version {VERSION}", plan.version);
            return Err(tree.error("version", message));
        }
        for change in overrides {
            change.below("base").apply(&mut tree)?;
        }
        plan.tree = Some(tree.clone());
        plan.seeds = plan.experiment("", &Point::new())?.seeds.len();
        let mut names = Vec::new();
        for variant in plan.variants() {
            for point in plan.points() {
                let experiment = plan.experiment(&variant, &point)?;
                names.extend(
                    experiment
                        .methods
                        .iter()
                        .map(|method| Name { variant: variant.clone(), method: method.name.clone() }),
                );
            }
        }
        for (index, conclusion) in plan.conclusions.iter().enumerate() {
            for (key, name) in [("method", &conclusion.method), ("against", &conclusion.against)] {
                if !names.contains(name) {
                    let message = format!("conclusions: no method `{}` runs in `{}`", name.method, name.variant);
                    return Err(tree.error(&format!("conclusions[{index}].{key}"), message));
                }
            }
        }
        Ok(plan)
    }

    /// The names of the variants that some conclusion needs, the base first.
    #[must_use]
    pub fn variants(&self) -> Vec<String> {
        std::iter::once(String::new()).chain(self.variants.keys().cloned()).collect()
    }

    /// The level of the intervals and what they are over.
    #[must_use]
    pub fn intervals(&self) -> String {
        format!("95% over queries and {}", count(self.seeds, "seed"))
    }

    /// Every point once: the profile itself first, then the axes, then the planes.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let mut points = vec![Point::new()];
        let axes = self.axes.iter().flat_map(|axis| axis.values.iter().map(|&value| point(&[(axis, value)])));
        let planes = self.planes.iter().flat_map(|plane| {
            let cells = plane.y.values.iter().flat_map(|&y| plane.x.values.iter().map(move |&x| (x, y)));
            cells.map(|(x, y)| point(&[(&plane.x, x), (&plane.y, y)]))
        });
        for point in axes.chain(planes) {
            if !points.contains(&point) {
                points.push(point);
            }
        }
        points
    }

    /// The experiment of a variant at a point.
    ///
    /// # Errors
    /// When the variant or the point does not fit the base.
    pub fn experiment(&self, variant: &str, point: &Point) -> Result<Experiment, ConfigError> {
        let Some((tree, base)) = self.tree.as_ref().and_then(|tree| Some((tree, tree.get("base")?))) else {
            unreachable!("a plan is read from a file that has a base");
        };
        let changes = tree.get("variants").and_then(|variants| variants.get(variant));
        let mut overrides: Vec<Override> =
            changes.into_iter().flat_map(Tree::entries).map(|(key, value)| Override::at(key, value.clone())).collect();
        if !point.is_empty() {
            let set: serde_yaml::Mapping =
                point.iter().map(|(key, &value)| (key.clone().into(), value.into())).collect();
            let set = serde_yaml::Mapping::from_iter([("set".into(), Value::Mapping(set))]);
            let model = serde_yaml::Mapping::from_iter([("simulated".into(), Value::Mapping(set))]);
            overrides.push(Override::new("model", Value::Mapping(model)));
        }
        let experiment = Experiment::from_tree(base.clone(), &overrides)?;
        if !experiment.draft.model.is_simulated() {
            return Err(base.error("model", "model: only a simulated model has assumptions to vary"));
        }
        Ok(experiment)
    }
}

/// A point from axes and their values.
#[must_use]
pub fn point(values: &[(&Axis, f64)]) -> Point {
    values.iter().map(|(axis, value)| (axis.key.clone(), *value)).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const PLAN: &str = "\
version: 1
base: {version: 1, name: s, datasets: [words], methods: [maas, lamas]}
variants: {plain: {methods: [lamas]}}
conclusions: [{title: t, method: lamas, against: plain/lamas, quantity: utility}]
axes: [{key: answers.attractor, title: omega, values: [0.2, 0.6]}]
planes:
  - {x: {key: answers.attractor, title: omega, values: [0.2, 0.9]}, y: {key: answers.text_signal, title: text, values: [0, 1]}}
";

    pub fn load(text: &str) -> Result<Plan, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.yaml");
        std::fs::write(&path, text).unwrap();
        Plan::load(&path, &[])
    }

    #[test]
    fn points_are_the_profile_the_axes_and_the_planes_each_once() {
        let plan = load(PLAN).unwrap();
        // The profile itself, two of the axis, four of the plane.
        assert_eq!(plan.points().len(), 1 + 2 + 4);
        assert_eq!(plan.points()[0], Point::new());
        assert_eq!(plan.variants(), ["", "plain"]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (from, to, message) in [
            (
                "answers.attractor, title: omega, values: [0.2, 0.6]",
                "answers.atractor, title: o, values: [0.2]",
                "answers.atractor",
            ),
            ("values: [0.2, 0.6]", "values: [1.2]", "not a probability"),
            ("against: plain/lamas", "against: plain/maas", "no method `maas` runs in `plain`"),
            ("version: 1\nbase", "version: 2\nbase", "version 1"),
        ] {
            let error = load(&PLAN.replacen(from, to, 1)).expect_err("the plan is wrong").to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
