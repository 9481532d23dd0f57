//! Races, under tokio's paused clock.

use std::num::NonZeroU32;

use lamas_core::critical_path::{by_time, by_tokens};
use lamas_core::exec::Episode;
use lamas_core::orchestrator::{Node, Schedule};
use lamas_core::race::rules::{Agree, First};
use lamas_core::race::{Race, Until};
use lamas_core::trace::{Part, SpanKind};
use lamas_core::units::{Gamma, PathTokens, Seconds, Tokens};
use lamas_testing::races::*;
use proptest::prelude::*;

fn agree(votes: u32) -> Until {
    Until::Agree(Agree(NonZeroU32::new(votes).unwrap()))
}

fn first(answers: u32) -> Until {
    Until::First(First(NonZeroU32::new(answers).unwrap()))
}

#[test]
fn the_first_that_agree_decide_and_the_others_are_cut_at_that_moment() {
    // Answers after 1, 2, 3 and 10 seconds; the first and the third agree.
    let race = race(&[call("7", 1.0), call("8", 2.0), call("7", 3.0), call("7", 10.0)], agree(2));
    let episode = play(&[race], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "7");
    assert_eq!(by_time(&episode.trace).length, Seconds(3.0));
    assert_eq!(by_tokens(&episode.trace, Gamma::default()).length, PathTokens(150.0));
    let wave = &episode.layers[0].waves[0];
    assert_eq!(
        (&wave.arrivals, wave.decided, &wave.deciders, wave.winner),
        (&vec![0, 1, 2], true, &vec![0, 2], Some(0))
    );
    let parts: Vec<_> = episode.layers[0].operators.iter().map(|report| report.part).collect();
    assert_eq!(parts, [Part::Needed, Part::Spare, Part::Needed, Part::Cancelled]);
    let (span, work) = episode.trace.cancelled().next().unwrap();
    assert_eq!((work.input, work.output, work.working), (Tokens(10), Tokens(150), Seconds(3.0)));
    assert!((span.end.0 - 3.0).abs() < 0.002, "{span:?}");
    assert_eq!(episode.layers[0].operators[3].output, Tokens(150));
    assert_eq!(episode.trace.check(), Ok(()));
}

#[test]
fn what_follows_depends_on_the_deciders_alone() {
    let race = race(&[call("7", 1.0), call("8", 2.0), call("7", 3.0), call("7", 10.0)], agree(2));
    let episode = play(&[race, Race::layer(["count".into()])], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "2 candidates, 7 stands");
    let last = episode.trace.spans.last().unwrap();
    let deciders: Vec<_> = last.after.iter().map(|id| episode.trace.span(*id).end.0.round() as u32).collect();
    assert_eq!(deciders, [1, 3]);
    let end = episode.trace.spans.iter().map(|span| span.end).fold(Seconds::ZERO, Seconds::max);
    assert!((end.0 - 4.0).abs() < 0.01, "the next layer waited for no one else: {end}");
}

#[test]
fn undecided_most_votes_count_and_then_follows_on_all_that_was_made() {
    let made = [call("7", 1.0), call("8", 2.0), call("9", 3.0), call("8", 4.0)];
    let undecided = race(&made, agree(3));
    let episode = play(std::slice::from_ref(&undecided), Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.unwrap().text, "8");
    assert!(!episode.layers[0].waves[0].decided);
    let episode = play(&[undecided.then(Race::of("count".into()))], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "4 candidates, 8 stands");
    assert_eq!(episode.layers.len(), 1, "it is one layer");
    assert_eq!(by_time(&episode.trace).length, Seconds(5.0));
    let tie = race(&[call("7", 3.0), call("8", 2.0)], agree(2));
    assert_eq!(&*play(&[tie], Schedule::Parallel, Noise::None).answer.unwrap().text, "8", "ties go to the earliest");
}

