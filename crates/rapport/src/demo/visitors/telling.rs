//! What a visit tells Rapport: events, and the question for an offer.

use serde_json::{Value, json};
use store::Timestamp;

use super::visit::{Call, Place, Visit};
use super::way;
use crate::demo::products::pounds;

impl Visit {
    pub(super) fn customer(&self) -> Value {
        if self.who.signed_in {
            json!({ "user_id": self.who.user_id, "anonymous_id": self.anonymous_id })
        } else {
            json!({ "anonymous_id": self.anonymous_id })
        }
    }

    pub(super) fn decide(&self, placement: &str) -> Call {
        Call::Decide(json!({
            "customer": self.customer(),
            "placements": [placement],
            "language": self.who.language,
            "context": { "page": { "path": self.path() } },
        }))
    }

    pub(super) fn path(&self) -> String {
        match &self.place {
            Place::Category(category) => format!("/shop/category/{category}"),
            Place::Product(product) => format!("/shop/product/{}", product.product_id),
            Place::Cart => "/shop/cart".to_owned(),
            Place::Checkout => "/shop/checkout".to_owned(),
            Place::Outside | Place::Home | Place::Gone => "/shop/".to_owned(),
        }
    }

    pub(super) fn sum_cents(&self) -> i64 {
        let amounts = self.lines.iter();
        amounts
            .map(|(product, quantity)| product.price_cents * i64::from(*quantity))
            .sum()
    }

    pub(super) fn contents(&self) -> Value {
        let lines = self.lines.iter();
        let products: Vec<Value> = lines
            .map(|(one, quantity)| one.described(one.price_cents, *quantity))
            .collect();
        json!({
            "cart_id": self.cart_id,
            "value": pounds(self.sum_cents()),
            "currency": "GBP",
            "products": products,
        })
    }

    pub(super) fn page(&mut self, path: &str, now: Timestamp) -> Value {
        self.event("page", json!({ "properties": { "path": path } }), now)
    }

    pub(super) fn track(&mut self, event: &str, properties: Value, now: Timestamp) -> Value {
        self.event(
            "track",
            json!({ "event": event, "properties": properties }),
            now,
        )
    }

    pub(super) fn identify(&mut self, now: Timestamp) -> Value {
        let traits = json!({
            "email": self.who.email,
            "name": self.who.name,
            "language": self.who.language,
        });
        self.event("identify", json!({ "traits": traits }), now)
    }

    pub(super) fn event(&mut self, kind: &str, mut event: Value, now: Timestamp) -> Value {
        self.messages += 1;
        event["type"] = json!(kind);
        let turn = if self.returning { "b" } else { "a" };
        event["messageId"] = json!(format!("{}-{turn}{}", self.anonymous_id, self.messages));
        event["timestamp"] = json!(now);
        event["anonymousId"] = json!(self.anonymous_id);
        if self.who.signed_in {
            event["userId"] = json!(self.who.user_id);
        }
        let locale = if self.who.language == "zh" {
            "zh-CN"
        } else {
            "en-GB"
        };
        let first = kind == "page" && self.messages <= 2;
        let mut context = way::context(&self.anonymous_id, &self.path(), first);
        context["library"] = json!({ "name": "rapport-demo", "version": "0.1.0" });
        context["locale"] = json!(locale);
        if self.campaign && first {
            let campaign = json!({ "name": "spring", "source": "search", "medium": "cpc" });
            context["campaign"] = campaign;
        }
        event["context"] = context;
        event
    }
}
