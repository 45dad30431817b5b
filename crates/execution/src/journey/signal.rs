//! What an event does to the instances of a journey: starts one, starts its waiting time again,
//! fills its cart, or ends it.

use memory::event::{SEGMENT_ENTERED, SEGMENT_LEFT};
use memory::log::EventBody;
use serde_json::{Map, Value};
use store::Timestamp;

use super::{Instance, Journey, Luggage, State};

/// What has to be done because of one event.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// A new instance for this key begins its waiting time.
    Start {
        /// The key.
        key: String,
        /// When the waiting time ends.
        due_at: Timestamp,
        /// What it carries.
        luggage: Box<Luggage>,
    },
    /// These instances changed.
    Change(Vec<Instance>),
}

/// The effect of an event on a customer's instances of a journey (newest first).
pub fn effect(
    journey: &Journey,
    instances: &[Instance],
    event: &EventBody,
    occurred_at: Timestamp,
    now: Timestamp,
) -> Effect {
    let properties: Value = serde_json::from_str(event.properties.get()).unwrap_or(Value::Null);
    let name = &event.name;
    if !concerns(journey, name, &properties) {
        return Effect::Nothing;
    }
    let ends_all = journey.cancel_on.contains(name);
    if ends_all || journey.entry.without.contains(name) {
        let key = key_of(journey, &properties);
        return end(instances, key.as_deref(), ends_all, name, occurred_at, now);
    }
    if !journey.entry.on.contains(name) {
        return Effect::Nothing;
    }
    let key = key_of(journey, &properties).unwrap_or_default();
    let due_at = occurred_at.plus_ms(journey.entry.within_ms);
    let live = |i: &&Instance| i.key == key && matches!(i.state, State::Pending | State::Inside);
    match instances.iter().find(live) {
        Some(known) => {
            let mut known = known.clone();
            pack(&mut known.luggage.event, name, &properties);
            if known.state == State::Pending {
                known.due_at = known.due_at.max(due_at);
            }
            known.updated_at = now;
            Effect::Change(vec![known])
        }
        None if may_enter_again(journey, instances, &key, now) => {
            let mut luggage = Box::<Luggage>::default();
            pack(&mut luggage.event, name, &properties);
            Effect::Start {
                key,
                due_at,
                luggage,
            }
        }
        None => Effect::Nothing,
    }
}

/// Whether an entry into a segment, or an exit from one, is of a segment that the journey names.
fn concerns(journey: &Journey, event: &str, properties: &Value) -> bool {
    let about_segments = event == SEGMENT_ENTERED || event == SEGMENT_LEFT;
    let named = &journey.entry.segments;
    let segment = properties.get("segment").and_then(Value::as_str);
    !about_segments
        || named.is_empty()
        || segment.is_some_and(|segment| named.iter().any(|known| known == segment))
}

fn key_of(journey: &Journey, properties: &Value) -> Option<String> {
    let name = journey.entry.key.as_ref()?;
    match properties.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// An event with the key of one instance ends that one; one without a key ends all of the
/// customer's.
fn end(
    instances: &[Instance],
    key: Option<&str>,
    ends_all: bool,
    event: &str,
    occurred_at: Timestamp,
    now: Timestamp,
) -> Effect {
    let ended = |instance: &&Instance| {
        let mine = key.is_none_or(|key| instance.key == key || instance.key.is_empty());
        // A late report of something that happened before the instance began ends nothing.
        mine && instance.entered_at <= occurred_at
            && match instance.state {
                State::Pending => true,
                State::Inside => ends_all,
                State::Done | State::Cancelled | State::Failed => false,
            }
    };
    let change = |instance: &Instance| Instance {
        state: State::Cancelled,
        reason: Some(event.to_owned()),
        updated_at: now,
        ..instance.clone()
    };
    let changed: Vec<Instance> = instances.iter().filter(ended).map(change).collect();
    match changed.is_empty() {
        true => Effect::Nothing,
        false => Effect::Change(changed),
    }
}

fn may_enter_again(journey: &Journey, instances: &[Instance], key: &str, now: Timestamp) -> bool {
    instances
        .iter()
        .filter(|i| i.key == key && i.state == State::Done)
        .all(|ended| {
            journey
                .reentry_ms
                .is_some_and(|ms| now.since_ms(ended.updated_at) >= ms)
        })
}

/// Keeps the cart that the events tell of: a list of products replaces it, an added product joins
/// it, a removed one leaves it; other properties are taken as they come.
fn pack(luggage: &mut Value, name: &str, properties: &Value) {
    let Value::Object(new) = properties else {
        return;
    };
    if !luggage.is_object() {
        *luggage = Value::Object(Map::new());
    }
    let Value::Object(kept) = luggage else { return };
    let mut products = match kept.remove("products") {
        Some(Value::Array(products)) => products,
        Some(_) | None => vec![],
    };
    match (new.get("products"), new.get("product_id")) {
        (Some(Value::Array(all)), _) => products.clone_from(all),
        (_, Some(id)) => {
            products.retain(|product| product.get("product_id") != Some(id));
            if name != "Product Removed" {
                products.push(properties.clone());
            }
        }
        (_, None) => {}
    }
    for (key, value) in new.iter().filter(|(key, _)| *key != "products") {
        kept.insert(key.clone(), value.clone());
    }
    products.truncate(100);
    kept.insert("products".to_owned(), Value::Array(products));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_cart_is_what_the_events_tell() {
        let mut cart = Value::Null;
        pack(
            &mut cart,
            "Product Added",
            &json!({"product_id": "a", "quantity": 1, "cart_id": "c"}),
        );
        pack(
            &mut cart,
            "Product Added",
            &json!({"product_id": "b", "quantity": 2}),
        );
        pack(
            &mut cart,
            "Product Added",
            &json!({"product_id": "a", "quantity": 3}),
        );
        pack(&mut cart, "Product Removed", &json!({"product_id": "b"}));
        assert_eq!(
            cart["products"],
            json!([{"product_id": "a", "quantity": 3}])
        );
        assert_eq!(cart["cart_id"], "c");
        pack(
            &mut cart,
            "Cart Viewed",
            &json!({"products": [{"product_id": "z"}]}),
        );
        assert_eq!(cart["products"], json!([{"product_id": "z"}]));
    }
}