#[test]
fn a_second_wave_counts_the_votes_of_the_first_unless_it_begins_afresh() {
    let second = race(&[call("9", 1.0), call("8", 2.0), call("9", 5.0)], agree(2));
    let waves = race(&[call("7", 1.0), call("8", 2.0)], agree(2)).then(second.clone());
    let episode = play(&[waves], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "8");
    assert_eq!(by_time(&episode.trace).length, Seconds(4.0));
    assert_eq!(episode.layers[0].waves[1].deciders, [1, 3]);
    let afresh = race(&[call("7", 1.0), call("8", 2.0)], agree(2)).then(Race { afresh: true, ..second });
    let episode = play(&[afresh], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "9");
    assert_eq!(by_time(&episode.trace).length, Seconds(7.0));
}

#[test]
fn an_entrant_that_fails_leaves_the_race_to_the_others() {
    let entrants = [call("7", 2.0), "broken".to_owned(), call("7", 3.0)];
    let episode = play(&[race(&entrants, agree(2))], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "7");
    assert!(episode.failure.is_none() && episode.layers[0].operators[1].failed);
    assert_eq!(episode.trace.spans.iter().filter(|span| span.trouble.is_some()).count(), 2, "the failure is recorded");
    let nobody = play(&[race(&["broken".to_owned(), "broken".to_owned()], agree(2))], Schedule::Parallel, Noise::None);
    assert!(nobody.failure.is_some() && nobody.answer.is_none());
    let layer = Race::layer(entrants.iter().map(|name| name.as_str().into()));
    assert!(play(&[layer], Schedule::Parallel, Noise::None).failure.is_some(), "a layer needs all");
}

#[test]
fn in_sequence_whoever_has_not_started_costs_nothing() {
    let race = race(&[call("7", 1.0), call("8", 2.0), call("7", 3.0), call("7", 10.0)], agree(2));
    let episode = play(&[race], Schedule::Sequential, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "7");
    assert_eq!((episode.trace.model_calls(), episode.layers[0].operators.len()), (3, 3));
    assert_eq!(by_time(&episode.trace).length, Seconds(6.0));
    assert_eq!(episode.trace.check(), Ok(()));
}

#[test]
fn who_is_out_may_run_on_and_is_paid_in_full() {
    let raced = race(&[call("7", 1.0), call("7", 2.0), call("7", 9.0)], agree(2));
    let (cut, all) = (Race { drain: true, ..raced.clone() }, Race { until: Until::All, ..raced.clone() });
    let [drained, all] = [cut, all].map(|race| play(&[race], Schedule::Parallel, Noise::None));
    assert_eq!(drained.trace.cost(), all.trace.cost());
    assert_eq!(by_time(&drained.trace).length, Seconds(2.0));
    assert_eq!((drained.layers[0].operators[2].output, drained.trace.cancelled().count()), (Tokens(450), 0));
    assert_eq!(drained.trace.check(), Ok(()));
}

#[test]
fn a_node_starts_when_what_it_reads_is_decided() {
    let fast = race(&[call("7", 1.0), call("7", 2.0), call("7", 30.0)], agree(2));
    let nodes = vec![
        Node { race: fast, reads: vec![] },
        Node { race: Race::of(call("5", 20.0).as_str().into()), reads: vec![] },
        Node { race: Race::of("count".into()), reads: vec![0] },
    ];
    let episode = play_graph(nodes, Noise::None);
    let counted = episode.trace.spans.iter().rfind(|span| span.kind == SpanKind::ModelCall).unwrap();
    assert!((counted.start.0 - 2.0).abs() < 0.01 && by_time(&episode.trace).length == Seconds(20.0), "{counted:?}");
    assert_eq!(&*episode.answer.unwrap().text, "2 candidates, 7 stands");
}

#[test]
fn what_runs_where_nothing_is_decided_may_be_several_layers() {
    let undecided = || race(&[call("7", 1.0), call("8", 2.0)], agree(2));
    let layers =
        || undecided().then(race(&[call("9", 1.0), call("8", 5.0)], first(4))).then(Race::layer(["count".into()]));
    let episode = play(&[layers()], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "4 candidates, 8 stands");
    assert_eq!((by_time(&episode.trace).length, episode.layers.len()), (Seconds(8.0), 1));
    let decided = race(&[call("7", 1.0), call("7", 2.0)], agree(2)).then(Race::layer(["count".into()]));
    assert_eq!(&*play(&[decided], Schedule::Parallel, Noise::None).answer.unwrap().text, "7");
}

