//! What became of offers: presented, clicked, accepted, rejected, worth, by channel and day.
//!
//! Counted from the newest interactions of the log, for all offers at once, and kept for a few
//! seconds. What is older than the limit is not counted, and the answer says so.

use std::collections::{BTreeMap, HashMap};

use memory::interaction::{Contact, ContactId, ContactStatus, Response, ResponseKind};
use memory::lake::Lake;
use memory::log::{ContactMoved, Entry, LogRow, RowKind};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

/// The most rows of one kind that are counted.
const LARGEST_SCAN: usize = 100_000;
/// Rows read at once.
const CHUNK: i64 = 2_000;

/// Numbers of interactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = InteractionCounts)]
pub struct Counts {
    /// Contacts that were presented.
    pub presented: u64,
    /// Contacts that were withheld for comparison.
    pub withheld: u64,
    /// Presented contacts that were viewed.
    pub viewed: u64,
    /// Presented contacts that were clicked.
    pub clicked: u64,
    /// Acceptances, stated or inferred.
    pub accepted: u64,
    /// Rejections.
    pub rejected: u64,
    /// What the acceptances were worth.
    pub value_cents: i64,
    /// Acceptances of withheld contacts.
    pub accepted_in_control: u64,
    /// What they were worth.
    pub value_in_control_cents: i64,
}

/// What became of one offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferCounts {
    /// Over everything that was counted.
    pub total: Counts,
    /// By channel.
    pub channels: BTreeMap<String, Counts>,
    /// By day (UTC, like `2026-03-01`) of the contact or response.
    pub days: BTreeMap<String, Counts>,
}

/// What became of every offer.
#[derive(Debug, Default)]
pub struct Tally {
    /// By offer key.
    pub offers: HashMap<String, OfferCounts>,
    /// Interactions older than this were not counted; `None` when all were.
    pub since: Option<Timestamp>,
}

/// Counts the newest interactions of the log.
pub async fn tally(lake: &Lake) -> Result<Tally, memory::Error> {
    let mut since = None;
    let contacts = newest(lake, RowKind::Contact, &mut since).await?;
    let moved = newest(lake, RowKind::ContactMoved, &mut since).await?;
    let responses = newest(lake, RowKind::Response, &mut since).await?;
    let mut tally = Tally {
        offers: HashMap::new(),
        since,
    };
    let mut known: HashMap<ContactId, (&Contact, Timestamp)> = HashMap::new();
    let mut presented: HashMap<ContactId, Timestamp> = HashMap::new();
    for row in &contacts {
        if let Entry::Contact(contact) = &row.entry {
            let id = ContactId(row.seq);
            known.insert(id, (contact, row.occurred_at));
            if contact.status == ContactStatus::Presented {
                presented.insert(id, row.occurred_at);
            }
        }
    }
    for row in &moved {
        if let Entry::ContactMoved(ContactMoved {
            contact_id, status, ..
        }) = &row.entry
            && *status == ContactStatus::Presented
        {
            presented.entry(*contact_id).or_insert(row.occurred_at);
        }
    }
    // A direct response shows that the contact was presented.
    for row in &responses {
        if let Entry::Response(Response {
            contact_id: Some(id),
            inferred: false,
            ..
        }) = &row.entry
        {
            presented.entry(*id).or_insert(row.occurred_at);
        }
    }
    for (id, (contact, at)) in &known {
        let Some(offer) = &contact.offer else {
            continue;
        };
        if contact.control {
            tally.add(offer, &contact.channel, *at, |counts| counts.withheld += 1);
        } else if let Some(at) = presented.get(id) {
            tally.add(offer, &contact.channel, *at, |counts| counts.presented += 1);
        }
    }
    tally.responses(&responses, &known);
    Ok(tally)
}

async fn newest(
    lake: &Lake,
    kind: RowKind,
    since: &mut Option<Timestamp>,
) -> Result<Vec<LogRow>, memory::Error> {
    let (mut rows, mut before) = (vec![], i64::MAX as u64);
    while rows.len() < LARGEST_SCAN {
        let more = lake.of_kind(kind, before, CHUNK).await?;
        let Some(last) = more.last() else {
            return Ok(rows);
        };
        before = last.seq;
        rows.extend(more);
    }
    let oldest = rows.last().map(|row: &LogRow| row.occurred_at);
    *since = (*since).max(oldest);
    Ok(rows)
}

impl Tally {
    fn add(&mut self, offer: &str, channel: &str, at: Timestamp, add: impl Fn(&mut Counts)) {
        let counts = self.offers.entry(offer.to_owned()).or_default();
        add(&mut counts.total);
        add(counts.channels.entry(channel.to_owned()).or_default());
        let day = at.to_string().chars().take(10).collect();
        add(counts.days.entry(day).or_default());
    }

    fn responses(&mut self, rows: &[LogRow], known: &HashMap<ContactId, (&Contact, Timestamp)>) {
        let mut counted = std::collections::HashSet::new();
        for row in rows.iter().rev() {
            let Entry::Response(response) = &row.entry else {
                continue;
            };
            let contact = response.contact_id.and_then(|id| known.get(&id));
            let contact = contact.map(|(contact, _)| *contact);
            let offer = response.offer.as_deref();
            let Some(offer) = offer.or(contact.and_then(|c| c.offer.as_deref())) else {
                continue;
            };
            // Views and clicks count once per contact.
            let again = response
                .contact_id
                .is_some_and(|id| !counted.insert((id, response.kind)));
            let channel = response.channel.as_deref();
            let channel = contact
                .map(|c| c.channel.as_str())
                .or(channel)
                .unwrap_or("unknown");
            let value = response.value_cents.unwrap_or_default();
            self.add(offer, channel, row.occurred_at, |counts| {
                count(counts, response, value, again);
            });
        }
    }
}

fn count(counts: &mut Counts, response: &Response, value: i64, again: bool) {
    match response.kind {
        ResponseKind::View if !again => counts.viewed += 1,
        ResponseKind::Click if !again => counts.clicked += 1,
        ResponseKind::Accept if response.in_control => {
            counts.accepted_in_control += 1;
            counts.value_in_control_cents += value;
        }
        ResponseKind::Accept => {
            counts.accepted += 1;
            counts.value_cents += value;
        }
        ResponseKind::Reject => counts.rejected += 1,
        ResponseKind::View | ResponseKind::Click | ResponseKind::Ignored | ResponseKind::Custom => {
        }
    }
}
