//! What an installation opens to feeds: places by name, with addresses and passwords that nobody
//! sees who makes a feed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use memory::source::feed::places::{KafkaCluster, NatsServer, Places};
use serde::{Deserialize, Serialize};
use store::foreign::Foreign;

use crate::config::Secret;
use crate::lake;

/// What feeds may reach; nothing unless given.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Feeds {
    /// A folder of this server; feeds read files in it and below it, and nowhere else.
    pub folder: Option<PathBuf>,
    /// Buckets that speak S3, by name.
    pub buckets: BTreeMap<String, FeedBucket>,
    /// Databases, by name.
    pub databases: BTreeMap<String, FeedDatabase>,
    /// Servers of NATS, by name.
    pub nats: BTreeMap<String, FeedNats>,
    /// Clusters of Kafka, by name.
    pub kafka: BTreeMap<String, FeedKafka>,
}

/// A bucket that speaks S3.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedBucket {
    /// `s3://bucket/folder`; feeds read below the folder.
    pub place: String,
    /// Where the bucket is asked for, unless it is Amazon's.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: Option<String>,
    /// The id of the access key; from the usual variables of AWS unless given.
    pub access_key: Option<String>,
    /// The secret of the access key.
    pub secret_key: Option<Secret>,
}

/// A database. Give it a user that may read what feeds shall read, and nothing else.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedDatabase {
    /// `postgres://user:password@host/database` or `mysql://…`.
    pub url: Secret,
}

/// A server of NATS.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedNats {
    /// `nats://host:4222`, or `tls://…`; several with commas between.
    pub address: Secret,
    /// User, if it asks for one.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
    /// Or a token.
    pub token: Option<Secret>,
}

/// A cluster of Kafka.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FeedKafka {
    /// Some of its brokers: `host:9092`, with commas between.
    pub brokers: String,
    /// Whether the connection is encrypted; needs a program built with the feature `kafka-tls`.
    #[serde(default)]
    pub tls: bool,
    /// User, if it asks for one.
    pub user: Option<String>,
    /// Password of that user.
    pub password: Option<Secret>,
}

impl Feeds {
    /// The places as feeds reach them.
    pub fn places(&self) -> anyhow::Result<Places> {
        let mut places = Places {
            folder: self.folder.clone(),
            ..Places::default()
        };
        for (name, bucket) in &self.buckets {
            let setting = format!("feeds.buckets.{name}.place");
            let mut opened = lake::bucket(&bucket.place, &setting)?;
            opened.endpoint.clone_from(&bucket.endpoint);
            opened.region.clone_from(&bucket.region);
            opened.access_key.clone_from(&bucket.access_key);
            opened.secret_key = bucket.secret_key.clone().map(|Secret(text)| text);
            places.buckets.insert(name.clone(), opened);
        }
        for (name, database) in &self.databases {
            let foreign = Foreign::new(&database.url.0);
            let foreign = foreign.with_context(|| format!("feeds.databases.{name}.url"))?;
            places.databases.insert(name.clone(), foreign);
        }
        for (name, server) in &self.nats {
            let server = NatsServer {
                address: server.address.0.clone(),
                user: pair(&server.user, &server.password),
                token: server.token.clone().map(|Secret(text)| text),
            };
            places.nats.insert(name.clone(), server);
        }
        for (name, cluster) in &self.kafka {
            ensure!(
                !cluster.brokers.trim().is_empty(),
                "feeds.kafka.{name}.brokers names none"
            );
            let cluster = KafkaCluster {
                brokers: cluster.brokers.clone(),
                tls: cluster.tls,
                user: pair(&cluster.user, &cluster.password),
            };
            places.kafka.insert(name.clone(), cluster);
        }
        Ok(places)
    }
}

fn pair(user: &Option<String>, password: &Option<Secret>) -> Option<(String, String)> {
    match (user, password) {
        (Some(user), Some(Secret(password))) => Some((user.clone(), password.clone())),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_their_secrets_never_printed() {
        let text = r#"
            folder = "in"
            [buckets.exports]
            place = "s3://shop/exports"
            secret_key = "hush"
            [databases.shop]
            url = "postgres://reader:hush@db/shop"
            [nats.main]
            address = "nats://hush@nats:4222"
            [kafka.main]
            brokers = "kafka:9092"
            user = "rapport"
            password = "hush"
        "#;
        let feeds: Feeds = toml::from_str(text).unwrap();
        assert!(!format!("{feeds:?}").contains("hush"));
        let names = format!("{:?}", feeds.places().unwrap().names());
        assert!(
            !names.contains("hush") && names.contains("exports"),
            "{names}"
        );
        let wrong: Feeds = toml::from_str("[databases.x]\nurl = \"sqlite:x\"").unwrap();
        let error = format!("{:#}", wrong.places().err().unwrap());
        assert!(error.starts_with("feeds.databases.x.url"), "{error}");
        assert!(toml::from_str::<Feeds>("[nats.x]\nurl = \"a\"").is_err());
    }
}
