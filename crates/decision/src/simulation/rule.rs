//! What stands in the way of customers who get nothing, and what would help most of them.

use std::collections::{BTreeMap, BTreeSet};

use memory::CustomerId;
use memory::criteria::{self, Criteria, CriteriaSet, Memo};
use memory::customer::CustomerFacts;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::policy::limits::{Ready, Room};
use crate::targeting::reason::{Reason, Stage};

/// One rule that can stand in the way: an offer's own, a limit, or the customer's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// The step of the pipeline at which it works.
    pub stage: Stage,
    /// The code of its reasons.
    pub code: &'static str,
    /// The offer whose rule it is.
    pub offer: Option<u16>,
    /// The limit of a contact policy.
    pub limit: Option<u16>,
}

impl Rule {
    /// The rule behind a reason against an offer.
    fn of(reason: Reason, offer: u16) -> Rule {
        let customers = matches!(
            reason,
            Reason::ConsentMissing
                | Reason::ConsentDenied
                | Reason::ConsentExpired
                | Reason::Suppressed
                | Reason::Quiet(_)
                | Reason::Contended
        );
        let limit = match reason {
            Reason::Limit(limit) => Some(limit),
            _ => None,
        };
        Rule {
            stage: reason.stage(),
            code: reason.code(),
            offer: (!customers && limit.is_none()).then_some(offer),
            limit,
        }
    }

    /// Its name in results and addresses: `not_eligible:winter_sale`, `contact_policy:rules.day`.
    pub fn name(self, catalog: &Catalog) -> String {
        let offer = self
            .offer
            .map(|place| &catalog.offers[usize::from(place)].key);
        let limit = self.limit.map(|place| &catalog.limits[usize::from(place)]);
        match (offer, limit) {
            (Some(offer), _) => format!("{}:{offer}", self.code),
            (None, Some(limit)) => format!("{}:{}.{}", self.code, limit.policy, limit.key),
            (None, None) => self.code.to_owned(),
        }
    }
}

/// How often a rule stood in the way of customers who got nothing.
#[derive(Debug, Clone, Default)]
pub struct RuleTally {
    /// Proposals for which it was the first rule in the way.
    pub first: u64,
    /// Proposals for which it was the only one.
    pub unique: u64,
    /// Proposals for which others were in the way too.
    pub shared: u64,
    /// Customers in whose way it stood.
    pub customers: RoaringTreemap,
    /// Customers who would get something if it did not stand there.
    pub freed: RoaringTreemap,
    /// Customers who would get something if it were loosened by its smallest step.
    pub freed_by_step: u64,
    /// By condition of the offer's eligibility: customers whom it alone keeps out.
    pub conditions: BTreeMap<usize, u64>,
}

impl RuleTally {
    fn add(&mut self, other: RuleTally) {
        self.first += other.first;
        self.unique += other.unique;
        self.shared += other.shared;
        self.customers |= other.customers;
        self.freed |= other.freed;
        self.freed_by_step += other.freed_by_step;
        for (condition, count) in other.conditions {
            *self.conditions.entry(condition).or_default() += count;
        }
    }
}

/// Tallies of all rules of one placement.
#[derive(Debug, Clone, Default)]
pub struct Rules(pub BTreeMap<Rule, RuleTally>);

impl Rules {
    /// Adds what others counted.
    pub fn add(&mut self, other: Rules) {
        for (rule, tally) in other.0 {
            self.0.entry(rule).or_default().add(tally);
        }
    }

    /// Notes everything that stood in the way of a customer who got nothing.
    pub fn note(&mut self, case: &Case<'_>, candidates: &[u16], against: &[(u16, Reason)]) {
        let id = case.customer.0;
        let mut freed: BTreeSet<Rule> = BTreeSet::new();
        let mut steps: BTreeSet<Rule> = BTreeSet::new();
        for reasons in against.chunk_by(|(a, _), (b, _)| a == b) {
            let offer = candidates[usize::from(reasons[0].0)];
            let rules: BTreeSet<Rule> = reasons
                .iter()
                .map(|(_, reason)| Rule::of(*reason, offer))
                .collect();
            for (place, rule) in rules.iter().enumerate() {
                let tally = self.0.entry(*rule).or_default();
                tally.first += u64::from(place == 0);
                tally.unique += u64::from(rules.len() == 1);
                tally.shared += u64::from(rules.len() > 1);
                tally.customers.insert(id);
            }
            if rules.len() == 1 {
                freed.extend(&rules);
                let by_step = |(_, reason): &(u16, Reason)| case.one_step_frees(*reason, offer);
                if reasons.iter().all(by_step) {
                    steps.extend(&rules);
                }
            }
        }
        for rule in freed {
            let tally = self.0.entry(rule).or_default();
            tally.freed.insert(id);
            tally.freed_by_step += u64::from(steps.contains(&rule));
            if rule.code == Reason::NotEligible.code()
                && let Some(offer) = rule.offer
                && let Some(condition) = case.only_condition(offer)
            {
                *tally.conditions.entry(condition).or_default() += 1;
            }
        }
    }
}

