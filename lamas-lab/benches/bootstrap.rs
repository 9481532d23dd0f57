//! What the bootstrap behind a table costs, over the number of resamples. A report makes one for each dataset.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use lamas_lab::bench::intervals::{invented, record};
use lamas_report::bootstrap::Comparison;

/// Methods, seeds and queries of the paper's GSM8K table.
const TABLE: (u64, usize, usize) = (15, 5, 1055);

fn bootstrap(criterion: &mut Criterion) {
    let (methods, seeds, queries) = TABLE;
    let series: Vec<_> = (0..methods).map(|method| invented(method, seeds, queries)).collect();
    let data = record(queries);
    let mut group = criterion.benchmark_group("bootstrap of a table");
    group.sample_size(10);
    for resamples in [500, 1000, 2000] {
        group.bench_with_input(BenchmarkId::from_parameter(resamples), &resamples, |bencher, &resamples| {
            bencher.iter(|| Comparison::new(&data, &series, resamples));
        });
    }
    group.finish();
}

criterion_group!(benches, bootstrap);
criterion_main!(benches);
