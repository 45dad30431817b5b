//! Terms: what definitions say about counting, read from their bodies. What a contact costs and how
//! long it works is said by the version that was made, whatever has become of the offer since.

use std::collections::{BTreeSet, HashMap};

use memory::criteria::DAY_MS;
use memory::interaction::Contact;
use serde_json::Value;
use store::definition::{self, Definition};
use store::{Db, Error};

use super::Subject;

/// For how many days a purchase counts after a contact of a journey, or of anything.
const WINDOW_DAYS: i64 = 30;
/// The same for an offer that does not say.
const OFFER_WINDOW_DAYS: i64 = 7;

/// What is needed to count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// The published offers, for contacts that do not name a version.
    offers: HashMap<String, OfferTerms>,
    /// Offers as they were made, by key and version.
    made: HashMap<(String, i64), OfferTerms>,
    /// The share of revenue that is margin where orders do not tell.
    pub margin_share: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
struct OfferTerms {
    window_days: i64,
    cost_cents: f64,
    /// What variants cost that say so themselves.
    variants: HashMap<String, f64>,
}

/// What counts for one contact with an offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deal {
    /// For how long a purchase counts after it.
    pub window_ms: i64,
    /// What an acceptance costs.
    pub cost_cents: f64,
}

impl OfferTerms {
    fn of(body: &Value) -> OfferTerms {
        let days = body
            .pointer("/relevant/window_days")
            .and_then(Value::as_i64);
        let cost = |body: &Value| body.get("cost_cents").and_then(Value::as_f64);
        let variants = body.get("variants").and_then(Value::as_array);
        let variants = variants.into_iter().flatten().filter_map(|variant| {
            let key = variant.get("key").and_then(Value::as_str)?;
            Some((key.to_owned(), cost(variant)?))
        });
        OfferTerms {
            window_days: days.unwrap_or(OFFER_WINDOW_DAYS),
            cost_cents: cost(body).unwrap_or_default(),
            variants: variants.collect(),
        }
    }

    fn deal(&self, variant: Option<&str>) -> Deal {
        let own = variant.and_then(|key| self.variants.get(key).copied());
        Deal {
            window_ms: self.window_days * DAY_MS,
            cost_cents: own.unwrap_or(self.cost_cents),
        }
    }
}

impl Terms {
    /// Reads them from published definitions.
    pub fn of(definitions: &[Definition]) -> Terms {
        let offers = definitions.iter().filter(|d| d.kind == "offer");
        let offers = offers.map(|d| (d.key.clone(), OfferTerms::of(&d.body)));
        // In use where no other one is: the first by key that is for everything.
        let everywhere = |d: &&Definition| {
            let scope = ["placements", "channels"].map(|field| d.body.get(field));
            d.kind == "strategy" && scope.iter().all(|s| s.is_none_or(Value::is_null))
        };
        let strategies = definitions.iter().filter(everywhere);
        let strategy = strategies.min_by_key(|d| d.key.as_str());
        let share = strategy.and_then(|d| d.body.get("margin_share"));
        Terms {
            offers: offers.collect(),
            made: HashMap::new(),
            margin_share: share.and_then(Value::as_f64),
        }
    }

    /// The same with the versions that contacts name.
    pub async fn with_made(
        mut self,
        db: &Db,
        named: BTreeSet<(String, i64)>,
    ) -> Result<Terms, Error> {
        let found = definition::versions(db, "offer", &named).await?;
        let found = found.into_iter();
        self.made = found
            .map(|made| ((made.key, made.version), OfferTerms::of(&made.body)))
            .collect();
        Ok(self)
    }

    /// What counts for a contact.
    pub fn deal(&self, contact: &Contact) -> Option<Deal> {
        let offer = contact.offer.as_ref()?;
        let version = contact.offer_version;
        let made = version.and_then(|version| self.made.get(&(offer.clone(), version)));
        let terms = made.or_else(|| self.offers.get(offer))?;
        Some(terms.deal(contact.variant.as_deref()))
    }

    /// For how long a purchase counts after a contact with a subject.
    pub fn window_ms(&self, subject: &Subject, deal: Option<Deal>) -> i64 {
        match subject {
            Subject::Offer { .. } => deal.map_or(OFFER_WINDOW_DAYS * DAY_MS, |deal| deal.window_ms),
            Subject::Everything {} | Subject::Journey { .. } => WINDOW_DAYS * DAY_MS,
        }
    }

    /// What an acceptance of an offer costs now.
    pub fn cost_cents(&self, offer: &str) -> f64 {
        self.offers.get(offer).map_or(0.0, |offer| offer.cost_cents)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use store::test_support::published;

    use super::*;

    #[test]
    fn the_margin_is_that_of_the_strategy_in_use_everywhere() {
        let strategy = |key: &str, body| published("strategy", key, body);
        let scoped = strategy("a", json!({"placements": ["home"], "margin_share": 0.9}));
        let second = strategy("c", json!({"margin_share": 0.2}));
        let general = strategy("b", json!({"margin_share": 0.4}));
        let terms = Terms::of(&[scoped, second, general]);
        assert_eq!(terms.margin_share, Some(0.4));
    }
}
