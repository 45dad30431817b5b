//! The commands of the program.

mod backup;
mod backup_lake;
mod coupon;
mod definitions;
mod demo;
mod import;
mod key;
mod learning;
mod serve;
mod server;
mod setup;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Arguments, Config, LogFormat};
use crate::router;

/// One conversation with each customer, in every channel.
#[derive(Parser)]
#[command(name = "rapport", version, about)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    arguments: Arguments,
}

/// What is to be done.
#[derive(Subcommand)]
enum Command {
    /// Start the server
    Serve(serve::Serve),
    /// Start a shop with real orders, its visitors, and the marketer's view of them
    Demo(demo::Demo),
    /// Make the first administrator (the password is read from standard input)
    Setup(setup::Setup),
    /// Make API keys
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Write a copy of the embedded store, also while the server runs
    Backup(backup::Backup),
    /// Put a copy of the embedded store in place; nothing goes out until `rapport release`
    Restore(backup::Restore),
    /// Let messages out again that a restore or a person holds back
    Release,
    /// Bring a file of customers or events in: CSV, JSONL or Parquet
    Import(import::Import),
    /// Definitions as files for version control
    #[command(subcommand)]
    Definitions(definitions::Definitions),
    /// What was learned from responses
    #[command(subcommand)]
    Learning(learning::Learning),
    /// Verify signed coupons
    #[command(subcommand)]
    Coupon(coupon::CouponCommand),
    /// Print the OpenAPI document
    Openapi,
}

/// Runs the command line.
pub fn run() -> ExitCode {
    // Only programs built for tests have fail points; they are read from FAILPOINTS.
    let _scenario = fail::has_failpoints().then(fail::FailScenario::setup);
    let line = CommandLine::parse();
    match start(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rapport: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(line: CommandLine) -> anyhow::Result<()> {
    if let Command::Openapi = line.command {
        print!("{}", router::document());
        return Ok(());
    }
    let config = Config::load(&line.arguments)?;
    start_log(&config)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(execute(line.command, config))
}

async fn execute(command: Command, config: Config) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Demo(demo) => demo.run(config).await,
        Command::Setup(setup) => setup.run(&config).await,
        Command::Key(key) => key.run(&config).await,
        Command::Backup(backup) => backup.run(&config).await,
        Command::Restore(restore) => restore.run(&config).await,
        Command::Release => backup::release(&config).await,
        Command::Import(import) => import.run(&config).await,
        Command::Definitions(definitions) => definitions.run(&config).await,
        Command::Learning(learning) => learning.run(&config).await,
        Command::Coupon(coupon) => coupon.run(&config).await,
        Command::Openapi => Ok(()),
    }
}

/// Log lines go to standard error; standard output is for answers.
fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.level)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Json => lines.json().flatten_event(true).init(),
        LogFormat::Text => lines.init(),
    }
    Ok(())
}

/// One line from standard input, without its end.
fn line_of_input(what: &str) -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']).to_owned();
    anyhow::ensure!(!line.is_empty(), "{what} is expected on standard input");
    Ok(line)
}
