//! Tasks of the project: `cargo xtask <task>`.

mod openapi;
mod program;
mod project;
mod services;
mod suite;
mod tidy;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the project.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Check the rules of STYLE.md that a machine can check.
    Tidy,
    /// Run everything that must hold before a change lands.
    Test(suite::Selection),
    /// Start the demo: a shop, its customers, and the marketer's view of them.
    Demo {
        /// For the program; `--store postgres` starts a throw-away server.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure, in release.
    Bench {
        /// For the measurements; `--store postgres` starts a throw-away server.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write the OpenAPI document and the types that follow from it.
    Openapi {
        /// Write nothing, fail when something would change.
        #[arg(long)]
        check: bool,
    },
    /// Start a throw-away PostgreSQL and print its address; it stops at the end of input.
    Services,
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Says whether everything is as it should be; what is not has been printed then.
fn run(task: Task) -> anyhow::Result<bool> {
    match task {
        Task::Tidy => tidy::run(&project::root())?,
        Task::Test(selection) => return Ok(suite::run(&selection)),
        Task::Demo { arguments } => program::demo(&arguments)?,
        Task::Bench { arguments } => program::bench(&arguments)?,
        Task::Openapi { check: true } => openapi::check()?,
        Task::Openapi { check: false } => openapi::write()?,
        Task::Services => serve()?,
    }
    Ok(true)
}

fn serve() -> anyhow::Result<()> {
    let server = services::Database::postgres()?;
    println!("{}={}", services::POSTGRES, server.url);
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(())
}
