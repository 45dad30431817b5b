//! Running the program and the measurements from a fresh clone.

use std::process::Command;

use crate::services::Postgres;
use crate::{project, web};

/// Builds what is missing and starts the demo.
pub fn demo(arguments: &[String]) -> anyhow::Result<()> {
    web::build_if_stale()?;
    let program = project::build("rapport", false)?;
    let mut demo = project::command(&program.to_string_lossy());
    with_store(demo.arg("demo"), arguments)
}

/// Builds the measurements and the program in release and runs them.
pub fn bench(arguments: &[String]) -> anyhow::Result<()> {
    web::build_if_stale()?;
    let program = project::build("rapport", true)?;
    let bench = project::build("bench", true)?;
    let mut bench = project::command(&bench.to_string_lossy());
    with_store(bench.env("RAPPORT_BIN", program), arguments)
}

/// Passes the arguments on; `--store postgres` becomes the address of a throw-away server.
fn with_store(command: &mut Command, arguments: &[String]) -> anyhow::Result<()> {
    let Some(at) = postgres_at(arguments) else {
        return project::run(command.args(arguments));
    };
    let server = Postgres::start()?;
    let mut arguments = arguments.to_vec();
    arguments[at] = arguments[at].replace("postgres", &server.url);
    project::run(command.args(arguments))
}

/// Where the arguments say `postgres` without an address.
fn postgres_at(arguments: &[String]) -> Option<usize> {
    let after = arguments
        .windows(2)
        .position(|pair| pair == ["--store", "postgres"]);
    let joined = arguments
        .iter()
        .position(|argument| argument == "--store=postgres");
    after.map(|at| at + 1).or(joined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_postgres_asks_for_a_server() {
        let at = |line: &str| {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            postgres_at(&arguments)
        };
        assert_eq!(at("--port 1 --store postgres"), Some(3));
        assert_eq!(at("--store=postgres"), Some(0));
        assert_eq!(at("--store postgres://somewhere/x"), None);
        assert_eq!(at("--store sqlite"), None);
    }
}
