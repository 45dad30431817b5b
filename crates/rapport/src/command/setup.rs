//! `rapport setup`: the first administrator, or a new password for one who is locked out.

use gate::audit::{self, Entry};
use gate::user::{self, NewAccount, Role, User, password};
use gate::{GateState, setup};
use serde_json::{Value, json};

use super::line_of_input;
use crate::config::Config;
use crate::reach::{Program, Reach, problem_in_words, reach};

/// Make the first administrator.
#[derive(clap::Args)]
pub struct Setup {
    /// Address to sign in with
    #[arg(long)]
    email: String,
    /// Name for lists and logs
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// Give an existing account a new password instead
    #[arg(long)]
    reset: bool,
}

impl Setup {
    /// Reads the password and makes the account.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let password = line_of_input("the password")?;
        match reach(config).await? {
            Reach::Program(program) => self.through(&program, password).await?,
            Reach::Store(direct) => self.directly(&direct.gate, password).await?,
        }
        let done = if self.reset {
            "has a new password"
        } else {
            "can sign in"
        };
        println!("{} {done}", self.email);
        Ok(())
    }

    async fn through(&self, program: &Program, password: String) -> anyhow::Result<()> {
        if !self.reset {
            let body = json!({ "email": self.email, "name": self.name, "password": password });
            program
                .call::<Value>("POST", "/api/setup", Some(&body))
                .await?;
            return Ok(());
        }
        let email = user::normal_email(&self.email);
        let page: Value = program.call("GET", "/api/users?limit=500", None).await?;
        let mut accounts = page["items"].as_array().into_iter().flatten();
        let account = accounts.find(|account| account["email"] == email.as_str());
        let account = account.ok_or_else(|| anyhow::anyhow!("there is no account {email}"))?;
        let id = account["id"].as_str().unwrap_or_default();
        let body = json!({ "password": password });
        let path = format!("/api/users/{id}/password");
        program.call::<Value>("POST", &path, Some(&body)).await?;
        Ok(())
    }

    async fn directly(&self, gate: &GateState, password: String) -> anyhow::Result<()> {
        if !self.reset {
            let new = NewAccount {
                email: self.email.clone(),
                name: self.name.clone(),
                role: Role::Administrator,
                password,
            };
            let made = setup::first_administrator(gate, "command", new).await;
            made.map_err(problem_in_words)?;
            return Ok(());
        }
        let email = user::normal_email(&self.email);
        if let Some(problem) = password::problem(&password, &email) {
            anyhow::bail!("{}", problem.message);
        }
        let found = user::db::by_email(&gate.db, &email).await?;
        let (id, ..) = found.ok_or_else(|| anyhow::anyhow!("there is no account {email}"))?;
        let hash = gate.passwords.hash(password).await;
        let now = gate.db.now();
        let mut tx = gate.db.begin().await?;
        user::db::replace_password(&mut tx, id, &hash, "", now).await?;
        let entry = Entry::new("replace_password", "user", &id.to_string());
        audit::append(&mut tx, now, &User::command(), entry).await?;
        Ok(tx.commit().await?)
    }
}
