//! Where the conclusions hold: a table of all points, the axes as dots and the planes as maps.

use std::path::{Path, PathBuf};

use lamas_plots::{
    Categories, DotPanel, DotSeries, Dots, Estimate as Plotted, Figure, Format, HeatMap, HeatPanel, Theme,
};

use super::plan::{Axis, Plan, Plane, Point, point};
use super::worlds::World;
use lamas_bench::report::bootstrap::Estimate;
use lamas_bench::report::table::{Block, Cell, Table};
use lamas_bench::run::RunError;
use lamas_bench::run::directory::write_text;
use lamas_bench::run::provenance::Provenance;

/// Every point with every conclusion.
#[must_use]
pub fn table(plan: &Plan, worlds: &[World]) -> Table {
    let heads =
        plan.conclusions.iter().map(|conclusion| format!("{}, {}", conclusion.title, conclusion.quantity.unit()));
    let rows = worlds.iter().map(|world| {
        let verdicts = world.conclusions.iter().map(|estimate| Cell::new(shown(*estimate)));
        std::iter::once(Cell::new(name(plan, &world.point))).chain(verdicts).collect()
    });
    Table {
        title: "Where conclusions hold".to_owned(),
        notes: vec![
            "Differences with intervals of 95% over queries and seeds, margins added. + : the interval is above zero \
             and the conclusion holds; - : below zero, it does not; ? : undecided. Simulated throughout."
                .to_owned(),
        ],
        head: std::iter::once("Point".to_owned()).chain(heads).collect(),
        blocks: vec![Block { rows: rows.collect(), ..Block::default() }],
        simulated: Provenance::Simulated,
    }
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
    let mut paths = vec![path];
    for (name, figure) in figures {
        let stem = out.join(name);
        let written = lamas_plots::save(&*figure, &Theme::default(), &stem, &[Format::Svg, Format::Png]);
        paths.extend(written.map_err(|error| RunError::file(&stem, error))?);
    }
    Ok(paths)
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
        quantity: conclusion.quantity.unit().to_owned(),
        rows: rows.iter().map(|world| name(plan, &world.point)).collect(),
        series: vec![DotSeries {
            name: "difference; the conclusion holds above zero".to_owned(),
            published: false,
            values: rows.iter().map(|world| Some(plotted(world, index))).collect(),
        }],
    });
    Dots { panels: panels.collect(), note: Some("simulated model".to_owned()) }
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
            title: format!("{}, {}", conclusion.title, conclusion.quantity.unit()),
            cells: plane.y.values.iter().map(row).collect(),
        }
    });
    HeatMap {
        x: categories(&plane.x),
        y: categories(&plane.y),
        quantity: "difference".to_owned(),
        panels: panels.collect(),
        note: Some("simulated model".to_owned()),
    }
}
