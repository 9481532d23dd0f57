//! Faults that were found from outside, each with the small input that showed it and the outcome that is right.

mod inputs;
