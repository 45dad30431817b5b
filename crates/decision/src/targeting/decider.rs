//! The decider: asks memory for the customer, considers, writes down, answers in time.
//!
//! A contact is reserved in the same append as the decision, and the append refuses when the
//! customer's contacts have moved since they were read: so limits hold under any concurrency. What
//! cannot be written down in time is not shown.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use awareness::increment::earnings::Earnings;
use awareness::increment::effect::Effects;
use memory::identity::IdentifierKind;
use memory::log::{Appended, Command};
use memory::{Customer, CustomerId, CustomerState, Memory};
use parking_lot::Mutex;
use store::Timestamp;
use tokio::time::{Instant, timeout_at};

use super::answer::{answer, fallback, measure, placements};
use super::asked::{Asked, Moment};
use super::evidence::{Knowledge, Thought};
use super::pipeline::Considered;
use super::record::Written;
use super::{AnswerReason, CustomerRef, DEADLINE_MS, DecisionAnswer, DecisionRequest, Degradation};
use crate::Error;
use crate::cap::{CapRoom, Periods};
use crate::catalog::record::CatalogRecord;
use crate::catalog::{self, Catalog};
use crate::code::KeptCodes;
use crate::customer_table::{CustomerRows, Tables};
use crate::experiment::meet::exposure;
use crate::learning::Learned;
use crate::learning::budget::Spent;
use crate::offer::recall::Stopped;
use crate::suppression;
use crate::worth::{WorthBook, Worths};

/// How often a decision is made again when the customer's contacts moved meanwhile.
const RETRIES: usize = 5;
/// How often a decision is made again without an offer whose cap turned out to be used up.
const FULL_RETRIES: usize = 20;

/// Decides. Cheap to clone.
#[derive(Clone)]
pub struct Decider(Arc<Inner>);

struct Inner {
    memory: Memory,
    catalog: ArcSwap<Catalog>,
    /// What was learned, as far as this process has followed.
    learned: ArcSwap<Learned>,
    worths: ArcSwap<Worths>,
    /// What trying out has cost, as far as a budget asks for it.
    spent: ArcSwap<Spent>,
    earnings: Earnings,
    /// The periods of all caps.
    periods: ArcSwap<Periods>,
    /// What the department's tables say about customers.
    tables: Tables,
    /// What stored records refer to, by hash.
    records: Mutex<HashMap<String, Arc<CatalogRecord>>>,
    /// Offers that may not be made, whatever the catalog says.
    stopped: ArcSwap<Stopped>,
    /// What is kept of codes and coupons.
    codes: KeptCodes,
    suppressions: suppression::keep::Kept,
}

/// What was decided and written down.
pub(super) struct Decided {
    pub appended: Appended,
    pub considered: Vec<Considered>,
    pub degradation: Degradation,
}

/// How a customer could be read.
enum Reading {
    Known(Customer, Degradation),
    Unknown,
    Unreadable,
}

impl Decider {
    /// A decider that has nothing to say yet; see [`Decider::install`].
    pub fn new(memory: Memory) -> Decider {
        Decider(Arc::new(Inner {
            earnings: Earnings::new(memory.clone()),
            worths: ArcSwap::default(),
            spent: ArcSwap::default(),
            memory,
            catalog: ArcSwap::from_pointee(Catalog::default()),
            learned: ArcSwap::default(),
            periods: ArcSwap::default(),
            tables: Tables::default(),
            records: Mutex::default(),
            stopped: ArcSwap::default(),
            codes: KeptCodes::default(),
            suppressions: suppression::keep::Kept::default(),
        }))
    }

    /// Takes a newly compiled catalog into use, after keeping what records will refer to.
    pub async fn install(&self, catalog: Catalog) -> Result<(), Error> {
        let db = self.0.memory.db();
        catalog::db::keep(db, &catalog.hash, &catalog.record).await?;
        self.0.tables.refresh(db).await?;
        let worths = Worths::of(self.0.worths.load().effects.clone(), &catalog);
        self.0.catalog.store(Arc::new(catalog));
        self.0.worths.store(Arc::new(worths));
        self.read_suppressions().await
    }

