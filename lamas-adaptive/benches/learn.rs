//! How long it takes to learn from a bank: 264 rows of 24 outputs, 64 plans, all prices of a sweep.
//!
//! `cargo bench -p lamas-adaptive`; in the profile that the README's commands are built with:
//! `cargo bench -p lamas-adaptive --profile dev`.

#[path = "../tests/suite/synthetic/bank.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod bank;

use criterion::{Criterion, criterion_group, criterion_main};
use lamas_adaptive::front::{Screened, Screening};
use lamas_adaptive::plans::Space;
use lamas_adaptive::policy::training::Lesson;
use lamas_adaptive::policy::{Learned, PolicySettings};
use lamas_adaptive::prices::Prices;
use lamas_adaptive::values::{Keep, Values};
use lamas_core::random::Seed;

use bank::{World, borrowed};

/// A sweep: seven prices of latency at one of money.
const SWEEP: [f64; 7] = [0.0, 1e-5, 3e-5, 1e-4, 2e-4, 5e-4, 1e-3];

fn learn(criterion: &mut Criterion) {
    let world = World { rows: 264, generators: 3, draws: 8, dimensions: 384, signal: 1.0 };
    let (bank, embeddings) = world.bank(Seed(1));
    let all = Space::default().plans(&bank);
    let Screened { plans, values, .. } = Screening::default().screen(&bank, all.clone(), Seed(1)).unwrap();
    let queries = borrowed(&embeddings);
    let prices = SWEEP.map(|lambda_t| Prices { lambda_t, lambda_c: 3.0 });
    let mut group = criterion.benchmark_group("learn");
    group.sample_size(10);
    group.bench_function(format!("screen {} plans", all.len()), |bencher| {
        bencher.iter(|| Screening::default().screen(&bank, all.clone(), Seed(1)).unwrap());
    });
    group.bench_function("replay 64 plans, 64 times each", |bencher| {
        bencher.iter(|| Values::replayed(&bank, &plans, 64, Seed(1), Keep::Seconds));
    });
    group.bench_function("learn a policy for all prices", |bencher| {
        let lesson = Lesson { plans: &plans, values: &values, queries: &queries, prices: &prices };
        bencher.iter(|| Learned::learn(&lesson, &PolicySettings::default(), Seed(1)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, learn);
criterion_main!(benches);
