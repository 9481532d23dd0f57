//! The binary against endpoints over HTTP, and everything around them.

mod budget;
mod doctor;
mod live;
mod plan;
mod secrets;
mod store;
mod support;
