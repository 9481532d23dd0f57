//! What a user gives: experiments, problem sets, answers, options and places to write to.

mod arbitrary;
mod data;
mod experiments;
mod named;
mod options;
mod outputs;
mod places;
mod support;
