//! Budgets: kept, and gone on from.

use std::sync::atomic::{AtomicUsize, Ordering};

use lamas_record::parquet::read_parquet;

use super::support::{Lab, Reply, Request, Server, half};

/// What [`half`] answers, at 300 tokens a call.
fn dear(request: &Request) -> Reply {
    let reply = half(request);
    Reply { body: reply.body.replace(r#""prompt_tokens": 20,"#, r#""prompt_tokens": 290,"#), ..reply }
}

#[test]
fn a_spent_budget_ends_the_run_with_everything_kept_and_a_larger_one_goes_on() {
    let server = Server::start(dear);
    let lab = Lab::new(&server.url(), "");
    // A call is expected to take 600 to 700 tokens, by the length of its question, and takes 300: whichever comes first,
    // there is room for a second one after it, and for no third.
    let ended = lab.sweep("one", &["--set", "budget.tokens=1100"]);
    let message = lab.said(&ended);
    assert!(message.starts_with("7 "), "{message}");
    assert!(
        message.contains("the budget of 1100 tokens is reached") && message.contains("of 8 cells are finished"),
        "{message}"
    );
    assert_eq!(server.asked(), 2);
    assert!(!lab.path("one/results.csv").exists());

    // The same budget is spent already: nothing more is asked.
    let again = lab.sweep("one", &["--set", "budget.tokens=1100"]);
    assert!(lab.said(&again).starts_with("7 "), "{}", lab.said(&again));
    assert_eq!(server.asked(), 2);

    let larger = lab.sweep("one", &["--set", "budget.tokens=100000"]);
    assert!(larger.status.success(), "{}", lab.said(&larger));
    assert_eq!(server.asked(), 24, "no call is paid twice");
    assert_eq!(lab.read("one/spending.csv").lines().filter(|line| line.contains(",290,10,")).count(), 24);
    assert_eq!(lab.read("one/results.csv").lines().count(), 9);
}

#[test]
fn dollars_and_time_are_budgets_too() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    let dollars = lab.sweep("usd", &["--set", "budget.usd=0.0007"]);
    assert!(lab.said(&dollars).contains("the budget of 0.0007 USD is reached"), "{}", lab.said(&dollars));
    let time = lab.sweep("time", &["--set", "budget.wall_clock=0.000001"]);
    assert!(lab.said(&time).starts_with("7 ") && lab.said(&time).contains("wall-clock"), "{}", lab.said(&time));
    let simulated = lab.sweep("sim", &["--set", "budget.wall_clock=0.000001", "--set", "model=simulated"]);
    assert!(lab.said(&simulated).starts_with("7 "), "{}", lab.said(&simulated));
    let wrong = lab.sweep("wrong", &["--set", "budget.usd=0"]);
    assert!(lab.said(&wrong).contains("budget: usd must be above 0"), "{}", lab.said(&wrong));
}

#[test]
fn case_failed_attempts_are_in_the_costs_of_episodes_and_in_spending() {
    let asked = AtomicUsize::new(0);
    // Every third attempt is cut in the middle of its answer.
    let server = Server::start(move |request| {
        let reply = half(request);
        if asked.fetch_add(1, Ordering::SeqCst) % 3 != 2 {
            return reply;
        }
        let start = reply.body.split_inclusive("\n\n").next().unwrap().to_owned();
        Reply { body: start, ..reply }
    });
    let lab = Lab::new(&server.url(), "");
    let run = lab.sweep("one", &[]);
    assert!(run.status.success(), "{}", lab.said(&run));
    let spending = lab.read("one/spending.csv");
    let paid = |outcome: &str| -> Vec<f64> {
        let lines = spending.lines().filter(|line| line.ends_with(outcome));
        lines.map(|line| line.split(',').nth(3).unwrap().parse().unwrap()).collect()
    };
    let (answers, failed) = (paid("answered,told"), paid("failed,estimated"));
    assert_eq!((answers.len(), failed.len()), (24, server.asked() - 24));
    assert!(failed.len() >= 8);
    let episodes = read_parquet(&lab.path("one/episodes.parquet")).unwrap();
    let sum = |name: &str| episodes.column(name).unwrap().f64().unwrap().iter().flatten().sum::<f64>();
    assert!((sum("cost_usd") - answers.iter().chain(&failed).sum::<f64>()).abs() < 1e-6);
    assert!((sum("estimated_usd") - failed.iter().sum::<f64>()).abs() < 1e-6);

    // Another run replays the same answers with what was lost before them, and pays nothing.
    let again = lab.sweep("two", &["--set", "store.mode=strict_replay"]);
    assert!(again.status.success(), "{}", lab.said(&again));
    let replayed = read_parquet(&lab.path("two/episodes.parquet")).unwrap();
    for name in ["cost_usd", "estimated_usd", "lost_tokens"] {
        assert_eq!(replayed.column(name).unwrap(), episodes.column(name).unwrap());
    }
}
