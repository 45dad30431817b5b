//! OpenFeature: placements as flags, so that every OpenFeature client asks for offers through the
//! remote evaluation protocol (OFREP 0.3) with its stock provider.
//!
//! A flag's value is an object: the offer with its attributes and its creative, or the placement's
//! fallback content. Asking decides, as `/v1/decisions` does: what is answered is reserved until it
//! is reported as seen, and asking again meanwhile gives the same contact.

pub mod api;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use awareness::experiment;
use gate::key::Holder;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::Channel;
use crate::catalog::{Catalog, PlacementEntry};
use crate::experiment::meet::Met;
use crate::placement::Fallback;
use crate::targeting::{
    AnswerReason, CustomerRef, DecisionAnswer, DecisionRequest, Degradation, LARGEST_PLACEMENTS,
    OfferAnswer, PlacementAnswer,
};

/// How long an evaluation may take. Tests of what is answered are not tests of speed.
const DEADLINE_MS: u64 = if cfg!(test) { 10_000 } else { 200 };

/// What a key of a flag stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// A placement, by its place in the catalog.
    Placement(u16),
    /// An experiment that touchpoints ask for their variant, by its place in the catalog.
    Experiment(u16),
}

impl Flag {
    /// The flag of a key.
    pub fn of_key(catalog: &Catalog, key: &str) -> Option<Flag> {
        let placement = catalog.placement_place(key).map(Flag::Placement);
        placement.or_else(|| {
            let place = catalog.experiments.place(key)?;
            let entry = &catalog.experiments.entries[usize::from(place)];
            let asked = entry.body.subject == experiment::Subject::Touchpoint {};
            asked.then_some(Flag::Experiment(place))
        })
    }
}

/// Why a flag has its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = FlagReason)]
pub enum Reason {
    /// The placement's own content.
    Static,
    /// An offer for this customer.
    TargetingMatch,
    /// Withheld for comparison, or the variant of an experiment.
    Split,
    /// The customer takes no part in the experiment; the touchpoint's own default holds.
    Default,
    /// Nothing could be decided in time.
    Unknown,
}

/// The value of a flag.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = FlagEvaluation)]
pub struct Evaluation {
    /// Key of the flag: of the placement.
    pub key: String,
    /// The offer or the fallback content; what the variant of an experiment gives. Absent when the
    /// touchpoint's own default holds.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(value_type = Object)]
    pub value: Value,
    /// Why.
    pub reason: Reason,
    /// Key of the offer, `control`, `fallback` or `none`.
    pub variant: String,
    /// What belongs to it: `contact_id`, `decision_id`, `degradation`.
    #[schema(value_type = Object)]
    pub metadata: Map<String, Value>,
}

/// Why there is no evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlagErrorCode {
    /// The body is not readable.
    ParseError,
    /// The context has no `targetingKey`.
    TargetingKeyMissing,
    /// The context is not an object, or its `targetingKey` not a text.
    InvalidContext,
    /// There is no such flag.
    FlagNotFound,
}

/// A failed evaluation.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlagError {
    /// Key of the flag; absent in answers about all flags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Why.
    pub error_code: FlagErrorCode,
    /// What is wrong and what to do about it.
    pub error_details: String,
}

/// Who and in which circumstances.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    customer: CustomerRef,
    context: Map<String, Value>,
}

type Unusable = (FlagErrorCode, &'static str);

impl Subject {
    /// Reads the body of an evaluation.
    pub fn read(body: &[u8], holder: Holder) -> Result<Subject, Unusable> {
        let parsed: Value = serde_json::from_slice(body)
            .map_err(|_| (FlagErrorCode::ParseError, "the body is not JSON"))?;
        let Value::Object(mut parsed) = parsed else {
            return Err((FlagErrorCode::ParseError, "the body is not a JSON object"));
        };
        let mut context = match parsed.remove("context") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(context)) => context,
            Some(_) => return Err((FlagErrorCode::InvalidContext, "context is not an object")),
        };
        let key = match context.remove("targetingKey") {
            Some(Value::String(key)) if !key.trim().is_empty() => key,
            None | Some(Value::Null | Value::String(_)) => {
                let hint = "say in context.targetingKey whom it is about";
                return Err((FlagErrorCode::TargetingKeyMissing, hint));
            }
            Some(_) => {
                return Err((FlagErrorCode::InvalidContext, "targetingKey is not a text"));
            }
        };
        if context.len() > 100 || key.len() > 512 {
            return Err((
                FlagErrorCode::InvalidContext,
                "send at most 100 attributes and a targetingKey of at most 512 bytes",
            ));
        }
        let customer = match key.parse() {
            Ok(_) if holder == Holder::Page => {
                let hint = "with the key of a page, targetingKey is the browser's id or the \
                    company's own number of the customer";
                return Err((FlagErrorCode::InvalidContext, hint));
            }
            Ok(id) => CustomerRef {
                customer_id: Some(id),
                ..CustomerRef::default()
            },
            // The company's own number if somebody has it, else a browser or device.
            Err(_) => CustomerRef {
                user_id: Some(key.clone()),
                anonymous_id: Some(key),
                ..CustomerRef::default()
            },
        };
        Ok(Subject { customer, context })
    }

    /// The question to the decision.
    pub fn request(&self, placements: Vec<String>) -> DecisionRequest {
        let language = self.context.get("language").and_then(Value::as_str);
        DecisionRequest {
            customer: self.customer.clone(),
            placements,
            context: self.context.clone(),
            deadline_ms: Some(DEADLINE_MS),
            language: language.map(str::to_owned),
            ..DecisionRequest::default()
        }
    }

    /// The placements of an evaluation of all flags: those named in `context.placements`, or all
    /// of the channel in `context.channel`, which is the web unless given. At most 20.
    pub fn placements(&self, catalog: &Catalog) -> Vec<String> {
        if let Some(Value::Array(named)) = self.context.get("placements") {
            let named = named.iter().filter_map(Value::as_str);
            let mut keys: Vec<String> = vec![];
            for key in named.filter(|key| catalog.placement_place(key).is_some()) {
                if keys.len() < LARGEST_PLACEMENTS && !keys.iter().any(|known| known == key) {
                    keys.push(key.to_owned());
                }
            }
            return keys;
        }
        let channel = self.context.get("channel").and_then(Value::as_str);
        let channel = channel.and_then(Channel::of_word).unwrap_or(Channel::Web);
        let keys = catalog
            .placements_of(channel)
            .map(|entry| entry.key.clone());
        keys.take(LARGEST_PLACEMENTS).collect()
    }
}

