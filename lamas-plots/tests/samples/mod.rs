//! Invented data for every figure: several methods, a sweep, three datasets, coincident points, long names.

use lamas_plots::{
    Categories, DotPanel, DotSeries, Dots, Estimate, Fate, Figure, Front, FrontPanel, FrontPoint, FrontSeries, Graph,
    GraphLayer, GraphNode, GraphPanel, Growth, GrowthPanel, GrowthSeries, HeatMap, HeatPanel, Histogram,
    HistogramPanel, Learning, LearningCurve, LearningPanel, Measure, OperatorShare, Theme, Timeline, TimelineSpan,
    TimelineTrace, Usage, UsageLayer, UsageRow,
};

const METHODS: [&str; 6] = ["LAMaS", "MaAS", "Generate", "Gen-CoT", "CoT*5+SC", "LAMaS, uniform credit"];
const OPERATORS: [&str; 7] =
    ["Generate", "GenerateCoT", "MultiGenerateCoT", "ScEnsemble", "SelfRefine", "Programmer", "EarlyStop"];
const LAMBDAS: [f64; 7] = [0.0, 1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3];

/// A theme that knows the methods and operators of the samples.
pub fn theme() -> Theme {
    Theme::new(METHODS, OPERATORS)
}

/// Every figure with a name.
pub fn figures() -> Vec<(&'static str, Box<dyn Figure>)> {
    vec![
        ("front", Box::new(front(&["GSM8K", "HumanEval", "MATH, level 5 of four subjects"]))),
        ("front-one", Box::new(front(&["HumanEval"]))),
        ("learning", Box::new(learning())),
        ("usage", Box::new(usage(&["GSM8K", "HumanEval", "MATH"], 4))),
        ("timeline", Box::new(timeline())),
        ("graph", Box::new(graph())),
        ("dots", Box::new(dots())),
        ("growth", Box::new(growth())),
        ("heatmap", Box::new(heatmap())),
        ("histogram", Box::new(histogram())),
        ("front-crowded", Box::new(crowded_front())),
        ("timeline-long", Box::new(long_timeline())),
        ("usage-deep", Box::new(usage(&["a dataset with a long name of its own"], 7))),
        ("front-empty", Box::new(front(&["HumanEval", ""]))),
    ]
}

/// A repeatable number in -1..1.
fn wobble(seed: usize) -> f64 {
    ((seed as f64 * 12.9898).sin() * 43_758.545).fract()
}

fn estimate(value: f64, half: f64) -> Estimate {
    Estimate::between(value, value - half, value + half * 0.9)
}

/// Score against path for the named datasets; a dataset without a name has no points.
pub fn front(datasets: &[&str]) -> Front {
    let panels = datasets.iter().enumerate().map(|(index, title)| FrontPanel {
        title: (*title).to_owned(),
        series: if title.is_empty() { Vec::new() } else { front_series(index) },
    });
    Front {
        panels: panels.collect(),
        measure: Measure::Tokens,
        intervals: "95% over queries and 5 seeds".to_owned(),
        labels: Some("λ_t".to_owned()),
        note: Some("simulated model".to_owned()),
    }
}

fn front_series(dataset: usize) -> Vec<FrontSeries> {
    let base = [92.5, 89.0, 50.0][dataset % 3];
    let point = |label: Option<String>, cp: f64, score: f64, cost: f64| FrontPoint {
        label,
        cp: estimate(cp, cp * 0.04),
        score: estimate(score, 1.4),
        cost_usd: Some(cost),
    };
    let sweep = |method: &str, from: f64, to: f64, gain: f64, cost: f64| FrontSeries {
        method: method.to_owned(),
        joined: true,
        published: false,
        context: false,
        points: LAMBDAS
            .iter()
            .enumerate()
            .map(|(step, lambda)| {
                let part = step as f64 / 6.0;
                let cp = from + (to - from) * part + 60.0 * wobble(step + 7 * dataset);
                let score = base + gain * (1.0 - part * part) + 0.3 * wobble(step * 3 + dataset);
                point(
                    Some(if *lambda == 0.0 { "0".to_owned() } else { format!("{lambda:e}") }),
                    cp,
                    score,
                    cost * (1.0 - 0.6 * part),
                )
            })
            .collect(),
    };
    let single = |method: &str, cp: f64, score: f64, cost: f64, published: bool| FrontSeries {
        method: method.to_owned(),
        joined: false,
        published,
        context: false,
        points: vec![point(None, cp, score, cost)],
    };
    vec![
        sweep("LAMaS", 1290.0, 430.0, 2.6, 0.0021),
        sweep("LAMaS, uniform credit", 1390.0, 560.0, 1.9, 0.0023),
        single("MaAS", 1630.0, base + 2.1, 0.0007, false),
        single("Generate", 405.0, base, 0.0003, false),
        single("Gen-CoT", 405.0, base, 0.0003, false),
        single("CoT*5+SC", 520.0, base + 0.6, 0.0019, false),
        single("MaAS", 1474.0, base + 2.4, 0.0005, true),
        single("LAMaS", 913.0, base + 2.5, 0.0008, true),
    ]
}

