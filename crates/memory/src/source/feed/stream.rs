//! Reading a stream: messages become events as over HTTP, and the commit that keeps the events
//! says how far the stream was read. Whatever is killed when, nothing is lost or counted twice.

use std::collections::BTreeMap;
use std::time::Duration;

use store::Timestamp;
use tokio::sync::watch;

use super::db::{self, Tally};
use super::hold::Hold;
use super::pull::{Failure, source_of};
use super::{Feed, Move, Note, Origin, kafka, nats};
use crate::Error;
use crate::api::MemoryState;
use crate::event::wire::{EVENT_LIMIT_BYTES, Form, Item, Request, WireEvent, parse};
use crate::event::{BLOCKED_IDENTIFIER, prepare, written};
use crate::log::{Delivery, Verdict};
use crate::quarantine::Rejected;

/// Messages of one commit.
pub(super) const MESSAGES: usize = 500;
/// How long a message waits for others to share its commit.
pub(super) const WAIT: Duration = Duration::from_millis(200);
/// How long to wait after a failure, or for the lease.
const RETRY: Duration = Duration::from_secs(1);
/// How often what came is written down for people.
const TALLY_EVERY_MS: i64 = 2_000;
/// Waiting time when memory is overloaded.
const BREATHER: Duration = Duration::from_millis(100);

/// A message as it came.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Message {
    pub(super) part: i64,
    pub(super) offset: i64,
    pub(super) payload: Vec<u8>,
}

/// Some messages, in the order of each part.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) messages: Vec<Message>,
    /// How many more wait, where that is known.
    pub(super) lag: Option<i64>,
    /// Whether the stream has other parts than before.
    pub(super) changed: bool,
}

/// An open stream.
pub(super) enum Reader {
    Nats(Box<nats::Reader>),
    Kafka(kafka::Reader),
}

/// A stream that can be opened: which one it is, and where its parts begin and end.
pub(super) struct Found {
    /// Another stream under the same name is another place.
    pub(super) place: String,
    /// Of each part its first message, and the one after its last.
    pub(super) parts: BTreeMap<i64, (i64, i64)>,
}

impl Reader {
    /// Connects and finds the stream.
    pub(super) async fn find(
        state: &MemoryState,
        origin: &Origin,
    ) -> Result<(Reader, Found), String> {
        match origin {
            Origin::Nats {
                server,
                stream,
                subject,
                ..
            } => {
                let found = nats::Reader::find(&state.places, server, stream, subject.as_deref());
                let (reader, found) = found.await?;
                Ok((Reader::Nats(Box::new(reader)), found))
            }
            Origin::Kafka { server, topic, .. } => {
                let (reader, found) = kafka::Reader::find(&state.places, server, topic).await?;
                Ok((Reader::Kafka(reader), found))
            }
            Origin::Folder { .. } | Origin::Bucket { .. } | Origin::Query { .. } => {
                Err("this feed is no stream".to_owned())
            }
        }
    }

    /// Begins to read each part at a message.
    pub(super) async fn begin(&mut self, at: &BTreeMap<i64, i64>) -> Result<(), String> {
        match self {
            Reader::Nats(reader) => reader.begin(at).await,
            Reader::Kafka(reader) => reader.begin(at),
        }
    }

    /// The next messages; none when none came for a while.
    pub(super) async fn next(&mut self) -> Result<Batch, String> {
        match self {
            Reader::Nats(reader) => reader.next().await,
            Reader::Kafka(reader) => reader.next().await,
        }
    }
}

/// Reads a stream until `quit` is true.
pub(super) async fn read(state: MemoryState, key: String, feed: Feed, quit: watch::Receiver<bool>) {
    while !*quit.borrow() {
        match Hold::take(&state, &key).await {
            Ok(Some(hold)) => {
                let mut desk = Desk {
                    state: &state,
                    key: &key,
                    feed: &feed,
                    hold,
                    tally: Tally::default(),
                    tallied_at: Timestamp(0),
                };
                if let Err(error) = desk.work(&quit).await {
                    desk.fail(error).await;
                }
                desk.hold.release(state.memory.db()).await;
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, feed = key, "a feed's lease cannot be taken"),
        }
        rest(&quit, RETRY).await;
    }
}

async fn rest(quit: &watch::Receiver<bool>, long: Duration) {
    let mut quit = quit.clone();
    tokio::select! {
        // When nobody can say stop any more, that is the end too.
        _ = quit.wait_for(|quit| *quit) => {}
        () = tokio::time::sleep(long) => {}
    }
}

