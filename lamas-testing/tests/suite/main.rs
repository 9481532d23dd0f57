//! What holds for the whole repository: its sources, its documents, its scripts.

mod circles;
mod links;
mod local_model;
