//! Terms: what published definitions say about counting, read from their bodies.

use std::collections::HashMap;

use memory::criteria::DAY_MS;
use serde_json::Value;
use store::definition::Definition;

use super::Subject;

/// For how many days a purchase counts after a contact of a journey, or of anything.
const WINDOW_DAYS: i64 = 30;
/// The same for an offer that does not say.
const OFFER_WINDOW_DAYS: i64 = 7;

/// What is needed to count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    offers: HashMap<String, OfferTerms>,
    /// The share of revenue that is margin where orders do not tell.
    pub margin_share: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct OfferTerms {
    window_days: i64,
    cost_cents: f64,
}

impl Terms {
    /// Reads them from published definitions.
    pub fn of(definitions: &[Definition]) -> Terms {
        let mut terms = Terms::default();
        for definition in definitions {
            let body = &definition.body;
            match definition.kind.as_str() {
                "offer" => {
                    let days = body
                        .pointer("/relevant/window_days")
                        .and_then(Value::as_i64);
                    let cost = body.get("cost_cents").and_then(Value::as_f64);
                    let offer = OfferTerms {
                        window_days: days.unwrap_or(OFFER_WINDOW_DAYS),
                        cost_cents: cost.unwrap_or_default(),
                    };
                    terms.offers.insert(definition.key.clone(), offer);
                }
                // The first strategy by key is the one in use.
                "strategy" if terms.margin_share.is_none() => {
                    terms.margin_share = body.get("margin_share").and_then(Value::as_f64);
                }
                _ => {}
            }
        }
        terms
    }

    /// For how long a purchase counts after a contact.
    pub fn window_ms(&self, subject: &Subject) -> i64 {
        let days = match subject {
            Subject::Offer { key } => self
                .offers
                .get(key)
                .map_or(OFFER_WINDOW_DAYS, |offer| offer.window_days),
            Subject::Everything {} | Subject::Journey { .. } => WINDOW_DAYS,
        };
        days * DAY_MS
    }

    /// What an acceptance of an offer costs.
    pub fn cost_cents(&self, offer: &str) -> f64 {
        self.offers.get(offer).map_or(0.0, |offer| offer.cost_cents)
    }
}
