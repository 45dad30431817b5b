//! The vocabulary over HTTP.

use axum::extract::State;
use gate::{GateState, Json, Permission, ProblemDocument, Result, User};
use serde::Serialize;
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{KnownEvent, VALUES_SHOWN, db};
use crate::api::MemoryState;
use crate::attribute::{self, Attributes};
use crate::criteria::Kind;

/// Channels that criteria may name.
pub const CHANNELS: [&str; 7] = [
    "web",
    "email",
    "sms",
    "push",
    "call_center",
    "point_of_sale",
    "direct_mail",
];

/// Purposes of consent that every installation has.
pub const PURPOSES: [&str; 2] = ["marketing", "service"];

/// The route of the vocabulary.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default().routes(routes!(show))
}

/// Everything a rule can speak of. What does not exist yet is an empty list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Vocabulary)]
struct Words {
    /// Attributes of customers, by key.
    attributes: Vec<AttributeWord>,
    /// Events that were seen, the most frequent first.
    events: Vec<EventWord>,
    /// Channels.
    channels: Vec<String>,
    /// Purposes of consent.
    purposes: Vec<String>,
    /// Offers in use.
    offers: Vec<OfferWord>,
    /// Placements in use.
    placements: Vec<NamedWord>,
    /// Segments in use.
    segments: Vec<NamedWord>,
    /// Scores in use.
    scores: Vec<NamedWord>,
}

/// An attribute, for whoever writes a rule.
#[derive(Debug, Serialize, ToSchema)]
struct AttributeWord {
    /// Its key.
    key: String,
    /// The kind of its values.
    kind: Kind,
    /// What it means.
    description: String,
    /// True when it tells who somebody is or how to reach them.
    personal: bool,
    /// The share of customers that have it, among those seen last.
    fill_rate: f64,
    /// Its frequent values, the most frequent first; none when it is personal, or when the caller
    /// may not view data.
    values: Vec<String>,
}

/// An event, for whoever writes a rule.
#[derive(Debug, Serialize, ToSchema)]
struct EventWord {
    /// Its name.
    name: String,
    /// How often it was seen, about.
    seen_count: i64,
    /// When it was last seen.
    last_seen_at: Timestamp,
    /// Its properties, by path.
    properties: Vec<PropertyWord>,
}

/// A property of an event, for whoever writes a rule.
#[derive(Debug, Serialize, ToSchema)]
struct PropertyWord {
    /// Its path; `products.price` leads through the list of products, `context.` into the context.
    path: String,
    /// The kind of its values; absent when several kinds were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    /// The share of these events that have it, among those looked into.
    share: f64,
    /// Its frequent values, the most frequent first; none when it is personal, or when the caller
    /// may not view data.
    values: Vec<String>,
}

/// A definition that a rule can name.
#[derive(Debug, Serialize, ToSchema)]
struct NamedWord {
    /// Its key.
    key: String,
    /// What it is called, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    name: Value,
}

/// An offer that a rule can name.
#[derive(Debug, Serialize, ToSchema)]
struct OfferWord {
    /// Its key.
    key: String,
    /// What it is called, by language.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    name: Value,
    /// Its category.
    category: Option<String>,
}

/// Everything a rule can speak of: attributes and events as data has taught them, with frequent
/// values, channels, purposes of consent, and what is published.
#[utoipa::path(get, path = "/api/vocabulary", tag = "criteria",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Words), (status = 403, body = ProblemDocument)))]
async fn show(user: User, State(state): State<MemoryState>) -> Result<Json<Words>> {
    user.require(Permission::ViewDefinitions)?;
    let store = state.memory.db();
    let definitions = attribute::db::list(store).await?;
    let attributes = Attributes::new(definitions.clone());
    let shows_values = user.may(Permission::ViewData);
    let sample = attribute::sample(store).await?;
    let nothing = attribute::Facts::default();
    let attribute_word = |known: attribute::Definition| {
        let facts = sample.facts.get(&known.key).unwrap_or(&nothing);
        let shown = shows_values && !known.personal;
        AttributeWord {
            kind: known.kind,
            description: known.description,
            personal: known.personal,
            fill_rate: facts.count as f64 / sample.size.max(1) as f64,
            values: facts.frequent.most(if shown { VALUES_SHOWN } else { 0 }),
            key: known.key,
        }
    };
    let mut events: Vec<KnownEvent> = db::all(store).await?.into_values().collect();
    events.sort_by(|a, b| {
        let by_count = b.seen_count.cmp(&a.seen_count);
        by_count.then_with(|| a.name.cmp(&b.name))
    });
    let events = events
        .into_iter()
        .map(|event| event_word(event, &attributes, shows_values));
    Ok(Json(Words {
        attributes: definitions.into_iter().map(attribute_word).collect(),
        events: events.collect(),
        channels: CHANNELS.map(str::to_owned).into(),
        purposes: PURPOSES.map(str::to_owned).into(),
        offers: offers(&state.gate),
        placements: named(&state.gate, "placement"),
        segments: named(&state.gate, "segment"),
        scores: named(&state.gate, "score"),
    }))
}

fn event_word(event: KnownEvent, attributes: &Attributes, shows_values: bool) -> EventWord {
    let looked = event.looked_count.max(1) as f64;
    let words = event.properties.into_iter().map(|(path, known)| {
        let shown = shows_values && !attributes.personal_property(&path);
        PropertyWord {
            kind: known.kind,
            share: known.looked_count as f64 / looked,
            values: known.frequent.most(if shown { VALUES_SHOWN } else { 0 }),
            path,
        }
    });
    EventWord {
        properties: words.collect(),
        name: event.name,
        seen_count: event.seen_count,
        last_seen_at: event.last_seen_at,
    }
}

/// What the body of a definition says it is called; its title when it says nothing.
fn name(definition: &store::definition::Definition) -> Value {
    match definition.body.get("name") {
        Some(Value::Object(names)) => Value::Object(names.clone()),
        Some(_) | None => serde_json::json!({ "en": definition.title }),
    }
}

fn named(gate: &GateState, kind: &str) -> Vec<NamedWord> {
    let published = gate.published.now();
    let word = |definition: &store::definition::Definition| NamedWord {
        key: definition.key.clone(),
        name: name(definition),
    };
    published.of_kind(kind).map(word).collect()
}

fn offers(gate: &GateState) -> Vec<OfferWord> {
    let published = gate.published.now();
    let word = |definition: &store::definition::Definition| OfferWord {
        key: definition.key.clone(),
        name: name(definition),
        category: definition
            .body
            .get("category")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    published.of_kind("offer").map(word).collect()
}
