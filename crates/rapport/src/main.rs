//! Rapport, the program.
fn main() {}
