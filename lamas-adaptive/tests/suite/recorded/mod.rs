//! Races over what real models answered, against figures that were counted apart from this project.

#![expect(clippy::print_stdout, reason = "figures for whoever runs them with `--nocapture`")]

mod bank;

use std::path::PathBuf;

use lamas_adaptive::bank::Bank;
use lamas_adaptive::learning::AdaptiveSettings;
use lamas_adaptive::plans::named;
use lamas_adaptive::prices::{Mean, Prices};
use lamas_adaptive::rule::calibration::calibration;
use lamas_adaptive::rule::learned::{Ridges, held_out};
use lamas_adaptive::rule::watched::Watched;
use lamas_adaptive::values::{Keep, Values, best};
use lamas_controller::encoder::{Encoder, Hashed};
use lamas_core::race::{Entrant, Race, Until};
use lamas_core::random::Seed;

fn data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LAMAS_DATA_DIR").map(PathBuf::from);
    let folder = folder.filter(|folder| folder.join("recorded/qwen15_store.jsonl.gz").exists());
    if folder.is_none() {
        lamas_testing::skip("data", test, "LAMAS_DATA_DIR names no folder with `recorded/`");
    }
    folder
}

/// `cot` chains of thought and `direct` answers, until the rule decides.
fn race(cot: u32, direct: u32, until: &str) -> Race {
    let entrants = [("generate_cot", cot), ("generate", direct)].into_iter().filter(|(_, copies)| *copies > 0);
    let entrants = entrants.map(|(name, copies)| Entrant { operator: name.into(), copies }).collect();
    Race::new(entrants, serde_json::from_str::<Until>(until).unwrap())
}

fn waves(first: u32, second: u32) -> Race {
    let agree = r#"{"agree":2}"#;
    race(first, 0, agree).then(race(second, 0, agree))
}

/// A plan with its score in per cent, path over one call's mean path, and tokens paid over one call's mean tokens.
struct Counted(Race, f64, f64, f64);

