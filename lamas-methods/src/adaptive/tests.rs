use lamas_adaptive::bank::{Output, Row};
use lamas_adaptive::budget::Target;
use lamas_controller::checkpoint::Origin;
use lamas_controller::credit::EpisodeOutcome;
use lamas_controller::encoder::{Embeddings, Encoder, Hashed};
use lamas_core::operator::OperatorSet;
use lamas_core::orchestrator::Schedule;
use lamas_core::problem::{Domain, Problem, ProblemId};
use lamas_core::race::Race;
use lamas_core::random::Seed;
use lamas_core::units::{PathTokens, Seconds, Tokens, Usd};
use lamas_operators::prompt::Prompts;
use lamas_operators::registry;
use rand::RngExt;

use super::learning::at_work;
use super::*;
use crate::planner::{Decider, Known, Trial, TrialResult};

const ROWS: usize = 12;

fn spec(yaml: &str) -> AdaptiveSpec {
    serde_yaml::from_str(yaml).unwrap()
}

/// Small, so that a test is soon over.
const SMALL: &str = "{bank: {generate_cot: 4, generate: 2}, copies: 4, second_wave: false, plans: 8, replays: 8}";

/// What a method may use: operators of one domain, and as many training as test queries.
struct Ground {
    operators: OperatorSet,
    descriptions: Embeddings,
    queries: Embeddings,
}

impl Ground {
    fn new(domain: Domain) -> Self {
        let embedded = |texts: &[&str]| Hashed.encode(texts).unwrap();
        let statements: Vec<String> = (0..ROWS).map(|row| format!("How many apples are {row} and {row}?")).collect();
        Self {
            operators: registry::operators(domain, &Arc::new(Prompts::load(None).unwrap())),
            descriptions: embedded(&["an operator"]),
            queries: embedded(&statements.iter().map(String::as_str).collect::<Vec<_>>()),
        }
    }

    fn material(&self) -> Material<'_> {
        let Self { operators, descriptions, queries } = self;
        let (schedule, seed) = (Schedule::Parallel, Seed(7));
        Material { operators, descriptions, train: queries, test: queries, schedule, seed }
    }
}

/// An answer: right in two of three cases, longer for chains of thought.
fn output(row: usize, generator: usize, draw: usize) -> Output {
    let mut random = Seed(3).stream("output", &[row as u64, generator as u64, draw as u64]);
    let right = random.random::<f64>() < 2.0 / 3.0;
    let tokens = (if generator == 0 { 300.0 } else { 200.0 }) * (0.5 + random.random::<f64>());
    Output {
        class: Some(if right { 0 } else { 1 + draw }),
        score: f64::from(u8::from(right)),
        output: Tokens(tokens as u64),
        length: PathTokens(tokens),
        seconds: Seconds(tokens / 50.0),
        prompt: Usd(1e-5),
        completion: Usd(tokens * 6e-7),
        ran: None,
        passed: None,
        follow_ups: Vec::new(),
    }
}

/// What came of the trials of a planner, where the bank of some rows lacks an output.
fn results(trials: Vec<Trial>, lacking: &[usize]) -> Vec<TrialResult> {
    let result = |Trial { row, decider, .. }: Trial| {
        let Some(Known::Field(field)) = decider.known() else { panic!("it draws its bank first") };
        let copies = |entrant: &Entrant| entrant.copies as usize;
        let outputs = |(generator, entrant)| (0..copies(entrant)).map(|draw| output(row, generator, draw)).collect();
        let mut outputs: Vec<Vec<Output>> = field.entrants.iter().enumerate().map(outputs).collect();
        if lacking.contains(&row) {
            outputs[0].pop();
        }
        let problem = Problem {
            id: ProblemId(format!("set/{row}").into()),
            domain: Domain::Maths,
            statement: "How many?".into(),
            entry_point: None,
            public_examples: [].into(),
        };
        let outcome: Option<EpisodeOutcome> = None;
        TrialResult { row, decider, outcome, drawn: Some(Arc::new(Row { problem, outputs })) }
    };
    trials.into_iter().map(result).collect()
}

fn plans(spec: &AdaptiveSpec, lambdas: &[f64]) -> Vec<Arc<dyn Plan>> {
    let settings = |&lambda_t: &f64| Arc::new(Settings { lambda_t, ..Settings::honest() });
    spec.plans(&|| Ok(lambdas.iter().map(settings).collect())).unwrap()
}

/// The graphs that all test queries get.
fn answers(planner: &dyn Planner) -> Vec<String> {
    let rows: Vec<usize> = (0..ROWS).collect();
    let graph = |trials: &Vec<Trial>| match &trials[0].decider {
        Decider::Graph(graph) => graph.to_string(),
        _ => panic!("a race is a graph"),
    };
    planner.answers(&rows).unwrap().iter().map(graph).collect()
}

