//! The engine: takes signals in, wakes instances that are due and moves them step by step.
//!
//! Each move and its effect are one transaction, conditional on the engine's lease, so that a
//! crash at any moment neither repeats nor loses a step. One node holds the lease at a time.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use decision::Decider;
use futures::FutureExt;
use memory::criteria::{AttributeValue, Compiled, Criteria};
use memory::customer::CustomerFacts;
use memory::log::EventBody;
use memory::log::db as log_db;
use memory::{Customer, CustomerId, Memory};
use parking_lot::Mutex;
use store::job::{self, Lease};
use store::{Db, Timestamp, Tx, definition};

use super::db;
use super::overtaken::overtaken;
use super::playbook::{Playbook, WATCH_PREFIX};
use super::signal::{Effect, effect};
use super::{Action, Instance, InstanceId, Journey, State, Step, ask, calendar};
use crate::Error;
use crate::message::db as message_db;
use crate::message::outbox::{MessageId, NewMessage};
use crate::message::state::Guarantee;

/// Signals and instances per round.
const ROUND: i64 = 500;
/// Moves of one instance per wake-up; a circle without a wait is stopped here.
const MOVES_LIMIT: usize = 50;
/// Failed tries of a step before somebody has to look.
const ATTEMPTS_LIMIT: i64 = 5;
/// How often the engine looks.
const EVERY: std::time::Duration = std::time::Duration::from_millis(200);
/// How long the engine's lease lasts without renewal.
const LEASE_MS: i64 = 10_000;

/// Runs journeys.
pub struct Engine {
    db: Db,
    memory: Memory,
    decider: Decider,
    playbook: Arc<arc_swap::ArcSwap<Playbook>>,
    node: String,
    /// Versions that live instances entered with.
    versions: Mutex<HashMap<(String, i64), Arc<Journey>>>,
}

/// What one wake-up of an instance does, to be committed together.
struct Move {
    instance: Instance,
    entered: Vec<String>,
    messages: Vec<NewMessage>,
}

impl Engine {
    /// An engine; `node` names this process among those that share the store.
    pub fn new(
        memory: Memory,
        decider: Decider,
        playbook: Arc<arc_swap::ArcSwap<Playbook>>,
        node: String,
    ) -> Engine {
        let db = memory.db().clone();
        Engine {
            db,
            memory,
            decider,
            playbook,
            node,
            versions: Mutex::default(),
        }
    }

