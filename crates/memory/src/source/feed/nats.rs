//! Streams of NATS JetStream. The server keeps no account of what was read: a reader begins where
//! the store says, so that both cannot disagree.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::ConnectOptions;
use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, Consumer, DeliverPolicy};
use async_nats::jetstream::stream::Stream;
use futures::StreamExt;

use super::places::{NatsServer, Places, named};
use super::stream::{Batch, Found, MESSAGES, Message, WAIT};
use crate::source::import::hash_of;

/// How long the server may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Bytes of one batch.
const BATCH_BYTES: usize = 16 << 20;
/// After how many empty batches the server is asked how the reader stands.
const ASK_EVERY: u32 = 15;
/// How long the server keeps a reader that says nothing.
const IDLE: Duration = Duration::from_secs(60);

/// A stream that is open.
pub(super) struct Reader {
    stream: Stream,
    subject: Option<String>,
    consumer: Option<Consumer<Config>>,
    /// Batches without a message, one after another.
    quiet: u32,
}

async fn connect(server: &NatsServer) -> Result<async_nats::Client, String> {
    // For addresses with TLS: two providers are linked in, so that one has to be named. Whoever
    // has named one before is right, too.
    let _ = async_nats::rustls::crypto::ring::default_provider().install_default();
    let mut options = ConnectOptions::new()
        .name("rapport")
        .connection_timeout(ANSWER)
        .request_timeout(Some(ANSWER));
    if let Some((user, password)) = &server.user {
        options = options.user_and_password(user.clone(), password.clone());
    }
    if let Some(token) = &server.token {
        options = options.token(token.clone());
    }
    let addresses: Vec<&str> = server.address.split(',').map(str::trim).collect();
    let connected = options.connect(addresses).await;
    // The address may hold a password; the kind of the failure does not.
    connected.map_err(|error| format!("the server cannot be reached: {}", error.kind()))
}

impl Reader {
    /// Connects and finds the stream.
    pub(super) async fn find(
        places: &Places,
        server: &str,
        stream: &str,
        subject: Option<&str>,
    ) -> Result<(Reader, Found), String> {
        let server = named(&places.nats, "server of NATS", "feeds.nats", server)?;
        let context = async_nats::jetstream::new(connect(server).await?);
        let found = context.get_stream(stream).await;
        let found = found.map_err(|error| format!("the stream {stream} is not found: {error}"))?;
        let info = found.cached_info();
        let created = info.created.unix_timestamp_nanos().to_string();
        let first = (info.state.first_sequence as i64).max(1);
        let next = info.state.last_sequence as i64 + 1;
        let place = hash_of(&("nats", stream, created));
        let reader = Reader {
            stream: found,
            subject: subject.map(str::to_owned),
            consumer: None,
            quiet: 0,
        };
        let parts = BTreeMap::from([(0, (first.min(next), next))]);
        Ok((reader, Found { place, parts }))
    }

    /// Begins to read at a message.
    pub(super) async fn begin(&mut self, at: &BTreeMap<i64, i64>) -> Result<(), String> {
        let start_sequence = at.get(&0).map_or(1, |at| *at as u64).max(1);
        let config = Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
            ack_policy: AckPolicy::None,
            filter_subject: self.subject.clone().unwrap_or_default(),
            inactive_threshold: IDLE,
            memory_storage: true,
            ..Config::default()
        };
        let made = self.stream.create_consumer(config).await;
        let made = made.map_err(|error| format!("the stream cannot be read: {error}"))?;
        self.consumer = Some(made);
        Ok(())
    }

    /// The next messages; none when none came for a while.
    pub(super) async fn next(&mut self) -> Result<Batch, String> {
        let Some(consumer) = &self.consumer else {
            return Err("the stream is not open".to_owned());
        };
        let broken = |error: &dyn std::fmt::Display| format!("the stream breaks off: {error}");
        let asked = consumer
            .batch()
            .max_messages(MESSAGES)
            .max_bytes(BATCH_BYTES)
            .expires(WAIT);
        let mut coming = asked.messages().await.map_err(|error| broken(&error))?;
        let mut batch = Batch::default();
        while let Some(message) = coming.next().await {
            let message = message.map_err(|error| broken(&error))?;
            let info = message.info().map_err(|error| broken(&error))?;
            batch.lag = Some(info.pending as i64);
            batch.messages.push(Message {
                part: 0,
                offset: info.stream_sequence as i64,
                payload: message.payload.to_vec(),
            });
        }
        self.quiet = if batch.messages.is_empty() {
            self.quiet + 1
        } else {
            0
        };
        if self.quiet % ASK_EVERY == 1 {
            // Tells as well when the stream is gone.
            let info = consumer.get_info().await.map_err(|error| broken(&error))?;
            batch.lag = Some(info.num_pending as i64);
        }
        Ok(batch)
    }
}
