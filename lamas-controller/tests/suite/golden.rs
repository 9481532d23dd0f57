//! The controller against reference values: log-probabilities, rewards, baseline, loss, gradients and parameters over
//! three steps of Adam, in 64-bit floats. The `note` in each file of `tests/suite/golden/` says how its inputs are made. The
//! episodes run through the critical path of lamas-core, with tokens as tool time, since some are fractions.

use candle_core::{DType, Device, Tensor};
use lamas_controller::actions::{Actions, Mask};
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::episode::{LayerDecision, LayerEpisode};
use lamas_controller::policy::Dims;
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::rules::Executed;
use lamas_controller::settings::{Credit, Settings};
use lamas_core::critical_path;
use lamas_core::operator::{OperatorName, Role};
use lamas_core::random::Seed;
use lamas_core::trace::{SpanId, SpanKind, Trace, Work};
use lamas_core::units::{Gamma, Seconds, Usd};
use serde::Deserialize;

const OPERATORS: usize = 7;

#[derive(Deserialize)]
struct Golden {
    salt: f64,
    input_dim: usize,
    hidden: usize,
    lambda_c: f64,
    lambda_t: f64,
    ema_momentum: f64,
    episodes: Vec<Played>,
    steps: Vec<Reference>,
}

#[derive(Deserialize)]
struct Played {
    selected: Vec<Vec<usize>>,
    tokens: Vec<Vec<f64>>,
    score: f64,
    cost: f64,
}

#[derive(Deserialize)]
struct Reference {
    /// `[episode][layer][operator]`, for the layers that an episode reached.
    log_probs: Vec<Vec<Vec<f64>>>,
    utilities: Vec<f64>,
    ema_mean: f64,
    ema_std: f64,
    loss: f64,
    /// By layer Wq, bq, Wo, bo: Euclidean norm and first entry.
    grad_norm_and_first: Vec<[f64; 2]>,
    params_after_norm_and_first: Vec<[f64; 2]>,
}

