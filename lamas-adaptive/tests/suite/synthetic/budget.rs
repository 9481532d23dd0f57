//! Targets and the prices that keep to them.

use lamas_adaptive::Result;
use lamas_adaptive::budget::ascent::Missed;
use lamas_adaptive::budget::{Ascent, Choice, Measure, Measured, Target, solve};
use lamas_adaptive::front::Screened;
use lamas_adaptive::prices::Prices;
use lamas_adaptive::values::{Values, best};
use lamas_core::random::Seed;

use super::bank::{screened, world};

/// A policy without a network: every row gets the best single plan.
fn single(values: &Values) -> impl Fn(Prices) -> Result<Vec<usize>> + use<> {
    let (means, rows) = (values.overall(), values.rows());
    move |prices| Ok(vec![best(&means, prices); rows])
}

const START: Prices = Prices { lambda_t: 1e-4, lambda_c: 3.0 };

#[test]
fn reachable_targets_are_kept_within_three_per_cent() {
    let (bank, _) = world(0.0).bank(Seed(21));
    let Screened { values, .. } = screened(&bank);
    let policy = single(&values);
    let all: Vec<usize> = (0..values.rows()).collect();
    let at = |lambda_t: f64, lambda_c: f64| {
        let prices = Prices { lambda_t, lambda_c };
        Measured::of(&values, &all, &[Choice { share: 1.0, prices, plans: policy(prices).unwrap() }])
    };
    let mut bound = 0;
    for measure in [Measure::CpLen, Measure::UsdPerQuery, Measure::LatencyP95S] {
        // From what no price brings to what the highest one brings.
        let (loose, tight) = match measure {
            Measure::UsdPerQuery => (at(START.lambda_t, 0.0), at(START.lambda_t, 1e9)),
            _ => (at(0.0, START.lambda_c), at(1e9, START.lambda_c)),
        };
        let (loose, tight) = (loose.in_measure(measure), tight.in_measure(measure));
        assert!(tight < loose, "{measure:?}: {tight} and {loose}");
        for share in [0.05, 0.3, 0.5, 0.7, 0.95] {
            let most = tight + share * (loose - tight);
            let mut budget = Target::default();
            match measure {
                Measure::CpLen => budget.cp_len = Some(most),
                Measure::UsdPerQuery => budget.usd_per_query = Some(most),
                Measure::LatencyP95S => budget.latency_p95_s = Some(most),
            }
            let answer = solve(&values, &policy, &budget, START, &Ascent::default()).unwrap();
            let reached = answer.measured.in_measure(measure);
            println!("{answer} ({} steps, {} choices)", answer.steps, answer.choices.len());
            assert_eq!(answer.missed, None);
            assert!(reached <= 1.03 * most, "{measure:?}: {reached} of {most}");
            // A quantile jumps over what no replay took; a mean does not.
            if measure != Measure::LatencyP95S {
                assert!(reached >= 0.97 * most, "{measure:?}: {reached} of {most}");
            }
            bound += 1;
        }
    }
    assert_eq!(bound, 15);
}

#[test]
fn what_cannot_be_reached_is_told_with_the_nearest() {
    let (bank, _) = world(0.0).bank(Seed(21));
    let Screened { values, .. } = screened(&bank);
    let policy = single(&values);
    let told = |budget: Target| solve(&values, &policy, &budget, START, &Ascent::default()).unwrap();
    let shortest = values.overall().iter().map(|mean| mean.length).fold(f64::INFINITY, f64::min);
    let short = told(Target { cp_len: Some(shortest / 2.0), ..Target::default() });
    assert_eq!(short.missed, Some(Missed::Target));
    assert!((short.measured.mean.length - shortest).abs() < 1e-9, "{short}");
    assert!(short.to_string().contains("cannot be reached; the nearest is score"), "{short}");
    let high = told(Target { cp_len: Some(shortest * 1.01), floor: Some(0.99), ..Target::default() });
    assert_eq!(high.missed, Some(Missed::Floor), "{high}");
    let lax = told(Target { usd_per_query: Some(1.0), floor: Some(0.5), ..Target::default() });
    assert_eq!((lax.missed, lax.steps), (None, 0));
}

#[test]
fn a_floor_is_kept_by_paying_more() {
    let (bank, _) = world(0.0).bank(Seed(21));
    let Screened { values, .. } = screened(&bank);
    let policy = single(&values);
    // At this price of money a short path would be a single call.
    let start = Prices { lambda_t: 1e-4, lambda_c: 3000.0 };
    let told = |floor| {
        let budget = Target { cp_len: Some(320.0), floor, ..Target::default() };
        solve(&values, &policy, &budget, start, &Ascent::default()).unwrap()
    };
    let (without, with) = (told(None), told(Some(0.8)));
    println!("{without}\n{with}");
    assert!(without.measured.mean.score < 0.8, "{without}");
    assert_eq!(with.missed, None, "{with}");
    assert!(with.measured.mean.length <= 320.0 * 1.03 && with.measured.mean.score >= 0.8, "{with}");
}