/// The variant of an experiment as a flag; the default of the touchpoint where the customer takes
/// no part.
pub fn of_experiment(key: &str, met: Option<&Met>) -> Evaluation {
    let mut metadata = Map::new();
    if let Some(met) = met {
        metadata.insert("phase".to_owned(), json!(met.phase));
    }
    Evaluation {
        key: key.to_owned(),
        value: met.map(|met| met.value.clone()).unwrap_or_default(),
        reason: match met {
            Some(_) => Reason::Split,
            None => Reason::Default,
        },
        variant: met.map_or("none".to_owned(), |met| met.variant.clone()),
        metadata,
    }
}

/// What was decided, as flags.
pub fn evaluations(catalog: &Catalog, answer: &DecisionAnswer) -> Vec<Evaluation> {
    let each = answer.placements.iter();
    each.filter_map(|placement| {
        let place = catalog.placement_place(&placement.placement)?;
        let entry = &catalog.placements[usize::from(place)];
        Some(evaluation(entry, placement, answer))
    })
    .collect()
}

fn evaluation(
    entry: &PlacementEntry,
    placement: &PlacementAnswer,
    answer: &DecisionAnswer,
) -> Evaluation {
    let mut metadata = Map::new();
    metadata.insert("degradation".to_owned(), json!(answer.degradation));
    if let Some(decision) = answer.decision_id {
        metadata.insert("decision_id".to_owned(), json!(decision));
    }
    let first = placement.offers.first();
    if let Some(contact) = first.and_then(|offer| offer.contact_id) {
        metadata.insert("contact_id".to_owned(), json!(contact));
    }
    let undecided = answer.degradation == Degradation::Fallback;
    let (variant, reason) = match (first, &placement.fallback) {
        (Some(offer), _) => (offer.offer.clone(), Reason::TargetingMatch),
        (None, _) if placement.reason == AnswerReason::ControlGroup => {
            ("control".to_owned(), Reason::Split)
        }
        (None, Some(_)) if undecided => ("fallback".to_owned(), Reason::Unknown),
        (None, None) if undecided => ("none".to_owned(), Reason::Unknown),
        (None, Some(_)) => ("fallback".to_owned(), Reason::Static),
        (None, None) => ("none".to_owned(), Reason::Static),
    };
    Evaluation {
        key: entry.key.clone(),
        value: value(entry, &placement.offers, placement.fallback.as_ref()),
        reason,
        variant,
        metadata,
    }
}

/// One offer stands in the object itself; where a placement shows several, all stand in `offers`.
fn value(
    entry: &PlacementEntry,
    offers: &[OfferAnswer],
    fallback: Option<&Arc<Fallback>>,
) -> Value {
    let mut value = match (offers.first(), fallback) {
        (Some(offer), _) => of_offer(offer),
        (None, Some(fallback)) => match json!(fallback) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        },
        (None, None) => Map::new(),
    };
    if entry.body.count > 1 {
        let each = offers.iter().map(|offer| Value::Object(of_offer(offer)));
        value.insert("offers".to_owned(), each.collect());
    }
    Value::Object(value)
}

fn of_offer(offer: &OfferAnswer) -> Map<String, Value> {
    let creative = &offer.creative;
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            fields.insert(name.to_owned(), value);
        }
    };
    put("offer", json!(offer.offer));
    put("version", json!(offer.version));
    put("title", json!(creative.title));
    put("text", json!(creative.text));
    put("image_url", json!(creative.image_url));
    put("link_url", json!(creative.link_url));
    put("language", json!(creative.language));
    put("attributes", json!(*offer.attributes));
    put("contact_id", json!(offer.contact_id));
    put("treatment_code", json!(offer.treatment_code));
    put("expires_at", json!(offer.expires_at));
    fields
}

/// What tells one answer from another. An offer that was made stays as it is, so its contact says
/// it all; a preview does not know the code in its texts.
fn as_made(value: &Value) -> Value {
    let Some(fields) = value.as_object() else {
        return value.clone();
    };
    let made = fields.contains_key("contact_id");
    let says = ["offer", "version", "contact_id", "language", "expires_at"];
    let kept = fields
        .iter()
        .filter(|(name, _)| !made || says.contains(&name.as_str()) || *name == "offers");
    let kept = kept.map(|(name, field)| match field.as_array() {
        Some(each) if name == "offers" => (name.clone(), each.iter().map(as_made).collect()),
        _ => (name.clone(), field.clone()),
    });
    Value::Object(kept.collect())
}

/// A tag that changes when a flag changes; the decision's id, new with every answer, is no change.
pub fn entity_tag(flags: &[Evaluation]) -> String {
    let mut hasher = blake3::Hasher::new();
    for flag in flags {
        let same = (&flag.key, as_made(&flag.value), flag.reason, &flag.variant);
        hasher.update(&serde_json::to_vec(&same).unwrap_or_default());
    }
    format!("\"{}\"", &hasher.finalize().to_hex()[..32])
}
