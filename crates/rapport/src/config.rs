//! Configuration: built-in values, then the file, then the environment, then the command line.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::feeds::Feeds;
use crate::lake::Lake;

/// Variables that begin with `RAPPORT_` and are not settings.
const OTHER_VARIABLES: [&str; 5] = ["bin", "key", "test_mysql", "test_nats", "test_postgres"];

/// Everything an installation can decide.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The folder with everything that must not be lost.
    pub data: PathBuf,
    /// `sqlite:<file>` or `postgres://…`; a file in `data` unless given.
    pub store: Option<Secret>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// How browsers and customers reach this installation, for example
    /// `https://rapport.example.com`; the address of `listen` unless given.
    pub public_url: Option<String>,
    /// How many proxies in front are ours; the address of a caller is then what the outermost of
    /// them wrote into X-Forwarded-For.
    pub trusted_proxies: usize,
    /// Where tools ask questions in SQL, over the wire of PostgreSQL; nowhere unless given. What
    /// passes is not encrypted: beyond this machine, put a tunnel before it.
    pub sql_listen: Option<SocketAddr>,
    /// The files under the log.
    pub lake: Lake,
    /// What feeds may reach.
    pub feeds: Feeds,
    /// How messages leave.
    pub mail: Mail,
    /// What is logged.
    pub log: Log,
    /// How much is too much.
    pub limits: Limits,
}

/// How messages leave.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// Name of the SMTP server. Without one, mails stay in the development mailbox.
    pub host: Option<String>,
    /// Its port.
    pub port: u16,
    /// `starttls`, `tls`, or `plain` for a server on the same machine.
    pub security: MailSecurity,
    /// User, if the server asks for one.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
    /// The address that customers see as the sender.
    pub from: String,
    /// The name beside it.
    pub from_name: Option<String>,
    /// The address to which bounces go; each message adds its name: `bounces+msg_1@…`.
    pub bounces_to: Option<String>,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Starts plain and is upgraded before anything is said.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    Plain,
}

/// What is logged.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,rapport_memory=debug`.
    pub level: String,
    /// `json` for machines, `text` for people.
    pub format: LogFormat,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// How much is too much.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Calls a second for each API key.
    pub key_calls_a_second: u32,
    /// Whoever may not see customers is shown no numbers of fewer customers than this.
    pub least_customers: u64,
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data: PathBuf::from("rapport-data"),
            store: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            trusted_proxies: 0,
            sql_listen: None,
            lake: Lake::default(),
            feeds: Feeds::default(),
            mail: Mail::default(),
            log: Log::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Mail {
    fn default() -> Mail {
        Mail {
            host: None,
            port: 587,
            security: MailSecurity::Starttls,
            user: None,
            password: None,
            from: "hello@rapport.example".to_owned(),
            from_name: None,
            bounces_to: None,
        }
    }
}

impl Default for Log {
    fn default() -> Log {
        Log {
            level: "info,sqlx=warn".to_owned(),
            format: LogFormat::Json,
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            key_calls_a_second: gate::Settings::default().key_calls_a_second,
            least_customers: 5,
        }
    }
}

/// What the command line says; it wins over everything else.
#[derive(Debug, Clone, Default, clap::Args, Serialize)]
pub struct Arguments {
    /// Folder with everything that must not be lost [default: rapport-data]
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<PathBuf>,
    /// sqlite:<file> or postgres://… [default: a file in the data folder]
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    /// Configuration file
    #[arg(long, global = true)]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080]
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,
    /// How browsers and customers reach this installation
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<String>,
}

impl Config {
    /// Reads the configuration. A setting that does not exist is an error.
    pub fn load(arguments: &Arguments) -> anyhow::Result<Config> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()));
        if let Some(file) = &arguments.config {
            anyhow::ensure!(file.is_file(), "there is no file {}", file.display());
            figment = figment.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed("RAPPORT_")
            .ignore(&OTHER_VARIABLES)
            .split("__");
        figment
            .merge(environment)
            .merge(Serialized::defaults(arguments))
            .extract()
            .context("the configuration is not valid")
    }

    /// The address of the store.
    pub fn store_address(&self) -> String {
        match &self.store {
            Some(Secret(address)) => address.clone(),
            None => format!("sqlite:{}", self.data.join("rapport.db").display()),
        }
    }

    /// What the gate wants to know.
    pub fn gate(&self) -> gate::Settings {
        let url = self.public_url.as_deref().unwrap_or_default();
        gate::Settings {
            key_calls_a_second: self.limits.key_calls_a_second,
            trusted_proxies: self.trusted_proxies,
            secure: url.starts_with("https://"),
        }
    }

    /// How links to this installation begin, without a slash at the end.
    pub fn base_url(&self, listening: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{listening}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("rapport.toml");
        std::fs::write(&file, toml)?;
        Config::load(&Arguments {
            config: Some(file),
            ..Arguments::default()
        })
    }

    #[test]
    fn a_setting_that_does_not_exist_is_an_error() {
        let error = format!("{:#}", load("[log]\nlevle = \"info\"").unwrap_err());
        assert!(error.contains("levle"), "{error}");
        assert!(load("[log]\nlevel = \"debug\"").is_ok());
    }

    #[test]
    fn the_address_of_the_store_is_not_printed() {
        let config = load("store = \"postgres://rapport:hush@db/rapport\"").unwrap();
        assert!(!format!("{config:?}").contains("hush"));
        assert!(config.store_address().contains("hush"));
    }
}