/// One customer who got nothing.
pub struct Case<'a> {
    /// The customer.
    pub customer: CustomerId,
    /// What criteria know of them.
    pub facts: &'a CustomerFacts<'a>,
    /// The moment.
    pub now: Timestamp,
    /// The rules' catalog.
    pub catalog: &'a Catalog,
    /// The offers' conditions one by one.
    pub conditions: &'a Conditions,
    /// How much room there would be if every limit allowed one more contact.
    pub room: &'a Room,
}

impl Case<'_> {
    /// Whether the smallest loosening of the rule behind a reason takes the reason away.
    fn one_step_frees(&self, reason: Reason, offer: u16) -> bool {
        match reason {
            Reason::Limit(limit) => self.room.allows(usize::from(limit)),
            Reason::Viewed(views) => {
                let entry = &self.catalog.offers[usize::from(offer)];
                entry
                    .body
                    .suppress
                    .after_views
                    .is_some_and(|limit| views < limit + 1)
            }
            _ => true,
        }
    }

    /// The condition of an offer's eligibility that alone keeps this customer out.
    fn only_condition(&self, offer: u16) -> Option<usize> {
        let places = self.conditions.of.get(usize::from(offer))?;
        let mut memo = Memo::default();
        let mut failing = places.clone().filter(|place| {
            let set = &self.conditions.set;
            !set.matches(*place, self.facts, self.now.0, &mut memo)
        });
        let first = failing.next()?;
        failing.next().is_none().then_some(first - places.start)
    }
}

/// The conditions of all offers' eligibility, one by one where all of several must hold.
#[derive(Debug, Default)]
pub struct Conditions {
    set: CriteriaSet,
    of: Vec<std::ops::Range<usize>>,
    texts: Vec<Criteria>,
}

impl Conditions {
    /// Takes the eligibility of a catalog's offers apart.
    pub fn of(catalog: &Catalog) -> Conditions {
        let (mut texts, mut of) = (vec![], vec![]);
        for offer in &catalog.offers {
            let from = texts.len();
            let rule = offer.body.eligibility.as_ref();
            match rule.and_then(|json| criteria::read(json).ok()) {
                Some(Criteria::All(parts)) => texts.extend(parts),
                Some(other) => texts.push(other),
                None => {}
            }
            of.push(from..texts.len());
        }
        let asked: Vec<Criteria> = texts.iter().map(|c| catalog.segments.resolved(c)).collect();
        let set = CriteriaSet::compile(&asked);
        Conditions { set, of, texts }
    }

    /// Whether an offer has several conditions, of which one can be dropped alone.
    fn several(&self, offer: u16) -> bool {
        let range = self.of.get(usize::from(offer));
        range.is_some_and(|range| range.len() > 1)
    }

    /// A condition of an offer as a sentence, in English and Chinese.
    pub fn text(&self, offer: u16, condition: usize) -> Option<(String, String)> {
        let range = self.of.get(usize::from(offer))?;
        let found = self.texts.get(range.start + condition)?;
        Some((criteria::print(found), criteria::print_zh(found)))
    }
}

/// The limits of a catalog with one more contact allowed by each.
pub fn one_more(limits: &[Ready]) -> Vec<Ready> {
    let more = |limit: &Ready| Ready {
        at_most: limit.at_most + 1,
        ..limit.clone()
    };
    limits.iter().map(more).collect()
}

/// A rule in the way, as results tell it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedRule)]
pub struct RuleResult {
    /// Its name, for example `not_eligible:winter_sale`.
    pub name: String,
    /// The code of its reasons.
    pub code: String,
    /// The offer whose rule it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// The policy and key of the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitName>,
    /// Proposals for which it was the first rule in the way.
    pub first: u64,
    /// Proposals for which it was the only one.
    pub unique: u64,
    /// Proposals for which others were in the way too.
    pub shared: u64,
    /// Customers who get nothing and in whose way it stood.
    pub customers: u64,
    /// Of these, who would get something if it did not stand there.
    pub freed: u64,
    /// Of these, who would get something if it were loosened by its smallest step.
    pub freed_by_step: u64,
    /// The smallest step by which it can be loosened.
    pub step: Step,
    /// Single conditions that alone keep customers out, most customers first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ConditionResult>,
}

