//! What an embedding costs: texts a second, one at a time and sixty-four at once, on word problems and on long texts.
//! `RAYON_NUM_THREADS=1` measures one thread.

#![expect(clippy::print_stderr, reason = "a benchmark that cannot run says so")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lamas_controller::encoder::{Encoder, Hashed, MiniLm, ModelFolder};

const BATCH: usize = 64;

/// About as long as a grade-school word problem: 50 to 80 word pieces.
fn problems() -> Vec<String> {
    let things = ["apples", "bus tickets", "notebooks", "eggs", "marbles", "cups of flour", "stamps"];
    let filler = "Half of them were lost on the way, so a friend sent the same number again by mail.";
    (0..BATCH)
        .map(|i| {
            let thing = things[i % things.len()];
            let more = filler.repeat(usize::from(i % 3 == 0));
            format!(
                "Ann bought {} {thing} on Monday for $2 each and sold {} of them on Tuesday for $3 each. {more} On \
                 Wednesday she bought {} more at half the price. How much money in dollars has she made by the end of \
                 the week, and how many {thing} are left?",
                3 * i + 7,
                i + 2,
                5 * i
            )
        })
        .collect()
}

fn encoders(criterion: &mut Criterion) {
    let problems = problems();
    let texts: Vec<&str> = problems.iter().map(String::as_str).collect();
    measure(criterion, "hashed", &Hashed, &texts);
    match ModelFolder::find(None).and_then(|folder| MiniLm::load(&folder)) {
        Ok(encoder) => measure(criterion, "minilm", &encoder, &texts),
        Err(error) => eprintln!("skipped: {error}"),
    }
}

fn measure(criterion: &mut Criterion, name: &str, encoder: &dyn Encoder, texts: &[&str]) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    for batch in [1, BATCH] {
        group.throughput(Throughput::Elements(batch as u64));
        let mut start = 0;
        group.bench_function(format!("batch of {batch}"), |bencher| {
            bencher.iter(|| {
                start = (start + batch) % texts.len();
                black_box(encoder.encode(&texts[start..start + batch]).unwrap())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encoders);
criterion_main!(benches);
