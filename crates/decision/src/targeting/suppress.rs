//! Rest after reactions: what a customer's responses and contacts say about each offer.

use memory::CustomerState;
use memory::criteria::DAY_MS;
use memory::interaction::{ContactId, ContactStatus, ResponseKind};
use store::Timestamp;

use super::reason::Reason;
use crate::catalog::{Catalog, OfferEntry};
use crate::offer::{DEFAULT_IGNORED_DAYS, DEFAULT_VIEWS_DAYS};

/// What is known of one customer and one offer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// When it was last accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was last rejected.
    pub rejected_at: Option<Timestamp>,
    /// When it was last clicked.
    pub clicked_at: Option<Timestamp>,
    /// When it was last shown or promised.
    pub shown_at: Option<Timestamp>,
    /// Whether a promise of it is open, in whatever channel.
    pub held: bool,
    /// How often it was shown or promised, as far as memory goes back.
    pub shown_count: u32,
}

/// What is known of one customer and the offers; nothing is kept of those that were never made.
#[derive(Debug, Default)]
pub struct History {
    known: Vec<Known>,
    /// By the offers' places in the catalog: the place in `known` from 1, or 0; empty when the
    /// customer has neither contacts nor responses.
    places: Vec<u16>,
}

/// A contact that stands for a proposal already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The contact.
    pub contact_id: ContactId,
    /// When it runs out.
    pub expires_at: Option<Timestamp>,
    /// The version of the offer that was made; `None` in states from before it was kept.
    pub version: Option<i64>,
}

impl History {
    /// Gathers what the state says.
    pub fn of(catalog: &Catalog, state: &CustomerState, now: Timestamp) -> History {
        if state.contacts.is_empty() && state.responses.is_empty() {
            return History::default();
        }
        let mut history = History {
            known: vec![],
            places: vec![0; catalog.offers.len()],
        };
        for mark in &state.contacts {
            let offer = mark
                .offer
                .as_deref()
                .and_then(|key| catalog.offer_place(key));
            if let Some(offer) = offer
                && !mark.control
                && mark.status != ContactStatus::Released
            {
                let known = history.note(offer);
                known.shown_at = known.shown_at.max(Some(mark.at));
                known.held |= mark.holds(now);
                known.shown_count += 1;
            }
        }
        for mark in &state.responses {
            let offer = mark
                .offer
                .as_deref()
                .and_then(|key| catalog.offer_place(key));
            let Some(offer) = offer else { continue };
            let known = history.note(offer);
            let last = match mark.kind {
                ResponseKind::Accept => &mut known.accepted_at,
                ResponseKind::Reject => &mut known.rejected_at,
                ResponseKind::Click => &mut known.clicked_at,
                ResponseKind::View | ResponseKind::Ignored | ResponseKind::Custom => continue,
            };
            *last = (*last).max(Some(mark.at));
        }
        history
    }

    fn note(&mut self, offer: u16) -> &mut Known {
        let place = &mut self.places[usize::from(offer)];
        if *place == 0 {
            self.known.push(Known::default());
            *place = self.known.len() as u16;
        }
        &mut self.known[usize::from(*place) - 1]
    }

    /// What is known of one offer; `None` when it was never made.
    pub fn of_offer(&self, offer: u16) -> Option<&Known> {
        let place = *self.places.get(usize::from(offer))?;
        self.known.get(usize::from(place).checked_sub(1)?)
    }

    /// What is known of one offer.
    pub fn offer(&self, offer: u16) -> Known {
        self.of_offer(offer).copied().unwrap_or_default()
    }

    /// Calls `against` with every reason why an offer rests.
    pub fn rests(
        &self,
        catalog: &Catalog,
        offer: u16,
        state: &CustomerState,
        now: Timestamp,
        against: &mut impl FnMut(Reason),
    ) {
        if self.known.is_empty() {
            return;
        }
        let entry = &catalog.offers[usize::from(offer)];
        let known = self.offer(offer);
        if let Some(until) = rest(known.accepted_at, entry.accept_rest_ms, now) {
            against(Reason::Accepted(until));
        }
        if let Some(until) = rest(known.rejected_at, entry.reject_rest_ms, now) {
            against(Reason::Rejected(until));
        }
        if let Some(limit) = entry.body.suppress.after_views {
            let views = views(entry, state, known, now);
            if views >= limit {
                against(Reason::Viewed(views));
            }
        }
        if let Some((times, _)) = ignored(entry, state, known, now) {
            against(Reason::Ignored(times));
        }
        for other in &entry.rests_with {
            let named = &catalog.offers[usize::from(*other)];
            let known = self.offer(*other);
            let accepted = rest(known.accepted_at, named.accept_rest_ms, now);
            let rejected = rest(known.rejected_at, named.reject_rest_ms, now);
            let ignored = ignored(named, state, known, now).map(|(_, until)| until);
            if let Some(until) = accepted.max(rejected).max(ignored) {
                against(Reason::Related(*other, until));
            }
        }
    }
}

fn rest(at: Option<Timestamp>, rest_ms: Option<i64>, now: Timestamp) -> Option<Timestamp> {
    let until = at?.plus_ms(rest_ms?);
    (now < until).then_some(until)
}

/// How often an offer was ignored since the last reaction, and until when it rests; nothing while
/// that is not often enough.
fn ignored(
    entry: &OfferEntry,
    state: &CustomerState,
    known: Known,
    now: Timestamp,
) -> Option<(u32, Timestamp)> {
    let limit = entry.body.suppress.after_ignored?;
    let days = entry
        .body
        .suppress
        .ignored_days
        .unwrap_or(DEFAULT_IGNORED_DAYS);
    let window_ms = i64::from(days) * DAY_MS;
    let window = now.plus_ms(-window_ms);
    let reacted_at = known.clicked_at.max(known.accepted_at);
    let since = reacted_at.map_or(window, |at| at.max(window));
    // The newest so many: when the oldest of them leaves the window, it rests no more.
    let mut times = 0;
    let mut until = None;
    for mark in state
        .responses
        .iter()
        .rev()
        .take_while(|mark| mark.at > since)
    {
        if mark.kind == ResponseKind::Ignored && mark.offer.as_deref() == Some(&entry.key) {
            times += 1;
            if times == limit {
                until = Some(mark.at.plus_ms(window_ms));
            }
        }
    }
    Some((times, until?))
}

/// Views within the offer's window and since the last reaction, each contact once.
fn views(entry: &OfferEntry, state: &CustomerState, known: Known, now: Timestamp) -> u32 {
    let days = entry.body.suppress.views_days.unwrap_or(DEFAULT_VIEWS_DAYS);
    let window = now.plus_ms(-i64::from(days) * DAY_MS);
    let reacted_at = known.clicked_at.max(known.accepted_at);
    let since = reacted_at.map_or(window, |at| at.max(window));
    let mut seen: Vec<ContactId> = vec![];
    let mut views = 0;
    for mark in state.responses.iter().rev() {
        if mark.at <= since {
            break;
        }
        if mark.kind == ResponseKind::View && mark.offer.as_deref() == Some(&entry.key) {
            match mark.contact_id {
                Some(contact) if seen.contains(&contact) => continue,
                Some(contact) => seen.push(contact),
                None => {}
            }
            views += 1;
        }
    }
    views
}
