//! Reading the record: decisions of a period and what came of them become turns.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use memory::criteria::Slots;
use memory::interaction::{ContactId, DecisionId, Response, ResponseKind};
use memory::log::as_of::{self, AsOf};
use memory::log::{Entry, LogRow, RowKind};
use memory::{CustomerId, CustomerState};
use store::Timestamp;

use super::again::{Again, Bridge, Then};
use super::asked::Asked;
use super::choice::{Open, ranked};
use super::known::{self, WorthsThen};
use super::result::{LeftOut, Reproduced};
use super::turn::{Keys, Measure, Position, Shown, Turn};
use super::{Knowledge, Period, past};
use crate::catalog::Catalog;
use crate::catalog::record::CatalogRecord;
use crate::learning::settings::Learning;
use crate::targeting::stored::{Stored, StoredPlacement};
use crate::worth::WorthBook;
use crate::{Decider, Error};

/// Rows read at once.
const CHUNK: i64 = 4_000;
/// Customers whose rows are read at once.
const TOGETHER: usize = 400;
const DAY_MS: i64 = 86_400_000;

/// Reads decisions and what came of them.
pub struct Reader<'a> {
    decider: &'a Decider,
    /// What acceptances were worth.
    worths: WorthsThen,
    period: &'a Period,
    sides: &'a [Arc<Catalog>],
    /// What was read.
    pub found: Found,
    bridges: HashMap<String, Arc<Rules>>,
    contacts: HashMap<ContactId, (usize, usize)>,
    until: Vec<Timestamp>,
    /// Decisions that wait to be made again on their customers' states.
    waiting: BTreeMap<CustomerId, Vec<LogRow>>,
    stage: Stage,
}

/// How far reading is.
enum Stage {
    /// Decisions from before a position, newest first.
    Decisions(u64),
    /// Decisions that are made again on their customers' states of that time.
    Customers,
    /// Responses from before a position, newest first, down to another one.
    Responses(u64, u64),
    Over,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Found {
    /// What can be evaluated.
    pub turns: Vec<Turn>,
    /// Offers by number.
    pub offers: Keys,
    /// Placements by number.
    pub placements: Keys,
    /// What cannot.
    pub left_out: LeftOut,
    /// Decisions looked at.
    pub looked_at: u64,
    /// Decisions before this instant were not looked at, because there were enough.
    pub since: Option<Timestamp>,
    /// By side: turns whose choice is unsure.
    pub unsure: Vec<u64>,
    /// By side: offers that the record never considered.
    pub unknown: Vec<BTreeSet<String>>,
    /// How well the past came out.
    pub reproduced: Option<Reproduced>,
    /// Currencies of what was shown.
    pub currencies: BTreeSet<String>,
}

/// The rules of one time, and how they lead to those that are tried.
struct Rules {
    record: Arc<CatalogRecord>,
    bridges: Vec<Bridge>,
    catalog: Option<Arc<Catalog>>,
}

impl Rules {
    fn learned(&self) -> Option<&Learning> {
        self.catalog
            .as_ref()
            .map(|catalog| &catalog.strategy.learning)
    }
}

impl<'a> Reader<'a> {
    /// A reader of a period.
    pub async fn open(
        decider: &'a Decider,
        period: &'a Period,
        sides: &'a [Arc<Catalog>],
    ) -> Result<Reader<'a>, Error> {
        let lake = decider.memory().lake();
        let start = lake.above(RowKind::Decision, period.until).await?;
        Ok(Reader {
            decider,
            worths: WorthsThen::default(),
            period,
            sides,
            found: Found {
                unsure: vec![0; sides.len()],
                unknown: vec![BTreeSet::new(); sides.len()],
                reproduced: (period.customers == Knowledge::AsOfThen).then(Reproduced::default),
                ..Found::default()
            },
            bridges: HashMap::new(),
            contacts: HashMap::new(),
            until: vec![],
            waiting: BTreeMap::new(),
            stage: Stage::Decisions(start),
        })
    }

