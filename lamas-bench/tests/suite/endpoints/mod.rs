//! The binary against endpoints over HTTP, and everything around them.

mod bank;
mod budget;
mod doctor;
mod faults;
mod interrupt;
mod killed;
mod live;
mod llama_cpp;
mod local_model;
mod outage;
mod plan;
mod races;
mod secrets;
mod store;
mod support;
