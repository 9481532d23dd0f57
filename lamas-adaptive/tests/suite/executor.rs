//! A replay comes out as the executor's own run of the same race on the same answers does.

use lamas_adaptive::bank::{Bank, Output, Row};
use lamas_adaptive::drawing::{Drawing, Measures};
use lamas_adaptive::replay::{Draw, Replayer};
use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::orchestrator::Schedule;
use lamas_core::race::{Entrant, Race, SameText, Until};
use lamas_core::units::{Gamma, PathTokens, Price, Seconds, Tokens, Usd};
use lamas_testing::races::{Noise, call, play, play_with, problem, race};
use proptest::prelude::*;

const PRICE: Price = Price { input: 0.15, output: 0.60 };

/// What a call of the executor's test model is in a bank.
fn output(answer: usize, seconds: f64) -> Output {
    let tokens = Tokens((seconds * 50.0) as u64);
    Output {
        class: Some(answer),
        score: answer as f64,
        output: tokens,
        length: tokens.into(),
        seconds: Seconds(seconds),
        prompt: PRICE.cost(Tokens(10), Tokens(0)),
        completion: PRICE.cost(Tokens(0), tokens),
        ran: None,
        passed: None,
        follow_ups: Vec::new(),
    }
}

/// A wave: answers, and how it ends.
#[derive(Debug, Clone)]
struct Wave {
    answers: Vec<usize>,
    until: String,
}

const RULES: [&str; 7] = [
    r#"{"first":1}"#,
    r#"{"first":3}"#,
    r#"{"agree":2}"#,
    r#"{"agree":3}"#,
    r#""unbeatable""#,
    r#"{"beta":0.8}"#,
    r#"{"beta":0.9}"#,
];

fn wave(most: usize) -> impl Strategy<Value = Wave> {
    (prop::collection::vec(1_usize..4, 1..=most), prop::sample::select(&RULES[..]))
        .prop_map(|(answers, until)| Wave { answers, until: until.to_owned() })
}

