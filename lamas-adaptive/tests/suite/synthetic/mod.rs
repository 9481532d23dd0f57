//! What is learned from banks whose truth is known: where the text says nothing, the best single plan; where it says
//! something, more than that.

#![expect(clippy::print_stdout, reason = "figures for whoever runs them with `--nocapture`")]

mod bank;
mod budget;
mod policy;
mod rule;
mod values;