fn golden(name: &str) -> Golden {
    let path = format!("{}/tests/suite/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// `fill(shape, tag, scale)` of the note.
fn fill(count: usize, tag: f64, scale: f64) -> Vec<f64> {
    (0..count).map(|i| (0.37 * (i as f64 + 1.0) + tag).sin() * scale).collect()
}

impl Golden {
    fn settings(&self) -> Settings {
        Settings {
            hidden: self.hidden,
            lambda_c: self.lambda_c,
            lambda_t: self.lambda_t,
            ema: self.ema_momentum,
            ..Settings::paper()
        }
    }

    fn learner(&self, settings: Settings) -> Learner<Policy> {
        let operators = fill(OPERATORS * self.input_dim, 5.0 + self.salt, 1.0);
        let operators = Tensor::from_vec(operators, (OPERATORS, self.input_dim), &Device::Cpu).unwrap();
        let roles = (0..OPERATORS).map(|o| (name(o), if o < 3 { Role::Generate } else { Role::Refine })).collect();
        let actions = Actions::from_roles(roles, &name(0)).unwrap();
        let learner = Policy::new(&settings, &operators, Seed(0))
            .and_then(|policy| Learner::new(settings, actions, policy))
            .unwrap();
        let layers: Vec<Vec<f64>> = (0..4).flat_map(|layer| self.parameters_of(layer)).collect();
        for (name, var) in learner.network().parameters() {
            let stacked = stack(name, &layers, learner.network().dims());
            var.set(&Tensor::from_vec(stacked, var.shape(), &Device::Cpu).unwrap()).unwrap();
        }
        learner
    }

    /// Wq, bq, Wo, bo of a layer, matrices as `[hidden, input]`.
    fn parameters_of(&self, layer: usize) -> [Vec<f64>; 4] {
        let (d, h) = (self.input_dim, self.hidden);
        let wide = if layer == 0 { d } else { 2 * d };
        let tag = |kind: f64| kind + layer as f64 + self.salt;
        [fill(h * d, tag(1.0), 0.3), fill(h, tag(2.0), 0.1), fill(h * wide, tag(3.0), 0.3), fill(h, tag(4.0), 0.1)]
    }

    fn queries(&self) -> Tensor {
        let rows = (0..self.episodes.len()).flat_map(|e| fill(self.input_dim, 10.0 + e as f64 + self.salt, 1.0));
        Tensor::from_vec(rows.collect::<Vec<_>>(), (self.episodes.len(), self.input_dim), &Device::Cpu).unwrap()
    }

    fn batch(&self) -> Vec<LayerEpisode> {
        self.episodes.iter().map(Played::episode).collect()
    }
}

fn name(operator: usize) -> OperatorName {
    format!("operator {operator}").as_str().into()
}

impl Played {
    fn episode(&self) -> LayerEpisode {
        let mut previous = None;
        let layers = self.selected.iter().map(|selected| LayerDecision {
            previous: previous.replace(selected[0]),
            allowed: Mask::all(OPERATORS),
            drawn: selected.clone(),
            executed: Executed { operators: selected.clone(), ends: false },
            log_prob: 0.0,
            entropy: 0.0,
        });
        let path = critical_path::by_tokens(&self.trace(), Gamma::default());
        let layers: Vec<_> = layers.collect();
        let outcome = EpisodeOutcome::new(self.score, Usd(self.cost), &path, layers.len());
        LayerEpisode { layers, outcome: Some(outcome) }
    }

    /// The layers one after another, each operator with one run of a program, or with none if it took no time.
    fn trace(&self) -> Trace {
        let mut trace = Trace::default();
        let mut ready: Vec<SpanId> = Vec::new();
        for (index, (selected, tokens)) in (0..).zip(self.selected.iter().zip(&self.tokens)) {
            let layer = trace.push(None, vec![], SpanKind::Layer(index), None);
            let mut done = Vec::new();
            for (&operator, &tokens) in selected.iter().zip(tokens) {
                let group = trace.push(Some(layer), vec![], SpanKind::Operator(name(operator)), None);
                if tokens > 0.0 {
                    let work = Work { working: Seconds(tokens / Gamma::default().0), ..Work::default() };
                    done.push(trace.push(Some(group), ready.clone(), SpanKind::ToolRun, Some(work)));
                }
            }
            if !done.is_empty() {
                ready = done;
            }
        }
        trace
    }
}

/// A stacked parameter, row-major, from the reference's parameters by layer.
fn stack(name: &str, layers: &[Vec<f64>], dims: Dims) -> Vec<f64> {
    let Dims { layers: count, input, hidden, .. } = dims;
    let weight = |kind: usize, first_layer: usize, offset: usize| {
        (0..input)
            .flat_map(|row| {
                (first_layer..count).flat_map(move |layer| {
                    let columns = if kind == 2 && layer > 0 { 2 * input } else { input };
                    (0..hidden).map(move |h| layers[4 * layer + kind][h * columns + offset + row])
                })
            })
            .collect()
    };
    let bias = |kind: usize| (0..count).flat_map(|layer| layers[4 * layer + kind].clone()).collect();
    match name {
        "query.weight" => weight(0, 0, 0),
        "query.bias" => bias(1),
        "operator.weight" => weight(2, 0, 0),
        "operator.bias" => bias(3),
        "previous.weight" => weight(2, 1, input),
        other => panic!("the reference has no `{other}`"),
    }
}

/// The reference's order by layer, Wq, bq, Wo, bo, of values stacked as the policy's parameters are.
fn unstack(dims: Dims, stacked: impl Fn(&str) -> Vec<f64>) -> Vec<Vec<f64>> {
    let Dims { layers, input, hidden, .. } = dims;
    let block = |values: &[f64], of: usize, layer: usize| -> Vec<Vec<f64>> {
        let column = |h: usize| (0..values.len() / (of * hidden)).map(move |row| (row * of + layer) * hidden + h);
        (0..hidden).map(|h| column(h).map(|at| values[at]).collect()).collect()
    };
    let names = ["query.weight", "query.bias", "operator.weight", "operator.bias", "previous.weight"];
    let [wq, bq, w1, bo, w2] = names.map(stacked);
    assert_eq!(w2.len(), input * (layers - 1) * hidden);
    (0..layers)
        .flat_map(|layer| {
            let mut operator = block(&w1, layers, layer);
            if layer > 0 {
                let previous = block(&w2, layers - 1, layer - 1);
                operator.iter_mut().zip(previous).for_each(|(row, tail)| row.extend(tail));
            }
            [block(&wq, layers, layer), block(&bq, layers, layer), operator, block(&bo, layers, layer)]
                .map(|b| b.concat())
        })
        .collect()
}

fn norm_and_first(values: &[f64]) -> [f64; 2] {
    [values.iter().map(|x| x * x).sum::<f64>().sqrt(), values[0]]
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap().to_vec1().unwrap()
}

#[track_caller]
fn close(what: &str, got: f64, reference: f64, tolerance: f64) {
    assert!((got - reference).abs() <= tolerance * reference.abs().max(1e-3), "{what}: {got}, reference {reference}");
}

/// Parameters after a step carry the rounding of `g / (sqrt(g^2) + 1e-8)` at gradients near the epsilon of Adam.
fn follows_the_reference(file: &str, tolerance: f64) {
    let golden = golden(file);
    let mut learner = golden.learner(golden.settings());
    let (queries, batch) = (golden.queries(), golden.batch());
    let everything = Mask::all(OPERATORS);
    for (number, reference) in golden.steps.iter().enumerate() {
        let tables = learner.network().tables(&queries).unwrap();
        for (e, (episode, expected)) in batch.iter().zip(&reference.log_probs).enumerate() {
            for (l, (layer, expected)) in episode.layers.iter().zip(expected).enumerate() {
                let distribution = tables[e].distribution(l, layer.previous, everything);
                for (got, &expected) in distribution.log_probs().iter().zip(expected) {
                    close(&format!("log p, step {number} episode {e} layer {l}"), *got, expected, tolerance);
                }
            }
        }
        let loss = learner.loss(&queries, &batch).unwrap().unwrap();
        assert_eq!(loss.terms.len(), reference.utilities.len());
        for (term, &expected) in loss.terms.iter().zip(&reference.utilities) {
            close("R(o)", term.reward, expected, 1e-12);
        }
        let gradients = loss.value.backward().unwrap();
        let by_name = |name: &str| learner.network().parameters().into_iter().find(|(n, _)| *n == name).unwrap().1;
        let ours = unstack(learner.network().dims(), |name| values(gradients.get(by_name(name)).unwrap()));
        for (index, (ours, expected)) in ours.iter().zip(&reference.grad_norm_and_first).enumerate() {
            let got = norm_and_first(ours);
            close(&format!("gradient norm {index}, step {number}"), got[0], expected[0], tolerance);
            // An entry is as exact as the whole gradient is, however small it is itself.
            let error = (got[1] - expected[1]).abs();
            assert!(error <= tolerance * expected[0], "gradient {index}, step {number}: {} {}", got[1], expected[1]);
        }
        let step = learner.update(&queries, &batch).unwrap().step.unwrap();
        close("loss", step.loss, reference.loss, tolerance);
        close("EMA mean", step.baseline.mean, reference.ema_mean, 1e-12);
        close("EMA std", step.baseline.std, reference.ema_std, 1e-12);
        let all = reference.grad_norm_and_first.iter().map(|[norm, _]| norm * norm).sum::<f64>().sqrt();
        close("gradient norm", step.gradient_norm, all, tolerance);
        let by_name = |name: &str| learner.network().parameters().into_iter().find(|(n, _)| *n == name).unwrap().1;
        let ours = unstack(learner.network().dims(), |name| values(by_name(name)));
        for (index, (ours, expected)) in ours.iter().zip(&reference.params_after_norm_and_first).enumerate() {
            let got = norm_and_first(ours);
            close(&format!("parameter norm {index}, step {number}"), got[0], expected[0], tolerance);
            close(&format!("parameter {index}, step {number}"), got[1], expected[1], tolerance);
        }
    }
}

#[test]
fn the_small_controller_follows_the_reference() {
    follows_the_reference("controller_6x4", 1e-12);
}

#[test]
fn the_paper_size_controller_follows_the_reference() {
    follows_the_reference("controller_384x32", 1e-12);
}

#[test]
fn rewards_differ_from_the_reference_where_an_idle_stop_or_uniform_credit_says_so() {
    let golden = golden("controller_6x4");
    let rewards = |settings: Settings| -> Vec<f64> {
        let loss = golden.learner(settings).loss(&golden.queries(), &golden.batch()).unwrap().unwrap();
        loss.terms.iter().map(|term| term.reward).collect()
    };
    let reference = &golden.steps[0].utilities;
    let differing = |rewards: &[f64]| -> Vec<usize> {
        (0..reference.len()).filter(|&i| (rewards[i] - reference[i]).abs() > 1e-9).collect()
    };
    assert!(differing(&rewards(golden.settings())).is_empty());
    // The lone stops of the first and third episodes.
    assert_eq!(differing(&rewards(Settings { released: None, ..golden.settings() })), [5, 11]);
    // Everyone who was not critical.
    assert_eq!(differing(&rewards(Settings { credit: Credit::Uniform, ..golden.settings() })), [0, 3, 8, 9]);
}