fn learning() -> Learning {
    let curve = |method: &str, start: f64, end: f64, noise: f64, seed: usize| LearningCurve {
        method: method.to_owned(),
        runs: (0..3)
            .map(|run| {
                let rise = |update: usize| 1.0 - (-(update as f64) / 70.0).exp();
                (0..264)
                    .map(|update| {
                        start + (end - start) * rise(update) + noise * wobble(update * 31 + run * 1009 + seed * 77)
                    })
                    .collect()
            })
            .collect(),
    };
    let panel = |title: &str, unit: &str, values: [(f64, f64); 3], noise: f64| LearningPanel {
        title: title.to_owned(),
        unit: unit.to_owned(),
        curves: ["LAMaS", "LAMaS, uniform credit", "MaAS"]
            .into_iter()
            .zip(values)
            .enumerate()
            .map(|(seed, (method, (start, end)))| curve(method, start, end, noise, seed))
            .collect(),
    };
    Learning {
        panels: vec![
            panel("mean reward", "", [(0.61, 0.84), (0.6, 0.81), (0.72, 0.9)], 0.08),
            panel("score", "%", [(88.0, 92.9), (88.4, 92.2), (89.0, 93.0)], 3.0),
            panel("critical path", "tokens", [(1650.0, 910.0), (1700.0, 1190.0), (1750.0, 1800.0)], 160.0),
            panel("entropy of the policy", "nats", [(1.94, 0.8), (1.94, 1.1), (1.94, 0.9)], 0.1),
        ],
        window: 21,
        note: Some("simulated model".to_owned()),
    }
}

fn usage(datasets: &[&str], layers: usize) -> Usage {
    let share = |operator: usize, layer: usize, row: usize| OperatorShare {
        operator: OPERATORS[operator].to_owned(),
        share: (0..LAMBDAS.len())
            .map(|step| {
                let trend = if operator == 6 { step as f64 / 7.0 } else { 0.55 - step as f64 * 0.05 };
                (trend + 0.3 * wobble(operator * 13 + layer * 5 + row * 3)).clamp(0.0, 1.0)
            })
            .collect(),
    };
    let layer = |index: usize, row: usize| UsageLayer {
        title: format!("layer {}", index + 1),
        operators: (0..OPERATORS.len()).map(|operator| share(operator, index, row)).collect(),
    };
    Usage {
        lambdas: LAMBDAS.to_vec(),
        rows: datasets
            .iter()
            .enumerate()
            .map(|(row, title)| UsageRow {
                title: (*title).to_owned(),
                layers: (0..layers).map(|index| layer(index, row)).collect(),
            })
            .collect(),
        footnotes: vec!["Test queries of 5 seeds.".to_owned()],
        note: Some("simulated model".to_owned()),
    }
}

fn timeline() -> Timeline {
    let span = |group: &str, label: &str, start: f64, end: f64, slack: f64, waited: f64, critical: bool| TimelineSpan {
        group: group.to_owned(),
        label: label.to_owned(),
        start,
        end,
        waited,
        slack,
        critical,
        fate: Fate::Done,
    };
    let parallel = vec![
        span("pre-step", "Programmer, model call", 0.0, 4.1, 0.0, 0.0, true),
        span("pre-step", "Programmer, tool run", 4.1, 4.6, 0.0, 0.0, true),
        span("layer 1", "GenerateCoT", 4.6, 10.4, 2.9, 0.0, false),
        span("layer 1", "MultiGenerateCoT, sample 1", 4.6, 11.9, 1.4, 0.0, false),
        span("layer 1", "MultiGenerateCoT, sample 2", 5.4, 13.3, 0.0, 0.8, true),
        span("layer 1", "MultiGenerateCoT, sample 3", 5.4, 9.0, 4.3, 0.8, false),
        span("layer 2", "SelfRefine", 13.3, 18.8, 0.0, 0.0, true),
        span("layer 2", "ScEnsemble", 13.3, 13.9, 4.9, 0.0, false),
        span("post-step", "ScEnsemble", 18.8, 19.7, 0.0, 0.0, true),
    ];
    let mut clock = 0.0;
    let sequential = parallel
        .iter()
        .map(|old| {
            let start = clock;
            clock += old.end - old.start;
            TimelineSpan { start, end: clock, slack: 0.0, waited: 0.0, critical: true, ..old.clone() }
        })
        .collect();
    Timeline {
        traces: vec![
            TimelineTrace {
                title: "MaAS: operators of a layer one after another".to_owned(),
                spans: sequential,
                decided: vec![],
            },
            TimelineTrace { title: "LAMaS: operators of a layer at once".to_owned(), spans: parallel, decided: vec![] },
        ],
        measure: Measure::Seconds,
        footnotes: vec!["One test query.".to_owned()],
        note: Some("simulated model".to_owned()),
    }
}

