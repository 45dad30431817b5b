//! Everything that must hold before a change lands, cheapest first.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;

use crate::services::{self, Database, MYSQL, NATS, POSTGRES};
use crate::{openapi, project, tidy, web};

/// One step; they run in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Step {
    /// The rules of STYLE.md that a machine can check.
    Tidy,
    /// Formatting of the Rust code.
    Format,
    /// Libraries of the user interface.
    WebInstall,
    /// Lints, types and tests of the user interface.
    WebCheck,
    /// The user interface that the program embeds.
    WebBuild,
    /// Lints of the Rust code.
    Clippy,
    /// The program, as every later step uses it.
    Build,
    /// The OpenAPI document and the types that follow from it.
    Openapi,
    /// Tests of the crates and the stories, on both stores.
    Rust,
    /// Stock clients of other makers, unchanged.
    Clients,
    /// Questions in SQL from tools of other makers.
    Sql,
    /// The user interface, the shop and the pages of customers in a browser.
    Browser,
    /// Answers to random calls against the OpenAPI document.
    Contract,
}

enum Outcome {
    Done,
    /// What the step would test does not exist yet.
    Nothing,
}

/// Which steps to run.
#[derive(Debug, Default, clap::Args)]
pub struct Selection {
    /// Only this step (may be repeated).
    #[arg(long)]
    only: Vec<Step>,
    /// This step and those after it.
    #[arg(long, conflicts_with = "only")]
    from: Option<Step>,
}

/// Runs the steps, stops at the first that fails, and ends with a line that counts them.
/// Says whether all have passed.
pub fn run(selection: &Selection) -> bool {
    let mut suite = Suite {
        postgres: None,
        mysql: None,
        program: None,
    };
    let mut passed = 0;
    let mut failure = None;
    for step in Step::value_variants()
        .iter()
        .filter(|step| selection.contains(**step))
    {
        println!("\n== {step:?}");
        let start = Instant::now();
        let outcome = suite.step(*step);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(Outcome::Done) => {
                passed += 1;
                println!("== {step:?} passed in {seconds:.1} s");
            }
            Ok(Outcome::Nothing) => println!("== {step:?}: nothing to test yet"),
            Err(error) => {
                println!("== {step:?} FAILED after {seconds:.1} s: {error:#}");
                failure = Some(*step);
                break;
            }
        }
    }
    drop(suite);
    if let Some(step) = failure {
        println!(
            "\nto run this step alone: cargo xtask test --only {}",
            step.name()
        );
    }
    println!("\n{passed} passed, {} failed", u8::from(failure.is_some()));
    failure.is_none()
}

