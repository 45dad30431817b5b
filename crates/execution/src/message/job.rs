//! The sender: takes planned messages up, checks them a last time, hands them over, reports.
//!
//! One process holds the lease and works in rounds. Each step of a message is a transaction that
//! is conditional on the lease, so that a crash at any moment leaves a state from which the next
//! holder goes on: what was claimed is planned again, what was being handed over is uncertain
//! (marketing) or repeated (service). A round that fails gives its lease up, and the next one
//! begins under a newer fence and cleans up by the same rule.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use gate::setting::{self, OUTBOUND_HOLD};
use store::job::{self, Lease};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::check::may_write;
use super::contact::tell;
use super::db;
use super::hand_over::hand_over;
use super::outbox::Message;
use super::prepare::{Prepared, prepare};
use super::report::{Answer, Given, Pause, STREAM_PAUSE, report};
use super::state::{Event, State};
use crate::channel::email::{Handed, Provider};
use crate::{Error, ExecutionState};

/// The lease of the sender.
const LEASE: &str = "outbox";
/// How long the lease lasts without renewal.
const LEASE_MS: i64 = 10_000;
/// How often it is renewed while a round works.
const RENEW: Duration = Duration::from_secs(3);
/// Messages of one round: what one transaction hands over is out within about a second.
pub const BATCH: i64 = 32;
/// Conversations with the provider at once.
const CONCURRENCY: usize = 8;
/// Messages that are cleaned up or told of in one round.
const CLEANUP: i64 = 200;
/// How long to rest when nothing is due.
const REST: Duration = Duration::from_millis(250);
/// How long to rest after a failure.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Sends what is planned.
pub struct Sender {
    state: ExecutionState,
    provider: Arc<dyn Provider>,
    /// Tells this process, and every new start of its work, from all others.
    holder: String,
    starts: AtomicU64,
}

impl Sender {
    /// A sender that hands messages to a provider.
    pub fn new(state: ExecutionState, provider: Arc<dyn Provider>) -> Sender {
        let holder = state.db.random().token();
        Sender {
            state,
            provider,
            holder,
            starts: AtomicU64::new(0),
        }
    }

    /// Works until `stop` is true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let rest = match AssertUnwindSafe(self.round()).catch_unwind().await {
                Ok(Ok(0)) => REST,
                Ok(Ok(_)) => continue,
                Ok(Err(error)) => {
                    tracing::error!(%error, "a round of the outbox failed");
                    REST_AFTER_FAILURE
                }
                Err(_) => {
                    tracing::error!("a round of the outbox broke off");
                    self.start_anew();
                    REST_AFTER_FAILURE
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
        let lease = self.lease().await.ok().flatten();
        if let Some(lease) = lease
            && let Err(error) = job::release(&self.state.db, &lease).await
        {
            tracing::warn!(%error, "the lease of the outbox runs out by itself");
        }
    }

    /// One round. Returns how many messages it moved; 0 also when another process holds the lease.
    pub async fn round(&self) -> Result<usize, Error> {
        if !db::any_work(&self.state.db, self.state.db.now()).await? {
            return Ok(0);
        }
        let Some(lease) = self.lease().await? else {
            return Ok(0);
        };
        let done = tokio::select! {
            done = self.work(&lease) => done,
            lost = self.keep(&lease) => Err(lost),
        };
        if done.is_err() {
            self.start_anew();
            job::release(&self.state.db, &lease).await?;
        }
        done
    }

    async fn lease(&self) -> Result<Option<Lease>, Error> {
        let holder = format!("{}:{}", self.holder, self.starts.load(Ordering::Relaxed));
        Ok(job::lease(&self.state.db, LEASE, &holder, LEASE_MS).await?)
    }

    /// The next lease has a newer fence, under which everything that is left behind is cleaned up.
    fn start_anew(&self) {
        self.starts.fetch_add(1, Ordering::Relaxed);
    }

    /// Renews the lease while a round works; ends when it is lost.
    async fn keep(&self, lease: &Lease) -> Error {
        loop {
            tokio::time::sleep(RENEW).await;
            match self.lease().await {
                Ok(Some(renewed)) if renewed.fence == lease.fence => {}
                Ok(_) => return store::Error::LeaseLost(lease.name.clone()).into(),
                Err(error) => tracing::warn!(%error, "the lease could not be renewed"),
            }
        }
    }

    async fn work(&self, lease: &Lease) -> Result<usize, Error> {
        let mut done = self.clean_up(lease).await?;
        done += self.tell_endings().await?;
        if self.held().await? {
            return Ok(done);
        }
        let claimed = self.claim(lease).await?;
        done += claimed.len();
        let preparing = claimed
            .into_iter()
            .map(|message| prepare(&self.state, message));
        let prepared = stream::iter(preparing)
            .buffer_unordered(CONCURRENCY)
            .collect()
            .await;
        let handing = hand_over(&self.state, lease, prepared).await?;
        self.deliver(lease, handing).await?;
        self.tell_endings().await?;
        Ok(done)
    }

