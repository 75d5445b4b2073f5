//! The least that a Rust program costs: what the others are compared with.
fn main() {}