#[test]
fn where_no_window_decides_the_votes_of_all_count() {
    let window = |answers: [&str; 3]| Race { afresh: true, ..race(&answers.map(|answer| call(answer, 1.0)), agree(3)) };
    let first = Race { afresh: false, ..window(["7", "7", "8"]) };
    let windows = first.then(window(["8", "9", "7"]).then(window(["8", "9", "6"])));
    let episode = play(&[windows], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.unwrap().text, "7", "three votes over all windows, but one each in two of them");
    assert_eq!(episode.layers[0].waves.len(), 3);
}

#[test]
fn what_each_entrant_makes_goes_through_an_operator_before_it_arrives() {
    let made = race(&[call("7", 1.0), call("8", 2.0), call("8", 9.0)], Until::Passes);
    let through = Race { each: vec!["mark".into()], ..made };
    for (schedule, length) in [(Schedule::Parallel, 3.0), (Schedule::Sequential, 5.0)] {
        let episode = play(std::slice::from_ref(&through), schedule, Noise::None);
        assert_eq!(&*episode.answer.clone().unwrap().text, "8, one of 1", "it sees that solution alone");
        assert_eq!(by_time(&episode.trace).length, Seconds(length), "and its work is on the path");
        let wave = &episode.layers[0].waves[0];
        assert_eq!((wave.decided, wave.winner, episode.layers[0].operators[1].ran), (true, Some(1), Some(true)));
        assert_eq!(episode.trace.check(), Ok(()));
    }
}

#[test]
fn an_answer_that_is_not_recorded_is_missed_only_where_the_decision_needs_it() {
    let missing = || "missing".to_owned();
    let raced = race(&[missing(), call("7", 1.0), call("7", 2.0), missing()], agree(2));
    let episode = play(&[raced], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.clone().unwrap().text, "7");
    let parts: Vec<_> = episode.layers[0].operators.iter().map(|report| (report.part, report.failed)).collect();
    let (cancelled, needed) = ((Part::Cancelled, false), (Part::Needed, false));
    assert_eq!(parts, [cancelled, needed, needed, cancelled]);
    assert!(episode.trace.cancelled().all(|(_, work)| work.cost.0 == 0.0));
    assert_eq!(episode.trace.check(), Ok(()));
    // They are still out, as in the race that was recorded.
    let lead = race(&[missing(), call("7", 1.0), call("7", 2.0), call("7", 3.0)], Until::Unbeatable);
    assert_eq!(by_time(&play(&[lead], Schedule::Parallel, Noise::None).trace).length, Seconds(3.0));
    let undecided = race(&[missing(), call("7", 1.0), call("8", 2.0)], agree(2));
    assert!(play(&[undecided], Schedule::Parallel, Noise::None).failure.is_some_and(|failure| failure.is_unrecorded()));
    let layer = Race::layer(["missing".into(), call("7", 1.0).as_str().into()]);
    assert!(play(&[layer], Schedule::Parallel, Noise::None).failure.is_some());
}

#[test]
fn whoever_comes_first_on_the_path_wins_though_a_timer_wakes_it_later() {
    // Two calls of 0.5003 s each are done before one of 1.0007 s, but their timers wake up at 1.002 s and that one's at 1.001 s.
    let race = race(&["twice 7 0.5003".to_owned(), call("8", 1.0007)], first(1));
    let episode = play(&[race], Schedule::Parallel, Noise::None);
    assert_eq!(&*episode.answer.unwrap().text, "7");
}

#[test]
fn a_decision_waits_only_until_whoever_is_out_has_gone_on_and_not_until_it_comes_home() {
    // At 3 s the one calls again while the other arrives. Whatever order they wake up in, nothing holds that arrival up.
    let race = Race { each: vec!["mark".into()], ..race(&["three 0 3".to_owned(), "twice 0 1".to_owned()], agree(1)) };
    let calm = play(std::slice::from_ref(&race), Schedule::Parallel, Noise::None);
    assert!((calm.trace.spans[0].end.0 - 3.0).abs() < 0.01);
    for seed in (0..64_u64).map(|seed| seed << 58) {
        let noisy = play(std::slice::from_ref(&race), Schedule::Parallel, Noise::Yields(seed));
        assert_eq!(bytes(&calm), bytes(&noisy), "{seed}");
    }
}