    /// Frees what a worker with an older lease has left behind.
    async fn clean_up(&self, lease: &Lease) -> Result<usize, Error> {
        let mut tx = self.state.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        let orphans = db::orphans(&mut tx, lease.fence, CLEANUP).await?;
        for mut message in orphans.iter().cloned() {
            let event = Event::TakeOver {
                fence: lease.fence as u64,
            };
            let detail = match message.row.state {
                State::Handing { .. } => "the process that handed it over ended without an answer",
                State::Planned
                | State::Claimed { .. }
                | State::Accepted { .. }
                | State::Rejected { .. }
                | State::Uncertain
                | State::Suppressed { .. } => "the process that prepared it ended",
            };
            message.happen(event, Some(detail.to_owned()), self.state.db.now())?;
            db::save(&mut tx, &message).await?;
        }
        tx.commit().await?;
        Ok(orphans.len())
    }

    /// Tells customers' logs how messages ended.
    async fn tell_endings(&self) -> Result<usize, Error> {
        let untold = db::untold(&self.state.db, CLEANUP).await?;
        let telling = untold
            .iter()
            .map(|message| tell(&self.state.memory, message));
        futures::future::try_join_all(telling).await?;
        fail::fail_point!("outbox_before_told", |_| Err(Error::FailPoint));
        db::told(&self.state.db, &untold).await?;
        Ok(untold.len())
    }

    async fn held(&self) -> Result<bool, Error> {
        let store = &self.state.db;
        let hold = setting::db::get::<serde_json::Value>(store, OUTBOUND_HOLD).await?;
        let pause = setting::db::get::<Pause>(store, STREAM_PAUSE).await?;
        Ok(hold.is_some() || pause.is_some())
    }

    async fn claim(&self, lease: &Lease) -> Result<Vec<Message>, Error> {
        let now = self.state.db.now();
        let mut tx = self.state.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        let mut messages = db::due(&mut tx, now, BATCH).await?;
        for message in &mut messages {
            let event = Event::Claim {
                fence: lease.fence as u64,
                now_ms: now.0,
            };
            message.happen(event, None, now)?;
            db::save(&mut tx, message).await?;
        }
        fail::fail_point!("outbox_before_claimed", |_| Err(Error::FailPoint));
        tx.commit().await?;
        fail::fail_point!("outbox_after_claimed", |_| Err(Error::FailPoint));
        Ok(messages)
    }

    /// Calls the provider and takes down each answer as it comes. The calls run as tasks of their
    /// own: none of them may hold a connection of the store while a report waits for one.
    async fn deliver(&self, lease: &Lease, handing: Vec<Prepared>) -> Result<(), Error> {
        let slots = Arc::new(Semaphore::new(CONCURRENCY));
        let mut calls = JoinSet::new();
        for prepared in handing {
            let (state, provider) = (self.state.clone(), self.provider.clone());
            let slots = slots.clone();
            calls.spawn(async move {
                let _slot = slots.acquire().await;
                call(&state, &*provider, prepared).await
            });
        }
        while let Some(first) = calls.join_next().await {
            let mut answers = vec![first?];
            while let Some(next) = calls.try_join_next() {
                answers.push(next?);
            }
            fail::fail_point!("outbox_before_reported", |_| Err(Error::FailPoint));
            report(&self.state, lease, &answers).await?;
            fail::fail_point!("outbox_after_reported", |_| Err(Error::FailPoint));
        }
        Ok(())
    }
}

/// Calls the provider, unless the customer has said no since the last check.
async fn call(state: &ExecutionState, provider: &dyn Provider, prepared: Prepared) -> Answer {
    let message = prepared.message;
    let (channel, purpose) = (&message.channel, &message.purpose);
    let given = match state.memory.customer(message.customer_id).await {
        Ok(Some(customer)) if may_write(&customer.state, channel, purpose, state.db.now()) => {
            let handed = AssertUnwindSafe(provider.hand_over(&prepared.mail))
                .catch_unwind()
                .await;
            let broke_off = |_| Handed::Uncertain {
                text: "the provider broke off".to_owned(),
            };
            Given::Provider(handed.unwrap_or_else(broke_off))
        }
        Ok(_) => Given::Withheld,
        // Nothing was sent: it is tried again when the store answers.
        Err(error) => Given::Provider(Handed::Retry {
            after_ms: None,
            text: error.to_string(),
        }),
    };
    Answer { message, given }
}
