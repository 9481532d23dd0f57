//! A replay comes out as the executor's own run of the same race on the same answers does.

use lamas_adaptive::bank::{Bank, Output, Row};
use lamas_adaptive::replay::{Draw, Replayer};
use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::orchestrator::Schedule;
use lamas_core::race::{Race, Until};
use lamas_core::units::{Gamma, PathTokens, Price, Seconds, Tokens, Usd};
use lamas_testing::races::{Noise, call, play, problem, race};
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
    let entrants = vec![lamas_core::race::Entrant { operator: "generate".into(), copies: 2 }];
    let plan = Race::new(entrants, until).then(Race::of("self_refine".into()));
    let replay = Replayer::default().run(&bank, 0, &plan, &draw).unwrap();
    assert_eq!((replay.score, replay.seconds, replay.length), (1.0, Seconds(1.75), PathTokens(37.0 + 50.0)));
    let missing = Race { then: vec![Race::of("test".into())], ..plan };
    assert_eq!(Replayer::default().run(&bank, 0, &missing, &draw), None, "nothing of it was recorded");
}
