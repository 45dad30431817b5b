//! Finding decisions: newest first, by customer, offer, reason, placement, channel, time and more.

use memory::CustomerId;
use memory::criteria::{did_you_mean, nearest};
use memory::identity::IdentifierKind;
use memory::log::{LogRow, RowKind};
use serde::Deserialize;
use serde_json::Value;
use store::Timestamp;
use store::definition::{self, Problem, ProblemCode};
use utoipa::ToSchema;

use super::read::DecisionRow;
use super::reason::{CODES, LOWER_PRIORITY};
use super::stored::{Stored, StoredPlacement};
use super::{AnswerReason, Decider, Degradation};
use crate::catalog::record::CatalogRecord;
use crate::{Channel, Error, offer, placement};

/// The most decisions looked through for one page of a filtered list.
const LARGEST_SCAN: usize = 20_000;
/// Decisions read at once.
const CHUNK: i64 = 500;

/// Which decisions are wanted; absent fields admit everything. All that is said of a placement
/// must be true of the same one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Id or identifier of the customer.
    pub customer: Option<String>,
    /// Key of an offer.
    pub offer: Option<String>,
    /// What became of that offer; chosen unless given.
    pub fate: Option<Fate>,
    /// Code of a reason against that offer, or against any.
    pub against: Option<String>,
    /// Key of a placement that was asked for.
    pub placement: Option<String>,
    /// Channel of the placement.
    pub channel: Option<Channel>,
    /// Why a placement showed what it showed.
    pub reason: Option<String>,
    /// How good the answer was.
    pub degradation: Option<Degradation>,
    /// Only decisions that withheld an offer for comparison, or only others.
    pub control: Option<bool>,
    /// Only decisions that chose to learn, or only others.
    pub explored: Option<bool>,
    /// From when.
    pub from: Option<Timestamp>,
    /// Until when (exclusive).
    pub until: Option<Timestamp>,
}

/// What became of an offer in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OfferFate)]
pub enum Fate {
    /// It was shown or withheld.
    Chosen,
    /// It was considered and not chosen, for whatever reason.
    Rejected,
    /// It was considered.
    Considered,
}

/// Some decisions, and the position from which to look on.
#[derive(Debug, Default)]
pub struct FoundDecisions {
    /// What was found, newest first.
    pub rows: Vec<DecisionRow>,
    /// Decisions from before this position were not looked through yet.
    pub next: Option<u64>,
}

impl Filter {
    fn admits(&self, row: &LogRow, stored: &Stored, record: &CatalogRecord) -> bool {
        let long_ago = self.from.is_some_and(|from| row.occurred_at < from);
        let too_new = self.until.is_some_and(|until| row.occurred_at >= until);
        let quality = self
            .degradation
            .is_none_or(|wanted| wanted == stored.degradation);
        let asks = self.placement.is_some()
            || self.channel.is_some()
            || self.reason.is_some()
            || self.offer.is_some()
            || self.against.is_some()
            || self.control.is_some()
            || self.explored.is_some();
        let mut placements = stored.placements.iter();
        let fits = !asks || placements.any(|place| self.admits_placement(place, record));
        !long_ago && !too_new && quality && fits
    }

    fn admits_placement(&self, place: &StoredPlacement, record: &CatalogRecord) -> bool {
        let known = place.of(record);
        let named = self
            .placement
            .as_ref()
            .is_none_or(|key| *key == place.placement);
        let channel = self.channel;
        let channel = channel.is_none_or(|channel| known.is_some_and(|k| k.channel == channel));
        let reason = self
            .reason
            .as_ref()
            .is_none_or(|word| word == place.reason.word());
        let control = self
            .control
            .is_none_or(|wanted| wanted != place.withheld.is_empty());
        let explored = self
            .explored
            .is_none_or(|wanted| wanted == place.explored());
        // The cheap questions first.
        if !(named && channel && reason && control && explored) {
            return false;
        }
        let candidate = self.offer.as_ref().map(|key| {
            known?.candidates.iter().position(|(offer, _)| {
                record
                    .offers
                    .get(usize::from(*offer))
                    .is_some_and(|offer| offer.key == *key)
            })
        });
        let candidate = match candidate {
            Some(None) => return false,
            Some(Some(place)) => Some(place as u64),
            None => None,
        };
        self.admits_fate(place) && self.admits_reasons(place, candidate)
    }

    fn admits_fate(&self, place: &StoredPlacement) -> bool {
        let Some(key) = &self.offer else { return true };
        let mut chosen = place.offers.iter().chain(&place.withheld);
        let chosen = chosen.any(|choice| choice.offer == *key);
        // Whoever asks for a reason against an offer asks for where it was not chosen.
        match self.fate {
            Some(Fate::Considered) => true,
            Some(Fate::Rejected) => !chosen,
            Some(Fate::Chosen) => chosen,
            None => chosen != self.against.is_some(),
        }
    }

    /// Whether a reason with the wanted code stands against the candidate, or against any.
    fn admits_reasons(&self, place: &StoredPlacement, candidate: Option<u64>) -> bool {
        let Some(code) = &self.against else {
            return true;
        };
        if code == LOWER_PRIORITY {
            let chosen: Vec<u64> = place.chosen().map(|one| u64::from(one.candidate)).collect();
            let mut outranked = place.ranked.iter().map(|c| u64::from(*c));
            return outranked
                .any(|c| !chosen.contains(&c) && candidate.is_none_or(|wanted| wanted == c));
        }
        place.against.iter().any(|entry| {
            let same = entry.first().and_then(Value::as_str) == Some(code);
            let concerned = entry.last().and_then(Value::as_array);
            same && candidate.is_none_or(|wanted| {
                concerned.is_some_and(|all| all.iter().any(|c| c.as_u64() == Some(wanted)))
            })
        })
    }
}