#[test]
fn it_draws_every_training_row_once_and_what_it_learned_comes_back() {
    let ground = Ground::new(Domain::Maths);
    let plans = plans(&spec(SMALL), &[0.0, 3e-3]);
    let folder = tempfile::tempdir().unwrap();
    let mut chosen = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        assert_eq!((plan.kind(), plan.shares_episodes()), (Kind::Adaptive, true));
        assert_eq!(plan.episodes(&ground.material()), Episodes { train: ROWS, per_answer: 1 });
        let mut planner = plan.planner(ground.material()).unwrap();
        assert!(planner.answers(&[0]).is_err(), "nothing was learned yet");
        let trials = planner.next().unwrap();
        let drawn: Vec<_> = trials.iter().map(|trial| (trial.row, trial.pass)).collect();
        assert_eq!(drawn, (0..ROWS).map(|row| (row, 0)).collect::<Vec<_>>());
        assert!(planner.learn(results(trials, &[])).unwrap().is_none());
        assert!(planner.next().unwrap().is_empty());

        let (path, origin) = (
            folder.path().join(format!("{index}.yaml")),
            Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(7) },
        );
        planner.save(&path, &origin).unwrap();
        let mut again = plan.planner(ground.material()).unwrap();
        again.load(&path, &origin).unwrap();
        assert_eq!(answers(&*again), answers(&*planner));
        chosen.push(answers(&*planner));
    }
    assert_ne!(chosen[0], chosen[1], "a price that is thirty times as high asks for something shorter");
    // The policy is the same; only the price differs that it is asked at.
    let learned = |index: usize| {
        let text = std::fs::read_to_string(folder.path().join(format!("{index}.yaml"))).unwrap();
        serde_yaml::from_str::<serde_yaml::Value>(&text).unwrap()["found"].clone()
    };
    assert_eq!(learned(0), learned(1));
}

#[test]
fn rows_that_lack_an_output_are_left_out_and_none_at_all_is_told() {
    let ground = Ground::new(Domain::Maths);
    let plan = &plans(&spec(SMALL), &[1e-4])[0];
    let mut planner = plan.planner(ground.material()).unwrap();
    let trials = planner.next().unwrap();
    planner.learn(results(trials, &[2, 5])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.yaml");
    planner.save(&path, &Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(7) }).unwrap();
    let found: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rows: Vec<u64> =
        found["found"]["rows"].as_sequence().unwrap().iter().map(|row| row.as_u64().unwrap()).collect();
    assert_eq!(rows, [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]);

    let mut planner = plan.planner(ground.material()).unwrap();
    let trials = planner.next().unwrap();
    let said = planner.learn(results(trials, &(0..ROWS).collect::<Vec<_>>())).unwrap_err().to_string();
    assert!(said.contains("none of 12 training rows") && said.contains("generate_cot*4 + generate*2"), "{said}");
}

#[test]
fn programs_are_tried_before_they_are_compared_but_not_where_the_first_is_taken() {
    let race = |yaml: &str| match serde_yaml::from_str::<crate::Layer>(yaml).unwrap() {
        layer @ crate::Layer::Race(_) => layer.race(),
        crate::Layer::Operators(_) => panic!("a race"),
    };
    let words = |yaml: &str, examples| crate::Layer::from(at_work(&race(yaml), examples)).to_string();
    let agree = "{race: {generate: 2}, until: {agree: 2}, then: [{race: {generate: 3}, until: {first: 1}}]}";
    assert_eq!(words(agree, true), "generate*2 each check until 2 agree, else generate*3 until the first");
    assert_eq!(words(agree, false), "generate*2 until 2 agree, else generate*3 until the first");
}

#[test]
fn without_the_text_every_query_gets_the_same_race() {
    let ground = Ground::new(Domain::Maths);
    let plan = &plans(&AdaptiveSpec { text: false, ..spec(SMALL) }, &[1e-4])[0];
    let mut planner = plan.planner(ground.material()).unwrap();
    let trials = planner.next().unwrap();
    planner.learn(results(trials, &[])).unwrap();
    let chosen = answers(&*planner);
    assert!(chosen.iter().all(|graph| *graph == chosen[0]), "{chosen:?}");
}

#[test]
fn operators_that_a_domain_lacks_are_left_out_and_what_cannot_answer_is_refused() {
    let refused = |yaml: &str, domain| {
        let ground = Ground::new(domain);
        let plan = plans(&spec(yaml), &[1e-4]).remove(0);
        let problems = crate::Ground { dataset: "set", operators: &ground.operators, answered: false, programs: false };
        let before = plan.fits(&problems).err().map(|fault| fault.to_string());
        let at_work = plan.planner(ground.material()).err().map(|error| error.to_string());
        assert_eq!(before.is_some(), at_work.is_some(), "what would be refused at work is refused before: {before:?}");
        assert!(before.is_none_or(|fault| fault.starts_with("adaptive.bank")));
        at_work
    };
    let programs = "{bank: {programmer: 2, generate: 2}}";
    assert_eq!(refused(programs, Domain::Code), None);
    let lacks = refused("{bank: {programmer: 2}}", Domain::Code).unwrap();
    assert!(lacks.contains("adaptive.bank") && lacks.contains("works on these problems"), "{lacks}");
    let votes = refused("{bank: {generate: 2, sc_ensemble: 1}}", Domain::Maths).unwrap();
    assert!(votes.contains("`adaptive.bank` is sc_ensemble"), "{votes}");
}

