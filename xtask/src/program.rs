//! Running the program and the measurements from a fresh clone.

use std::os::unix::process::CommandExt;

use crate::services::{Database, POSTGRES};
use crate::{project, web};

/// Builds what is missing and starts the demo; `--store postgres` becomes a server's address.
pub fn demo(arguments: &[String]) -> anyhow::Result<()> {
    web::build_if_stale()?;
    let program = project::build("rapport", false)?;
    let mut demo = project::command(&program.to_string_lossy());
    demo.arg("demo");
    let mut arguments = arguments.to_vec();
    if let Some(at) = postgres_at(&arguments) {
        let server = Database::postgres()?;
        arguments[at] = arguments[at].replace("postgres", &server.url);
        server.live_as_long_as(&mut demo);
    }
    // Becoming the program lets it answer an interrupt in its own time.
    Err(demo.args(arguments).exec().into())
}

/// Builds the measurements and the program in release and runs them.
pub fn bench(arguments: &[String]) -> anyhow::Result<()> {
    web::build_if_stale()?;
    let program = project::build("rapport", true)?;
    let bench = project::build("bench", true)?;
    let mut bench = project::command(&bench.to_string_lossy());
    bench.args(arguments).env("RAPPORT_BIN", program);
    let server = match postgres_at(arguments) {
        Some(_) if std::env::var_os(POSTGRES).is_none() => Some(Database::durable_postgres()?),
        Some(_) | None => None,
    };
    if let Some(server) = &server {
        bench.env(POSTGRES, &server.url);
    }
    project::run(&mut bench)
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
