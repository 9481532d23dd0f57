//! Which plan a query gets.

use lamas_adaptive::front::Screened;
use lamas_adaptive::policy::training::Lesson;
use lamas_adaptive::policy::{Learned, PolicySettings};
use lamas_adaptive::prices::Prices;
use lamas_adaptive::values::{Keep, Values, best};
use lamas_core::random::Seed;
use rand::seq::SliceRandom;

use crate::bank::{PRICES, World, borrowed, screened, world};

/// The gain over the best single plan on fresh queries, with its standard error; and the weight that was taken.
fn gain(signal: f64, shuffled: bool) -> (f64, f64, Option<f64>) {
    let (train, mut embeddings) = world(signal).bank(Seed(11));
    if shuffled {
        embeddings.shuffle(&mut Seed(12).stream("shuffled", &[]));
    }
    let Screened { plans, values, .. } = screened(&train);
    let queries = borrowed(&embeddings);
    let lesson = Lesson { plans: &plans, values: &values, queries: &queries, prices: &PRICES };
    let learned = Learned::learn(&lesson, &PolicySettings::default(), Seed(2)).unwrap();
    println!("signal {signal}, shuffled {shuffled}: {:?}", learned.curve);

    let (test, embeddings) = world(signal).bank(Seed(13));
    let (fresh, _) = Values::replayed(&test, &plans, 16, Seed(3), Keep::Means);
    let choices = learned.choices(&borrowed(&embeddings), &PRICES).unwrap();
    let of_row = |(row, chosen): (usize, &Vec<usize>)| {
        let of = |(&plan, &prices): (&usize, &Prices)| {
            let worth = |plan: usize| fresh.row(row)[plan].worth(prices);
            worth(plan) - worth(best(&learned.means, prices))
        };
        chosen.iter().zip(&PRICES).map(of).sum::<f64>() / PRICES.len() as f64
    };
    let gains: Vec<f64> = choices.iter().enumerate().map(of_row).collect();
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let error = (gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
    println!("gain {mean:.4} +- {error:.4}, weight {:?}", learned.weight());
    (mean, error, learned.weight())
}

#[test]
fn without_a_signal_it_is_the_best_single_plan() {
    let (mean, error, _) = gain(0.0, false);
    assert!(mean.abs() <= 2.0 * error + 1e-12, "{mean} +- {error}");
}

#[test]
fn with_a_signal_it_gains_and_shuffled_queries_lose_it() {
    let (told, error, weight) = gain(1.0, false);
    assert!(weight.is_some() && told > 3.0 * error, "{told} +- {error}");
    let (shuffled, error, _) = gain(1.0, true);
    assert!(shuffled <= 2.0 * error + 1e-12, "{shuffled} +- {error}");
    assert!(shuffled < told / 3.0);
}

#[test]
fn nothing_depends_on_the_number_of_threads() {
    let learned = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (bank, embeddings) = World { rows: 30, ..world(1.0) }.bank(Seed(5));
            let Screened { plans, values, .. } = screened(&bank);
            let queries = borrowed(&embeddings);
            let lesson = Lesson { plans: &plans, values: &values, queries: &queries, prices: &PRICES };
            let settings =
                PolicySettings { steps: 20, shrinkage: vec![0.05], folds: 3, caution: 0.0, ..Default::default() };
            let learned = Learned::learn(&lesson, &settings, Seed(2)).unwrap();
            (values, serde_json::to_string(&learned).unwrap())
        })
    };
    assert_eq!(learned(1), learned(2));
}
