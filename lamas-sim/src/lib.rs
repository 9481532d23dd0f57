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
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use lamas_core::chat::{ChatRequest, LatencySource, Message, SampleIndex, Sampling};
//! use lamas_core::problem::{Domain, Gold, Problem, ProblemId, Task};
//! use lamas_sim::{Catalogue, CatalogueEntry, Mutants, Profile, SimModel};
//!
//! let statement = "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts is that?";
//! let problem = Problem {
//!     id: ProblemId("robe".into()),
//!     domain: Domain::Maths,
//!     statement: statement.into(),
//!     entry_point: None,
//!     public_examples: Arc::new([]),
//! };
//! let task = Task { problem, gold: Gold::Answer { answer: "3".into(), solution: "".into() } };
//! let catalogue = Catalogue::new(vec![CatalogueEntry { task, section: "gsm8k".into() }], &Mutants::default())?;
//! let model = SimModel::new(Profile::embedded("gpt-4o-mini")?, catalogue)?;
//!
//! let ask = |text: &str| ChatRequest {
//!     messages: vec![Message::user(text)],
//!     sampling: Sampling::default(),
//!     sample: SampleIndex::default(),
//! };
//! let answer = model.answer(&ask(&format!("{statement} Think step by step.")))?;
//! assert!(answer.text.contains("\\boxed{"));
//! assert_eq!(answer.timing.source, LatencySource::Simulated);
//! assert!(model.answer(&ask("hello")).is_err());
//! # Ok(())
//! # }
//! ```

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

pub use catalogue::{Catalogue, CatalogueEntry, CatalogueError};
pub use interpreter::SimInterpreter;
pub use latent::features;
pub use model::SimModel;
pub use prepare::{Mutants, Preparation, WrongPrograms, prepare};
pub use profile::{Profile, ProfileError};