/// A limit of a contact policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedLimit)]
pub struct LimitName {
    /// The policy.
    pub policy: String,
    /// The limit.
    pub key: String,
    /// What it allows.
    pub at_most: u32,
}

/// A condition that alone keeps customers out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SimulatedCondition)]
pub struct ConditionResult {
    /// The condition as a sentence, by language.
    pub text: BTreeMap<String, String>,
    /// How many customers.
    pub customers: u64,
}

/// The smallest step by which a rule can be loosened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LooseningStep)]
pub enum Step {
    /// Allow one more contact.
    OneMoreContact,
    /// Allow one more view.
    OneMoreView,
    /// Drop one of several conditions of eligibility.
    DropCondition,
    /// Let the offer rest no longer.
    EndRest,
    /// Change the dates.
    ChangeDates,
    /// Set a lever above 0.
    SetLever,
    /// Only the customer can say so: ask for consent.
    AskConsent,
    /// Wait.
    Wait,
    /// Add codes to the pool.
    AddCodes,
    /// Let customers sign in, or let anybody redeem the coupon who brings it.
    KnowHolder,
    /// Another rule of the department.
    ChangeRule,
    /// Drop the only condition of eligibility, so that everybody may get the offer.
    DropRule,
}

impl Step {
    fn of(code: &str) -> Step {
        match code {
            "contact_policy" => Step::OneMoreContact,
            "suppressed_after_views" => Step::OneMoreView,
            "not_eligible" => Step::DropCondition,
            "suppressed_after_accept"
            | "suppressed_after_reject"
            | "suppressed_after_ignored"
            | "related_offer" => Step::EndRest,
            "not_valid_yet" | "expired" => Step::ChangeDates,
            "lever_zero" => Step::SetLever,
            "no_consent" | "consent_denied" | "consent_expired" => Step::AskConsent,
            "quiet_hours" | "contended" => Step::Wait,
            "no_code" => Step::AddCodes,
            "no_holder" => Step::KnowHolder,
            _ => Step::ChangeRule,
        }
    }
}

/// The rules of a placement, those that would help most customers first; of equal ones the one
/// that can be loosened by less. A rule that could only be dropped as a whole comes behind those
/// of which a smaller step helps somebody.
pub fn results(rules: &Rules, catalog: &Catalog, conditions: &Conditions) -> Vec<RuleResult> {
    let result = |(rule, tally): (&Rule, &RuleTally)| {
        let limit = rule.limit.map(|place| &catalog.limits[usize::from(place)]);
        let mut kept_out: Vec<ConditionResult> = vec![];
        for (condition, customers) in &tally.conditions {
            let text = rule
                .offer
                .and_then(|offer| conditions.text(offer, *condition));
            if let Some((english, chinese)) = text {
                let text = [("en".to_owned(), english), ("zh".to_owned(), chinese)];
                kept_out.push(ConditionResult {
                    text: text.into(),
                    customers: *customers,
                });
            }
        }
        kept_out.sort_by_key(|condition| std::cmp::Reverse(condition.customers));
        let (step, freed_by_step) = match (Step::of(rule.code), rule.offer) {
            (Step::DropCondition, Some(offer)) if conditions.several(offer) => {
                let most = kept_out.first().map_or(0, |condition| condition.customers);
                (Step::DropCondition, most)
            }
            (Step::DropCondition, _) => (Step::DropRule, tally.freed_by_step),
            (step, _) => (step, tally.freed_by_step),
        };
        RuleResult {
            name: rule.name(catalog),
            code: rule.code.to_owned(),
            offer: rule
                .offer
                .map(|place| catalog.offers[usize::from(place)].key.clone()),
            limit: limit.map(|limit| LimitName {
                policy: limit.policy.clone(),
                key: limit.key.clone(),
                at_most: limit.at_most,
            }),
            first: tally.first,
            unique: tally.unique,
            shared: tally.shared,
            customers: tally.customers.len(),
            freed: tally.freed.len(),
            freed_by_step,
            step,
            conditions: kept_out,
        }
    };
    let mut results: Vec<RuleResult> = rules.0.iter().map(result).collect();
    results.sort_by(|a, b| {
        let by_help = b
            .freed_by_step
            .cmp(&a.freed_by_step)
            .then(b.freed.cmp(&a.freed));
        let by_step = || a.step.cmp(&b.step).then(b.customers.cmp(&a.customers));
        let small = |one: &RuleResult| one.step != Step::DropRule && one.freed_by_step > 0;
        let whole = small(b).cmp(&small(a));
        whole
            .then(by_help)
            .then_with(by_step)
            .then_with(|| a.name.cmp(&b.name))
    });
    results
}