    /// Works until `stop` is true.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.round().await {
                Ok(done) if done as i64 >= ROUND => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a round of journeys failed"),
            }
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// One round: everything that waits and is due now. Returns how much was done; 0 also when
    /// another node holds the lease.
    pub async fn round(&self) -> Result<usize, Error> {
        let lease = job::lease(&self.db, "journeys", &self.node, LEASE_MS).await?;
        let Some(lease) = lease else { return Ok(0) };
        let mut done = 0;
        for signal in log_db::signals(&self.db, WATCH_PREFIX, ROUND).await? {
            match whole(self.signal(&lease, &signal)).await {
                // Somebody was faster: the next round tries again.
                Err(Error::Store(error)) if error.is_retryable() => continue,
                Err(error) => self.put_off(&lease, &signal, &error).await?,
                Ok(()) => {}
            }
            done += 1;
        }
        for instance in db::due(&self.db, self.db.now(), ROUND).await? {
            if let Err(error) = whole(self.wake(&lease, &instance)).await {
                tracing::warn!(%error, instance = %instance.id, "a journey step failed");
                self.postpone(&lease, instance, &error).await?;
            }
            done += 1;
        }
        Ok(done)
    }

    async fn signal(&self, lease: &Lease, signal: &log_db::Signal) -> Result<(), Error> {
        let key = signal.watch.trim_start_matches(WATCH_PREFIX).to_owned();
        let published = self.playbook.load().journeys.get(&key).cloned();
        let event: Option<EventBody> = serde_json::from_str(&signal.body).ok();
        let customer = self.memory.customer(signal.customer_id).await?;
        let id = InstanceId(self.db.take_numbers("journey_instances", 1).await? as u64);
        let overtaken = match (&published, &event, &customer) {
            (Some(published), Some(event), Some(customer)) => {
                overtaken(&self.memory, &published.journey, event, (customer, signal)).await?
            }
            _ => true,
        };
        let mut tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        fail::fail_point!("journey_before_signal", |_| Err(Error::FailPoint));
        if !log_db::take_signal(&mut tx, signal).await? {
            return Ok(());
        }
        if let (Some(published), Some(event), Some(customer)) = (published, event, customer) {
            let ids = everyone(&customer);
            let known = db::of_customers(&mut tx, &ids, &key).await?;
            let now = self.db.now();
            match effect(&published.journey, &known, &event, signal.occurred_at, now) {
                Effect::Start {
                    key: instance_key,
                    due_at,
                    luggage,
                } if !overtaken => {
                    let instance = Instance {
                        id,
                        customer_id: customer.id,
                        journey: key,
                        version: published.version,
                        key: instance_key,
                        state: State::Pending,
                        step: None,
                        due_at,
                        attempts: 0,
                        reason: None,
                        luggage: *luggage,
                        entered_at: signal.occurred_at,
                        updated_at: now,
                    };
                    db::save(&mut tx, &instance).await?;
                }
                Effect::Start { .. } | Effect::Nothing => {}
                Effect::Change(instances) => {
                    for instance in &instances {
                        db::save(&mut tx, instance).await?;
                        if instance.state == State::Cancelled {
                            message_db::cancel(&mut tx, instance.customer_id, instance.id).await?;
                        }
                    }
                }
            }
        }
        tx.commit().await?;
        Ok(())
    }

    async fn wake(&self, lease: &Lease, due: &Instance) -> Result<(), Error> {
        let journey = self.version(&due.journey, due.version).await?;
        let Some(customer) = self.memory.customer(due.customer_id).await? else {
            return Err(Error::NoCustomer(due.customer_id));
        };
        let moved = self.advance(due.clone(), &journey, &customer).await?;
        let mut tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        let current = db::locked(&mut tx, due.customer_id, due.id).await?;
        // An event may have ended it meanwhile: then the move is forgotten.
        let same = current.is_some_and(|now| {
            now.state == due.state && now.step == due.step && now.due_at == due.due_at
        });
        if !same {
            return Ok(());
        }
        for message in &moved.messages {
            message_db::plan(&mut tx, message, self.db.now()).await?;
        }
        let (key, version) = (&moved.instance.journey, moved.instance.version);
        db::count_entered(&mut tx, key, version, &moved.entered).await?;
        db::save(&mut tx, &moved.instance).await?;
        fail::fail_point!("journey_before_commit", |_| Err(Error::FailPoint));
        tx.commit().await?;
        Ok(())
    }

    /// Moves an instance until it waits or ends.
    async fn advance(
        &self,
        instance: Instance,
        journey: &Journey,
        customer: &Customer,
    ) -> Result<Move, Error> {
        let mut moved = Move {
            instance,
            entered: vec![],
            messages: vec![],
        };
        moved.instance.attempts = 0;
        moved.instance.updated_at = self.db.now();
        if moved.instance.state == State::Pending && !self.enter(&mut moved, journey, customer) {
            return Ok(moved);
        }
        for _ in 0..MOVES_LIMIT {
            let at = moved.instance.step.clone();
            let step = at.and_then(|id| journey.steps.iter().find(|step| step.id == id));
            let Some(step) = step else {
                moved.instance.state = State::Done;
                return Ok(moved);
            };
            let Some(next) = self.step(&mut moved, journey, step, customer).await? else {
                return Ok(moved);
            };
            moved.entered.extend(next.clone());
            moved.instance.step = next;
            moved.instance.luggage.moves_count += 1;
        }
        // Goes on at once in the next round, in a transaction of its own.
        moved.instance.due_at = self.db.now();
        Ok(moved)
    }

    /// The waiting time of the entry is over: in, or out when the condition does not hold.
    fn enter(&self, moved: &mut Move, journey: &Journey, customer: &Customer) -> bool {
        let condition = journey.entry.condition.as_ref();
        if !condition.is_none_or(|criteria| self.holds(criteria, customer)) {
            moved.instance.state = State::Cancelled;
            moved.instance.reason = Some("condition".to_owned());
            return false;
        }
        moved.instance.state = State::Inside;
        moved.instance.step = journey.steps.first().map(|step| step.id.clone());
        moved.entered.extend(moved.instance.step.clone());
        true
    }

    fn holds(&self, criteria: &Criteria, customer: &Customer) -> bool {
        let context: HashMap<String, AttributeValue> = HashMap::new();
        let zone = self.decider.catalog().default_zone.clone();
        let memberships = self.decider.memory().memberships();
        let facts = CustomerFacts::new(&customer.state, &context, &zone)
            .in_segments(&memberships, customer.id);
        Compiled::new(criteria).matches(&facts, self.db.now().0)
    }

    /// Does one step; the next step (`Some(None)` is the end), or `None` while it waits.
    async fn step(
        &self,
        moved: &mut Move,
        journey: &Journey,
        step: &Step,
        customer: &Customer,
    ) -> Result<Option<Option<String>>, Error> {
        match &step.action {
            Action::Wait {
                for_ms,
                until,
                next,
            } => {
                if std::mem::take(&mut moved.instance.luggage.waited) {
                    return Ok(Some(next.clone()));
                }
                moved.instance.luggage.waited = true;
                moved.instance.due_at = self.wait_end(*for_ms, until.as_deref(), customer);
                Ok(None)
            }
            Action::Split {
                branches,
                otherwise,
            } => {
                let taken = branches
                    .iter()
                    .find(|branch| self.holds(&branch.when, customer));
                Ok(Some(taken.map_or(otherwise, |branch| &branch.next).clone()))
            }
            Action::Experiment {
                experiment,
                ways,
                otherwise,
            } => {
                let met = self.decider.meet(customer.id, experiment).await?;
                let way = met.map(|met| ways.get(&met.variant).cloned().flatten());
                Ok(Some(way.unwrap_or_else(|| otherwise.clone())))
            }
            Action::Decide {
                placement,
                next_offer,
                next_nothing,
            } => {
                let asked = ask::Asked {
                    instance: &moved.instance,
                    journey,
                    step: &step.id,
                };
                let chosen = asked.decide(&self.decider, customer.id, placement).await?;
                Ok(Some(match chosen {
                    Some(chosen) => {
                        moved
                            .instance
                            .luggage
                            .offers
                            .insert(step.id.clone(), chosen);
                        next_offer.clone()
                    }
                    None => next_nothing.clone(),
                }))
            }
            Action::Message {
                template,
                channel,
                purpose,
                category,
                offer,
                next,
            } => {
                let asked = ask::Asked {
                    instance: &moved.instance,
                    journey,
                    step: &step.id,
                };
                // A message with an offer was asked about when its offer was decided.
                let alone = offer.is_none() && purpose == "marketing";
                if alone
                    && asked
                        .withheld(&self.decider, category.clone(), channel)
                        .await?
                {
                    return Ok(Some(next.clone()));
                }
                let id = MessageId(self.db.take_numbers("messages", 1).await? as u64);
                let luggage = &moved.instance.luggage;
                let chosen = offer.as_ref().and_then(|step| luggage.offers.get(step));
                moved.messages.push(NewMessage {
                    id,
                    customer_id: customer.id,
                    once_key: once_key(&moved.instance, &step.id),
                    guarantee: match purpose.as_str() {
                        "service" => Guarantee::AtLeastOnce,
                        _ => Guarantee::AtMostOnce,
                    },
                    due_at: self.db.now(),
                    channel: channel.clone(),
                    purpose: purpose.clone(),
                    category: category.clone(),
                    template: template.clone(),
                    offer: chosen.map(|c| (c.offer.clone(), c.version)),
                    contact: chosen.map(|c| (c.contact_id, c.decision_id)),
                    journey: Some((
                        moved.instance.journey.clone(),
                        moved.instance.id,
                        step.id.clone(),
                    )),
                    data: serde_json::json!({ "cart": luggage.event, "event": luggage.event }),
                });
                Ok(Some(next.clone()))
            }
            Action::End {} => Ok(Some(None)),
        }
    }

    fn wait_end(&self, for_ms: Option<i64>, until: Option<&str>, customer: &Customer) -> Timestamp {
        let start = self.db.now().plus_ms(for_ms.unwrap_or(0));
        let Some(time) = until.and_then(|text| text.parse().ok()) else {
            return start;
        };
        let default = self.decider.catalog().default_zone.clone();
        let own = customer.state.zone.as_deref();
        let zone = own
            .and_then(|name| jiff::tz::TimeZone::get(name).ok())
            .unwrap_or(default);
        calendar::wait_until(start, &zone, time)
    }

    /// A published or older version of a journey.
    async fn version(&self, key: &str, version: i64) -> Result<Arc<Journey>, Error> {
        if let Some(published) = self.playbook.load().journeys.get(key)
            && published.version == version
        {
            return Ok(published.journey.clone());
        }
        let place = (key.to_owned(), version);
        if let Some(known) = self.versions.lock().get(&place) {
            return Ok(known.clone());
        }
        let stored = definition::version(&self.db, super::KIND.name, key, version).await?;
        let body = stored
            .ok_or_else(|| Error::NoVersion(key.to_owned(), version))?
            .body;
        let journey = Arc::new(serde_json::from_value::<Journey>(body)?);
        self.versions.lock().insert(place, journey.clone());
        Ok(journey)
    }

    /// A signal could not be taken in: it is tried again later, and others go on meanwhile.
    async fn put_off(
        &self,
        lease: &Lease,
        signal: &log_db::Signal,
        error: &Error,
    ) -> Result<(), Error> {
        let (watch, seq) = (&signal.watch, signal.seq);
        let next_try_at = signal.next_try_at(self.db.now());
        match next_try_at {
            Some(_) => tracing::warn!(%error, watch, seq, "a signal could not be taken in"),
            None => tracing::error!(%error, watch, seq, "a signal is given up"),
        }
        let mut tx: Tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        log_db::put_off_signal(&mut tx, signal, next_try_at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A step failed: it is tried again later, and given up in sight of everybody after that.
    async fn postpone(
        &self,
        lease: &Lease,
        mut instance: Instance,
        error: &Error,
    ) -> Result<(), Error> {
        instance.attempts += 1;
        instance.updated_at = self.db.now();
        instance.due_at = self.db.now().plus_ms(30_000 << instance.attempts.min(10));
        instance.reason = Some(error.to_string());
        if instance.attempts >= ATTEMPTS_LIMIT {
            instance.state = State::Failed;
        }
        let mut tx: Tx = self.db.begin().await?;
        job::still_held(&mut tx, lease).await?;
        db::save(&mut tx, &instance).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// What breaks off has failed like what says so.
async fn whole(work: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or(Err(Error::BrokeOff))
}

/// A customer's id and those of everybody merged into them.
pub(super) fn everyone(customer: &Customer) -> Vec<CustomerId> {
    customer
        .state
        .members
        .iter()
        .copied()
        .chain([customer.id])
        .collect()
}

/// Tells a step of an instance from every other one, also in a circle.
pub(super) fn once_key(instance: &Instance, step: &str) -> String {
    format!("{}:{step}:{}", instance.id, instance.luggage.moves_count)
}
