//! Reach: how many of a group will get something in a channel, and what keeps the others.

use memory::customer::reach::addressable;
use memory::{Customer, CustomerId};
use roaring::RoaringTreemap;
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use crate::catalog::Catalog;
use crate::policy::limits::Room;
use crate::suppression::Suppressions;
use crate::targeting::control::{UNIVERSAL, withheld};
use crate::targeting::pipeline::{MARKETING, no_consent, zone_of};
use crate::{Channel, Decider, Error};

/// Customers looked at together.
const CHUNK: usize = 1_000;

/// A step that a customer passes or not, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReachStep {
    /// The customer satisfies the rule.
    Matches,
    /// There is an address in the channel.
    Reachable,
    /// No suppression list holds the customer.
    NotSuppressed,
    /// The customer agreed.
    Consent,
    /// The contact policy leaves room for one more contact now.
    Policy,
    /// The customer is not in the universal control group.
    NotInControl,
}

/// How many are left after a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReachCount {
    /// The step.
    pub step: ReachStep,
    /// How many are left after it.
    pub left: u64,
    /// How many it took away.
    pub lost: u64,
}

const STEPS: [ReachStep; 6] = [
    ReachStep::Matches,
    ReachStep::Reachable,
    ReachStep::NotSuppressed,
    ReachStep::Consent,
    ReachStep::Policy,
    ReachStep::NotInControl,
];

/// What is left after each step and what it took away, of how many pass the steps.
pub(super) fn counts(passed: [u64; STEPS.len()]) -> Vec<ReachCount> {
    let before = [passed[0]].into_iter().chain(passed);
    let counts = STEPS.into_iter().zip(passed).zip(before);
    counts
        .map(|((step, left), before)| ReachCount {
            step,
            left,
            lost: before - left,
        })
        .collect()
}

/// How many customers pass each step.
pub(super) async fn reach(
    decider: &Decider,
    customers: &RoaringTreemap,
    channel: Channel,
    category: Option<&str>,
) -> Result<[u64; STEPS.len()], Error> {
    let memory = decider.memory();
    let asked = Asked {
        catalog: &decider.catalog(),
        suppressions: &decider.suppressions(),
        channel,
        category,
        now: memory.db().now(),
    };
    let mut passed = [0_u64; STEPS.len()];
    let ids: Vec<CustomerId> = customers.iter().map(CustomerId).collect();
    for some in ids.chunks(CHUNK) {
        for customer in memory.customers(some).await? {
            for count in passed.iter_mut().take(asked.passes(&customer)) {
                *count += 1;
            }
        }
    }
    Ok(passed)
}

struct Asked<'a> {
    catalog: &'a Catalog,
    suppressions: &'a Suppressions,
    channel: Channel,
    category: Option<&'a str>,
    now: Timestamp,
}

impl Asked<'_> {
    /// How many of the steps a customer passes before the first that says no.
    fn passes(&self, customer: &Customer) -> usize {
        let state = &customer.state;
        let checks: [&dyn Fn() -> bool; 5] = [
            &|| addressable(state, self.channel.word()),
            &|| {
                let listed = self.suppressions.listed(
                    customer.id,
                    state,
                    self.channel.word(),
                    MARKETING,
                    self.now,
                );
                listed.is_none()
            },
            &|| no_consent(state, self.channel, MARKETING, self.now).is_none(),
            &|| {
                let zone = zone_of(state, &self.catalog.default_zone);
                let room = Room::of(&self.catalog.limits, state, self.now, &zone);
                let limits = self.catalog.limits.iter().enumerate();
                let concerning =
                    limits.filter(|(_, l)| l.concerns(self.channel.word(), self.category));
                let mut concerning = concerning.map(|(place, _)| place);
                concerning.all(|place| room.allows(place))
            },
            &|| {
                let fraction = self.catalog.strategy.universal_control_fraction;
                !withheld(UNIVERSAL, customer.id, fraction)
            },
        ];
        1 + checks.iter().take_while(|check| check()).count()
    }
}
