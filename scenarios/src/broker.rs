//! Brokers of streams for stories: a real NATS server, and the mock cluster of librdkafka.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream;
use rdkafka::config::ClientConfig;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};
use tempfile::TempDir;

/// The variable with the path of `nats-server`.
pub const NATS_VARIABLE: &str = "RAPPORT_TEST_NATS";

/// A NATS server with one stream on disk.
pub struct Nats {
    child: Child,
    context: jetstream::Context,
    /// Where it listens.
    pub address: String,
    _folder: TempDir,
}

impl Nats {
    /// Starts a server on a free port and makes the stream `EVENTS`.
    pub async fn start() -> anyhow::Result<Nats> {
        let program = std::env::var(NATS_VARIABLE)
            .context("run `cargo xtask test`, which installs nats-server")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = TempDir::new()?;
        let child = Command::new(program)
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let address = format!("nats://127.0.0.1:{port}");
        let client = loop {
            match async_nats::connect(&address).await {
                Ok(client) => break client,
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        };
        let context = jetstream::new(client);
        let config = jetstream::stream::Config {
            name: "EVENTS".to_owned(),
            subjects: vec!["events.>".to_owned()],
            ..jetstream::stream::Config::default()
        };
        context.create_stream(config).await?;
        Ok(Nats {
            child,
            context,
            address,
            _folder: folder,
        })
    }

    /// Publishes messages and waits until the server has them.
    pub async fn publish(&self, messages: Vec<String>) -> anyhow::Result<()> {
        let mut sent = vec![];
        for message in messages {
            sent.push(self.context.publish("events.shop", message.into()).await?);
        }
        for one in sent {
            one.await?;
        }
        Ok(())
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A cluster of Kafka with the topic `events`, in this process.
pub struct Kafka {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: BaseProducer,
}

impl Kafka {
    /// Starts a broker with a topic of several partitions.
    pub fn start(partitions: i32) -> anyhow::Result<Kafka> {
        let cluster = MockCluster::new(1)?;
        cluster.create_topic("events", partitions, 1)?;
        let producer = ClientConfig::new()
            .set("bootstrap.servers", cluster.bootstrap_servers())
            .create()?;
        Ok(Kafka { cluster, producer })
    }

    /// Where its broker listens.
    pub fn brokers(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    /// Publishes messages over all partitions and waits until the broker has them.
    pub fn publish(&self, messages: Vec<String>) -> anyhow::Result<()> {
        for (at, message) in messages.iter().enumerate() {
            let key = at.to_string();
            let record = BaseRecord::to("events").key(&key).payload(message);
            self.producer.send(record).map_err(|(error, _)| error)?;
        }
        Ok(self.producer.flush(Duration::from_secs(10))?)
    }
}