    /// Reads on. The share that is done, as far as can be told; `None` when nothing is left.
    pub async fn go_on(&mut self, newest: u64) -> Result<Option<f64>, Error> {
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Decisions(before) => {
                self.decisions(before).await?;
                let limit = f64::from(self.period.decisions.max(1));
                Ok(Some(0.4 * (self.found.looked_at as f64 / limit).min(1.0)))
            }
            Stage::Customers => {
                let all = self.found.looked_at as f64;
                self.some_customers().await?;
                self.stage = match self.waiting.is_empty() {
                    true => self.responses_next(),
                    false => Stage::Customers,
                };
                let left: usize = self.waiting.values().map(Vec::len).sum();
                Ok(Some(0.4 + 0.5 * (1.0 - left as f64 / all.max(1.0))))
            }
            Stage::Responses(before, down_to) => {
                let (lake, kind) = (self.decider.memory().lake(), RowKind::Response);
                let rows = lake.of_kind(kind, before, CHUNK).await?;
                for row in &rows {
                    if let Entry::Response(response) = &row.entry {
                        self.response(row.occurred_at, response);
                    }
                }
                let last = rows.last().map_or(0, |row| row.seq);
                if last > down_to {
                    self.stage = Stage::Responses(last, down_to);
                }
                let span = newest.saturating_sub(down_to).max(1) as f64;
                Ok(Some(
                    0.9 + 0.1 * (1.0 - last.saturating_sub(down_to) as f64 / span),
                ))
            }
            Stage::Over => Ok(None),
        }
    }

    fn responses_next(&self) -> Stage {
        match self.found.turns.iter().map(|turn| turn.decision.0).min() {
            Some(oldest) => Stage::Responses(i64::MAX as u64, oldest),
            None => Stage::Over,
        }
    }

    async fn decisions(&mut self, before: u64) -> Result<(), Error> {
        let (lake, kind) = (self.decider.memory().lake(), RowKind::Decision);
        let rows = lake.of_kind(kind, before, CHUNK).await?;
        let mut over = (rows.len() as i64) < CHUNK;
        let last = rows.last().map_or(0, |row| row.seq);
        for row in rows {
            if row.occurred_at < self.period.from {
                over = true;
                break;
            }
            if row.occurred_at >= self.period.until {
                continue;
            }
            if self.found.looked_at >= u64::from(self.period.decisions) {
                over = true;
                break;
            }
            self.found.looked_at += 1;
            self.found.since = Some(row.occurred_at);
            if self.period.customers == Knowledge::AsOfThen {
                self.waiting.entry(row.customer_id).or_default().push(row);
            } else {
                match &row.entry {
                    Entry::Decision(body) => match serde_json::from_str::<Stored>(body) {
                        Ok(stored) => self.decision(&row, None, &stored).await?,
                        Err(_) => self.found.left_out.unreadable += 1,
                    },
                    _ => self.found.left_out.unreadable += 1,
                }
            }
        }
        if !over {
            // Otherwise everything that was there was looked at, or enough.
            self.stage = Stage::Decisions(last);
            return Ok(());
        }
        if self.found.looked_at < u64::from(self.period.decisions) {
            self.found.since = None;
        }
        self.stage = match self.period.customers {
            Knowledge::AsRecorded => self.responses_next(),
            Knowledge::AsOfThen => Stage::Customers,
        };
        Ok(())
    }

    /// Makes the states of some customers again, row by row, and their decisions where they stand.
    async fn some_customers(&mut self) -> Result<(), Error> {
        let mut decisions: HashMap<u64, Stored> = HashMap::new();
        let mut customers: HashSet<CustomerId> = HashSet::new();
        let mut before = 0;
        while customers.len() < TOGETHER
            && let Some((customer, rows)) = self.waiting.pop_first()
        {
            customers.insert(customer);
            for row in rows {
                before = before.max(row.seq + 1);
                if let Entry::Decision(body) = &row.entry {
                    decisions.insert(row.seq, serde_json::from_str(body)?);
                }
            }
        }
        let mut specs = vec![];
        for stored in decisions.values() {
            if let Some(catalog) = &self.rules(&stored.catalog).await?.catalog {
                specs.extend(catalog.criteria.slots().iter().cloned());
            }
        }
        for side in self.sides {
            specs.extend(side.criteria.slots().iter().cloned());
        }
        let memory = self.decider.memory();
        let rows = as_of::rows_before(memory, customers, before).await?;
        let mut states = AsOf::new(Slots::new(specs));
        for row in &rows {
            if let Some(stored) = decisions.remove(&row.seq) {
                let known = states.customer(row.customer_id);
                let known = known.map(|(id, state)| (id, state.clone()));
                match known {
                    Some(known) => self.decision(row, Some(known), &stored).await?,
                    None => self.found.left_out.unreadable += 1,
                }
            }
            states.apply(row);
        }
        self.found.left_out.unreadable += decisions.len() as u64;
        Ok(())
    }

    /// The rules with a hash, and their bridges to those that are tried.
    async fn rules(&mut self, hash: &str) -> Result<Arc<Rules>, Error> {
        if let Some(known) = self.bridges.get(hash) {
            return Ok(known.clone());
        }
        let db = self.decider.memory().db();
        let record = self.decider.record(hash).await?.unwrap_or_default();
        let definitions = past::definitions(db, &record).await?;
        let then = Then::of(&definitions);
        let bridges = self
            .sides
            .iter()
            .map(|side| Bridge::new(&record, &then, side));
        let bridges: Vec<Bridge> = bridges.collect();
        for (known, bridge) in self.found.unknown.iter_mut().zip(&bridges) {
            known.extend(bridge.unknown.iter().cloned());
        }
        let catalog = past::catalog(db, hash, &record).await?.map(Arc::new);
        let rules = Arc::new(Rules {
            record,
            bridges,
            catalog,
        });
        self.bridges.insert(hash.to_owned(), rules.clone());
        Ok(rules)
    }

    async fn decision(
        &mut self,
        row: &LogRow,
        customer: Option<(CustomerId, CustomerState)>,
        stored: &Stored,
    ) -> Result<(), Error> {
        let rules = self.rules(&stored.catalog).await?;
        let worths = self.worths.of(self.decider, stored).await?;
        let tried = match &customer {
            None => self.by_record(row, stored, &rules, &worths),
            Some((id, state)) => self.by_state((*id, state), row, stored, &rules, &worths),
        };
        for (place, placement) in stored.placements.iter().enumerate() {
            let tried = tried.iter().map(|side| side[place].clone()).collect();
            self.turn(row, placement, tried, &rules);
        }
        Ok(())
    }

    /// What each side chooses, by what the record says.
    fn by_record(
        &mut self,
        row: &LogRow,
        stored: &Stored,
        rules: &Rules,
        worths: &WorthBook,
    ) -> Vec<Vec<Vec<Position>>> {
        let mut tried = Vec::with_capacity(self.sides.len());
        let evidence = known::evidence(stored, worths);
        for (side, bridge) in self.sides.iter().zip(&rules.bridges) {
            let again = Again {
                record: &rules.record,
                bridge,
                rules: side,
                learned_then: rules.learned(),
                evidence: &evidence,
                customer: row.customer_id,
                at: row.occurred_at,
            };
            tried.push(again.choose(stored, &mut self.found.offers));
        }
        tried
    }

    /// What each side chooses for the customer as they were.
    fn by_state(
        &mut self,
        (id, state): (CustomerId, &CustomerState),
        row: &LogRow,
        stored: &Stored,
        rules: &Rules,
        worths: &WorthBook,
    ) -> Vec<Vec<Vec<Position>>> {
        let evidence = known::evidence(stored, worths);
        let learned = self.decider.learned();
        let around = self.decider.around(row.occurred_at, false);
        let asked = Asked {
            learned: &learned,
            around: &around,
            record: &rules.record,
            worths,
            id,
            state,
            at: row.occurred_at,
            stored,
        };
        if let (Some(catalog), Some(reproduced)) = (&rules.catalog, &mut self.found.reproduced) {
            reproduced.asked += 1;
            reproduced.same += u64::from(asked.same(&asked.consider(catalog)));
        }
        let mut tried = vec![];
        for side in self.sides {
            let came_out = asked.consider(side);
            let mut open = Open::new(side, &rules.record, rules.learned(), &evidence, id);
            let mut chosen = vec![];
            for (place, considered) in stored.placements.iter().zip(&came_out.placements) {
                let keys = &mut self.found.offers;
                let ranked = considered
                    .as_ref()
                    .map(|one| ranked(side, &came_out, one, place, &rules.record, keys));
                chosen.push(open.positions(place, ranked.unwrap_or_default(), keys));
            }
            tried.push(chosen);
        }
        tried
    }

    fn turn(
        &mut self,
        row: &LogRow,
        place: &StoredPlacement,
        tried: Vec<Vec<Position>>,
        rules: &Rules,
    ) {
        let known = place.of(&rules.record);
        let Some(known) = known else {
            self.found.left_out.unreadable += 1;
            return;
        };
        let named = self.period.placements.as_ref();
        let here = named.is_none_or(|named| named.contains(&place.placement));
        if !here
            || self
                .period
                .channel
                .is_some_and(|channel| channel != known.channel)
        {
            return;
        }
        if !place.withheld.is_empty() {
            self.found.left_out.control += 1;
            return;
        }
        let fresh: Vec<_> = place
            .offers
            .iter()
            .filter(|o| o.contact.is_some())
            .collect();
        if fresh.is_empty() && !place.offers.is_empty() {
            self.found.left_out.repeated += 1;
            return;
        }
        if fresh.is_empty()
            && tried
                .iter()
                .flatten()
                .all(|position| position.chances.is_empty())
        {
            self.found.left_out.empty += 1;
            return;
        }
        let turn = self.found.turns.len();
        let mut shown = vec![];
        for choice in fresh {
            let contact = choice.contact.map(|distance| ContactId(row.seq + distance));
            if let Some(contact) = contact {
                self.contacts.insert(contact, (turn, shown.len()));
            }
            let offer = rules
                .record
                .offers
                .iter()
                .find(|offer| offer.key == choice.offer);
            self.found
                .currencies
                .extend(offer.map(|offer| offer.currency.clone()));
            let variant = rules.record.variant(known, choice.candidate);
            shown.push(Shown {
                offer: self.found.offers.of_variant(&choice.offer, variant),
                contact,
                propensity: place.factors(known, choice.candidate).propensity,
                probability: choice.probability(),
                reward: 0.0,
            });
        }
        for (positions, unsure) in tried.iter().zip(&mut self.found.unsure) {
            *unsure += u64::from(positions.iter().any(|position| position.unsure));
        }
        self.until.push(
            row.occurred_at
                .plus_ms(i64::from(self.period.response_days) * DAY_MS),
        );
        self.found.turns.push(Turn {
            decision: DecisionId(row.seq),
            customer: row.customer_id,
            placement: self.found.placements.number(&place.placement),
            shown,
            tried,
        });
    }

    fn response(&mut self, at: Timestamp, response: &Response) {
        let Some((turn, place)) = response.contact_id.and_then(|id| self.contacts.get(&id)) else {
            return;
        };
        if at > self.until[*turn] || response.in_control {
            return;
        }
        let shown = &mut self.found.turns[*turn].shown[*place];
        match (self.period.measure, response.kind) {
            // A click shows that it was seen.
            (Measure::View, ResponseKind::View | ResponseKind::Click)
            | (Measure::Click, ResponseKind::Click) => shown.reward = 1.0,
            (Measure::Accept, ResponseKind::Accept) => {
                let credit = response.credit.unwrap_or(1.0);
                shown.reward = (shown.reward + credit).min(1.0);
            }
            (Measure::Value, ResponseKind::Accept) => {
                let value = response.value_cents.unwrap_or_default() as f64;
                shown.reward += value * response.credit.unwrap_or(1.0);
            }
            _ => {}
        }
    }
}
