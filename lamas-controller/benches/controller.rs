//! What the controller costs: scoring and drawing for a batch of queries, and one update.

use std::hint::black_box;

use candle_core::{DType, Tensor};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamas_controller::actions::{Actions, Mask};
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::{Embeddings, Encoder, Hashed};
use lamas_controller::episode::{LayerDecision, LayerEpisode};
use lamas_controller::policy::Policy;
use lamas_controller::reinforce::Learner;
use lamas_controller::rules::execute;
use lamas_controller::sample::{draw, exact_log_prob};
use lamas_controller::settings::Settings;
use lamas_controller::table::PolicyTable;
use lamas_core::operator::{OperatorName, Role};
use lamas_core::random::{Seed, Stream};
use lamas_core::units::{PathTokens, Usd};

const BATCH: usize = 64;

const ROLES: [Role; 7] =
    [Role::Generate, Role::Generate, Role::Generate, Role::Select, Role::Refine, Role::Generate, Role::Stop];

fn learner() -> Learner<Policy> {
    let names: Vec<String> = (0..ROLES.len()).map(|operator| format!("operator {operator}")).collect();
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<usize> = (0..names.len()).collect();
    let embedded = Hashed.encode(&texts).unwrap().tensor(&rows, DType::F32).unwrap();
    let roles = names.iter().map(|name| OperatorName::from(name.as_str())).zip(ROLES).collect();
    let actions = Actions::from_roles(roles, &"operator 0".into()).unwrap();
    let settings = Settings::honest();
    let policy = Policy::new(&settings, &embedded, Seed(1)).unwrap();
    Learner::new(settings, actions, policy).unwrap()
}

fn statements() -> Vec<String> {
    let words = "apples buses coins days eggs friends grams hours inches jars".split(' ').cycle();
    (0..BATCH)
        .zip(words)
        .map(|(i, word)| format!("Ann has {i} {word} and gets {} more. How many now?", i * 7))
        .collect()
}

fn embedded() -> Embeddings {
    let statements = statements();
    Hashed.encode(&statements.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

/// Draws all layers of one query, the log-probability of each draw included.
fn play(table: &PolicyTable, learner: &Learner<Policy>, random: &mut Stream) -> Vec<LayerDecision> {
    let allowed = Mask::all(ROLES.len());
    let mut previous = None;
    (0..table.layers())
        .map(|layer| {
            let distribution = table.distribution(layer, previous, allowed);
            let drawn = draw(&distribution, learner.settings().tau, random);
            let log_prob = exact_log_prob(&distribution, &drawn);
            let executed = execute(layer, &drawn, learner.actions());
            let first = executed.operators[0];
            let entropy = distribution.entropy();
            LayerDecision { previous: previous.replace(first), allowed, drawn, executed, log_prob, entropy }
        })
        .collect()
}

fn episode(layers: Vec<LayerDecision>, score: f64) -> LayerEpisode {
    let critical = layers.iter().map(|layer| layer.executed.operators.iter().map(|&o| o == 0).collect()).collect();
    let outcome = EpisodeOutcome { score, cost: Usd(0.001), length: PathTokens(800.0), critical, saved: Vec::new() };
    LayerEpisode { layers, outcome: Some(outcome) }
}

fn controller(c: &mut Criterion) {
    let learner = learner();
    let queries = embedded();
    let rows: Vec<usize> = (0..BATCH).collect();
    let tables = learner.tables(&queries, &rows).unwrap();

    let mut group = c.benchmark_group("per query");
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("embed", |b| b.iter(embedded));
    group.bench_function("score", |b| b.iter(|| learner.tables(black_box(&queries), &rows).unwrap()));
    group.bench_function("draw", |b| {
        let mut random = Seed(2).stream("bench", &[]);
        b.iter(|| tables.iter().map(|table| play(table, &learner, &mut random).len()).sum::<usize>());
    });
    group.bench_function("score and draw", |b| {
        let mut random = Seed(2).stream("bench", &[]);
        b.iter(|| {
            let tables = learner.tables(black_box(&queries), &rows).unwrap();
            tables.iter().map(|table| play(table, &learner, &mut random).len()).sum::<usize>()
        });
    });
    group.finish();

    let mut random = Seed(3).stream("bench", &[]);
    let batch: Vec<LayerEpisode> =
        (0..4).map(|i| episode(play(&tables[i], &learner, &mut random), (i % 2) as f64)).collect();
    let four: Tensor = queries.tensor(&[0, 1, 2, 3], DType::F32).unwrap();
    let mut learner = learner;
    c.bench_function("update of four queries", |b| b.iter(|| learner.update(&four, &batch).unwrap()));
}

criterion_group!(benches, controller);
criterion_main!(benches);
