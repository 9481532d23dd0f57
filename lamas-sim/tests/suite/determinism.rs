//! The same request gives the same answer: again, in another order, on other threads, under another name.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{model, profile, request, word_problems};
use lamas_core::chat::{ChatModel, ChatRequest, ChatResponse, LatencySource, SampleIndex};
use lamas_core::meter::CallMeter;
use lamas_core::problem::ProblemId;
use lamas_core::tool::{Goal, Interpreter, Program, ToolError, ToolOutcome, ToolRun};
use lamas_core::units::Seconds;
use lamas_sim::{Mutants, SimInterpreter};

fn requests(n: usize) -> Vec<ChatRequest> {
    let suffixes = ["Answer directly.", "Think step by step.", "Write a Python function `solve()`."];
    let tasks = word_problems(n);
    let texts = tasks.iter().flat_map(|task| suffixes.map(|suffix| format!("{}\n{suffix}", task.problem.statement)));
    texts.flat_map(|text| [0, 1].map(|replicate| request(&text, replicate))).collect()
}

fn answers(requests: &[ChatRequest], order: impl Iterator<Item = usize>) -> Vec<ChatResponse> {
    let model = model(profile(), "gsm8k", &word_problems(60), &Mutants::default());
    let mut answers: Vec<_> =
        order.map(|at| (at, model.answer(&requests[at]).expect("the statement is known"))).collect();
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[test]
fn order_and_threads_change_nothing() {
    let requests = requests(60);
    let forward = answers(&requests, 0..requests.len());
    assert_eq!(forward, answers(&requests, (0..requests.len()).rev()));

    let model = Arc::new(model(profile(), "gsm8k", &word_problems(60), &Mutants::default()));
    let threads: Vec<_> = requests
        .chunks(45)
        .map(|part| {
            let (model, part) = (Arc::clone(&model), part.to_vec());
            std::thread::spawn(move || {
                part.iter().map(|request| model.answer(request).expect("the statement is known")).collect::<Vec<_>>()
            })
        })
        .collect();
    let threaded: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().expect("no thread panics")).collect();
    assert_eq!(forward, threaded);
}

#[test]
fn names_and_places_of_problems_change_nothing() {
    let tasks = word_problems(60);
    let mut renamed = tasks.clone();
    renamed.reverse();
    for (place, task) in renamed.iter_mut().enumerate() {
        task.problem.id = ProblemId(format!("other/{}", place * 7).into());
    }
    let (one, other) = [tasks, renamed].map(|tasks| model(profile(), "gsm8k", &tasks, &Mutants::default())).into();
    for request in requests(60) {
        assert_eq!(one.answer(&request), other.answer(&request));
    }
}

#[test]
fn samples_differ_unless_the_temperature_is_zero() {
    let model = model(profile(), "gsm8k", &word_problems(1), &Mutants::default());
    let texts = |temperature: f64| {
        let mut request = request(&word_problems(1)[0].problem.statement, 0);
        request.sampling.temperature = temperature;
        let mut texts: Vec<_> = [(0, 0), (0, 1), (1, 0)]
            .map(|(replicate, ordinal)| {
                request.sample = SampleIndex { replicate, ordinal };
                model.answer(&request).expect("the statement is known").text
            })
            .to_vec();
        texts.sort();
        texts.dedup();
        texts.len()
    };
    assert_eq!((texts(1.0), texts(0.0)), (3, 1));
}

#[test]
fn limits_and_stops_cut_the_text() {
    let model = model(profile(), "gsm8k", &word_problems(1), &Mutants::default());
    let mut request = request(&word_problems(1)[0].problem.statement, 0);
    request.sampling.max_tokens = Some(20);
    let answer = model.answer(&request).expect("the statement is known");
    assert_eq!((answer.usage.output.0, answer.finish), (20, lamas_core::chat::FinishReason::Length));
    request.sampling.max_tokens = None;
    request.sampling.stop = vec!["\\boxed".into()];
    let answer = model.answer(&request).expect("the statement is known");
    assert!(!answer.text.contains("\\boxed") && answer.text.ends_with('$'));
}

#[tokio::test(start_paused = true)]
async fn a_call_takes_its_working_time_on_the_clock_of_the_run() {
    let model = model(profile(), "gsm8k", &word_problems(1), &Mutants::default());
    let before = tokio::time::Instant::now();
    let answer = model.chat(&request(&word_problems(1)[0].problem.statement, 0)).await.expect("the statement is known");
    let working = answer.timing.working.0;
    assert!((before.elapsed().as_secs_f64() - working).abs() < 0.002, "{working}");
    assert!(working > answer.timing.first_token.0 && answer.timing.source == LatencySource::Simulated);
}

/// Gives one verdict after some real time.
struct Slow(ToolOutcome);

#[async_trait::async_trait]
impl Interpreter for Slow {
    async fn run_metered(&self, _: &Program, _: &CallMeter) -> Result<ToolRun, ToolError> {
        let measured = Seconds(0.123);
        let run = ToolRun {
            outcome: self.0.clone(),
            stdout: "".into(),
            elapsed: measured,
            source: LatencySource::Live,
            measured,
            waiting: Seconds(1.0),
        };
        Ok(run)
    }
}

#[tokio::test(start_paused = true)]
async fn a_program_takes_a_drawn_time_and_a_hung_one_its_limit() {
    let program = |source: &str| Program { source: source.into(), goal: Goal::Call { function: "solve".into() } };
    let interpreter = |outcome| SimInterpreter::new(Slow(outcome), profile(), Seconds(10.0));
    let returned = interpreter(ToolOutcome::Returned("1".into()));
    let before = tokio::time::Instant::now();
    let first = returned.run(&program("a")).await.expect("it runs");
    assert!((before.elapsed() - Duration::from_secs_f64(first.elapsed.0)).as_secs_f64() < 0.002);
    assert_eq!(first, returned.run(&program("a")).await.expect("it runs"));
    assert_ne!(first.elapsed, returned.run(&program("b")).await.expect("it runs").elapsed);
    assert_eq!(
        (first.measured, first.source, first.waiting),
        (Seconds(0.123), LatencySource::Simulated, Seconds::ZERO)
    );
    assert_eq!(interpreter(ToolOutcome::TimedOut).run(&program("a")).await.expect("it runs").elapsed, Seconds(10.0));
}