impl Filter {
    /// What no decision can have, by its words alone.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        let outcomes = AnswerReason::ALL.map(AnswerReason::word);
        for (path, given, known) in [
            ("/reason", &self.reason, &outcomes[..]),
            ("/against", &self.against, &CODES[..]),
        ] {
            let unknown = given.as_deref().filter(|word| !known.contains(word));
            let Some(word) = unknown else { continue };
            let meant = did_you_mean(nearest(word, known.iter().copied()));
            let meant = meant.map(|meant| format!("{meant} ")).unwrap_or_default();
            let hint = format!("{meant}use one of {}", known.join(", "));
            problems.push(Problem::new(path, format!("there is no reason {word:?}")).hint(hint));
        }
        problems
    }
}

impl Decider {
    /// The offer and the placement wanted, where there never was one of that key. Retired ones and
    /// drafts are kept for ever, so no decision can name any other.
    pub async fn unknown(&self, filter: &Filter) -> Result<Vec<Problem>, Error> {
        let catalog = self.catalog();
        let offers = catalog.offers.iter().map(|offer| &*offer.key).collect();
        let placements = catalog.placements.iter().map(|place| &*place.key);
        let mut problems = vec![];
        for (kind, wanted, known) in [
            (offer::KIND.name, &filter.offer, offers),
            (
                placement::KIND.name,
                &filter.placement,
                placements.collect::<Vec<&str>>(),
            ),
        ] {
            let Some(key) = wanted else { continue };
            let kept = definition::one(self.memory().db(), kind, key).await?;
            if kept.is_some() {
                continue;
            }
            let meant = nearest(key, known);
            let hint = did_you_mean(meant).unwrap_or_else(|| {
                format!("name one that is there or was, of /api/definitions/{kind}")
            });
            let message = format!("there is no {kind} {key:?}");
            let said = (ProblemCode::NoSuchDefinition, message);
            let problem = Problem::new(format!("/{kind}"), said).with("kind", kind);
            let problem = problem.with("key", key.as_str()).with("meant", meant);
            problems.push(problem.hint(hint));
        }
        Ok(problems)
    }

    /// At most `limit` decisions from before a position, newest first. At most 20,000 are looked
    /// through; `next` says where to go on.
    pub async fn decisions(
        &self,
        filter: &Filter,
        before: u64,
        limit: i64,
    ) -> Result<FoundDecisions, Error> {
        let limit = usize::try_from(limit).unwrap_or_default();
        let lake = self.memory().lake();
        let mut before = before;
        if let Some(until) = filter.until {
            // Rows stand in order of receipt, and decisions are received when they are made.
            before = before.min(lake.above(RowKind::Decision, until).await?);
        }
        if let Some(who) = &filter.customer {
            let rows = self.of_customer(who, before).await?;
            return self.admitted(filter, rows, limit).await;
        }
        let mut found = FoundDecisions::default();
        let mut looked = 0;
        loop {
            let rows = lake.of_kind(RowKind::Decision, before, CHUNK).await?;
            let Some(last) = rows.last() else {
                found.next = None;
                return Ok(found);
            };
            before = last.seq;
            looked += rows.len();
            let end = rows.len() < CHUNK as usize;
            let over = end || filter.from.is_some_and(|from| last.occurred_at < from);
            let wanted = limit - found.rows.len();
            let more = self.admitted(filter, rows, wanted).await?;
            found.rows.extend(more.rows);
            found.next = more.next.or((!over).then_some(before));
            if found.rows.len() == limit || over || looked >= LARGEST_SCAN {
                return Ok(found);
            }
        }
    }

    async fn admitted(
        &self,
        filter: &Filter,
        rows: Vec<LogRow>,
        limit: usize,
    ) -> Result<FoundDecisions, Error> {
        let mut found = FoundDecisions::default();
        for row in &rows {
            if found.rows.len() == limit {
                break;
            }
            found.next = Some(row.seq);
            let Some((stored, record)) = self.stored(row).await? else {
                continue;
            };
            if filter.admits(row, &stored, &record) {
                found.rows.push(DecisionRow::of(row, &stored, &record));
            }
        }
        if found.next == rows.last().map(|row| row.seq) {
            found.next = None;
        }
        Ok(found)
    }

    /// The decisions among a customer's recent rows, newest first.
    async fn of_customer(&self, who: &str, before: u64) -> Result<Vec<LogRow>, Error> {
        let Some(id) = self.named(who).await? else {
            return Ok(vec![]);
        };
        let Some(customer) = self.memory().customer(id).await? else {
            return Ok(vec![]);
        };
        let mut leaves = customer.state.members.clone();
        leaves.push(customer.id);
        let recent = customer.state.recent.iter().copied();
        let seqs: Vec<u64> = recent.filter(|seq| *seq < before).collect();
        let mut rows = self.memory().lake().of_customers(&leaves, &seqs).await?;
        rows.retain(|row| row.entry.kind() == RowKind::Decision);
        Ok(rows)
    }

    async fn named(&self, who: &str) -> Result<Option<CustomerId>, Error> {
        if let Ok(id) = who.parse() {
            return Ok(Some(id));
        }
        for kind in [
            IdentifierKind::UserId,
            IdentifierKind::Email,
            IdentifierKind::AnonymousId,
            IdentifierKind::LoyaltyCard,
        ] {
            if let Some(id) = self.memory().find(kind, who).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
