//! Rapport, the program.

fn main() -> std::process::ExitCode {
    rapport::run()
}
