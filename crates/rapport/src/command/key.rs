//! `rapport key create`: API keys without the user interface.

use gate::key::{self, NewKey, SourceId};
use gate::{Scope, User};
use serde_json::{Value, json};

use crate::config::Config;
use crate::reach::{Reach, problem_in_words, reach};

/// Make API keys.
#[derive(clap::Subcommand)]
pub enum KeyCommand {
    /// Make a key and print its secret, which is never shown again
    Create(Create),
}

/// Make a key.
#[derive(clap::Args)]
pub struct Create {
    /// What people call it
    #[arg(long)]
    name: String,
    /// ingest, decide, page, redeem, manage, query
    #[arg(long, value_delimiter = ',', value_parser = scope, default_value = "ingest,decide")]
    scopes: Vec<Scope>,
    /// Source its events belong to, for example src_1
    #[arg(long)]
    source: Option<SourceId>,
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::of_word(word)
        .ok_or_else(|| "expected ingest, decide, page, redeem, manage or query".to_owned())
}

impl KeyCommand {
    /// Makes the key.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let KeyCommand::Create(create) = self;
        let secret = match reach(config).await? {
            Reach::Program(program) => {
                let body = json!({
                    "name": create.name,
                    "scopes": create.scopes,
                    "source_id": create.source,
                });
                let issued: Value = program.call("POST", "/api/keys", Some(&body)).await?;
                issued["secret"].as_str().unwrap_or_default().to_owned()
            }
            Reach::Store(direct) => {
                let new = NewKey {
                    name: create.name,
                    scopes: create.scopes,
                    source_id: create.source,
                };
                let issued = key::create(&direct.gate.db, &User::command(), new).await;
                issued.map_err(problem_in_words)?.secret
            }
        };
        println!("{secret}");
        Ok(())
    }
}
