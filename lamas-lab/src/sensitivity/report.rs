//! Where the conclusions hold: a table of all points, the axes as dots and the planes as maps.

use std::path::{Path, PathBuf};

use lamas_plots::{Categories, DotPanel, DotSeries, Dots, Estimate as Plotted, Figure, HeatMap, HeatPanel};

use super::plan::{Axis, Plan, Plane, Point, point};
use super::worlds::World;
use crate::figures::save;
use lamas_bench::run::RunError;
use lamas_record::directory::write_text;
use lamas_record::provenance::Provenance;
use lamas_report::bootstrap::Estimate;
use lamas_report::table::{Block, Cell, Table};

/// Every point with every conclusion.
#[must_use]
pub fn table(plan: &Plan, worlds: &[World]) -> Table {
    let heads = plan.conclusions.iter().map(|conclusion| format!("{}, {}", conclusion.title, conclusion.unit()));
    let rows = worlds.iter().map(|world| {
        let verdicts = world.conclusions.iter().map(|estimate| Cell::new(shown(*estimate)));
        std::iter::once(Cell::new(name(plan, &world.point))).chain(verdicts).collect()
    });
    Table {
        title: "Where conclusions hold".to_owned(),
        notes: vec![
            format!(
                "Differences with intervals of {}. + : the interval is above zero and the conclusion holds; - : below zero, \
                 it does not; ? : undecided. Simulated throughout.",
                plan.intervals()
            ),
        ]
        .into_iter()
        .chain(margins(plan))
        .collect(),
        head: std::iter::once("Point".to_owned()).chain(heads).collect(),
        blocks: vec![Block { rows: rows.collect(), ..Block::default() }],
        simulated: Provenance::Simulated,
    }
}

/// Which conclusions are given a margin, for whoever reads a difference of theirs.
fn margins(plan: &Plan) -> Option<String> {
    let with: Vec<String> = plan
        .conclusions
        .iter()
        .filter(|conclusion| conclusion.margin != 0.0)
        .map(|conclusion| format!("{} to \"{}\"", conclusion.margin_text(), conclusion.title))
        .collect();
    (!with.is_empty()).then(|| format!("A margin is added to the difference: {}.", with.join("; ")))
}

fn shown(Estimate { value, low, high }: Estimate) -> String {
    let sign = if low > 0.0 {
        '+'
    } else if high < 0.0 {
        '-'
    } else {
        '?'
    };
    format!("{sign} {value:.1} [{low:.1}, {high:.1}]")
}

/// What is changed at a point, with the axes' titles.
fn name(plan: &Plan, point: &Point) -> String {
    if point.is_empty() {
        return "the profile".to_owned();
    }
    let planes = plan.planes.iter().flat_map(|plane| [&plane.x, &plane.y]);
    let axes: Vec<&Axis> = plan.axes.iter().chain(planes).collect();
    let title = |key: &str| axes.iter().find(|axis| axis.key == key).map_or(key, |axis| &axis.title).to_owned();
    point.iter().map(|(key, value)| format!("{} = {value}", title(key))).collect::<Vec<_>>().join(", ")
}

/// Writes the table and the figures; gives their paths.
///
/// # Errors
/// When a file cannot be written.
pub fn write(plan: &Plan, worlds: &[World], out: &Path) -> Result<Vec<PathBuf>, RunError> {
    let path = out.join("sensitivity.md");
    write_text(&path, &table(plan, worlds).markdown())?;
    let mut figures: Vec<(String, Box<dyn Figure>)> = vec![("axes".to_owned(), Box::new(axes(plan, worlds)))];
    for (index, plane) in plan.planes.iter().enumerate() {
        figures.push((format!("plane_{}", index + 1), Box::new(map(plan, plane, worlds))));
    }
    save(path, out, figures)
}

fn plotted(world: &World, conclusion: usize) -> Plotted {
    let Estimate { value, low, high } = world.conclusions[conclusion];
    Plotted::between(value, low, high)
}

fn at<'a>(worlds: &'a [World], point: &Point) -> Option<&'a World> {
    worlds.iter().find(|world| world.point == *point)
}

