//! The desk: turns what stands in the log into steps of learning.
//!
//! A contact waits until it is answered, or until half of the responses of its channel would have
//! come; then it counts as a no. A response that comes later takes the no back. Pure: rows in,
//! steps out.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use memory::interaction::{Contact, ContactId, Response, ResponseKind};
use store::Timestamp;

use super::book::Book;
use super::db::Progress;
use super::learned::{DAY_MS, Learned, Shown, Start, Step, model_key};
use super::settings::{Learning, Outcome};
use crate::Channel;

/// Answered contacts that are remembered, so that a click and a purchase count once.
const REMEMBERED: usize = 200_000;
/// Contacts settled in one round.
const SETTLED_AT_ONCE: usize = 20_000;

/// A contact that waits for its outcome.
#[derive(Debug, Clone)]
struct Waiting {
    model: u64,
    channel: Channel,
    made_at: Timestamp,
    x: Box<[u16]>,
    seen: bool,
    forgone_cents: f64,
}

/// What is under way between the log and the models.
#[derive(Debug, Default)]
pub struct Desk {
    /// How far the log was read and what was settled.
    pub progress: Progress,
    /// Steps that wait for the next batch.
    pub steps: Vec<Step>,
    book: Arc<Book>,
    waiting: HashMap<ContactId, Waiting>,
    queues: BTreeMap<Channel, VecDeque<ContactId>>,
    /// What contacts were answered with: the best outcome so far.
    answered: HashMap<ContactId, f64>,
    answered_order: VecDeque<ContactId>,
    shown: BTreeMap<(u64, i64), Shown>,
    viewed: BTreeMap<Channel, (f64, f64)>,
    /// Models that are to begin in this batch.
    begun: Vec<u64>,
}

/// What the marketers want.
pub struct Terms<'a> {
    /// What was learned so far.
    pub learned: &'a Learned,
    /// The strategy's choices.
    pub learning: &'a Learning,
    /// The marketer's estimate of an offer, when it is published.
    pub estimate: &'a (dyn Fn(&str) -> Option<f64> + Sync),
}

impl Terms<'_> {
    /// How long a contact of a channel waits for its outcome.
    fn patience_ms(&self, channel: Channel) -> i64 {
        let longest = self.learning.response_ms(channel);
        self.learned.patience_ms(channel, longest)
    }
}

/// A contact that is looked up again.
pub struct LookedUp<'a> {
    /// When it was made.
    pub at: Timestamp,
    /// What was made.
    pub contact: &'a Contact,
    /// When it was first seen, before whatever is told now.
    pub seen_at: Option<Timestamp>,
}

impl Desk {
    /// A desk that goes on from where one was.
    pub fn new(progress: Progress, learned: &Learned) -> Desk {
        Desk {
            progress,
            book: learned.book.clone(),
            ..Desk::default()
        }
    }

    /// Takes the steps that have gathered.
    pub fn take(&mut self) -> Vec<Step> {
        let mut steps = std::mem::take(&mut self.steps);
        steps.extend(
            std::mem::take(&mut self.shown)
                .into_values()
                .map(Step::Shown),
        );
        for (channel, (shown, viewed)) in std::mem::take(&mut self.viewed) {
            steps.push(Step::Viewed(channel, shown, viewed));
        }
        self.begun.clear();
        steps
    }

    /// A contact was made. With `again` it was noted before, and only waits again.
    pub fn contact(
        &mut self,
        terms: &Terms<'_>,
        id: ContactId,
        made_at: Timestamp,
        contact: &Contact,
        again: bool,
    ) {
        let (Some(offer), false) = (contact.offer.as_deref(), contact.control) else {
            return;
        };
        let Some(channel) = Channel::of_word(&contact.channel) else {
            return;
        };
        let model = model_key(offer, channel);
        let settled = self.progress.settled_until.get(&channel);
        if again && settled.is_some_and(|until| made_at <= *until) {
            return;
        }
        if !again {
            self.begin(terms, model, offer, channel, contact);
            self.note_shown(model, made_at, forgone_cents(contact), 1.0);
            self.viewed.entry(channel).or_default().0 += 1.0;
        }
        if self.answered.contains_key(&id) {
            return;
        }
        let x = self.places(contact, again);
        self.waiting.insert(
            id,
            Waiting {
                model,
                channel,
                made_at,
                x: x.into(),
                seen: false,
                forgone_cents: forgone_cents(contact),
            },
        );
        self.queues.entry(channel).or_default().push_back(id);
    }

    fn begin(
        &mut self,
        terms: &Terms<'_>,
        model: u64,
        offer: &str,
        channel: Channel,
        contact: &Contact,
    ) {
        if terms.learned.models.contains_key(&model) || self.begun.contains(&model) {
            return;
        }
        let told = contact.basis.as_ref().map(|basis| basis.propensity);
        let rate = (terms.estimate)(offer).or(told).unwrap_or(0.02);
        self.start(Start {
            offer: offer.to_owned(),
            channel,
            category: contact.category.clone().unwrap_or_default(),
            rate,
            presentations: terms.learning.prior_presentations,
        });
    }