fn agrees(bank: &Bank, expected: &[Counted]) {
    let mut plans: Vec<Race> = vec![race(1, 0, r#"{"first":1}"#)];
    plans.extend(expected.iter().map(|counted| counted.0.clone()));
    let (values, left) = Values::replayed(bank, &plans, 400, Seed(1), Keep::Means);
    assert_eq!(left.len(), plans.len());
    let means = values.overall();
    let one = means[0];
    println!("one call: {one:?}");
    let mut wrong = Vec::new();
    for (Counted(plan, score, path, paid), mean) in expected.iter().zip(&means[1..]) {
        let Mean { score: ours, length, usd, .. } = mean;
        let found = (100.0 * ours, length / one.length, usd / one.usd);
        let line = format!("{}: {found:.3?}, counted ({score}, {path}, {paid})", named(plan));
        println!("{line}");
        // Whoever starts all eight leaves nothing to chance; the others were counted on other draws than these.
        let all = plan.names().count() == 8 && plan.entrants.len() == 1 && plan.then.is_empty();
        let near = if all { 0.06 } else { 1.2 };
        if (found.0 - score).abs() > near || (found.1 - path).abs() > 0.03 || (found.2 - paid).abs() > 0.12 {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn races_on_math_come_out_as_they_were_counted() {
    let Some(data) = data("races_on_math_come_out_as_they_were_counted") else { return };
    let bank = bank::math(&data);
    assert_eq!((bank.len(), bank.copies(0)), (100, 8));
    let agree = r#"{"agree":2}"#;
    agrees(
        &bank,
        &[
            Counted(race(5, 0, r#"{"first":5}"#), 92.4, 1.24, 4.98),
            Counted(race(5, 0, r#""unbeatable""#), 92.4, 0.99, 4.69),
            Counted(race(3, 0, agree), 92.1, 0.99, 2.83),
            Counted(race(5, 0, agree), 93.0, 0.92, 4.51),
            Counted(race(8, 0, agree), 94.0, 0.88, 6.97),
            Counted(race(8, 0, r#"{"agree":3}"#), 94.0, 0.93, 7.22),
            Counted(waves(2, 6), 93.0, 1.19, 2.6),
            Counted(waves(3, 5), 93.0, 1.04, 3.1),
            Counted(waves(4, 4), 93.0, 0.99, 3.8),
        ],
    );
}

#[test]
fn races_on_gsm8k_come_out_as_they_were_counted() {
    let Some(data) = data("races_on_gsm8k_come_out_as_they_were_counted") else { return };
    let bank = bank::gsm8k(&data);
    assert_eq!((bank.len(), bank.copies(0), bank.copies(1)), (64, 8, 4));
    let agree = r#"{"agree":2}"#;
    agrees(
        &bank,
        &[
            Counted(race(5, 0, r#"{"first":5}"#), 66.5, 1.33, 5.0),
            Counted(race(5, 0, r#""unbeatable""#), 66.5, 1.22, 4.9),
            Counted(race(3, 0, agree), 61.8, 1.14, 2.9),
            Counted(race(5, 0, agree), 65.3, 1.05, 4.6),
            Counted(race(8, 0, agree), 67.2, 0.92, 6.8),
            Counted(race(8, 0, r#"{"agree":3}"#), 67.2, 1.12, 7.4),
            Counted(race(8, 0, r#"{"first":3}"#), 62.5, 0.87, 6.7),
            Counted(race(8, 0, r#"{"first":8}"#), 68.8, 1.42, 8.0),
            Counted(waves(2, 6), 67.7, 1.68, 4.9),
            Counted(waves(3, 5), 68.0, 1.45, 4.4),
            Counted(waves(4, 4), 68.2, 1.31, 4.5),
            Counted(race(6, 2, agree), 67.7, 0.93, 6.8),
            Counted(race(3, 2, agree), 67.9, 1.05, 4.6),
            Counted(race(4, 4, r#"{"agree":3}"#), 74.9, 1.14, 7.5),
        ],
    );
}

/// Prices of path and tokens at which a real model's answers are learned from: a path of one call, or a call's tokens, cost so
/// many points of score.
fn prices(one: Mean) -> Vec<Prices> {
    let at = |path: f64, paid: f64| Prices { lambda_t: path / one.length, lambda_c: paid / one.usd };
    [(0.0, 0.005), (0.02, 0.005), (0.1, 0.005), (0.3, 0.005), (0.1, 0.03)].map(|(path, paid)| at(path, paid)).into()
}

#[test]
fn what_is_learned_from_a_real_models_answers() {
    let Some(data) = data("what_is_learned_from_a_real_models_answers") else { return };
    let bank = bank::gsm8k(&data);
    let single = race(1, 0, r#"{"first":1}"#);
    let one = Values::replayed(&bank, &[single], 64, Seed(1), Keep::Means).0.overall()[0];
    let prices = prices(one);
    let statements: Vec<&str> = bank.rows().iter().map(|row| &*row.problem.statement).collect();
    let embedded = Hashed.encode(&statements).unwrap();
    let queries: Vec<&[f32]> = (0..bank.len()).map(|row| embedded.row(row)).collect();
    let (learned, screened) = AdaptiveSettings::default().learn(&bank, &queries, &prices, Seed(1)).unwrap();
    println!("{} plans, of which {} are kept", screened.tried, screened.plans.len());
    for point in &learned.curve {
        println!("{:?}: gain on held-out rows {:.4} +- {:.4}", point.freedom, point.gain, point.error);
    }
    let field = race(4, 4, r#""all""#);
    let watched = Watched::new(&bank, &field, &[], 16, Seed(3)).unwrap();
    let found = calibration(&watched, 8, 0.01, Seed(4));
    println!("Brier {:.4}, uninformed {:.4}, gap {:.4}: {:.3?}", found.brier, found.uninformed, found.gap, found.bins);
    assert!(found.brier < found.uninformed);
    let rules = [r#"{"first":1}"#, r#"{"agree":2}"#, r#"{"agree":3}"#, r#"{"beta":0.95}"#, r#""unbeatable""#];
    let fixed: Vec<Race> = rules.iter().map(|rule| race(4, 4, rule)).collect();
    let fixed = Values::replayed(&bank, &fixed, 16, Seed(3), Keep::Means).0.overall();
    for &prices in &prices {
        let told = |name: String, mean: Mean| {
            let (path, paid) = (mean.length / one.length, mean.usd / one.usd);
            let worth = mean.worth(prices);
            println!("  {name}: score {:.1}, path {path:.2}, paid {paid:.2}, worth {worth:.4}", 100.0 * mean.score);
        };
        println!("{prices:?}");
        let static_plan = best(&learned.means, prices);
        told(named(&learned.plans[static_plan]), learned.means[static_plan]);
        let held = held_out(&watched, prices, Ridges::default(), 8, Seed(4));
        told("learned rule, 4 + 4, held out".to_owned(), Mean::of(held));
        for (rule, mean) in rules.iter().zip(&fixed) {
            told(format!("{rule}, 4 + 4"), *mean);
        }
        told("one call".to_owned(), one);
    }
}
