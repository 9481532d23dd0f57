//! What our own side costs with 500 calls in flight: how much longer the whole takes than the slowest chain of modelled
//! latencies, and the memory that it needs. Everything that a run has is there: streams, limits, a purse, and a store that
//! keeps every answer. The server is a process of its own on the same machine, and time passes as modelled.
//!
//! ```text
//! over = (time from the first call to the last answer) / (largest sum of modelled latencies of a chain) - 1
//! ```

#![expect(clippy::print_stdout, reason = "the figures are the benchmark's report")]

#[path = "../tests/suite/support.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod support;

mod served;

use std::sync::Arc;
use std::time::Instant;

use lamas_core::chat::{ChatModel, ChatRequest};
use lamas_core::problem::Task;
use lamas_core::units::Price;
use lamas_llm::limit::{Budget, Purse, Spent};
use lamas_llm::openai::{EndpointSettings, OpenAiModel, OpenAiSettings};
use lamas_store::{Identity, Mode, Store, StoredModel};
use served::{Served, known, peak_memory, runtime, was_server};
use support::{request, word_problems};

/// Chains of calls, all begun at once: calls in flight.
const CHAINS: usize = 500;
/// Calls of a chain, one after another.
const LENGTH: usize = 4;
/// What is allowed: the share beyond the slowest chain, and MiB.
const ALLOWED: (f64, f64) = (0.02, 250.0);

fn main() {
    if was_server(CHAINS) {
        return;
    }
    let server = Served::start();
    let folder = tempfile::tempdir().expect("a folder");
    let modelled = known(CHAINS);
    let chains = chains();
    let sum = |chain: &Vec<ChatRequest>| -> f64 {
        chain.iter().map(|request| modelled.answer(request).expect("a known problem").timing.working.0).sum()
    };
    let slowest = chains.iter().map(sum).fold(0.0, f64::max);
    let runtime = runtime();
    let stack = runtime.block_on(async { stack(server.base_url.clone(), &folder.path().join("store.sqlite")) });
    let begun = Instant::now();
    runtime.block_on(async {
        let chains = chains.into_iter().map(|chain| {
            let stack = Arc::clone(&stack);
            tokio::spawn(async move {
                for request in chain {
                    stack.chat(&request).await.expect("an answer");
                }
            })
        });
        for chain in chains.collect::<Vec<_>>() {
            chain.await.expect("no panic");
        }
    });
    let took = begun.elapsed().as_secs_f64();
    let (memory, servers) = (peak_memory("self"), peak_memory(&server.process()));
    drop(server);
    let over = took / slowest - 1.0;
    println!(
        "{CHAINS} chains of {LENGTH} calls: {took:.2} s, the slowest needs {slowest:.2} s: {:.2}% more",
        100.0 * over
    );
    println!("peak memory: {memory:.0} MiB, the server's {servers:.0} MiB");
    println!("allowed: {:.0}% and {:.0} MiB", 100.0 * ALLOWED.0, ALLOWED.1);
    assert!(over <= ALLOWED.0 && memory <= ALLOWED.1, "more than is allowed");
}

/// A client with everything that a run puts around it.
fn stack(base_url: String, path: &std::path::Path) -> Arc<dyn ChatModel> {
    let mut settings = OpenAiSettings::named(served::NAME);
    settings.endpoints = vec![EndpointSettings {
        concurrency: CHAINS,
        requests_per_minute: Some(1_000_000),
        tokens_per_minute: Some(1_000_000_000),
        ..EndpointSettings::at(base_url)
    }];
    settings.send_sample = true;
    let price = Price { input: 0.15, output: 0.60 };
    let purse = Purse::new(Budget::default(), price, Spent::default(), Box::new(()));
    let client = OpenAiModel::new(&settings, Arc::new(())).expect("sound settings").paid_from(Arc::new(purse));
    let store = Arc::new(Store::open(path, Mode::Replay).expect("a new store"));
    let identity = Identity { model: settings.name.clone(), parameters: settings.parameters() };
    Arc::new(StoredModel::new(Arc::new(client), store, identity, price))
}

/// No call is asked twice, so that each goes to the server.
fn chains() -> Vec<Vec<ChatRequest>> {
    let problems = word_problems(CHAINS);
    let chain = |task: &Task| {
        let text = format!("{}\nThink step by step.", task.problem.statement);
        (0..LENGTH).map(|turn| request(&text, turn as u64)).collect()
    };
    problems.iter().map(chain).collect()
}
