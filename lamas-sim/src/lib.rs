//! A chat model without a model behind it: calibrated to published numbers, free, and the same on every run.
//!
//! It is no evidence about the accuracy of a real model; whatever it gives is labelled as simulated.
//!
//! | part | what it does |
//! | --- | --- |
//! | `profile`, `number` | the profile in YAML and what may stand in it |
//! | `catalogue`, `statement` | the problems that are known, and how one is found in a text |
//! | `prompt`, `words`, `request`, `prior` | what a conversation asks for and which earlier answers it shows |
//! | `latent`, `beta`, `outcome` | what is hidden about a problem, and what a call therefore says |
//! | `answer`, `program`, `mutate`, `prepare` | wrong answers, programs, and wrong programs that are known to be wrong |
//! | `prose`, `effort` | the words around an answer; tokens and time |
//! | [`expect`] | what a profile implies on average |
//! | `model`, `interpreter` | the chat model, and the interpreter whose durations are drawn |
//! | [`serve`] | that model as an OpenAI-compatible server |
//!
//! A problem set needs three steps: [`prepare`] once for its code problems, [`Catalogue::new`], [`SimModel::new`].

mod answer;
mod beta;
mod catalogue;
mod effort;
pub mod expect;
mod interpreter;
mod latent;
mod model;
mod mutate;
pub mod number;
mod outcome;
mod prepare;
mod prior;
pub mod profile;
mod program;
mod prompt;
mod prose;
mod request;
pub mod serve;
mod statement;
mod words;

pub use catalogue::{Catalogue, CatalogueError, Entry};
pub use interpreter::SimInterpreter;
pub use latent::features;
pub use model::SimModel;
pub use prepare::{Mutants, Preparation, WrongPrograms, prepare};
pub use profile::{Profile, ProfileError};
