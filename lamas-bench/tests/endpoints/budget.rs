//! Budgets: kept, and gone on from.

use crate::support::{Lab, Server};

#[test]
fn a_spent_budget_ends_the_run_with_everything_kept_and_a_larger_one_goes_on() {
    let server = Server::well();
    let lab = Lab::new(&server.url(), "");
    // A call takes 30 tokens, and is expected to take up to 400.
    let ended = lab.sweep("one", &["--set", "budget.tokens=700"]);
    let message = lab.said(&ended);
    assert!(message.starts_with("7 "), "{message}");
    assert!(
        message.contains("the budget of 700 tokens is reached") && message.contains("of 8 cells are finished"),
        "{message}"
    );
    let asked = server.asked();
    assert!((1..24).contains(&asked), "{asked} calls");
    assert!(!lab.path("one/results.csv").exists());

    // The same budget is spent already: nothing more is asked.
    let again = lab.sweep("one", &["--set", "budget.tokens=700"]);
    assert!(lab.said(&again).starts_with("7 "), "{}", lab.said(&again));
    assert_eq!(server.asked(), asked);

    let larger = lab.sweep("one", &["--set", "budget.tokens=100000"]);
    assert!(larger.status.success(), "{}", lab.said(&larger));
    assert_eq!(server.asked(), 24, "no call is paid twice");
    assert_eq!(lab.read("one/spending.csv").lines().filter(|line| line.contains(",20,10,")).count(), 24);
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
