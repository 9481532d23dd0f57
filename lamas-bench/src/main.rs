//! `lamas-bench`.
fn main() {}
