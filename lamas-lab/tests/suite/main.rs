//! What only builders run, and the scorers on the public sets.

mod adaptive;
mod bench;
mod data_bundled;
mod mutants;
mod score_data;
mod sensitivity_plan;
mod simulated_code;
mod validate_sim;
mod words;