/// A panel for each conclusion, a row for each value of each axis.
fn axes(plan: &Plan, worlds: &[World]) -> Dots {
    let mut rows: Vec<&World> = at(worlds, &Point::new()).into_iter().collect();
    for axis in &plan.axes {
        rows.extend(axis.values.iter().filter_map(|&value| at(worlds, &point(&[(axis, value)]))));
    }
    let panels = plan.conclusions.iter().enumerate().map(|(index, conclusion)| DotPanel {
        title: conclusion.title.clone(),
        quantity: conclusion.unit(),
        rows: rows.iter().map(|world| name(plan, &world.point)).collect(),
        series: vec![DotSeries {
            name: "difference, with the margin where there is one; the conclusion holds above zero".to_owned(),
            published: false,
            values: rows.iter().map(|world| Some(plotted(world, index))).collect(),
        }],
    });
    Dots {
        panels: panels.collect(),
        intervals: plan.intervals(),
        footnotes: margins(plan).into_iter().collect(),
        note: Some("simulated model".to_owned()),
    }
}

/// A map for each conclusion.
fn map(plan: &Plan, plane: &Plane, worlds: &[World]) -> HeatMap {
    let categories = |axis: &Axis| Categories {
        title: axis.title.clone(),
        values: axis.values.iter().map(ToString::to_string).collect(),
    };
    let panels = plan.conclusions.iter().enumerate().map(|(index, conclusion)| {
        let cell = |x: f64, y: f64| {
            let world = at(worlds, &point(&[(&plane.x, x), (&plane.y, y)]))?;
            Some(plotted(world, index))
        };
        let row = |&y: &f64| plane.x.values.iter().map(|&x| cell(x, y)).collect();
        HeatPanel {
            title: conclusion.title.clone(),
            quantity: format!("difference, {}", conclusion.quantity.unit()),
            cells: plane.y.values.iter().map(row).collect(),
        }
    });
    HeatMap {
        x: categories(&plane.x),
        y: categories(&plane.y),
        panels: panels.collect(),
        intervals: plan.intervals(),
        footnotes: margins(plan).into_iter().collect(),
        note: Some("simulated model".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::load;
    use super::*;

    const PLAN: &str = "\
version: 1
base: {version: 1, name: s, datasets: [words], methods: [maas, lamas], seeds: 3}
conclusions:
  - {title: LAMaS loses no more than a point, method: lamas, against: maas, quantity: score, margin: 1}
  - {title: LAMaS is shorter, method: lamas, against: maas, quantity: shorter}
  - {title: LAMaS is half as long, method: lamas, against: maas, quantity: shorter, margin: -50}
axes: [{key: answers.attractor, title: omega, values: [0.2]}]
planes: [{x: {key: answers.attractor, title: omega, values: [0.2]}, y: {key: answers.text_signal, title: text, values: [0]}}]
";

    #[test]
    fn case_a_margin_is_told_of_in_table_and_figures() {
        let plan = load(PLAN).unwrap();
        let estimate = |value: f64| Estimate { value, low: value - 1.0, high: value + 1.0 };
        let conclusions = vec![estimate(0.4), estimate(37.0), estimate(-13.0)];
        let worlds: Vec<World> =
            plan.points().into_iter().map(|point| World { point, conclusions: conclusions.clone() }).collect();
        insta::assert_snapshot!(table(&plan, &worlds).markdown());
        let note = "A margin is added to the difference: 1 point to \"LAMaS loses no more than a point\"; -50 % saved to \
                    \"LAMaS is half as long\".";
        let (axes, map) = (axes(&plan, &worlds), map(&plan, &plan.planes[0], &worlds));
        assert_eq!(axes.footnotes, [note]);
        assert_eq!(map.footnotes, [note]);
        assert_eq!(axes.panels[0].quantity, "points, 1 added");
        let told = |index: usize| (map.panels[index].title.as_str(), map.panels[index].quantity.as_str());
        assert_eq!(told(0), ("LAMaS loses no more than a point", "difference, points"));
        assert_eq!(told(1), ("LAMaS is shorter", "difference, % saved"));
        assert_eq!(map.intervals, "95% over queries and 3 seeds");
    }
}
