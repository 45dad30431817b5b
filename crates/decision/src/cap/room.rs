//! How much room caps leave at one moment.

use std::collections::BTreeSet;

use memory::Memory;
use memory::cap::{Claim, ClaimBy};
use store::Timestamp;

use super::{Cap, Measure, Span};
use crate::catalog::{CapEntry, Catalog};
use crate::targeting::reason::Reason;

/// The periods of all caps at one moment, made once and used until one of them ends.
#[derive(Debug, Default)]
pub struct Periods {
    /// Hash of the catalog whose caps they are.
    catalog: String,
    from: Timestamp,
    until: Timestamp,
    spans: Vec<(String, Span)>,
}

impl Periods {
    /// The periods that hold at a moment.
    pub fn of(catalog: &Catalog, now: Timestamp) -> Periods {
        let mut periods = Periods {
            catalog: catalog.hash.clone(),
            from: now,
            until: Timestamp(i64::MAX),
            spans: Vec::with_capacity(catalog.caps.len()),
        };
        for cap in &catalog.caps {
            let span = cap.body.span(now);
            let turns = [span.until, cap.body.starts_at, cap.body.ends_at];
            for turn in turns.into_iter().flatten().filter(|turn| *turn > now) {
                periods.until = periods.until.min(turn);
            }
            periods.spans.push((counter(&cap.key, &span), span));
        }
        periods
    }

    /// Whether they still hold.
    pub fn hold(&self, catalog: &Catalog, now: Timestamp) -> bool {
        self.catalog == catalog.hash && self.from <= now && now < self.until
    }

    /// Names of the counters.
    pub fn counters(&self) -> Vec<String> {
        self.spans
            .iter()
            .map(|(counter, _)| counter.clone())
            .collect()
    }
}

/// The counter of a cap's period.
pub fn counter(cap: &str, span: &Span) -> String {
    format!("{cap}@{}", span.label)
}

/// One cap at one moment.
#[derive(Debug, Clone)]
struct Line {
    counter: String,
    /// Up to where the counter may go now.
    limit: i64,
    left: i64,
    /// Whether more would be left if the cap were not spread over its period.
    paced: bool,
}

/// How much room all caps leave at one moment; empty when there are none.
#[derive(Debug, Clone, Default)]
pub struct CapRoom(Vec<Line>);

impl CapRoom {
    /// The room that memory knows of; counters in `full` have none, whatever memory says.
    pub fn of(
        catalog: &Catalog,
        periods: &Periods,
        memory: &Memory,
        full: &BTreeSet<String>,
        now: Timestamp,
    ) -> CapRoom {
        let line = |(cap, (counter, span)): (&CapEntry, &(String, Span))| {
            line(&cap.body, counter, span, memory.taken(counter), full, now)
        };
        CapRoom(catalog.caps.iter().zip(&periods.spans).map(line).collect())
    }

    /// What is left of a cap.
    pub fn left(&self, cap: u16) -> i64 {
        self.0
            .get(usize::from(cap))
            .map_or(i64::MAX, |line| line.left)
    }

    /// Whether a cap would have more room if it were not spread over its period.
    pub fn paced(&self, cap: u16) -> bool {
        self.0.get(usize::from(cap)).is_some_and(|line| line.paced)
    }

    /// No room at all: for somebody whose contacts cannot be written down and counted.
    pub fn none(catalog: &Catalog, periods: &Periods, now: Timestamp) -> CapRoom {
        let line = |(cap, (counter, span)): (&CapEntry, &(String, Span))| {
            let full = BTreeSet::from([counter.clone()]);
            line(&cap.body, counter, span, None, &full, now)
        };
        CapRoom(catalog.caps.iter().zip(&periods.spans).map(line).collect())
    }

    /// What speaks against one more contact that takes so much of a cap.
    pub fn against(&self, catalog: &Catalog, cap: u16, amount: i64) -> Option<Reason> {
        let body = &catalog.caps[usize::from(cap)].body;
        let needed = if body.takes_at_once() { amount } else { 1 };
        if self.left(cap) >= needed {
            return None;
        }
        Some(self.reason(cap))
    }

    /// Why a cap has no more room.
    pub fn reason(&self, cap: u16) -> Reason {
        if self.paced(cap) {
            Reason::Paced(cap)
        } else {
            Reason::Cap(cap)
        }
    }

    /// What a new contact claims of a cap; nothing outside the cap's time.
    pub fn claim(&self, cap: u16, body: &Cap, amount: i64, now: Timestamp) -> Option<Claim> {
        let line = self.0.get(usize::from(cap))?;
        body.counts_at(now).then(|| Claim {
            counter: line.counter.clone(),
            amount,
            by: match body.measure {
                Measure::Contacts => ClaimBy::Presented,
                Measure::Acceptances | Measure::Spend => ClaimBy::Accepted,
            },
            held: body.takes_at_once(),
            limit: line.limit,
        })
    }
}

fn line(
    cap: &Cap,
    counter: &str,
    span: &Span,
    taken: Option<i64>,
    full: &BTreeSet<String>,
    now: Timestamp,
) -> Line {
    let limit = cap.allowed(span, now);
    let taken = taken.unwrap_or(0);
    let left = match (cap.counts_at(now), full.contains(counter)) {
        (false, _) => i64::MAX,
        (true, true) => 0,
        (true, false) => (limit - taken).max(0),
    };
    Line {
        counter: counter.to_owned(),
        limit,
        left,
        paced: limit < cap.at_most && taken < cap.at_most,
    }
}
