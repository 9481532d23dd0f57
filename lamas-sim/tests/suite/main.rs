//! The simulated model, and the server in front of it.

mod calibration;
mod code;
mod determinism;
mod honesty;
mod profile;
mod requests;
mod serve_clients;
mod serve_faults;
mod serve_openai_client;
mod serve_requests;
mod serve_support;
mod support;