impl Selection {
    fn contains(&self, step: Step) -> bool {
        let named = self.only.is_empty() || self.only.contains(&step);
        named && self.from.is_none_or(|first| step >= first)
    }
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

/// What steps share, made when the first one needs it.
struct Suite {
    postgres: Option<Database>,
    mysql: Option<Database>,
    program: Option<PathBuf>,
}

impl Suite {
    fn step(&mut self, step: Step) -> anyhow::Result<Outcome> {
        match step {
            Step::Tidy => tidy::run(&project::root())?,
            Step::Format => project::run(&mut project::cargo(&["fmt", "--all", "--check"]))?,
            Step::WebInstall | Step::WebCheck | Step::WebBuild if web::folder().is_none() => {
                return Ok(Outcome::Nothing);
            }
            Step::WebInstall => web::install()?,
            Step::WebCheck => project::run(&mut web::script("check"))?,
            Step::WebBuild => project::run(&mut web::script("build"))?,
            Step::Clippy => project::run(&mut project::cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]))?,
            Step::Build => drop(self.program()?),
            Step::Openapi if !project::root().join("docs/openapi.json").exists() => {
                return Ok(Outcome::Nothing);
            }
            Step::Openapi => openapi::check()?,
            Step::Rust => self.rust()?,
            Step::Clients => return self.script("tests/clients"),
            Step::Sql => return self.script("tests/sql"),
            Step::Browser if !web::has_script("e2e") => return Ok(Outcome::Nothing),
            Step::Browser => return self.browser(),
            Step::Contract => return self.script("tests/contract"),
        }
        Ok(Outcome::Done)
    }

    fn rust(&mut self) -> anyhow::Result<()> {
        if project::find("cargo-nextest").is_none() {
            return project::run(&mut self.with_places(project::cargo(&["test", "--workspace"]))?);
        }
        let quiet = ["--status-level", "slow", "--no-fail-fast"];
        let mut nextest = project::cargo(&["nextest", "run", "--workspace"]);
        nextest.args(quiet);
        project::run(&mut self.with_places(nextest)?)?;
        // The examples in documents are the tests that nextest leaves out.
        let examples = project::cargo(&["test", "--workspace", "--doc", "--quiet"]);
        project::run(&mut self.with_places(examples)?)
    }

    /// Runs the `run.sh` of a folder, once there is one.
    fn script(&mut self, folder: &str) -> anyhow::Result<Outcome> {
        let script = project::root().join(folder).join("run.sh");
        if !script.exists() {
            return Ok(Outcome::Nothing);
        }
        let mut command = project::command("bash");
        command.arg(script);
        project::run(&mut self.with_services(command)?)?;
        Ok(Outcome::Done)
    }

    fn browser(&mut self) -> anyhow::Result<Outcome> {
        let found = services::chinese_font().and_then(|()| services::chromium());
        let chromium = match found {
            Ok(chromium) => chromium,
            Err(error) => {
                println!("the walk in the browser is left out: {error:#}");
                return Ok(Outcome::Nothing);
            }
        };
        let mut command = web::script("e2e");
        command.env("RAPPORT_BIN", self.program()?);
        project::run(command.env("CHROMIUM", chromium))?;
        Ok(Outcome::Done)
    }

    /// Tells a command where the program and PostgreSQL are.
    fn with_services(&mut self, mut command: Command) -> anyhow::Result<Command> {
        command.env("RAPPORT_BIN", self.program()?);
        if std::env::var_os(POSTGRES).is_none() {
            if self.postgres.is_none() {
                self.postgres = Some(Database::postgres()?);
            }
            let server = self
                .postgres
                .as_ref()
                .context("PostgreSQL was just started")?;
            command.env(POSTGRES, &server.url);
        }
        Ok(command)
    }

    /// The same, with what feeds are tested against.
    fn with_places(&mut self, command: Command) -> anyhow::Result<Command> {
        let mut command = self.with_services(command)?;
        if std::env::var_os(NATS).is_none() {
            command.env(NATS, services::nats_server()?);
        }
        if std::env::var_os(MYSQL).is_none() {
            if self.mysql.is_none() {
                self.mysql = Database::mysql()
                    .inspect_err(|error| println!("tests with MySQL are left out: {error:#}"))
                    .ok();
            }
            let address = self.mysql.as_ref().map(|server| server.url.as_str());
            command.env(MYSQL, address.unwrap_or("none"));
        }
        Ok(command)
    }

    fn program(&mut self) -> anyhow::Result<PathBuf> {
        if let Some(program) = &self.program {
            return Ok(program.clone());
        }
        web::build_if_stale()?;
        let program = project::build("rapport", false)?;
        self.program = Some(program.clone());
        Ok(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_names_steps_or_where_to_start() {
        let all = Selection::default();
        assert!(
            Step::value_variants()
                .iter()
                .all(|step| all.contains(*step))
        );
        let only = Selection {
            only: vec![Step::Rust],
            from: None,
        };
        assert!(only.contains(Step::Rust) && !only.contains(Step::Tidy));
        let from = Selection {
            only: Vec::new(),
            from: Some(Step::Rust),
        };
        assert!(from.contains(Step::Contract) && !from.contains(Step::Build));
    }
}