/// Where one node reads one stream.
struct Desk<'a> {
    state: &'a MemoryState,
    key: &'a str,
    feed: &'a Feed,
    hold: Hold,
    tally: Tally,
    tallied_at: Timestamp,
}

impl Desk<'_> {
    /// Reads until it shall quit, the lease is lost, or something fails.
    async fn work(&mut self, quit: &watch::Receiver<bool>) -> Result<(), Failure> {
        let source = source_of(self.state.memory.db(), self.feed).await?.0 as i64;
        let (mut reader, found) = Reader::find(self.state, &self.feed.from)
            .await
            .map_err(Failure::Said)?;
        let mut at = self.places(&found).await?;
        reader.begin(&at).await.map_err(Failure::Said)?;
        while !*quit.borrow() && !self.hold.lost() {
            let batch = reader.next().await.map_err(Failure::Said)?;
            if batch.lag.is_some() {
                self.tally.lag = batch.lag;
            }
            if !batch.messages.is_empty() {
                let moves = moves(&at, &batch.messages);
                let after: Vec<(i64, i64)> = moves.iter().map(|one| (one.part, one.to)).collect();
                let note = self.note(&found.place, moves);
                if !self.deliver(source, batch.messages, note).await? {
                    return Ok(());
                }
                at.extend(after);
            }
            if batch.changed {
                break;
            }
            self.tell(false).await?;
        }
        self.tell(true).await
    }

    fn note(&self, place: &str, moves: Vec<Move>) -> Note {
        Note {
            feed: self.key.to_owned(),
            place: place.to_owned(),
            moves,
            lease: Some(self.hold.lease.clone()),
        }
    }

    /// Where each part is read on. A part that is new is noted first, so that a stream that is
    /// read from now on begins in the same place after a crash.
    async fn places(&mut self, found: &Found) -> Result<BTreeMap<i64, i64>, Failure> {
        let store = self.state.memory.db();
        let known = db::offsets(store, self.key, &found.place).await?;
        let known: BTreeMap<i64, i64> = known.into_iter().collect();
        let start = match &self.feed.from {
            Origin::Nats { start, .. } | Origin::Kafka { start, .. } => *start,
            Origin::Folder { .. } | Origin::Bucket { .. } | Origin::Query { .. } => {
                super::Start::Oldest
            }
        };
        // Parts that come up later were not there when reading began: they are read whole.
        let first_time = known.is_empty();
        let (mut at, mut moves) = (BTreeMap::new(), vec![]);
        for (part, (oldest, next)) in &found.parts {
            let known = known.get(part).copied();
            let to = match known {
                // The topic was made anew: its messages are others.
                Some(known) if known > *next => *oldest,
                // The server has thrown away what was not read yet.
                Some(known) => known.max(*oldest),
                None if first_time && start == super::Start::Newest => *next,
                None => *oldest,
            };
            if known != Some(to) {
                moves.push(Move {
                    part: *part,
                    from: known,
                    to,
                });
            }
            if let Some(lost) = known.filter(|known| known < oldest) {
                let count = oldest - lost;
                let part = *part;
                tracing::warn!(feed = self.key, part, count, "messages were removed unread");
            }
            at.insert(*part, to);
        }
        if !moves.is_empty() {
            let note = self.note(&found.place, moves);
            let source = 0;
            if !self.deliver(source, vec![], note).await? {
                return Err(Failure::Stopped);
            }
        }
        Ok(at)
    }

    /// Takes messages in; false when another node reads now, or somebody started over.
    async fn deliver(
        &mut self,
        source: i64,
        messages: Vec<Message>,
        note: Note,
    ) -> Result<bool, Failure> {
        let memory = &self.state.memory;
        let (place, now) = (note.place.clone(), memory.db().now());
        let mut delivery = Delivery {
            events: vec![],
            rejected: vec![],
            note,
        };
        for message in &messages {
            sort(memory, message, &place, source, now, &mut delivery);
        }
        let rejected = delivery.rejected.len() as i64;
        loop {
            let verdicts = match memory.deliver(delivery.clone()).await {
                Ok(verdicts) => verdicts,
                Err(Error::Superseded) => return Ok(false),
                Err(Error::Overloaded) => {
                    tokio::time::sleep(BREATHER).await;
                    continue;
                }
                Err(error) => return Err(Failure::Said(error.to_string())),
            };
            metrics::counter!("rapport_events_total").increment(verdicts.len() as u64);
            self.tally.rejected += rejected;
            for verdict in &verdicts {
                match verdict {
                    Verdict::Accepted { .. } => self.tally.accepted += 1,
                    Verdict::Duplicate => self.tally.duplicates += 1,
                    Verdict::Conflicting { .. } => self.tally.rejected += 1,
                }
            }
            if !messages.is_empty() {
                self.tally.read_at = Some(now);
            }
            return Ok(true);
        }
    }

    /// Writes down what came, from time to time.
    async fn tell(&mut self, at_once: bool) -> Result<(), Failure> {
        let store = self.state.memory.db();
        let now = store.now();
        let fresh = self.tallied_at != Timestamp(0);
        if fresh && !at_once && now.since_ms(self.tallied_at) < TALLY_EVERY_MS {
            return Ok(());
        }
        match db::tally(store, self.key, &self.tally, &self.hold.lease).await {
            Ok(()) => (self.tally, self.tallied_at) = (Tally::default(), now),
            Err(store::Error::LeaseLost(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn fail(&mut self, failure: Failure) {
        if let Failure::Stopped = failure {
            return;
        }
        tracing::warn!(error = %failure, feed = self.key, "a stream cannot be read");
        self.tally.error = Some(failure.to_string());
        if let Err(error) = self.tell(true).await {
            tracing::warn!(%error, feed = self.key, "that could not be written down");
        }
    }
}

/// How far the parts move with some messages.
fn moves(at: &BTreeMap<i64, i64>, messages: &[Message]) -> Vec<Move> {
    let mut last: BTreeMap<i64, i64> = BTreeMap::new();
    for message in messages {
        last.insert(message.part, message.offset + 1);
    }
    let moved = last.into_iter().map(|(part, to)| Move {
        part,
        from: at.get(&part).copied(),
        to,
    });
    moved.collect()
}

/// What a message holds.
pub(super) enum Opened {
    Items(Vec<Item>),
    /// Why nothing can be made of it.
    Broken {
        reason: &'static str,
        detail: String,
    },
}

/// Opens a message: a batch or a single event in the Segment form, packed with gzip or not.
pub(super) fn open(payload: &[u8]) -> Opened {
    let request = |form: Form| Request {
        form,
        authorization: None,
        write_key: None,
        query: "",
        body: payload,
    };
    let parsed = match parse(&request(Form::Batch)) {
        Err(error) if error.code == "missing_batch" => parse(&request(Form::Jitsu(None))),
        other => other,
    };
    match parsed {
        Ok(batch) => Opened::Items(batch.items),
        Err(error) => Opened::Broken {
            reason: error.code,
            detail: error.message,
        },
    }
}

fn sort(
    memory: &crate::Memory,
    message: &Message,
    place: &str,
    source_id: i64,
    received_at: Timestamp,
    delivery: &mut Delivery,
) {
    let rejected = |reason: &str, detail: String, body: String| Rejected {
        source_id,
        reason: reason.to_owned(),
        detail: format!(
            "{detail} (part {}, message {})",
            message.part, message.offset
        ),
        form: Form::Batch.name().to_owned(),
        body,
        received_at,
    };
    let items = match open(&message.payload) {
        Opened::Items(items) => items,
        Opened::Broken { reason, detail } => {
            let text = String::from_utf8_lossy(&message.payload);
            let end = text.floor_char_boundary(EVENT_LIMIT_BYTES);
            let broken = rejected(reason, detail, text[..end].to_owned());
            return delivery.rejected.push(broken);
        }
    };
    for (index, item) in items.into_iter().enumerate() {
        let bad = match item {
            Item::Rejected(bad) => rejected(bad.reason.code(), bad.message, bad.raw),
            Item::Event(event) => {
                let event = with_id(event, place, message, index);
                match prepare(event, source_id, received_at, memory.db().random()) {
                    Ok(incoming) => {
                        delivery.events.push(incoming);
                        continue;
                    }
                    Err(event) => {
                        let detail = "the identifiers mean nobody (null, guest, 0 …)".to_owned();
                        rejected(BLOCKED_IDENTIFIER, detail, written(&event))
                    }
                }
            }
        };
        delivery.rejected.push(bad);
    }
}

/// An event without an id is known by its place in the stream.
fn with_id(mut event: WireEvent, place: &str, message: &Message, index: usize) -> WireEvent {
    let Message { part, offset, .. } = message;
    event
        .message_id
        .get_or_insert_with(|| format!("{}-{part}-{offset}-{index}", &place[..16]));
    event
}