#[derive(Debug, Clone)]
struct Drawn {
    entrants: Vec<String>,
    until: Until,
    through: bool,
    then: bool,
}

impl Drawn {
    /// The race of these entrants, by this rule.
    fn race(&self, until: Until) -> Race {
        let each = if self.through { vec!["mark".into()] } else { Vec::new() };
        Race { each, ..race(&self.entrants, until) }
    }
}

fn entrant() -> impl Strategy<Value = String> {
    // Times lie close together, so that many come home within one tick.
    let time = prop_oneof![
        Just(1.0),
        (0..40_u32).prop_map(|steps| 1.0 + f64::from(steps) * 0.00013),
        (1..50_u32).prop_map(f64::from)
    ];
    (0..4_u8, time, 0..5_u8).prop_map(|(answer, seconds, kind)| match kind {
        0 => format!("twice {answer} {seconds}"),
        1 => format!("program {answer} {seconds}"),
        2 => format!("three {answer} {seconds}"),
        _ => call(&answer.to_string(), seconds),
    })
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let until = prop_oneof![
        (1..4_u32).prop_map(agree),
        (1..4_u32).prop_map(first),
        Just(Until::Unbeatable),
        Just(serde_json::from_str(r#"{"beta":0.8}"#).unwrap()),
    ];
    let entrants = prop::collection::vec(entrant(), 1..7);
    (entrants, until, any::<[bool; 2]>()).prop_map(|(entrants, until, [through, then])| Drawn {
        entrants,
        until,
        through,
        then,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn noise_in_the_order_of_waking_up_moves_nothing(drawn in drawn(), seed in any::<u64>()) {
        let race = drawn.race(drawn.until.clone());
        let race = if drawn.then { race.then(Race::of("count".into())) } else { race };
        let layers = [race, Race::layer(["count".into()])];
        let calm = play(&layers, Schedule::Parallel, Noise::None);
        for noise in [Noise::Yields(seed), Noise::Sleeps(seed)] {
            let noisy = play(&layers, Schedule::Parallel, noise);
            prop_assert_eq!(bytes(&calm), bytes(&noisy), "{:?}", noise);
        }
        prop_assert_eq!(calm.trace.check(), Ok(()));
    }

    #[test]
    fn a_race_is_never_longer_than_waiting_for_all_and_costs_between_its_deciders_and_all(drawn in drawn()) {
        let raced = play(&[drawn.race(drawn.until.clone())], Schedule::Parallel, Noise::None);
        let all = play(&[drawn.race(Until::All)], Schedule::Parallel, Noise::None);
        prop_assert!(by_time(&raced.trace).length.0 <= by_time(&all.trace).length.0);
        let tokens = |episode: &Episode| by_tokens(&episode.trace, Gamma::default()).length.0;
        prop_assert!(tokens(&raced) <= tokens(&all));
        let needed: f64 = raced.trace.work().filter(|(span, _)| span.part.is_needed()).map(|(_, work)| work.cost.0).sum();
        prop_assert!(needed <= raced.trace.cost().0 + 1e-12 && raced.trace.cost().0 <= all.trace.cost().0 + 1e-12);
    }

    #[test]
    fn with_all_a_race_is_a_layer(drawn in drawn()) {
        let names = drawn.entrants.iter().map(|name| name.as_str().into());
        let layer = play(&[Race::layer(names), Race::layer(["count".into()])], Schedule::Parallel, Noise::None);
        let race = play(&[race(&drawn.entrants, Until::All), Race::layer(["count".into()])], Schedule::Parallel, Noise::None);
        prop_assert_eq!(&layer.trace, &race.trace);
        prop_assert_eq!(layer.answer, race.answer);
    }
}
