//! What every figure must keep: its words, its marks, its bytes, and its composure with odd data.

use std::fs;
use std::sync::{Arc, LazyLock};

use lamas_plots::{
    Categories, DotPanel, DotSeries, Dots, Estimate, Fate, Figure, Format, Front, FrontPanel, FrontPoint, FrontSeries,
    Graph, GraphLayer, GraphNode, GraphPanel, HeatMap, HeatPanel, Histogram, HistogramPanel, Interval, Learning,
    LearningCurve, LearningPanel, Measure, OperatorShare, PNG_SCALE, PlotError, Theme, Timeline, TimelineSpan,
    TimelineTrace, Usage, UsageLayer, UsageRow, save,
};
use resvg::tiny_skia::{Pixmap, Rect};
use resvg::usvg::{self, fontdb};

mod samples;

/// A figure as a viewer reads it, with the bundled fonts.
fn read(svg: &str) -> usvg::Tree {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(include_bytes!("../fonts/LiberationSans-Regular.ttf").to_vec());
        fonts.load_font_data(include_bytes!("../fonts/LiberationSans-Bold.ttf").to_vec());
        Arc::new(fonts)
    });
    let options = usvg::Options { fontdb: Arc::clone(&FONTS), ..usvg::Options::default() };
    usvg::Tree::from_str(svg, &options).expect("the figure is valid SVG")
}