fn graph() -> Graph {
    let layers = |chained: bool| {
        let layer = |title: &str, nodes: &[(&str, f64, bool)]| GraphLayer {
            title: title.to_owned(),
            nodes: nodes
                .iter()
                .map(|(label, length, critical)| GraphNode {
                    label: (*label).to_owned(),
                    length: *length,
                    critical: *critical || chained,
                    waits_for: None,
                })
                .collect(),
            chained,
        };
        vec![
            layer("pre-step", &[("Programmer", 431.0, true)]),
            layer(
                "layer 1",
                &[("GenerateCoT", 344.0, false), ("MultiGenerateCoT", 512.0, true), ("Programmer", 398.0, false)],
            ),
            layer("layer 2", &[("SelfRefine", 377.0, true), ("ScEnsemble", 12.0, false)]),
            layer(
                "layer 3",
                &[
                    ("Generate", 210.0, false),
                    ("GenerateCoT", 364.0, true),
                    ("SelfRefine", 200.0, false),
                    ("ScEnsemble", 11.0, false),
                    ("Programmer", 301.0, false),
                ],
            ),
            layer("post-step", &[("ScEnsemble", 14.0, true)]),
        ]
    };
    Graph {
        panels: vec![
            GraphPanel { title: "MaAS: 3210 tokens".to_owned(), layers: layers(true) },
            GraphPanel { title: "LAMaS: 1698 tokens".to_owned(), layers: layers(false) },
        ],
        measure: Measure::Tokens,
        footnotes: Vec::new(),
        note: None,
    }
}

fn growth() -> Growth {
    let panel = |work: &str, unit: &str, power: f64| {
        let point = |step: usize, scale: f64| {
            let work = 24.0 * 2_f64.powi(step as i32);
            let value = scale * work.powf(power);
            (work, estimate(value, value * 0.05 * (1.5 + wobble(step))))
        };
        let series = |name: &str, scale: f64| GrowthSeries {
            name: name.to_owned(),
            points: (0..5).map(|step| point(step, scale)).collect(),
        };
        GrowthPanel {
            title: format!("Time over {work}"),
            work: work.to_owned(),
            quantity: unit.to_owned(),
            series: vec![series("processor time", 0.8), series("wall clock", 0.5)],
            from_zero: true,
        }
    };
    Growth {
        panels: vec![panel("episodes", "s", 1.0), panel("layers", "ms", 0.4)],
        footnote: Some("Median and range of three runs.".to_owned()),
        note: None,
    }
}

fn dots() -> Dots {
    let panel = |title: &str, quantity: &str, values: [f64; 5], half: f64| DotPanel {
        title: title.to_owned(),
        quantity: quantity.to_owned(),
        rows: METHODS[..5].iter().map(|method| (*method).to_owned()).collect(),
        series: vec![
            DotSeries {
                name: "published".to_owned(),
                published: true,
                values: values.iter().map(|value| Some(Estimate::exact(*value))).collect(),
            },
            DotSeries {
                name: "simulated".to_owned(),
                published: false,
                values: values
                    .iter()
                    .enumerate()
                    .map(|(index, value)| {
                        (index != 3).then(|| estimate(value + half * wobble(index + title.len()), half))
                    })
                    .collect(),
            },
        ],
    };
    Dots {
        panels: vec![
            panel("GSM8K", "score (%)", [93.37, 93.13, 92.8, 92.23, 92.99], 1.5),
            panel("GSM8K", "critical path (tokens)", [913.5, 1474.6, 405.2, 345.8, 488.3], 45.0),
        ],
        intervals: "95% over queries and 5 seeds".to_owned(),
        footnotes: Vec::new(),
        note: Some("simulated model".to_owned()),
    }
}

