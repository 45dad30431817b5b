//! Topics of Kafka, all partitions of one. Offsets are in our store alone: the group that Kafka
//! asks for is never joined.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message as _;
use rdkafka::{Offset, TopicPartitionList};

use super::places::{KafkaCluster, Places, named};
use super::stream::{Batch, Found, MESSAGES, Message, WAIT};
use crate::source::import::hash_of;

/// How long the brokers may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How often the ends of the partitions are asked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Bytes that wait in memory.
const WAITING_KBYTES: &str = "16384";

/// A topic that is open.
pub(super) struct Reader {
    consumer: Arc<BaseConsumer>,
    topic: String,
    /// The next message of each partition.
    at: BTreeMap<i64, i64>,
    looked_at: Option<Instant>,
}

fn open(cluster: &KafkaCluster) -> Result<BaseConsumer, String> {
    let mut config = ClientConfig::new();
    let protocol = match (cluster.tls, cluster.user.is_some()) {
        (false, false) => "plaintext",
        (false, true) => "sasl_plaintext",
        (true, false) => "ssl",
        (true, true) => "sasl_ssl",
    };
    config
        .set("bootstrap.servers", &cluster.brokers)
        .set("security.protocol", protocol)
        .set("client.id", "rapport")
        .set("group.id", "rapport")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("queued.max.messages.kbytes", WAITING_KBYTES)
        .set("socket.timeout.ms", "10000");
    if let Some((user, password)) = &cluster.user {
        config
            .set("sasl.mechanism", "PLAIN")
            .set("sasl.username", user)
            .set("sasl.password", password);
    }
    config.create().map_err(|error| match cluster.tls {
        true => format!("{error}; TLS needs a program built with the feature kafka-tls"),
        false => error.to_string(),
    })
}

fn unanswered(error: &KafkaError) -> String {
    format!("the brokers do not answer: {error}")
}

impl Reader {
    /// Connects and finds the partitions of the topic.
    pub(super) async fn find(
        places: &Places,
        server: &str,
        topic: &str,
    ) -> Result<(Reader, Found), String> {
        let cluster = named(&places.kafka, "cluster of Kafka", "feeds.kafka", server)?.clone();
        let topic = topic.to_owned();
        let found = tokio::task::spawn_blocking(move || {
            let consumer = Arc::new(open(&cluster)?);
            let parts = parts(&consumer, &topic)?;
            let cluster = consumer.client().fetch_cluster_id(ANSWER);
            let cluster = cluster.ok_or("the brokers do not say which cluster they are")?;
            let place = hash_of(&("kafka", cluster, &topic));
            let reader = Reader {
                consumer,
                topic,
                at: BTreeMap::new(),
                looked_at: None,
            };
            Ok((reader, Found { place, parts }))
        });
        found.await.map_err(|error| error.to_string())?
    }

    /// Begins to read each partition at a message.
    pub(super) fn begin(&mut self, at: &BTreeMap<i64, i64>) -> Result<(), String> {
        let mut wanted = TopicPartitionList::new();
        for (part, offset) in at {
            let added =
                wanted.add_partition_offset(&self.topic, *part as i32, Offset::Offset(*offset));
            added.map_err(|error| error.to_string())?;
        }
        self.at.clone_from(at);
        let assigned = self.consumer.assign(&wanted);
        assigned.map_err(|error| format!("the topic cannot be read: {error}"))
    }

    /// The next messages; none when none came for a while.
    pub(super) async fn next(&mut self) -> Result<Batch, String> {
        let consumer = self.consumer.clone();
        let gathered = tokio::task::spawn_blocking(move || gather(&consumer));
        let messages = gathered.await.map_err(|error| error.to_string())??;
        for message in &messages {
            self.at.insert(message.part, message.offset + 1);
        }
        let mut batch = Batch {
            messages,
            ..Batch::default()
        };
        let due = self
            .looked_at
            .is_none_or(|looked| looked.elapsed() >= LOOK_EVERY);
        if due {
            let (consumer, topic) = (self.consumer.clone(), self.topic.clone());
            let looked = tokio::task::spawn_blocking(move || parts(&consumer, &topic));
            let parts = looked.await.map_err(|error| error.to_string())??;
            batch.changed = parts.len() != self.at.len();
            let behind = |(part, (_, next)): (&i64, &(i64, i64))| {
                self.at.get(part).map_or(0, |at| (next - at).max(0))
            };
            batch.lag = Some(parts.iter().map(behind).sum());
            self.looked_at = Some(Instant::now());
        }
        Ok(batch)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let consumer = self.consumer.clone();
        // The last one to let go waits for the threads of librdkafka.
        std::thread::spawn(move || drop(consumer));
    }
}

/// Where each partition begins and ends.
fn parts(consumer: &BaseConsumer, topic: &str) -> Result<BTreeMap<i64, (i64, i64)>, String> {
    let known = consumer.fetch_metadata(Some(topic), ANSWER);
    let known = known.map_err(|error| unanswered(&error))?;
    let found = known.topics().first();
    let found = found.filter(|found| found.error().is_none() && !found.partitions().is_empty());
    let Some(found) = found else {
        return Err(format!("there is no topic {topic}"));
    };
    let mut parts = BTreeMap::new();
    for partition in found.partitions() {
        let ends = consumer.fetch_watermarks(topic, partition.id(), ANSWER);
        let ends = ends.map_err(|error| unanswered(&error))?;
        parts.insert(i64::from(partition.id()), ends);
    }
    Ok(parts)
}

/// Waits for a message, then takes what has come with it.
fn gather(consumer: &BaseConsumer) -> Result<Vec<Message>, String> {
    let mut messages = vec![];
    let mut wait = WAIT;
    while messages.len() < MESSAGES {
        match consumer.poll(wait) {
            None => break,
            Some(Ok(message)) => messages.push(Message {
                part: i64::from(message.partition()),
                offset: message.offset(),
                payload: message.payload().unwrap_or_default().to_vec(),
            }),
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            // What was read before is whole: the failure comes again with the next call.
            Some(Err(_)) if !messages.is_empty() => break,
            Some(Err(error)) => return Err(format!("the topic breaks off: {error}")),
        }
        wait = Duration::ZERO;
    }
    Ok(messages)
}
