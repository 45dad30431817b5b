//! Rapport, the program.

#[expect(
    dead_code,
    reason = "the command that starts the demo comes with the commands"
)]
mod demo;

fn main() {}