    /// The suppression lists as this process knows them.
    pub(crate) fn kept_suppressions(&self) -> &suppression::keep::Kept {
        &self.0.suppressions
    }

    /// Takes new evidence of what acceptances are worth into use.
    pub(crate) async fn install_worths(&self, effects: Arc<Effects>) -> Result<(), Error> {
        let worths = Worths::of(effects, &self.catalog());
        if worths.hash != self.0.worths.load().hash && !worths.hash.is_empty() {
            crate::worth::db::keep(self.memory().db(), &worths.hash, &worths.effects).await?;
        }
        self.0.worths.store(Arc::new(worths));
        Ok(())
    }

    /// What acceptances are worth, for the catalog in use.
    pub(super) fn worths(&self) -> Arc<Worths> {
        self.0.worths.load_full()
    }

    /// What acceptances are worth, for catalogs that are only tried.
    pub(crate) fn worth_book(&self) -> WorthBook {
        WorthBook::new(self.0.worths.load().effects.clone())
    }

    /// What contacts have earned, counted now and then.
    pub fn earnings(&self) -> &Earnings {
        &self.0.earnings
    }

    /// The catalog in use.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.0.catalog.load_full()
    }

    /// What was learned, as far as this process has followed.
    pub fn learned(&self) -> Arc<Learned> {
        self.0.learned.load_full()
    }

    /// What is known at this moment besides the catalog.
    fn knowledge(&self) -> Knowledge {
        Knowledge {
            learned: self.learned(),
            worths: self.worths(),
        }
    }

    /// Takes what was learned since into use.
    pub(crate) fn take_in(&self, learned: Arc<Learned>) {
        self.0.learned.store(learned);
    }

    /// What trying out has cost in the period that was counted last.
    pub(crate) fn tried_out(&self) -> Arc<Spent> {
        self.0.spent.load_full()
    }

    /// Takes what trying out has cost into account.
    pub(crate) fn take_tried_out(&self, spent: Spent) {
        self.0.spent.store(Arc::new(spent));
    }

    /// Offers that may not be made, as this process knows them.
    pub fn stopped(&self) -> Arc<Stopped> {
        self.0.stopped.load_full()
    }

    pub(crate) fn codes(&self) -> &KeptCodes {
        &self.0.codes
    }

    /// Takes into use what may not be made.
    pub(crate) fn stop_offers(&self, stopped: Stopped) {
        self.0.stopped.store(Arc::new(stopped));
    }

    /// The periods of all caps that hold at a moment.
    pub(crate) fn periods(&self, catalog: &Catalog, now: Timestamp) -> Arc<Periods> {
        let known = self.0.periods.load_full();
        if known.hold(catalog, now) {
            return known;
        }
        let periods = Arc::new(Periods::of(catalog, now));
        self.0.periods.store(periods.clone());
        periods
    }

    /// How much room caps leave, as far as memory knows.
    pub(crate) fn room(
        &self,
        catalog: &Catalog,
        full: &BTreeSet<String>,
        now: Timestamp,
    ) -> CapRoom {
        if catalog.caps.is_empty() {
            return CapRoom::default();
        }
        let periods = self.periods(catalog, now);
        CapRoom::of(catalog, &periods, self.memory(), full, now)
    }

    /// What the department's tables say about customers.
    pub(crate) fn tables(&self) -> &Tables {
        &self.0.tables
    }

    /// The memory of customers.
    pub fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// What stored records refer to by a hash.
    pub(crate) async fn record(&self, hash: &str) -> Result<Option<Arc<CatalogRecord>>, Error> {
        /// Records kept in memory; each publication adds one.
        const KEPT: usize = 64;
        if let Some(known) = self.0.records.lock().get(hash) {
            return Ok(Some(known.clone()));
        }
        let found = catalog::db::find(self.0.memory.db(), hash).await?;
        let Some(found) = found.map(Arc::new) else {
            return Ok(None);
        };
        let mut records = self.0.records.lock();
        if records.len() >= KEPT {
            records.clear();
        }
        records.insert(hash.to_owned(), found.clone());
        Ok(Some(found))
    }

    /// Decides for a request, always in time and never with an error: what cannot be decided and
    /// written down before the deadline is answered with fallback content, labelled as such.
    pub async fn decide(&self, request: &DecisionRequest) -> DecisionAnswer {
        let started = Instant::now();
        let deadline_ms = request.deadline_ms.unwrap_or(DEADLINE_MS);
        let deadline = started + Duration::from_millis(deadline_ms);
        // Half of the time for reading, so that what is cached can still be written down.
        let reading = started + Duration::from_millis(deadline_ms.div_ceil(2));
        let catalog = self.catalog();
        let asked = Asked::of(&catalog, request, self.stopped());
        let answer = match self.read(&request.customer, reading).await {
            Reading::Known(customer, degradation) => {
                let id = customer.id;
                let decided = self.settle(&catalog, &asked, customer, degradation, RETRIES);
                match timeout_at(deadline, decided).await {
                    Ok(Ok(decided)) => {
                        let answer = answer(&catalog, request, decided);
                        let answer = self.as_made(&catalog, answer, deadline).await;
                        self.with_codes(&catalog, answer, deadline).await
                    }
                    Ok(Err(error)) => {
                        tracing::warn!(%error, "a decision could not be written down");
                        fallback(&catalog, request, Some(id), AnswerReason::Unavailable)
                    }
                    Err(_) => fallback(&catalog, request, Some(id), AnswerReason::Timeout),
                }
            }
            Reading::Unknown => self.decide_for_unknown(&catalog, request, &asked),
            Reading::Unreadable => fallback(&catalog, request, None, AnswerReason::Unavailable),
        };
        measure(&answer, started);
        answer
    }

    /// The answer when nothing can be decided: fallback content.
    pub fn fall_back(&self, request: &DecisionRequest, reason: AnswerReason) -> DecisionAnswer {
        fallback(&self.catalog(), request, None, reason)
    }

    /// What would be decided now, without deciding it.
    pub(super) fn dry_run(
        &self,
        catalog: &Catalog,
        worths: Arc<Worths>,
        customer: &Customer,
        request: &DecisionRequest,
        now: Timestamp,
    ) -> Thought {
        let asked = Asked::of(catalog, request, self.stopped());
        let state = &customer.state;
        let moment = Moment {
            knowledge: &Knowledge {
                learned: self.learned(),
                worths,
            },
            around: &self.around(now, false),
            caps: &self.room(catalog, &BTreeSet::new(), now),
            rows: &self.tables().of(catalog, customer.id, &state.members, now),
        };
        asked.consider(catalog, Some(customer.id), state, moment)
    }

    /// Considers and writes down, again and again while the customer's contacts move or caps turn
    /// out to be used up.
    pub(super) async fn settle(
        &self,
        catalog: &Catalog,
        asked: &Asked<'_>,
        customer: Customer,
        degradation: Degradation,
        retries: usize,
    ) -> Result<Decided, Error> {
        let memory = &self.0.memory;
        let (mut customer, mut degradation) = (customer, degradation);
        let (mut moved, mut full) = (0, BTreeSet::new());
        for _ in 0..=retries + FULL_RETRIES {
            let contended = moved >= retries;
            let Customer { id, state } = customer;
            let now = memory.db().now();
            let knowledge = self.knowledge();
            let caps = self.room(catalog, &full, now);
            let rows = self.tables().of(catalog, id, &state.members, now);
            let around = self.around(now, contended);
            let moment = Moment {
                knowledge: &knowledge,
                around: &around,
                caps: &caps,
                rows: &rows,
            };
            let thought = asked.consider(catalog, Some(id), &state, moment);
            let written = Written {
                catalog,
                learned: knowledge.learned.position,
                degradation,
                context: asked.context,
                language: asked.language.or(state.language.as_deref()),
                reference: asked.reference,
                caps: &caps,
                journey: asked.journey,
                thrifty: around.thrifty,
                now,
                thought: &thought,
            };
            let mut rows = super::record::rows(&written)?;
            for taken in &thought.met {
                let entry = &catalog.experiments.entries[usize::from(taken.experiment)];
                rows.extend(exposure(entry, taken, now, memory.db().random())?);
            }
            let command = Command {
                customer: id,
                rows,
                expect: (!contended).then_some(state.contact_version),
            };
            drop(knowledge);
            // Memory changes the state in place when nobody else holds it.
            drop(state);
            match memory.append(command).await {
                Ok(appended) => {
                    return Ok(Decided {
                        appended,
                        considered: thought.considered,
                        degradation,
                    });
                }
                Err(memory::Error::Conflict(_)) => {
                    metrics::counter!("rapport_decision_conflicts_total").increment(1);
                    moved += 1;
                }
                Err(memory::Error::Full(counters)) => full.extend(counters),
                Err(error) => return Err(error.into()),
            }
            customer = memory.customer(id).await?.ok_or(Error::NoCustomer(id))?;
            degradation = Degradation::None;
        }
        Err(Error::Contended(customer.id))
    }

    async fn read(&self, who: &CustomerRef, until: Instant) -> Reading {
        let id = match timeout_at(until, self.resolve(who)).await {
            Ok(Ok(Some(id))) => id,
            Ok(Ok(None)) => return Reading::Unknown,
            Ok(Err(_)) | Err(_) => return Reading::Unreadable,
        };
        match timeout_at(until, self.0.memory.customer(id)).await {
            Ok(Ok(Some(customer))) => Reading::Known(customer, Degradation::None),
            Ok(Ok(None)) => Reading::Unknown,
            Ok(Err(_)) | Err(_) => match self.0.memory.cached(id) {
                Some(customer) => Reading::Known(customer, Degradation::CachedState),
                None => Reading::Unreadable,
            },
        }
    }

    /// The customer that a reference names; the first identifier that is known counts.
    pub(crate) async fn resolve(
        &self,
        who: &CustomerRef,
    ) -> Result<Option<CustomerId>, memory::Error> {
        if let Some(id) = who.customer_id {
            return Ok(Some(id));
        }
        for (kind, value) in [
            (IdentifierKind::UserId, &who.user_id),
            (IdentifierKind::AnonymousId, &who.anonymous_id),
        ] {
            if let Some(value) = value
                && let Some(id) = self.0.memory.find(kind, value).await?
            {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Decides for somebody who has not done anything yet: as for an empty state, and nothing is
    /// written down, because there is no customer to write it down for.
    fn decide_for_unknown(
        &self,
        catalog: &Catalog,
        request: &DecisionRequest,
        asked: &Asked<'_>,
    ) -> DecisionAnswer {
        let now = self.0.memory.db().now();
        let state = CustomerState::default();
        let knowledge = self.knowledge();
        let moment = Moment {
            knowledge: &knowledge,
            around: &self.around(now, false),
            // What is shown to them is not counted, so nothing that has to be counted is shown.
            caps: &CapRoom::none(catalog, &self.periods(catalog, now), now),
            rows: &CustomerRows::default(),
        };
        let thought = asked.consider(catalog, None, &state, moment);
        let mut placements = placements(catalog, request, &thought.considered, &mut |_| None);
        crate::code::without_codes(catalog, &mut placements);
        DecisionAnswer {
            decision_id: None,
            customer_id: None,
            degradation: Degradation::Anonymous,
            placements,
        }
    }
}