/// The texts of a figure with their rectangles, in drawing order.
fn texts(tree: &usvg::Tree) -> Vec<(String, Rect)> {
    fn collect(group: &usvg::Group, found: &mut Vec<(String, Rect)>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(inner) => collect(inner, found),
                usvg::Node::Text(text) => {
                    let words: String = text.chunks().iter().map(usvg::TextChunk::text).collect();
                    found.push((words.trim().to_owned(), text.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(tree.root(), &mut found);
    found
}

fn words(figure: &dyn Figure, theme: &Theme) -> Vec<String> {
    let svg = figure.draw(theme).unwrap();
    texts(&read(svg.as_str())).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn no_text_overlaps_another_or_leaves_the_figure() {
    for theme in [samples::theme(), samples::theme().narrow()] {
        for (name, figure) in samples::figures() {
            let svg = figure.draw(&theme).unwrap();
            let (width, height) = svg.size();
            let page = Rect::from_xywh(0.0, 0.0, width as f32, height as f32).unwrap();
            let texts = texts(&read(svg.as_str()));
            assert!(texts.len() > 5, "{name} has {} texts", texts.len());
            for (index, (text, place)) in texts.iter().enumerate() {
                let inside = place.left() >= page.left()
                    && place.top() >= page.top()
                    && place.right() <= page.right()
                    && place.bottom() <= page.bottom();
                assert!(inside, "{name}: `{text}` at {place:?} leaves the figure");
                for (other, taken) in &texts[..index] {
                    assert!(!overlap(place, taken), "{name}: `{text}` at {place:?} overlaps `{other}` at {taken:?}");
                }
            }
        }
    }
}

/// Whether two texts share more than the empty part of their line height.
fn overlap(a: &Rect, b: &Rect) -> bool {
    let width = a.right().min(b.right()) - a.left().max(b.left());
    let height = a.bottom().min(b.bottom()) - a.top().max(b.top());
    width > 0.5 && height > 0.3 * a.height().min(b.height()).min(a.width()).min(b.width())
}

#[test]
fn the_same_figure_gives_the_same_bytes_on_every_thread() {
    let folder = tempfile::tempdir().unwrap();
    let written = |part: &str| -> Vec<Vec<u8>> {
        let folder = folder.path().join(part);
        fs::create_dir(&folder).unwrap();
        samples::figures()
            .into_iter()
            .flat_map(|(name, figure)| save(&*figure, &samples::theme(), &folder.join(name), &Format::ALL).unwrap())
            .map(|path| fs::read(path).unwrap())
            .collect()
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(|| written("there"));
        (written("here"), there.join().unwrap())
    });
    assert_eq!(here.len(), 3 * samples::figures().len());
    assert!(here == there, "two drawings of the same figures differ");
}

#[test]
fn files_have_the_figures_size_and_their_formats_content() {
    let folder = tempfile::tempdir().unwrap();
    let (figure, theme) = (samples::front(&["HumanEval"]), samples::theme());
    let (width, height) = figure.draw(&theme).unwrap().size();
    let paths = save(&figure, &theme, &folder.path().join("lambda-0.5"), &Format::ALL).unwrap();
    let names: Vec<_> = paths.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["lambda-0.5.svg", "lambda-0.5.png", "lambda-0.5.pdf"]);

    let svg = fs::read_to_string(&paths[0]).unwrap();
    assert!(svg.contains("font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\""));
    assert_eq!(read(&svg).size().width(), width as f32);
    let png = Pixmap::load_png(&paths[1]).unwrap();
    assert_eq!((png.width(), png.height()), (width * PNG_SCALE, height * PNG_SCALE));
    let dark = png.pixels().iter().filter(|pixel| pixel.red() < 0x40 && pixel.green() < 0x40).count();
    assert!(dark > 1000, "only {dark} dark pixels: the text is missing");
    assert!(fs::read(&paths[2]).unwrap().starts_with(b"%PDF-"));
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let stem = tempfile::tempdir().unwrap().path().join("gone/front");
    let error = save(&samples::front(&["MATH"]), &Theme::default(), &stem, &[Format::Svg]).unwrap_err();
    assert!(matches!(&error, PlotError::Write { path, .. } if path.ends_with("gone/front.svg")), "{error}");
}

#[test]
fn the_front_shows_every_method_once_in_its_legend_and_says_that_it_is_simulated() {
    let words = words(&samples::front(&["GSM8K", "HumanEval"]), &samples::theme());
    let times = |text: &str| words.iter().filter(|word| word.as_str() == text).count();
    for text in ["LAMaS", "MaAS", "Gen-CoT", "MaAS (published)", "GSM8K", "HumanEval", "simulated model"] {
        assert_eq!(times(text), 1, "`{text}` in {words:?}");
    }
    assert_eq!(times("critical path (tokens)"), 2);
}

#[test]
fn marker_areas_follow_the_cost_and_published_points_are_hollow() {
    let point = |cp, cost| FrontPoint {
        label: None,
        cp: Estimate::exact(cp),
        score: Estimate::exact(50.0 + cp / 100.0),
        cost_usd: Some(cost),
    };
    let series = |method: &str, published, points| FrontSeries {
        method: method.to_owned(),
        points,
        joined: false,
        published,
        context: false,
    };
    let figure = Front {
        panels: vec![FrontPanel {
            title: "GSM8K".to_owned(),
            series: vec![
                series("a", false, vec![point(100.0, 0.004), point(200.0, 0.001)]),
                series("b", true, vec![point(300.0, 0.004)]),
            ],
        }],
        ..Front::default()
    };
    let svg = figure.draw(&Theme::default()).unwrap();
    // The first method's markers are circles in the palette's first colour; the last one is the legend's.
    let radii: Vec<f64> = svg
        .as_str()
        .lines()
        .filter(|line| line.starts_with("<circle") && line.contains("fill=\"#0072B2\""))
        .map(|line| line.split("r=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(radii.len(), 3, "{radii:?}");
    assert!((radii[0] / radii[1] - 2.0).abs() < 0.05, "four times the cost is twice the radius: {radii:?}");
    let squares = |fill: &str| svg.as_str().lines().filter(|l| l.starts_with("<polygon") && l.contains(fill)).count();
    assert_eq!((squares("fill=\"#FFFFFF\""), squares("fill=\"#E69F00\"")), (2, 0));
}

#[test]
fn methods_in_grey_have_no_bars_and_no_labels_and_leave_the_colours_to_the_others() {
    let point = |cp: f64| FrontPoint {
        label: Some(format!("at {cp}")),
        cp: Estimate::between(cp, cp - 30.0, cp + 30.0),
        score: Estimate::between(50.0, 49.0, 51.0),
        cost_usd: None,
    };
    let series = |method: &str, context| {
        let points = vec![point(100.0), point(200.0)];
        FrontSeries { method: method.to_owned(), points, joined: true, published: false, context }
    };
    let panel = FrontPanel { title: "GSM8K".to_owned(), series: vec![series("kNN", true), series("LAMaS", false)] };
    let front = Front { panels: vec![panel], labels: Some("λ_t".to_owned()), ..Front::default() };
    let svg = front.draw(&Theme::default()).unwrap();
    let svg = svg.as_str();
    let first = svg.matches("#0072B2").count();
    assert!(first > 0 && svg.contains("#5C5C5C"), "{svg}");
    let words = words(&front, &Theme::default());
    assert_eq!(words.iter().filter(|word| word.starts_with("at ")).count(), 2, "{words:?}");
    assert!(words.iter().any(|word| word.contains("in grey")), "{words:?}");
}

#[test]
fn vanishing_costs_draw_like_unknown_ones() {
    let mut figure = samples::front(&["MATH"]);
    let points = figure.panels[0].series.iter_mut().flat_map(|series| &mut series.points);
    points.for_each(|point| point.cost_usd = Some(f64::from_bits(1)));
    let words = words(&figure, &samples::theme());
    assert!(!words.iter().any(|word| word.contains("USD")), "{words:?}");
}

#[test]
fn a_timeline_says_what_was_cancelled_and_for_how_much() {
    let span = |label: &str, end, critical, fate| TimelineSpan {
        group: "layer 1".to_owned(),
        label: label.to_owned(),
        start: 0.0,
        end,
        waited: 0.0,
        slack: 0.0,
        critical,
        fate,
    };
    let cancelled = Fate::Cancelled { price: "0.000120 USD".to_owned() };
    let figure = Timeline {
        traces: vec![TimelineTrace {
            title: "2 of 3 agree".to_owned(),
            spans: vec![
                span("first", 2.0, false, Fate::Arrived),
                span("second", 3.0, true, Fate::Arrived),
                span("third", 3.0, false, cancelled),
            ],
            decided: vec![("layer 1".to_owned(), 3.0)],
        }],
        measure: Measure::Seconds,
        ..Timeline::default()
    };
    let words = words(&figure, &Theme::default());
    for wanted in ["3, 0.000120 USD", "arrival", "cancelled, with what it cost", "decided"] {
        assert!(words.iter().any(|word| word == wanted), "{wanted}: {words:?}");
    }
}

#[test]
fn the_timeline_reads_like_the_trace() {
    let span = |label: &str, start, end, slack, critical| TimelineSpan {
        group: "layer 1".to_owned(),
        label: label.to_owned(),
        start,
        end,
        waited: 0.0,
        slack,
        critical,
        fate: Fate::Done,
    };
    let figure = Timeline {
        traces: vec![TimelineTrace {
            title: "LAMaS".to_owned(),
            spans: vec![span("Generate", 0.0, 120.0, 280.0, false), span("SelfRefine", 0.0, 400.0, 0.0, true)],
            decided: vec![],
        }],
        measure: Measure::Tokens,
        footnotes: vec!["One test query.".to_owned()],
        note: Some("simulated model".to_owned()),
    };
    insta::assert_snapshot!(words(&figure, &Theme::default()).join("\n"), @r"
    simulated model
    LAMaS
    tokens
    0
    100
    200
    300
    400
    layer 1
    Generate
    SelfRefine
    120
    400
    critical path in tokens
    off that path
    slack
    One test query.
    Slack: how much longer a call alone could take without making the critical path longer; calls that wait for each other share theirs.
    ");
}

#[test]
fn case_no_operators_name_is_cut_however_many_stand_side_by_side() {
    let names = ["generate", "generate_cot", "multi_generate_cot", "sc_ensemble", "self_refine", "programmer", "test"];
    for count in 1..=9 {
        for critical in [false, true] {
            let node = |index: usize| GraphNode {
                label: names[(index + 2) % 7].to_owned(),
                length: 1234.0,
                critical,
                waits_for: None,
            };
            let nodes: Vec<GraphNode> = (0..count).map(node).collect();
            let expected: String = nodes.iter().map(|node| node.label.as_str()).collect();
            let layer = GraphLayer { title: "layer 1".to_owned(), nodes, chained: false };
            let panel = GraphPanel { title: "LAMaS".to_owned(), layers: vec![layer] };
            let figure = Graph { panels: vec![panel.clone(), panel], ..Graph::default() };
            for theme in [Theme::default(), Theme::default().narrow()] {
                let words = words(&figure, &theme);
                assert!(!words.iter().any(|word| word.contains('…')), "{count}: {words:?}");
                let pieces: String =
                    words.iter().filter(|word| !word.contains([' ', ':'])).map(String::as_str).collect();
                assert!(pieces.contains(&expected), "{count}: {words:?}");
            }
        }
    }
}

#[test]
fn the_critical_path_goes_on_past_a_layer_that_took_no_time() {
    let row = |names: &[(&str, bool)], chained| {
        let node = |&(label, critical): &(&str, bool)| GraphNode {
            label: label.to_owned(),
            length: if critical { 100.0 } else { 0.0 },
            critical,
            waits_for: None,
        };
        GraphLayer { title: String::new(), nodes: names.iter().map(node).collect(), chained }
    };
    for (chained, red) in [(false, 4), (true, 5)] {
        let idle = row(&[("sc_ensemble", false), ("early_stop", false)], chained);
        let layers = vec![row(&[("generate", true)], false), idle, row(&[("programmer", true)], false)];
        let figure = Graph { panels: vec![GraphPanel { title: String::new(), layers }], ..Graph::default() };
        let svg = figure.draw(&Theme::default()).unwrap();
        let heads = svg.as_str().lines().filter(|line| line.starts_with("<polygon") && line.contains("#CC1F1F"));
        assert_eq!(heads.count(), red, "chained: {chained}");
    }
}

#[test]
fn case_the_critical_path_of_a_chain_is_whole_wherever_a_node_took_no_time() {
    let node = |label: &str, length: f64| GraphNode {
        label: label.to_owned(),
        length,
        critical: length > 0.0,
        waits_for: None,
    };
    for idle in 0..3 {
        let mut nodes = vec![node("generate", 100.0), node("programmer", 50.0)];
        nodes.insert(idle, node("early_stop", 0.0));
        let layers = vec![GraphLayer { title: String::new(), nodes, chained: true }];
        let figure = Graph { panels: vec![GraphPanel { title: String::new(), layers }], ..Graph::default() };
        let svg = figure.draw(&Theme::default()).unwrap();
        let heads = |color: &str| {
            let heads = svg.as_str().lines().filter(|line| line.starts_with("<polygon") && line.contains(color));
            heads.count()
        };
        // Query to the first, along the chain, and the last to the answer.
        assert_eq!((heads("#CC1F1F"), heads("#8C8C8C")), (4, 0), "early_stop in place {idle}");
    }
}

#[test]
fn a_graph_without_layers_has_the_lines_that_its_nodes_name() {
    let node = |label: &str, critical, waits: Option<&[usize]>| GraphNode {
        label: label.to_owned(),
        length: 100.0,
        critical,
        waits_for: waits.map(<[usize]>::to_vec),
    };
    let row = |nodes: Vec<GraphNode>| GraphLayer { title: String::new(), nodes, chained: false };
    // Two side by side, one that reads the second alone, one that had nothing to do, and the step after all of them.
    let layers = vec![
        row(vec![node("a", false, Some(&[])), node("b", true, Some(&[]))]),
        row(vec![node("c", true, Some(&[1])), node("idle", false, None)]),
        row(vec![node("d", true, Some(&[0, 2]))]),
    ];
    let figure = Graph { panels: vec![GraphPanel { title: String::new(), layers }], ..Graph::default() };
    let svg = figure.draw(&Theme::default()).unwrap();
    // Every line ends in a head: query to a and b, b to c, a and c to d, d to the answer.
    let heads = |color: &str| {
        let heads = svg.as_str().lines().filter(|line| line.starts_with("<polygon") && line.contains(color));
        heads.count()
    };
    assert_eq!((heads("#CC1F1F"), heads("#8C8C8C")), (4, 2));
}

#[test]
fn case_figures_say_the_level_of_their_intervals_and_the_measure_of_their_path() {
    for (name, figure) in samples::figures() {
        let words = words(&*figure, &samples::theme()).join(" ");
        let says = |text: &str| assert!(words.contains(text), "{name}: `{text}` is missing in {words}");
        match name {
            "front" | "front-one" | "dots" => says("Bars are intervals of 95% over queries and 5 seeds."),
            "front-crowded" => says("Bars are intervals of 90% over seeds."),
            "heatmap" => says("the interval of 95% over queries and 3 seeds lies on that side"),
            "timeline" => says("critical path in seconds"),
            "graph" | "timeline-long" => says("critical path in tokens"),
            _ => {}
        }
    }
}

#[test]
fn case_maps_of_different_quantities_have_scales_of_their_own() {
    let panel = |title: &str, quantity: &str, value: f64| HeatPanel {
        title: title.to_owned(),
        quantity: quantity.to_owned(),
        cells: vec![vec![Some(Estimate::exact(value))]],
    };
    let one = || Categories { title: String::new(), values: vec!["1".to_owned()] };
    let panels = vec![panel("a", "% saved", 54.0), panel("b", "points", -3.0), panel("c", "points", 6.0)];
    let figure = HeatMap { x: one(), y: one(), panels, ..HeatMap::default() };
    let words = words(&figure, &Theme::default());
    for scale in [["% saved:", "−54", "54"], ["points:", "−6", "6"]] {
        assert!(words.windows(3).any(|three| three == scale), "{scale:?} in {words:?}");
    }
    let svg = figure.draw(&Theme::default()).unwrap();
    // The largest of each quantity has the full colour.
    let full =
        |color: &str| svg.as_str().lines().filter(|line| line.starts_with("<rect") && line.contains(color)).count();
    assert_eq!(full("fill=\"#0072B2\""), 2, "{}", svg.as_str());
}

#[test]
fn panels_without_data_say_so_and_figures_without_panels_are_errors() {
    let empty = FrontPanel { title: "MATH".to_owned(), series: Vec::new() };
    let front = Front { panels: vec![empty], ..Front::default() };
    assert!(words(&front, &Theme::default()).contains(&"no data".to_owned()));
    let error = Front::default().draw(&Theme::default()).unwrap_err();
    assert_eq!(error.to_string(), "the front figure has no panels: give it at least one before drawing");
}

#[test]
fn values_that_cannot_be_drawn_are_counted() {
    let point = |cp| FrontPoint { label: None, cp: Estimate::exact(cp), score: Estimate::exact(50.0), cost_usd: None };
    let points = vec![point(f64::NAN), point(f64::INFINITY), point(300.0)];
    let series = FrontSeries { method: "LAMaS".to_owned(), points, joined: true, published: false, context: false };
    let panel = FrontPanel { title: "MATH".to_owned(), series: vec![series] };
    let words = words(&Front { panels: vec![panel], ..Front::default() }, &Theme::default());
    let note = "2 points are not drawn: their values are not finite numbers.";
    assert!(words.contains(&note.to_owned()), "{words:?}");
}

#[test]
fn lists_that_do_not_fit_together_are_named() {
    let share = OperatorShare { operator: "Generate".to_owned(), share: vec![0.5] };
    let layer = UsageLayer { title: "layer 1".to_owned(), operators: vec![share] };
    let row = UsageRow { title: "MATH".to_owned(), layers: vec![layer] };
    let usage = Usage { lambdas: vec![0.0, 1e-4], rows: vec![row], footnotes: Vec::new(), note: None };
    let error = usage.draw(&Theme::default()).unwrap_err().to_string();
    assert_eq!(error, "MATH, layer 1, Generate has 1 values where 2 are expected: give one lambda_t each");
}

#[test]
fn a_hundred_thousand_points_stay_a_small_figure() {
    let run: Vec<f64> = (0..100_000).map(|update| (f64::from(update) / 900.0).sin()).collect();
    let curve = LearningCurve { method: "LAMaS".to_owned(), runs: vec![run.clone(), run] };
    let panel = LearningPanel { title: "reward".to_owned(), unit: String::new(), curves: vec![curve] };
    let figure = Learning { panels: vec![panel], window: 9, note: None };
    let size = figure.draw(&Theme::default()).unwrap().as_str().len();
    assert!(size < 40_000, "{size} bytes");
}

mod odd_data {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![4 => -1e4f64..1e4, 2 => prop::num::f64::ANY, 1 => Just(0.0), 1 => Just(f64::NAN)]
    }

    fn estimate() -> impl Strategy<Value = Estimate> {
        let interval = prop::option::of((value(), value()).prop_map(|(low, high)| Interval { low, high }));
        (value(), interval).prop_map(|(value, interval)| Estimate { value, interval })
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![".{0,60}", Just("λ_t < 1 & \"quoted\" \u{0}\u{7f}\u{ffff}".to_owned()), Just(String::new())]
    }

    fn front() -> impl Strategy<Value = Front> {
        let point = (prop::option::of(name()), estimate(), estimate(), prop::option::of(value()))
            .prop_map(|(label, cp, score, cost_usd)| FrontPoint { label, cp, score, cost_usd });
        let series = (name(), prop::collection::vec(point, 0..8), any::<[bool; 3]>()).prop_map(
            |(method, points, [joined, published, context])| FrontSeries { method, points, joined, published, context },
        );
        let panel =
            (name(), prop::collection::vec(series, 0..4)).prop_map(|(title, series)| FrontPanel { title, series });
        (prop::collection::vec(panel, 1..5), prop::option::of(name())).prop_map(|(panels, note)| Front {
            panels,
            measure: Measure::Tokens,
            intervals: String::new(),
            labels: Some("λ_t".to_owned()),
            note,
        })
    }

    fn timeline() -> impl Strategy<Value = Timeline> {
        let span = (name(), name(), [value(), value(), value(), value()], any::<bool>()).prop_map(
            |(group, label, [start, end, waited, slack], critical)| TimelineSpan {
                group,
                label,
                start,
                end,
                waited,
                slack,
                critical,
                fate: if slack > waited { Fate::Cancelled { price: "0.000120 USD".to_owned() } } else { Fate::Arrived },
            },
        );
        let decided = prop::collection::vec((name(), value()), 0..3);
        let trace = (name(), prop::collection::vec(span, 0..120), decided)
            .prop_map(|(title, spans, decided)| TimelineTrace { title, spans, decided });
        prop::collection::vec(trace, 1..3).prop_map(|traces| Timeline {
            traces,
            measure: Measure::Seconds,
            ..Timeline::default()
        })
    }

    fn learning() -> impl Strategy<Value = Learning> {
        let runs = prop::collection::vec(prop::collection::vec(value(), 0..30), 0..4);
        let curve = (name(), runs).prop_map(|(method, runs)| LearningCurve { method, runs });
        let panel = (name(), name(), prop::collection::vec(curve, 0..3))
            .prop_map(|(title, unit, curves)| LearningPanel { title, unit, curves });
        (prop::collection::vec(panel, 1..4), 0..50usize).prop_map(|(panels, window)| Learning {
            panels,
            window,
            note: None,
        })
    }

    fn heatmap() -> impl Strategy<Value = HeatMap> {
        let cells =
            |rows, columns| prop::collection::vec(prop::collection::vec(prop::option::of(estimate()), columns), rows);
        (1..30usize, 1..30usize).prop_flat_map(move |(rows, columns)| {
            cells(rows, columns).prop_map(move |cells| {
                let places = |count: usize| Categories {
                    title: "parameter".to_owned(),
                    values: (0..count).map(|place| place.to_string()).collect(),
                };
                HeatMap {
                    x: places(columns),
                    y: places(rows),
                    panels: vec![HeatPanel { title: String::new(), quantity: "gain".to_owned(), cells }],
                    ..HeatMap::default()
                }
            })
        })
    }

    fn usage() -> impl Strategy<Value = Usage> {
        (0..12usize).prop_flat_map(|lambdas| {
            let share = (name(), prop::collection::vec(value(), lambdas))
                .prop_map(|(operator, share)| OperatorShare { operator, share });
            let layer = (name(), prop::collection::vec(share, 0..4))
                .prop_map(|(title, operators)| UsageLayer { title, operators });
            let row =
                (name(), prop::collection::vec(layer, 1..8)).prop_map(|(title, layers)| UsageRow { title, layers });
            (prop::collection::vec(value(), lambdas), prop::collection::vec(row, 1..3))
                .prop_map(|(lambdas, rows)| Usage { lambdas, rows, ..Usage::default() })
        })
    }

    fn graph() -> impl Strategy<Value = Graph> {
        let waits = prop::option::of(prop::collection::vec(0..40usize, 0..4));
        let node = (name(), value(), any::<bool>(), waits).prop_map(|(label, length, critical, waits_for)| GraphNode {
            label,
            length,
            critical,
            waits_for,
        });
        let layer = (name(), prop::collection::vec(node, 0..9), any::<bool>())
            .prop_map(|(title, nodes, chained)| GraphLayer { title, nodes, chained });
        let panel =
            (name(), prop::collection::vec(layer, 0..6)).prop_map(|(title, layers)| GraphPanel { title, layers });
        prop::collection::vec(panel, 1..3).prop_map(|panels| Graph {
            panels,
            measure: Measure::Tokens,
            ..Graph::default()
        })
    }

    fn dots() -> impl Strategy<Value = Dots> {
        (0..6usize).prop_flat_map(|rows| {
            let series = (name(), any::<bool>(), prop::collection::vec(prop::option::of(estimate()), rows))
                .prop_map(|(name, published, values)| DotSeries { name, published, values });
            let labels = prop::collection::vec(name(), rows);
            let panel = (name(), name(), labels, prop::collection::vec(series, 0..4))
                .prop_map(|(title, quantity, rows, series)| DotPanel { title, quantity, rows, series });
            prop::collection::vec(panel, 1..3).prop_map(|panels| Dots { panels, ..Dots::default() })
        })
    }

    fn histogram() -> impl Strategy<Value = Histogram> {
        let curve = prop::collection::vec((value(), value()), 0..20);
        let panel = (name(), name(), prop::collection::vec(value(), 0..60), curve)
            .prop_map(|(title, quantity, values, curve)| HistogramPanel { title, quantity, values, curve });
        (prop::collection::vec(panel, 1..4), name(), name()).prop_map(|(panels, sample, fit)| Histogram {
            panels,
            sample,
            fit,
            note: None,
        })
    }

    fn draws(figure: &dyn Figure) -> Result<(), TestCaseError> {
        for theme in [Theme::default(), Theme::default().narrow()] {
            let svg = figure.draw(&theme).map_err(|error| TestCaseError::fail(error.to_string()))?;
            read(svg.as_str());
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn fronts_draw(figure in front()) {
            draws(&figure)?;
        }

        #[test]
        fn timelines_draw(figure in timeline()) {
            draws(&figure)?;
        }

        #[test]
        fn learning_curves_draw(figure in learning()) {
            draws(&figure)?;
        }

        #[test]
        fn usages_draw(figure in usage()) {
            draws(&figure)?;
        }

        #[test]
        fn graphs_draw(figure in graph()) {
            draws(&figure)?;
        }

        #[test]
        fn dots_draw(figure in dots()) {
            draws(&figure)?;
        }

        #[test]
        fn histograms_draw(figure in histogram()) {
            draws(&figure)?;
        }

        #[test]
        fn heat_maps_draw(figure in heatmap()) {
            draws(&figure)?;
        }
    }
}
