//! When a race is decided.

use std::sync::Arc;

use lamas_adaptive::prices::{Mean, Prices};
use lamas_adaptive::rule::LearnedRule;
use lamas_adaptive::rule::calibration::calibration;
use lamas_adaptive::rule::learned::{Enough, Ridges, fit, held_out};
use lamas_adaptive::rule::watched::Watched;
use lamas_adaptive::values::{Keep, Values};
use lamas_core::race::{Entrant, Race, Until};
use lamas_core::random::Seed;

use super::bank::{World, world};

const REPLAYS: usize = 16;

fn race(copies: u32, until: Until) -> Race {
    let entrant = |operator: &str| Entrant { operator: operator.into(), copies };
    Race::new(vec![entrant("generate_cot"), entrant("generate")], until)
}

fn named(until: &str) -> Until {
    serde_json::from_str(until).unwrap()
}

#[test]
fn its_confidence_is_calibrated_on_rows_that_were_held_out() {
    let (bank, _) = World { rows: 300, ..world(0.0) }.bank(Seed(31));
    let watched = Watched::new(&bank, &race(4, Until::All), &[], REPLAYS, Seed(1)).unwrap();
    let found = calibration(&watched, 5, 0.01, Seed(2));
    println!("{found:#?}");
    assert!(found.brier < 0.8 * found.uninformed, "{} of {}", found.brier, found.uninformed);
    assert!(found.gap < 0.04, "{}", found.gap);
    assert!((found.bins.iter().map(|bin| bin.share).sum::<f64>() - 1.0).abs() < 1e-9);
}

#[test]
fn what_is_told_of_the_query_sharpens_it() {
    let made = World { rows: 300, ..world(1.0) };
    let (bank, _) = made.bank(Seed(31));
    // The kind of a row itself, as the best embedding would tell it.
    let known: Vec<Vec<f64>> = (0..made.rows).map(|row| vec![(row % 2) as f64]).collect();
    let brier = |known: &[Vec<f64>]| {
        let watched = Watched::new(&bank, &race(4, Until::All), known, REPLAYS, Seed(1)).unwrap();
        calibration(&watched, 5, 0.01, Seed(2)).brier
    };
    let (told, untold) = (brier(&known), brier(&[]));
    println!("told {told:.4}, untold {untold:.4}");
    assert!(told < 0.97 * untold, "{told} of {untold}");
}

#[test]
fn the_rule_stops_a_replay_where_it_was_fitted_to_stop() {
    let (bank, _) = World { rows: 40, ..world(0.0) }.bank(Seed(33));
    let field = race(3, Until::All);
    let watched = Watched::new(&bank, &field, &[], REPLAYS, Seed(1)).unwrap();
    let prices = Prices { lambda_t: 2e-4, lambda_c: 30.0 };
    let rows: Vec<usize> = (0..bank.len()).collect();
    let (confidence, waiting) = fit(&watched, &rows, prices, Ridges::default());
    let expected: Vec<Mean> = rows
        .iter()
        .map(|&row| {
            let steps = watched.row(row).iter();
            Mean::of(steps.map(|steps| waiting.stop(steps, &confidence).unwrap().stop))
        })
        .collect();
    let rule =
        LearnedRule { confidence: Arc::new(confidence), enough: Enough::Worth(Arc::new(waiting)), known: Arc::new([]) };
    let race = Race { until: Until::Given(Arc::new(rule)), ..field };
    let (values, left) = Values::replayed(&bank, std::slice::from_ref(&race), REPLAYS, Seed(1), Keep::Means);
    assert_eq!(left, [0]);
    for (row, expected) in expected.iter().enumerate() {
        let replayed = values.row(row)[0];
        assert!((replayed.score - expected.score).abs() < 1e-9);
        assert!((replayed.length - expected.length).abs() < 1e-9 && (replayed.usd - expected.usd).abs() < 1e-12);
    }
}

#[test]
fn on_held_out_rows_it_is_worth_no_less_than_waiting_for_all_or_for_nobody() {
    let (bank, _) = World { rows: 200, ..world(0.0) }.bank(Seed(35));
    let watched = Watched::new(&bank, &race(4, Until::All), &[], REPLAYS, Seed(1)).unwrap();
    let fixed: Vec<Race> = [
        r#"{"first":1}"#,
        r#"{"agree":2}"#,
        r#"{"agree":3}"#,
        r#"{"beta":0.9}"#,
        r#"{"beta":0.95}"#,
        r#""unbeatable""#,
        r#"{"first":8}"#,
    ]
    .map(|rule| race(4, named(rule)))
    .into();
    let (values, _) = Values::replayed(&bank, &fixed, REPLAYS, Seed(1), Keep::Means);
    let values = values.overall();
    for lambda_t in [0.0, 1e-4, 3e-4, 1e-3] {
        let prices = Prices { lambda_t, lambda_c: 30.0 };
        let learned = Mean::of(held_out(&watched, prices, Ridges::default(), 5, Seed(4)));
        let worths: Vec<f64> = values.iter().map(|mean| mean.worth(prices)).collect();
        println!("{lambda_t}: learned {:.4} {learned:.3?}, fixed {worths:.4?}", learned.worth(prices));
        let [first, .., all] = worths[..] else { unreachable!() };
        assert!(learned.worth(prices) >= first.max(all) - 0.01, "{lambda_t}");
        // No fixed rule is better by more than a point at the price that the learned one was fitted for.
        let best = worths.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(learned.worth(prices) >= best - 0.01, "{lambda_t}: {} and {best}", learned.worth(prices));
    }
}
