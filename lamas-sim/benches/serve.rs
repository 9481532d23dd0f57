//! What the server costs with a thousand requests in flight: its memory, and the time that it adds to the modelled
//! latency, as our own client sees it. Client and server are processes of their own and share the machine.
//!
//! ```text
//! added = time from sending to the last token, minus the modelled working time
//! ```

#![expect(clippy::print_stdout, reason = "the figures are the benchmark's report")]

#[path = "../tests/suite/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

mod served;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lamas_core::chat::{ChatModel, ChatRequest, ChatResponse};
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
use served::{Served, known, peak_memory, runtime, was_server};
use support::{request, word_problems};

/// Requests in flight.
const FLIGHT: usize = 1000;
/// Requests that each client makes, one after another.
const EACH: usize = 3;
/// Problems that the model knows.
const PROBLEMS: usize = 400;
/// Over how many seconds the clients begin, so that they do not march in step.
const SPREAD: f64 = 6.0;

fn main() {
    if was_server(PROBLEMS) {
        return;
    }
    println!(
        "{:8} {:>9} {:>9} {:>12} {:>12} {:>12} {:>12} {:>10}",
        "answers", "requests", "in flight", "median added", "p99 added", "first token", "p99", "peak RSS"
    );
    for stream in [false, true] {
        measure(stream);
    }
}

/// Asks for answers and prints a line about them.
fn measure(stream: bool) {
    let server = Served::start();
    let mut settings = OpenAiSettings::named(served::NAME);
    settings.endpoints =
        vec![EndpointSettings { concurrency: FLIGHT, ..EndpointSettings::at(server.base_url.clone()) }];
    (settings.send_sample, settings.stream) = (true, stream);
    let (modelled, questions) = (Arc::new(known(PROBLEMS)), Arc::new(questions()));
    let (flying, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let added: Vec<(f64, f64)> = runtime().block_on(async {
        let client = Arc::new(OpenAiModel::new(&settings, Arc::new(())).expect("sound settings"));
        let clients: Vec<_> = (0..FLIGHT)
            .map(|number| {
                let (client, modelled, questions) =
                    (Arc::clone(&client), Arc::clone(&modelled), Arc::clone(&questions));
                let (flying, most) = (Arc::clone(&flying), Arc::clone(&most));
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_secs_f64(SPREAD * number as f64 / FLIGHT as f64)).await;
                    let mut added = Vec::new();
                    for turn in 0..EACH {
                        let request = &questions[number * EACH + turn];
                        let expected = modelled.answer(request).expect("a known problem");
                        most.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let got = client.chat(request).await.expect("an answer");
                        flying.fetch_sub(1, Ordering::SeqCst);
                        assert_eq!(got.text, expected.text);
                        added.push(beyond(&got, &expected));
                    }
                    added
                })
            })
            .collect();
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.await.expect("no panic"));
        }
        all
    });
    let memory = format!("{:.0} MiB", peak_memory(&server.process()));
    drop(server);

    let (last, first): (Vec<f64>, Vec<f64>) = added.into_iter().unzip();
    let (last, first) = (sorted(last), sorted(first));
    let ms =
        |values: &[f64], share: f64| format!("{:.2} ms", 1e3 * values[(share * (values.len() - 1) as f64) as usize]);
    let (median, p99) = (ms(&first, 0.5), ms(&first, 0.99));
    let (median, p99) = if stream { (median.as_str(), p99.as_str()) } else { ("-", "-") };
    println!(
        "{:8} {:>9} {:>9} {:>12} {:>12} {median:>12} {p99:>12} {memory:>10}",
        if stream { "streamed" } else { "whole" },
        last.len(),
        most.load(Ordering::SeqCst),
        ms(&last, 0.5),
        ms(&last, 0.99),
    );
}

/// What all clients ask, one after another; no two alike.
fn questions() -> Vec<ChatRequest> {
    let tasks = word_problems(PROBLEMS);
    let question = |number: usize| {
        let statement = &tasks[number % PROBLEMS].problem.statement;
        request(&format!("{statement}\nThink step by step."), number as u64)
    };
    (0..FLIGHT * EACH).map(question).collect()
}

/// Seconds beyond the modelled ones, to the last token and to the first.
fn beyond(got: &ChatResponse, expected: &ChatResponse) -> (f64, f64) {
    let (got, expected) = (got.timing, expected.timing);
    (got.working.0 - expected.working.0, got.first_token.0 - expected.first_token.0)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}