#[test]
fn what_an_entry_may_not_say_is_named() {
    let fault = |yaml: &str| spec(yaml).check().err().map(|fault| fault.to_string());
    assert_eq!(fault("{}"), None);
    assert_eq!(fault("{shrinkage: [0.1, 0]}").unwrap(), "adaptive.shrinkage[1]: 0: must be above 0 (reward)");
    assert!(fault("{lambda_t: [-1]}").unwrap().starts_with("adaptive.lambda_t[0]: -1"));
    let limit = |yaml: &str| spec(yaml).limits().iter().find_map(Limit::fault);
    assert_eq!(limit("{}"), None);
    for yaml in ["{bank: {}}", "{copies: 0}", "{copies: 13}", "{plans: 0}", "{replays: 0}", "{lambda_t: []}"] {
        assert!(limit(yaml).is_some(), "{yaml}");
    }
    let keys: Vec<String> = spec("{}").operators().into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["adaptive.bank.generate_cot", "adaptive.bank.generate"]);
}

/// What an entry has learned from whole rows, as its file has it, and the graphs that queries get.
fn learned(spec: &AdaptiveSpec, lambda_t: f64) -> (serde_yaml::Value, Vec<String>) {
    let ground = Ground::new(Domain::Maths);
    let plan = &plans(spec, &[lambda_t])[0];
    let mut planner = plan.planner(ground.material()).unwrap();
    let trials = planner.next().unwrap();
    planner.learn(results(trials, &[])).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.yaml");
    planner.save(&path, &Origin { config: "abc".into(), encoder: "hashed".into(), seed: Seed(7) }).unwrap();
    let file: serde_yaml::Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    (file["found"].clone(), answers(&*planner))
}

#[test]
fn a_target_finds_its_own_price_and_says_what_it_brings_elsewhere() {
    let aimed = |most: f64| {
        let spec = AdaptiveSpec { target: Some(Target { cp_len: Some(most), ..Target::default() }), ..spec(SMALL) };
        assert_eq!(plans(&spec, &[0.0, 3e-3]).len(), 1, "a price that is given would be none of its own");
        learned(&spec, 0.0).0["kept"].clone()
    };
    let length = |kept: &serde_yaml::Value| kept["held_out"]["measured"]["mean"]["length"].as_f64().unwrap();
    let free = length(&aimed(1e6));
    let mut before = free;
    for share in [0.9, 0.75] {
        let kept = aimed(share * free);
        assert!(kept["said"].as_str().unwrap().contains("is kept"), "{kept:?}");
        let shares: f64 = kept["shares"].as_sequence().unwrap().iter().map(|of| of[0].as_f64().unwrap()).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{kept:?}");
        assert!(length(&kept) < before, "a tighter target has shorter paths on rows that were held out, too: {kept:?}");
        assert!(length(&kept) < 1.1 * share * free, "{kept:?}");
        before = length(&kept);
    }
    let kept = aimed(1.0);
    assert!(kept["said"].as_str().unwrap().contains("cannot be reached"), "{kept:?}");
}

#[test]
fn queries_get_what_was_best_on_similar_rows() {
    // Test queries are the training queries, so that each is its own nearest neighbour.
    let near = |neighbours| learned(&AdaptiveSpec { neighbours: Some(neighbours), ..spec(SMALL) }, 1e-4);
    let (found, chosen) = near(1);
    let worth = |mean: &serde_yaml::Value| mean["score"].as_f64().unwrap() - 1e-4 * mean["length"].as_f64().unwrap();
    let mut different = std::collections::BTreeSet::new();
    for (row, chosen) in chosen.iter().enumerate() {
        let means = found["near"]["means"][row].as_sequence().unwrap();
        let best = (0..means.len()).rev().max_by(|&a, &b| worth(&means[a]).total_cmp(&worth(&means[b]))).unwrap();
        let plan: Race = serde_yaml::from_value(found["learned"]["plans"][best].clone()).unwrap();
        assert_eq!(*chosen, crate::Layer::from(at_work(&plan, false)).to_string());
        different.insert(chosen);
    }
    assert!(different.len() > 1, "the case shows nothing: {different:?}");
    // All rows are near, so that there is nothing to tell queries apart by.
    let single = learned(&AdaptiveSpec { text: false, ..spec(SMALL) }, 1e-4).1;
    assert_eq!(near(ROWS).1, single);
    let both = AdaptiveSpec { neighbours: Some(1), ..spec("{target: {cp_len: 300}}") };
    assert!(both.check().unwrap_err().to_string().starts_with("adaptive.target"), "no price would be found");
}