fn heatmap() -> HeatMap {
    let texts = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<_>>();
    let cell = |row: usize, column: usize, shift: f64| {
        let value = 2.2 - 0.7 * column as f64 + 0.35 * row as f64 - shift + 0.3 * wobble(row * 11 + column);
        (row + column > 0).then(|| estimate(value, 0.8))
    };
    let panel = |title: &str, shift: f64| HeatPanel {
        title: title.to_owned(),
        quantity: format!("gain over Generate on {title} (points)"),
        cells: (0..7).map(|row| (0..8).map(|column| cell(row, column, shift)).collect()).collect(),
    };
    HeatMap {
        x: Categories {
            title: "correlation between samples".to_owned(),
            values: texts(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9]),
        },
        y: Categories { title: "spread of lengths".to_owned(), values: texts(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8]) },
        panels: vec![panel("GSM8K", 0.0), panel("MATH", 1.2)],
        intervals: "95% over queries and 3 seeds".to_owned(),
        footnotes: vec!["A margin is added.".to_owned()],
        note: Some("simulated model".to_owned()),
    }
}

fn histogram() -> Histogram {
    let panel = |title: &str, mean: f64, deviation: f64| HistogramPanel {
        title: title.to_owned(),
        quantity: "output tokens".to_owned(),
        values: (0..900)
            .map(|index| {
                let bell: f64 = (0..6).map(|part| wobble(index * 6 + part)).sum::<f64>() / 1.41;
                (mean + deviation * bell).exp()
            })
            .collect(),
        curve: (1..200)
            .map(|step| {
                let x = f64::from(step) * mean.exp() / 50.0;
                let z = (x.ln() - mean) / deviation;
                (x, (-0.5 * z * z).exp() / (x * deviation * (2.0 * std::f64::consts::PI).sqrt()))
            })
            .collect(),
    };
    Histogram {
        panels: vec![panel("GSM8K", 5.6, 0.4), panel("HumanEval", 6.0, 0.35), panel("MATH", 6.3, 0.5)],
        sample: "recorded calls".to_owned(),
        fit: "fitted log-normal".to_owned(),
        note: None,
    }
}

/// Twelve methods with long names, wide intervals, costs over three powers of ten, and every label wanted.
fn crowded_front() -> Front {
    let series = (0..12).map(|method| FrontSeries {
        method: format!("method {method} with a name that says how it was configured and trained"),
        joined: method % 2 == 0,
        published: method % 5 == 4,
        context: method % 3 == 2,
        points: (0..9)
            .map(|step| FrontPoint {
                label: Some(format!("λ_t = {}e-{}", method + 1, step)),
                cp: estimate(500.0 + 90.0 * step as f64 + 40.0 * wobble(method * 9 + step), 180.0),
                score: estimate(60.0 + 2.0 * step as f64 + 4.0 * wobble(method + step * 12), 9.0),
                cost_usd: Some(0.01 / (1.0 + (method * step) as f64 * 4.0)),
            })
            .collect(),
    });
    let series: Vec<FrontSeries> = series.collect();
    let panel = |title: &str| FrontPanel { title: title.to_owned(), series: series.clone() };
    Front {
        panels: vec![
            panel("a dataset whose name is longer than its panel is wide"),
            panel("b"),
            panel("c"),
            panel("d"),
        ],
        measure: Measure::Seconds,
        intervals: "90% over seeds".to_owned(),
        labels: Some("the price of a token".to_owned()),
        note: Some("simulated model".to_owned()),
    }
}

/// More spans than have room, some of them of no length.
fn long_timeline() -> Timeline {
    let spans = (0..140).map(|index| {
        let start = index as f64 * 25.0;
        TimelineSpan {
            group: format!("layer {} of a very deep graph", index / 20 + 1),
            label: format!("MultiGenerateCoT with self-consistency, sample {index}"),
            start,
            end: start + if index % 9 == 0 { 0.0 } else { 400.0 + 300.0 * wobble(index) },
            waited: if index % 4 == 0 { 80.0 } else { 0.0 },
            slack: if index % 3 == 0 { 120.0 } else { 0.0 },
            critical: index % 20 == 5,
            fate: Fate::Done,
        }
    });
    Timeline {
        traces: vec![TimelineTrace { title: "a long trace".to_owned(), spans: spans.collect(), decided: vec![] }],
        measure: Measure::Tokens,
        footnotes: Vec::new(),
        note: None,
    }
}