/// Seconds in quarters, no two of them equal, in a random order.
fn times() -> impl Strategy<Value = Vec<f64>> {
    Just((1..=9).map(|quarters| f64::from(quarters) / 4.0).collect::<Vec<f64>>()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn it_is_the_executors_race(
        first in wave(5),
        second in prop::option::of(wave(4)),
        times in times(),
        afresh in any::<bool>(),
        drain in any::<bool>(),
    ) {
        let mut times = times.into_iter();
        let (mut generators, mut outputs) = (Vec::new(), Vec::new());
        let mut raced = |wave: &Wave| {
            let names: Vec<String> = wave
                .answers
                .iter()
                .map(|&answer| {
                    let seconds = times.next().unwrap();
                    outputs.push(vec![output(answer, seconds)]);
                    call(&answer.to_string(), seconds)
                })
                .collect();
            generators.extend(names.iter().map(|name| name.as_str().into()));
            Race { afresh, drain, ..race(&names, serde_json::from_str::<Until>(&wave.until).unwrap()) }
        };
        let mut plan = raced(&first);
        if let Some(second) = &second {
            plan = plan.then(raced(second));
        }
        let bank = Bank::new(generators, vec![Row { problem: problem(), outputs }]).unwrap();
        let draw = Draw::as_recorded(&bank.rows()[0]);
        let replay = Replayer::default().run(&bank, 0, &plan, &draw).unwrap();

        let episode = play(std::slice::from_ref(&plan), Schedule::Parallel, Noise::None);
        prop_assert_eq!(episode.answer.as_ref().unwrap().text.to_string(), (replay.score as usize).to_string());
        let (seconds, tokens) = (by_time(&episode.trace).length, by_tokens(&episode.trace, Gamma::default()).length);
        prop_assert!((seconds.0 - replay.seconds.0).abs() < 1e-9, "{seconds} and {}", replay.seconds);
        prop_assert_eq!(tokens, replay.length);
        // A cancelled call is billed by whole tokens.
        let Usd(cost) = episode.trace.cost();
        let slack = PRICE.cost(Tokens(0), Tokens(1)).0 * (bank.generators().len() as f64);
        prop_assert!((cost - replay.cost.0).abs() <= slack, "{cost} and {}", replay.cost);
    }
}

#[test]
fn what_follows_works_on_the_answer_that_stands() {
    let mut refined = output(2, 1.0);
    refined.score = 1.0;
    let mut rough = output(1, 0.5);
    rough.follow_ups = vec![("self_refine".into(), vec![refined])];
    let other = output(3, 0.75);
    let row = Row { problem: problem(), outputs: vec![vec![rough, other]] };
    let bank = Bank::new(vec!["generate".into()], vec![row]).unwrap();
    let draw = Draw::as_recorded(&bank.rows()[0]);
    let until: Until = serde_json::from_str(r#"{"agree":2}"#).unwrap();
    let entrants = vec![Entrant { operator: "generate".into(), copies: 2 }];
    let plan = Race::new(entrants, until).then(Race::of("self_refine".into()));
    let replay = Replayer::default().run(&bank, 0, &plan, &draw).unwrap();
    assert_eq!((replay.score, replay.seconds, replay.length), (1.0, Seconds(1.75), PathTokens(37.0 + 50.0)));
    let missing = Race { then: vec![Race::of("test".into())], ..plan };
    assert_eq!(Replayer::default().run(&bank, 0, &missing, &draw), None, "nothing of it was recorded");
}

/// What the executor draws of these, each followed by `each`; an answer of 8 is right, and of 9 it cannot be told.
fn drawn(entrants: &[(&str, u32)], each: &[&str]) -> Row {
    let entrants = entrants.iter().map(|&(name, copies)| Entrant { operator: name.into(), copies });
    let each = each.iter().map(|&name| name.into()).collect();
    let field = Race { each, ..Race::new(entrants.collect(), Until::All) };
    let mut drawing = Drawing::new(field.clone());
    let episode = play_with(&mut drawing, std::iter::once(&field), Schedule::Parallel, Noise::None);
    let right = |text: &str| if text.starts_with('9') { None } else { Some(text.starts_with('8')) };
    let right: Vec<Option<bool>> = drawing.made().iter().map(|solution| right(&solution.text)).collect();
    let measures = Measures { gamma: Gamma::default(), price: PRICE };
    drawing.row(&problem(), &episode.trace, &right, &SameText, measures)
}

#[test]
fn what_the_executor_draws_is_kept_output_by_output() {
    // Each asks three times at once.
    let row = drawn(&[("three 8 0.5", 2), ("broken", 1), ("three 7 0.25", 1), ("three 9 1", 1), ("three 8 1", 1)], &[]);
    let counts: Vec<usize> = row.outputs.iter().map(Vec::len).collect();
    assert_eq!(counts, [2, 0, 1, 0, 1], "who failed and what cannot be scored is left out");
    let all: Vec<&Output> = row.outputs.iter().flatten().collect();
    assert_eq!(all.iter().map(|output| output.class).collect::<Vec<_>>(), [Some(0), Some(0), Some(1), Some(0)]);
    assert_eq!(all.iter().map(|output| output.score).collect::<Vec<_>>(), [1.0, 1.0, 0.0, 1.0]);
    let tokens = |seconds: f64| Tokens((seconds * 50.0) as u64);
    for (output, seconds) in all.into_iter().zip([0.5, 0.5, 0.25, 1.0]) {
        assert_eq!((output.seconds, output.length), (Seconds(seconds), tokens(seconds).into()));
        assert_eq!(output.output, Tokens(3 * tokens(seconds).0));
        let cost = PRICE.cost(Tokens(30), output.output).0;
        assert!((output.cost().0 - cost).abs() < 1e-12, "{} and {cost}", output.cost());
        assert!((output.prompt.0 - PRICE.cost(Tokens(30), Tokens(0)).0).abs() < 1e-12);
        assert_eq!((output.ran, output.passed), (None, None));
    }
}

#[test]
fn what_an_output_goes_through_is_part_of_it() {
    let row = drawn(&[("three 8 0.5", 1), ("three 7 0.25", 1)], &["mark"]);
    let seen = |output: &Output| (output.passed, output.ran, output.seconds, output.length, output.class);
    assert_eq!(seen(&row.outputs[0][0]), (Some(true), Some(true), Seconds(1.5), PathTokens(75.0), Some(0)));
    assert_eq!(seen(&row.outputs[1][0]), (Some(false), Some(true), Seconds(1.25), PathTokens(62.0), Some(1)));
}

#[test]
fn a_race_that_ends_in_nothing_leaves_a_row_without_outputs() {
    assert_eq!(drawn(&[("broken", 2)], &[]).outputs, [Vec::new()]);
}
