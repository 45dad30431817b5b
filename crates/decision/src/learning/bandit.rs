//! A simulation to learn in: 20 offers, 10 yes-or-no facts about each customer, and the true
//! probability of every acceptance known. The same numbers on every machine.
//!
//! Weights of the facts lie evenly between -1.2 and 1.2, the base log odds between -5.2 and -3.2;
//! each fact is true of 35 % of customers. Random choice is accepted 2.7 % of the time, the best
//! choice 15.8 %.

use std::collections::HashMap;

use memory::criteria::AttributeValue;
use memory::customer::Memberships;
use memory::interaction::{Contact, ContactId, ContactStatus, Response, ResponseKind};
use memory::{CustomerId, CustomerState};
use serde_json::json;
use store::Timestamp;
use store::definition::Definition;

use super::desk::{Desk, LookedUp, Terms};
use super::draw::mix;
use super::gaussian::sigmoid;
use super::learned::{Batch, Learned};
use super::settings::{Features, Learning, NewOffers};
use crate::cap::CapRoom;
use crate::customer_table::CustomerRows;
use crate::experiment::party::Party;
use crate::targeting::pipeline::{Care, Choice, Question, consider};
use crate::targeting::record::basis;
use crate::worth::Worths;
use crate::{Catalog, Channel};

/// Offers.
pub const OFFERS: usize = 20;
/// Facts about a customer.
pub const FACTS: usize = 10;
/// Decisions of a simulation that a test can wait for.
pub const DECISIONS_OF_A_TEST: usize = 10_000;
/// What the marketer believes of every offer.
pub const ESTIMATE: f64 = 0.05;

/// The environment of one seed, and the policy that acts in it.
pub struct Bandit {
    seed: u64,
    weights: Vec<f64>,
    facts: Vec<bool>,
    luck: Vec<f64>,
    /// What was learned.
    pub learned: Learned,
}

/// What came of a simulation, in expectation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// Expected acceptances of what was shown.
    pub shown: f64,
    /// Of the best offer for each customer.
    pub best: f64,
    /// Of an offer taken at random.
    pub random: f64,
    /// Decisions.
    pub decisions: usize,
}

impl Outcome {
    /// The share of what can be gained over random choice.
    pub fn gain(&self) -> f64 {
        (self.shown - self.random) / (self.best - self.random)
    }

    /// What was lost against the best choice.
    pub fn regret(&self) -> f64 {
        self.best - self.shown
    }
}

