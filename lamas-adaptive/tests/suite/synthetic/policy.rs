//! Which plan a query gets.

use lamas_adaptive::front::Screened;
use lamas_adaptive::policy::training::{Freedom, Lesson};
use lamas_adaptive::policy::{Learned, PolicySettings};
use lamas_adaptive::prices::Prices;
use lamas_adaptive::values::{Keep, Values, best};
use lamas_core::random::Seed;
use rand::seq::SliceRandom;

use super::bank::{PRICES, World, borrowed, screened, world};

/// What the best single plan of each kind gains over the best single plan of all.
fn ceiling(train: &Values, fresh: &Values) -> f64 {
    let gain = |kind: usize| {
        let of = |values: &Values| (kind..values.rows()).step_by(2).collect::<Vec<_>>();
        let own = |&prices: &Prices| {
            let (own, all) = (best(&train.means(&of(train)), prices), best(&train.overall(), prices));
            let means = fresh.means(&of(fresh));
            means[own].worth(prices) - means[all].worth(prices)
        };
        PRICES.iter().map(own).sum::<f64>() / PRICES.len() as f64
    };
    (gain(0) + gain(1)) / 2.0
}

/// The gain over the best single plan on fresh queries, with its standard error; and the freedom that was taken.
fn gain(signal: f64, shuffled: bool) -> (f64, f64, Option<Freedom>) {
    let (train, mut embeddings) = world(signal).bank(Seed(11));
    if shuffled {
        embeddings.shuffle(&mut Seed(12).stream("shuffled", &[]));
    }
    let Screened { plans, values, .. } = screened(&train);
    let queries = borrowed(&embeddings);
    let lesson = Lesson { plans: &plans, values: &values, queries: &queries, prices: &PRICES };
    let learned = Learned::learn(&lesson, &PolicySettings::default(), Seed(2)).unwrap();
    println!("signal {signal}, shuffled {shuffled}: {:?}", learned.curve);

    let (test, embeddings) = World { rows: 400, ..world(signal) }.bank(Seed(13));
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
    println!("what knowing the kind brings: {:.4}", ceiling(&values, &fresh));
    let n = gains.len() as f64;
    let mean = gains.iter().sum::<f64>() / n;
    let error = (gains.iter().map(|gain| (gain - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt();
    println!("gain {mean:.4} +- {error:.4}, freedom {:?}", learned.freedom());
    (mean, error, learned.freedom())
}

#[test]
fn without_a_signal_it_is_the_best_single_plan() {
    let (mean, error, _) = gain(0.0, false);
    assert!(mean.abs() <= 2.0 * error + 1e-12, "{mean} +- {error}");
}

#[test]
fn with_a_signal_it_gains_and_shuffled_queries_lose_it() {
    let (told, error, freedom) = gain(1.0, false);
    assert!(freedom.is_some() && told > 3.0 * error, "{told} +- {error}");
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
            let settings = PolicySettings {
                steps: 20,
                shrinkage: vec![0.05],
                components: vec![2],
                folds: 3,
                ..Default::default()
            };
            let freedom = Freedom { components: 2, weight: 0.05 };
            let rows: Vec<usize> = (0..bank.len()).collect();
            let network = lesson.train(&rows, freedom, &settings, Seed(2)).unwrap();
            let learned = Learned::learn(&lesson, &settings, Seed(2)).unwrap();
            (values, network.weights().unwrap(), serde_json::to_string(&learned).unwrap())
        })
    };
    assert_eq!(learned(1), learned(2));
}