    /// Whether a model is to begin, or to take another starting rate, in this batch.
    pub fn begins(&self, model: u64) -> bool {
        self.begun.contains(&model)
    }

    /// A model begins, or takes another starting rate.
    pub fn start(&mut self, start: Start) {
        self.begun.push(model_key(&start.offer, start.channel));
        self.steps.push(Step::Model(start));
    }

    /// Counts a contact as made, or with -1 as not made after all.
    fn note_shown(&mut self, model: u64, made_at: Timestamp, forgone_cents: f64, count: f64) {
        let day = made_at.0.div_euclid(DAY_MS);
        let shown = self.shown.entry((model, day)).or_default();
        (shown.model, shown.day) = (model, day);
        shown.count += count;
        if forgone_cents > 0.0 {
            shown.explored += count;
            shown.forgone_cents += count * forgone_cents;
        }
    }

    /// The places of a contact's features; new ones get a place.
    fn places(&mut self, contact: &Contact, again: bool) -> Vec<u16> {
        let Some(basis) = &contact.basis else {
            return vec![0];
        };
        let mut places = basis.features.clone();
        for name in &basis.unnamed {
            if !again && let Some(new) = self.book.missing(name) {
                self.steps.push(Step::Feature(new.clone()));
                Arc::make_mut(&mut self.book).enter(new);
            }
            places.extend(self.book.place_of(name));
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether a contact is waiting or was answered; any other has to be looked up.
    pub fn knows(&self, id: ContactId) -> bool {
        self.waiting.contains_key(&id) || self.answered.contains_key(&id)
    }

    /// A contact that is not waiting was seen: it counts as shown after all, when it had been taken
    /// for unseen.
    pub fn seen_late(&mut self, terms: &Terms<'_>, id: ContactId, made: &LookedUp<'_>) {
        let contact = made.contact;
        let channel = Channel::of_word(&contact.channel);
        let (Some(offer), Some(channel), false) = (&contact.offer, channel, contact.control) else {
            return;
        };
        let settled = self.progress.settled_until.get(&channel);
        let settled = settled.is_some_and(|until| made.at <= *until);
        let unseen = made.seen_at.is_none() && terms.learned.reports_views(channel);
        if settled && unseen && !self.knows(id) {
            let model = model_key(offer, channel);
            self.note_shown(model, made.at, forgone_cents(contact), 1.0);
        }
    }

    /// A contact was reported as seen.
    pub fn seen(&mut self, id: ContactId) {
        if let Some(waiting) = self.waiting.get_mut(&id)
            && !waiting.seen
        {
            waiting.seen = true;
            self.viewed.entry(waiting.channel).or_default().1 += 1.0;
        }
    }

    /// A contact was let go before anybody saw it: it never happened, so silence says nothing.
    pub fn released(&mut self, id: ContactId) {
        if self.waiting.get(&id).is_none_or(|waiting| waiting.seen) {
            return;
        }
        if let Some(waiting) = self.waiting.remove(&id) {
            self.note_shown(waiting.model, waiting.made_at, waiting.forgone_cents, -1.0);
            self.viewed.entry(waiting.channel).or_default().0 -= 1.0;
        }
    }

    /// A reaction other than a view shows that it was seen, and not that views are reported.
    fn reacted(&mut self, id: ContactId) {
        if let Some(waiting) = self.waiting.get_mut(&id) {
            waiting.seen = true;
        }
    }

    /// A customer responded. False when nothing is known of the contact: it has to be looked up
    /// and told to [`Desk::late`]. With `again` the response was learned before.
    pub fn response(
        &mut self,
        terms: &Terms<'_>,
        id: ContactId,
        at: Timestamp,
        response: &Response,
        again: bool,
    ) -> bool {
        if response.in_control {
            return true;
        }
        match response.kind {
            ResponseKind::View | ResponseKind::Ignored => self.seen(id),
            ResponseKind::Click
            | ResponseKind::Accept
            | ResponseKind::Reject
            | ResponseKind::Custom => self.reacted(id),
        }
        let Some(outcome) = outcome(terms.learning, response) else {
            // What was taken for unseen may be seen late.
            return again || response.kind != ResponseKind::View || self.knows(id);
        };
        if let Some(before) = self.answered.get_mut(&id) {
            // The features are asked for again only when something changes.
            let better = outcome_worth(outcome) > *before;
            if again && better {
                *before = outcome_worth(outcome);
            }
            return again || !better;
        }
        let Some(waiting) = self.waiting.remove(&id) else {
            return again;
        };
        self.remember(id, outcome_worth(outcome));
        if again {
            return true;
        }
        let (worth, weight) = worth_and_weight(outcome);
        if worth > 0.0 {
            let delay = at.since_ms(waiting.made_at).max(0);
            self.steps.push(Step::Responded(waiting.channel, delay));
        }
        let x = waiting.x.into_vec();
        self.steps
            .push(Step::Outcome(waiting.model, x, worth, weight));
        true
    }

    /// A response to a contact that is not waiting: it was settled as a no, or as nothing because
    /// it was not seen in time, it was answered before with less, or its own row has not been read
    /// yet. What is seen late counts as shown after all.
    pub fn late(
        &mut self,
        terms: &Terms<'_>,
        id: ContactId,
        made: &LookedUp<'_>,
        at: Timestamp,
        response: &Response,
    ) {
        let (made_at, contact) = (made.at, made.contact);
        let (Some(offer), false) = (contact.offer.as_deref(), contact.control) else {
            return;
        };
        let Some(channel) = Channel::of_word(&contact.channel) else {
            return;
        };
        let delay = at.since_ms(made_at).max(0);
        if delay > terms.learning.response_ms(channel) {
            return;
        }
        let model = model_key(offer, channel);
        self.seen_late(terms, id, made);
        let Some(outcome) = outcome(terms.learning, response) else {
            return;
        };
        let (worth, weight) = worth_and_weight(outcome);
        self.begin(terms, model, offer, channel, contact);
        let x = self.places(contact, false);
        let settled = self.progress.settled_until.get(&channel);
        let step = match self.answered.get(&id).copied() {
            Some(before) if worth > before => Step::Change(model, x, worth - before),
            Some(_) => return,
            None if settled.is_some_and(|until| made_at <= *until) => {
                let patience = terms.patience_ms(channel);
                let in_time = |seen: Timestamp| seen.since_ms(made_at) <= patience;
                let counted =
                    made.seen_at.is_some_and(in_time) || !terms.learned.reports_views(channel);
                if counted && worth == 0.0 {
                    return;
                }
                if worth > 0.0 {
                    self.steps.push(Step::Responded(channel, delay));
                }
                match counted {
                    true => Step::Change(model, x, worth),
                    false => Step::Outcome(model, x, worth, weight),
                }
            }
            None => Step::Outcome(model, x, worth, weight),
        };
        self.steps.push(step);
        self.remember(id, worth);
    }

    fn remember(&mut self, id: ContactId, worth: f64) {
        if self.answered.insert(id, worth).is_none() {
            self.answered_order.push_back(id);
        }
        if self.answered_order.len() > REMEMBERED
            && let Some(oldest) = self.answered_order.pop_front()
        {
            self.answered.remove(&oldest);
        }
    }

    /// Settles contacts that have waited long enough. True when more could be settled at once.
    pub fn settle(&mut self, terms: &Terms<'_>, now: Timestamp) -> bool {
        let mut room = SETTLED_AT_ONCE;
        let mut unseen = vec![];
        for channel in Channel::ALL {
            let until = now.plus_ms(-terms.patience_ms(channel));
            let counted_unseen = !terms.learned.reports_views(channel);
            let queue = self.queues.entry(channel).or_default();
            let mut settled_until = until;
            while let Some(id) = queue.front().copied() {
                let Some(waiting) = self.waiting.get(&id) else {
                    queue.pop_front();
                    continue;
                };
                if waiting.made_at > until {
                    break;
                }
                if room == 0 {
                    settled_until = waiting.made_at.plus_ms(-1);
                    break;
                }
                queue.pop_front();
                let Some(waiting) = self.waiting.remove(&id) else {
                    continue;
                };
                if waiting.seen || counted_unseen {
                    room -= 1;
                    let x = waiting.x.into_vec();
                    self.steps.push(Step::Outcome(waiting.model, x, 0.0, 1.0));
                } else {
                    unseen.push(waiting);
                }
            }
            let known = self.progress.settled_until.entry(channel).or_insert(until);
            *known = settled_until.max(*known);
        }
        // What nobody saw uses up no limit and no budget.
        for waiting in unseen {
            self.note_shown(waiting.model, waiting.made_at, waiting.forgone_cents, -1.0);
        }
        room == 0
    }

    /// A new day: everything fades a little.
    pub fn day(&mut self, terms: &Terms<'_>, now: Timestamp) {
        let today = now.0.div_euclid(DAY_MS);
        if today == terms.learned.day {
            return;
        }
        let days = match terms.learned.day {
            0 => 0,
            known => (today - known).clamp(0, 3_650),
        };
        let keep = 0.5_f64.powf(days as f64 / terms.learning.half_life_days);
        self.steps.push(Step::Day(today, keep));
    }
}

/// What was given up for a contact.
fn forgone_cents(contact: &Contact) -> f64 {
    let basis = contact.basis.as_ref();
    basis.map_or(0.0, |basis| basis.forgone_cents)
}

/// What a response says about the offer; `None` when it says nothing.
fn outcome(learning: &Learning, response: &Response) -> Option<Outcome> {
    match learning.outcome(response.kind, response.name.as_deref()) {
        Outcome::Seen => None,
        Outcome::Yes(worth) => Some(Outcome::Yes(worth * response.credit.unwrap_or(1.0))),
        Outcome::No(weight) => Some(Outcome::No(weight)),
    }
}

fn outcome_worth(outcome: Outcome) -> f64 {
    worth_and_weight(outcome).0
}

fn worth_and_weight(outcome: Outcome) -> (f64, f64) {
    match outcome {
        Outcome::Yes(worth) => (worth, 1.0),
        Outcome::No(weight) => (0.0, weight),
        Outcome::Seen => (0.0, 0.0),
    }
}
