//! Conflicts: offers that can never be made, policies that starve a placement, placements nobody
//! fills, lists that are empty. Each with its reason, its place and a remedy; none is ever wrong.

pub mod api;
mod caps;
#[cfg(test)]
mod caps_tests;
mod counts;
mod experiments;
#[cfg(test)]
mod experiments_tests;
pub mod never;
#[cfg(test)]
mod never_tests;
mod offers;
mod policies;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use serde_json::{Value, json};
use store::Timestamp;
use store::definition::Definition;
use utoipa::ToSchema;

use crate::cap::Period;
use crate::cap::room::counter;
use crate::catalog::{Mismatch, Warning};
use crate::{Catalog, Decider, Error, catalog};

/// Something in the definitions that stands in its own way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Conflict {
    /// A stable word, which programs and translations go by.
    pub code: ConflictCode,
    /// Kind of the definition.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// JSON pointer into its body.
    pub path: String,
    /// What is wrong, in English.
    pub message: String,
    /// What to do about it, in English.
    pub remedy: String,
    /// Its particulars.
    #[schema(value_type = Object)]
    pub detail: Value,
}

/// The kinds of conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictCode {
    /// The validity of an offer is over.
    OfferOver,
    /// No customer meets the criteria of an offer.
    OfferNeverEligible,
    /// Only customers with a list in an attribute meet the criteria of an offer.
    OfferEligibleByListsOnly,
    /// The levers of an offer multiply to 0 everywhere.
    OfferLeverZero,
    /// Everybody we know is in a control group.
    OfferAllControl,
    /// An offer has no placement at all.
    OfferWithoutPlacement,
    /// An offer has a channel in which no placement may show it.
    ChannelWithoutPlacement,
    /// No customer meets the rule of a variant.
    VariantNever,
    /// A variant stands behind one that is for everybody.
    VariantBehindAnother,
    /// No offer may be shown at a placement.
    PlacementEmpty,
    /// Every offer of a placement is in a conflict of its own.
    PlacementStarved,
    /// A limit lets no contact through.
    LimitZero,
    /// A limit can never be the one that stops a contact.
    LimitUnreachable,
    /// Quiet hours cover the whole day.
    QuietAllDay,
    /// A cap lets nothing through: it allows nothing, or its total is used up.
    CapSpent,
    /// One acceptance of an offer costs more than a cap ever allows.
    CapBelowCost,
    /// An offer comes with a code, and none is left.
    PoolEmpty,
    /// A list is empty.
    ListEmpty,
    /// Something refers to a definition that is not in use.
    MissingReference,
    /// Something does not fit the definition that it refers to.
    ReferenceMisfit,
    /// Another strategy is in use at the same places.
    StrategyTwice,
    /// A strategy for some places says what only the one for all places can say.
    StrategySettingUnused,
    /// Two experiments have customers of one group in common.
    ExperimentsOverlap,
    /// Two experiments vary the same thing at the same time, and no group keeps them apart.
    ExperimentsTogether,
}

impl Conflict {
    fn new(code: ConflictCode, place: (&str, &str, &str), message: impl Into<String>) -> Conflict {
        let (kind, key, path) = place;
        Conflict {
            code,
            kind: kind.to_owned(),
            key: key.to_owned(),
            path: path.to_owned(),
            message: message.into(),
            remedy: String::new(),
            detail: json!({}),
        }
    }

    fn remedy(mut self, remedy: &str) -> Conflict {
        self.remedy = remedy.to_owned();
        self
    }

    fn detail(mut self, detail: Value) -> Conflict {
        self.detail = detail;
        self
    }
}

/// What is used up, as only the store knows.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    /// Keys of caps whose total is used up, with how much of it is only promised.
    pub caps: BTreeMap<String, i64>,
    /// Keys of offers whose pool of codes is empty.
    pub pools: HashSet<String>,
}

impl Decider {
    /// What is used up now.
    pub async fn spent(&self) -> Result<Spent, Error> {
        let (catalog, memory) = (self.catalog(), self.memory());
        let now = memory.db().now();
        let totals = catalog
            .caps
            .iter()
            .filter(|cap| cap.body.per == Period::Total && cap.body.counts_at(now));
        let totals: Vec<_> = totals
            .map(|cap| (cap, counter(&cap.key, &cap.body.span(now))))
            .collect();
        let counters: Vec<String> = totals.iter().map(|(_, counter)| counter.clone()).collect();
        memory.read_counters(&counters).await?;
        let mut caps = BTreeMap::new();
        for (cap, counter) in totals {
            if memory.taken(&counter).unwrap_or(0) < cap.body.at_most {
                continue;
            }
            let held = memory::cap::db::held(memory.db(), &cap.key).await?;
            let held = held.into_iter().find(|(name, _)| *name == counter);
            caps.insert(cap.key.clone(), held.map_or(0, |(_, held)| held));
        }
        Ok(Spent {
            caps,
            pools: self.offers_without_code().await?,
        })
    }
}

/// Every conflict among the definitions that are in use at a moment.
pub fn conflicts(definitions: &[Definition], now: Timestamp, spent: &Spent) -> Vec<Conflict> {
    let (catalog, _) = Catalog::compile(definitions);
    let mut found = vec![];
    let mut never = offers::offers(&catalog, now, &mut found);
    never.extend(offers::pools(&catalog, spent, &mut found));
    let closed = caps::caps(&catalog, now, spent, &mut found);
    caps::below_cost(&catalog, now, &mut found);
    offers::placements(&catalog, now, (&never, &closed), &mut found);
    offers::lists(definitions, &catalog, &mut found);
    experiments::together(&catalog, now, &mut found);
    policies::limits(&catalog, &mut found);
    policies::quiet(definitions, &mut found);
    found.extend(catalog::check(definitions).into_iter().filter_map(mismatch));
    found.sort_by(|a, b| {
        let place = |c: &Conflict| (c.kind.clone(), c.key.clone(), c.code, c.path.clone());
        place(a).cmp(&place(b))
    });
    found
}

/// Definitions that do not go together, as the check of the catalog finds them.
fn mismatch(Warning { mismatch, problem }: Warning) -> Option<Conflict> {
    let mut parts = problem.path.splitn(4, '/').skip(1);
    let (kind, key) = (parts.next()?, parts.next()?);
    let path = parts
        .next()
        .map(|rest| format!("/{rest}"))
        .unwrap_or_default();
    let place = (kind, key, path.as_str());
    let told = json!({
        "message": problem.message,
        "problem": problem.code,
        "values": problem.values,
    });
    let (code, detail) = match mismatch {
        Mismatch::Missing => (ConflictCode::MissingReference, told),
        Mismatch::Misfit => (ConflictCode::ReferenceMisfit, told),
        Mismatch::StrategyTwice { other } => {
            (ConflictCode::StrategyTwice, json!({ "other": other }))
        }
        Mismatch::OnlyInGeneral => (ConflictCode::StrategySettingUnused, json!({})),
        Mismatch::ExperimentsOverlap { other } => {
            (ConflictCode::ExperimentsOverlap, json!({ "other": other }))
        }
    };
    let conflict = Conflict::new(code, place, problem.message);
    let remedy = problem
        .hint
        .unwrap_or_else(|| "name something that is in use".to_owned());
    Some(conflict.remedy(&remedy).detail(detail))
}
