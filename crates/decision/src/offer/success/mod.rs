//! Success over time: what became of an offer by channel and day, with revenue, cost and margin,
//! against the period before.
//!
//! Counted exactly from the whole history; nothing is kept beside it. What the offer *earns* is not
//! told here: who saw it is no fair comparison with those from whom it was withheld, who would not
//! all have seen it. `awareness::increment` compares everybody with whom it was meant for.

pub mod api;
pub mod db;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use store::{Timestamp, definition};
use utoipa::ToSchema;

use self::db::{Act, Fact};
use super::Offer;
use crate::{Decider, Error};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;
/// The longest period: a year and a day.
pub const LONGEST_DAYS: i64 = 366;

/// What became of an offer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OfferFigures)]
pub struct Figures {
    /// Contacts that were presented.
    pub presented: u64,
    /// Presented contacts that were viewed.
    pub viewed: u64,
    /// Presented contacts that were clicked.
    pub clicked: u64,
    /// Acceptances, stated, redeemed or inferred.
    pub accepted: u64,
    /// Rejections.
    pub rejected: u64,
    /// What the acceptances were worth, in the currency of the offer.
    pub revenue_cents: i64,
    /// What they cost, by the version and variant that was made.
    pub cost_cents: i64,
    /// Revenue less cost.
    pub margin_cents: i64,
    /// Contacts that were withheld for comparison.
    pub withheld: u64,
    /// Acceptances of withheld contacts.
    pub accepted_in_control: u64,
    /// What those were worth.
    pub revenue_in_control_cents: i64,
    /// Acceptances, of withheld contacts too, of which an amount is in another currency and is in no
    /// sum: what they were worth, or what they cost by the version that was made.
    pub other_currency: u64,
}

/// What became of an offer in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// First day (UTC), like `2026-03-01`.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Over the whole period.
    pub total: Figures,
    /// Each day, also those on which nothing happened.
    pub days: Vec<DayFigures>,
    /// By channel.
    pub channels: BTreeMap<String, Figures>,
}

/// What became of an offer on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DayFigures {
    /// The day (UTC).
    pub day: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The success of an offer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Success {
    /// Key of the offer.
    pub offer: String,
    /// Currency of the amounts: that of the newest version.
    pub currency: String,
    /// When it was counted.
    pub as_of: Timestamp,
    /// The period asked for.
    pub period: Period,
    /// The same number of days before it.
    pub before: Period,
}

/// The versions that were made.
type Made = BTreeMap<i64, Offer>;

impl Figures {
    /// Adds a fact; `cost_cents` is `None` where the cost is in another currency.
    fn add(&mut self, fact: &Fact, cost_cents: Option<i64>) {
        let count = fact.count;
        self.other_currency += match (fact.act, cost_cents) {
            (Act::Accepted, None) => count,
            (_, _) => fact.other_currency,
        };
        match fact.act {
            Act::Presented => self.presented += count,
            Act::Withheld => self.withheld += count,
            Act::Viewed => self.viewed += count,
            Act::Clicked => self.clicked += count,
            Act::Rejected => self.rejected += count,
            Act::AcceptedInControl => {
                self.accepted_in_control += count;
                self.revenue_in_control_cents += fact.value_cents;
            }
            Act::Accepted => {
                self.accepted += count;
                self.revenue_cents += fact.value_cents;
                self.cost_cents +=
                    cost_cents.unwrap_or(0) * i64::try_from(count).unwrap_or(i64::MAX);
            }
        }
        self.margin_cents = self.revenue_cents - self.cost_cents;
    }
}

impl Period {
    /// Sums facts of the days from `first` on, in a currency.
    pub fn of((first, days): (i64, i64), facts: &[Fact], made: &Made, currency: &str) -> Period {
        let mut by_day = vec![Figures::default(); usize::try_from(days).unwrap_or_default()];
        let mut period = Period {
            from: day_text(first),
            until: day_text(first + days - 1),
            ..Period::default()
        };
        for fact in facts {
            let place = usize::try_from(fact.day - first).ok();
            let Some(day) = place.and_then(|place| by_day.get_mut(place)) else {
                continue;
            };
            let offer = fact.version.and_then(|version| made.get(&version));
            let cost = offer.map_or(Some(0), |offer| {
                let cost = offer.cost_of(offer.variant_place(fact.variant.as_deref()));
                (cost == 0 || offer.currency == currency).then_some(cost)
            });
            day.add(fact, cost);
            period.total.add(fact, cost);
            let channel = period.channels.entry(fact.channel.clone()).or_default();
            channel.add(fact, cost);
        }
        let named = (first..).zip(by_day);
        period.days = named
            .map(|(day, figures)| DayFigures {
                day: day_text(day),
                figures,
            })
            .collect();
        period
    }
}

fn day_text(day: i64) -> String {
    let text = Timestamp(day * DAY_MS).to_string();
    text.chars().take(10).collect()
}

impl Decider {
    /// What became of an offer in the days from `first` on (days since 1970), and before.
    pub async fn success(
        &self,
        offer: &str,
        first: i64,
        days: i64,
    ) -> Result<Option<Success>, Error> {
        let db = self.memory().db();
        let kind = super::KIND.name;
        let Some(newest) = definition::one(db, kind, offer).await? else {
            return Ok(None);
        };
        let currency = newest.body["currency"].as_str().unwrap_or_default();
        let view = self.memory().lake().view().await?;
        let facts = db::facts(
            view.session().await?,
            (offer, currency),
            first - days,
            first + days,
        )
        .await?;
        let named = facts.iter().filter_map(|fact| fact.version);
        let named: BTreeSet<_> = named.map(|version| (offer.to_owned(), version)).collect();
        let found = definition::versions(db, kind, &named).await?;
        let made = found.into_iter().filter_map(|d| {
            let body = crate::body::read::<Offer>(&d.body).ok()?;
            Some((d.version, body))
        });
        let made: Made = made.collect();
        Ok(Some(Success {
            offer: offer.to_owned(),
            currency: currency.to_owned(),
            as_of: view.as_of,
            before: Period::of((first - days, days), &facts, &made, currency),
            period: Period::of((first, days), &facts, &made, currency),
        }))
    }
}