/// splitmix64: the `number`-th value, from 1, of a seed, as a fraction.
fn u01(number: usize, seed: u64) -> f64 {
    let z = (number as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(seed);
    (mix(z) >> 11) as f64 / (1_u64 << 53) as f64
}

impl Bandit {
    /// The environment of a seed with so many decisions.
    pub fn new(seed: u64, decisions: usize) -> Bandit {
        let row = FACTS + 1;
        let mut weights: Vec<f64> = (1..=OFFERS * row)
            .map(|number| (u01(number, 1_000 + seed) - 0.5) * 2.4)
            .collect();
        for offer in 0..OFFERS {
            weights[offer * row] = -4.2 + (u01(offer + 1, 2_000 + seed) - 0.5) * 2.0;
        }
        let facts = (1..=decisions * FACTS).map(|number| u01(number, 3_000 + seed) < 0.35);
        let luck = (1..=decisions).map(|number| u01(number, 4_000 + seed));
        Bandit {
            seed,
            weights,
            facts: facts.collect(),
            luck: luck.collect(),
            learned: Learned::default(),
        }
    }

    /// What the simulation is learned with: the defaults, looking only at the facts, with less
    /// drawn evenly, and no bound on new offers, because all of them are new.
    pub fn terms() -> Learning {
        Learning {
            exploration: 0.002,
            new_offers: NewOffers {
                per_day: 0,
                ..NewOffers::default()
            },
            features: Features {
                time: false,
                history: false,
                interests: false,
                ..Features::default()
            },
            ..Learning::default()
        }
    }

    /// Decisions in it.
    pub fn decisions(&self) -> usize {
        self.luck.len()
    }

    /// The facts that are true of the customer of a decision, from 1.
    pub fn facts(&self, decision: usize) -> Vec<usize> {
        let all = &self.facts[decision * FACTS..(decision + 1) * FACTS];
        let places = all.iter().enumerate().filter(|(_, holds)| **holds);
        places.map(|(place, _)| place + 1).collect()
    }

    /// The true probability that the customer of a decision accepts an offer.
    pub fn probability(&self, decision: usize, offer: usize) -> f64 {
        let row = &self.weights[offer * (FACTS + 1)..(offer + 1) * (FACTS + 1)];
        let facts = self.facts(decision);
        sigmoid(row[0] + facts.iter().map(|fact| row[*fact]).sum::<f64>())
    }

    /// Whether the customer of a decision accepts an offer.
    pub fn accepts(&self, decision: usize, offer: usize) -> bool {
        self.luck[decision] < self.probability(decision, offer)
    }

    /// Adds what showing an offer brings.
    pub fn count(&self, outcome: &mut Outcome, decision: usize, offer: usize) {
        let all = (0..OFFERS).map(|offer| self.probability(decision, offer));
        let all: Vec<f64> = all.collect();
        outcome.shown += all[offer];
        outcome.best += all.iter().copied().fold(0.0, f64::max);
        outcome.random += all.iter().sum::<f64>() / OFFERS as f64;
        outcome.decisions += 1;
    }

    /// Key of an offer.
    pub fn offer(offer: usize) -> String {
        format!("offer_{offer:02}")
    }

    /// Plays: each decision goes through the pipeline, and its outcome, a yes or a no, through the
    /// desk so many decisions later.
    pub fn play(&mut self, learning: &Learning, delay: usize) -> Outcome {
        self.play_with(learning, |_, _| Some(delay))
    }

    /// Plays with outcomes that are told so many decisions later as `told` says of a decision and
    /// whether it was accepted; `None` is silence, which counts as a no when patience ends.
    pub fn play_with(
        &mut self,
        learning: &Learning,
        told: impl Fn(usize, bool) -> Option<usize>,
    ) -> Outcome {
        let catalog = catalog(learning);
        let mut desk = Desk::default();
        let mut contacts: Vec<Contact> = Vec::with_capacity(self.decisions());
        let mut due: HashMap<usize, Vec<(usize, ResponseKind)>> = HashMap::new();
        let (state, mut outcome) = (CustomerState::default(), Outcome::default());
        for decision in 0..self.decisions() {
            let now = at(decision);
            let context = self.context(decision);
            let considered = consider(&Question {
                memberships: &Memberships::default(),
                closed: &|_| false,
                catalog: &catalog,
                learned: &self.learned,
                customer: Some(CustomerId(mix(self.seed) ^ decision as u64)),
                state: &state,
                now,
                slots: &[(0, 1)],
                context: &context,
                language: None,
                caps: &CapRoom::default(),
                rows: &CustomerRows::default(),
                care: Care::default(),
                party: &Party::default(),
                group: 0,
                worths: &Worths::default(),
            });
            let choice = &considered[0].chosen[0];
            let offer = usize::from(choice.offer);
            self.count(&mut outcome, decision, offer);
            let accepts = self.accepts(decision, offer);
            if let Some(delay) = told(decision, accepts) {
                let kind = if accepts {
                    ResponseKind::Accept
                } else {
                    ResponseKind::Reject
                };
                due.entry(decision + delay)
                    .or_default()
                    .push((decision, kind));
            }
            contacts.push(contact(&catalog, choice));
            let terms = Terms {
                learned: &self.learned,
                learning,
                estimate: &|_| Some(ESTIMATE),
            };
            let made = |decision: usize| ContactId(decision as u64 + 1);
            desk.contact(&terms, made(decision), now, &contacts[decision], false);
            for (answered, kind) in due.remove(&decision).unwrap_or_default() {
                let response = response(made(answered), kind);
                if !desk.response(&terms, made(answered), now, &response, false) {
                    let looked_up = LookedUp {
                        at: at(answered),
                        contact: &contacts[answered],
                        seen_at: None,
                    };
                    desk.late(&terms, made(answered), &looked_up, now, &response);
                }
            }
            desk.settle(&terms, now);
            let batch = Batch {
                position: decision as i64 + 1,
                at_ms: now.0,
                steps: desk.take(),
            };
            self.learned.apply(&batch);
        }
        outcome
    }

    /// The facts of a decision's customer, as the context of the request.
    pub fn context(&self, decision: usize) -> HashMap<String, AttributeValue> {
        let fact = |fact: usize| (format!("fact_{fact}"), AttributeValue::Bool(true));
        self.facts(decision).into_iter().map(fact).collect()
    }

    /// A delay for every decision, even between 0 and `longest`.
    pub fn delays(&self, longest: usize) -> Vec<usize> {
        let delay = |number: usize| (u01(number, 6_000 + self.seed) * longest as f64) as usize;
        (1..=self.decisions()).map(delay).collect()
    }
}

/// When a decision is made: one every ten seconds.
fn at(decision: usize) -> Timestamp {
    Timestamp(1_772_442_000_000 + decision as i64 * 10_000)
}

/// The definitions of the simulation: 20 equal offers, one placement, one strategy.
pub fn definitions(learning: &Learning) -> Vec<Definition> {
    let published = |kind: &str, key: &str, body| Definition::in_use(kind, key, body, at(0));
    let mut definitions: Vec<Definition> = (0..OFFERS)
        .map(|offer| {
            let key = Bandit::offer(offer);
            let body = json!({"name": {"en": key}, "template": "plain", "category": "all",
                "value_cents": 100, "currency": "EUR", "propensity": ESTIMATE,
                "channels": ["web"],
                "creatives": [{"channel": "web", "language": "en", "title": key}]});
            published("offer", &key, body)
        })
        .collect();
    let spot = json!({"name": {"en": "Spot"}, "channel": "web"});
    definitions.push(published("placement", "spot", spot));
    let strategy = json!({"name": {"en": "Learn"}, "learning": learning});
    definitions.push(published("strategy", "learn", strategy));
    definitions
}

fn catalog(learning: &Learning) -> Catalog {
    let (catalog, problems) = Catalog::compile(&definitions(learning));
    assert!(
        problems.is_empty(),
        "the simulation's definitions are good: {problems:?}"
    );
    catalog
}

fn contact(catalog: &Catalog, choice: &Choice) -> Contact {
    let offer = &catalog.offers[usize::from(choice.offer)];
    Contact {
        channel: Channel::Web.word().to_owned(),
        placement: Some("spot".to_owned()),
        message: None,
        offer: Some(offer.key.clone()),
        offer_version: Some(offer.version),
        variant: None,
        category: Some(offer.body.category.clone()),
        status: ContactStatus::Reserved,
        counts: true,
        control: false,
        expires_at: Some(choice.expires_at),
        decision_id: None,
        decision_offset: None,
        language: None,
        basis: Some(basis(choice)),
        claims: vec![],
        control_group: None,
        customer_group: None,
        journey: None,
    }
}

fn response(contact: ContactId, kind: ResponseKind) -> Response {
    Response {
        kind,
        name: None,
        contact_id: Some(contact),
        offer: None,
        category: None,
        channel: None,
        inferred: false,
        in_control: false,
        value_cents: None,
        currency: None,
        credit: None,
        note: None,
    }
}

#[test]
fn the_numbers_are_those_of_the_simulation_everybody_compares_with() {
    let bandit = Bandit::new(1, 2_000);
    let mut outcome = Outcome::default();
    for decision in 0..2_000 {
        bandit.count(&mut outcome, decision, decision % OFFERS);
    }
    let rate = |sum: f64| sum / 2_000.0;
    assert!(
        (rate(outcome.best) - 0.1629).abs() < 0.006,
        "{}",
        rate(outcome.best)
    );
    assert!(
        (rate(outcome.random) - 0.0315).abs() < 0.002,
        "{}",
        rate(outcome.random)
    );
}
