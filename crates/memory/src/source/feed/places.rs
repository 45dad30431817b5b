//! Places that feeds may reach: named in the configuration with their addresses and passwords, so
//! that nobody who makes a feed sees those, or reaches anything else.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use store::foreign::{Foreign, Speaks};
use store::lake::Bucket;
use utoipa::ToSchema;

/// The places of an installation.
#[derive(Clone, Default)]
pub struct Places {
    /// Folder on the server, with the files that feeds may read.
    pub folder: Option<PathBuf>,
    /// Buckets by name.
    pub buckets: BTreeMap<String, Bucket>,
    /// Databases by name.
    pub databases: BTreeMap<String, Foreign>,
    /// Servers of NATS by name.
    pub nats: BTreeMap<String, NatsServer>,
    /// Clusters of Kafka by name.
    pub kafka: BTreeMap<String, KafkaCluster>,
}

/// A server of NATS.
#[derive(Clone)]
pub struct NatsServer {
    /// Its address, or several with commas between.
    pub address: String,
    /// User and password, if it asks for them.
    pub user: Option<(String, String)>,
    /// Or a token.
    pub token: Option<String>,
}

/// A cluster of Kafka.
#[derive(Clone)]
pub struct KafkaCluster {
    /// Some of its brokers: `host:port`, with commas between.
    pub brokers: String,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// User and password, if it asks for them.
    pub user: Option<(String, String)>,
}

/// The names of places, as they are shown.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PlaceNames {
    /// Whether a folder of the server is open to feeds.
    pub folder: bool,
    /// Buckets.
    pub buckets: Vec<String>,
    /// Databases.
    pub databases: Vec<DatabaseName>,
    /// Servers of NATS.
    pub nats: Vec<String>,
    /// Clusters of Kafka.
    pub kafka: Vec<String>,
}

/// A database by its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DatabaseName {
    /// Its name.
    pub name: String,
    /// What it speaks: `postgres` or `mysql`.
    pub speaks: &'static str,
}

impl Places {
    /// The names, without anything secret.
    pub fn names(&self) -> PlaceNames {
        let database = |(name, foreign): (&String, &Foreign)| DatabaseName {
            name: name.clone(),
            speaks: match foreign.speaks() {
                Speaks::Postgres => "postgres",
                Speaks::Mysql => "mysql",
            },
        };
        PlaceNames {
            folder: self.folder.is_some(),
            buckets: self.buckets.keys().cloned().collect(),
            databases: self.databases.iter().map(database).collect(),
            nats: self.nats.keys().cloned().collect(),
            kafka: self.kafka.keys().cloned().collect(),
        }
    }
}

/// A place by its name; what to do when there is none.
pub(super) fn named<'a, T>(
    places: &'a BTreeMap<String, T>,
    what: &str,
    setting: &str,
    name: &str,
) -> Result<&'a T, String> {
    places.get(name).ok_or_else(|| {
        let known: Vec<&str> = places.keys().map(String::as_str).collect();
        let known = match known.is_empty() {
            true => "there is none".to_owned(),
            false => format!("there are {}", known.join(", ")),
        };
        format!(
            "the configuration names no {what} {name:?}: {known}; \
             whoever runs the server adds it under {setting}"
        )
    })
}
