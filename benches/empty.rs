//! The minimum cost of a Rust program, as a baseline.
fn main() {}
