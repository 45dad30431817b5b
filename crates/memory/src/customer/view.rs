//! A customer as people and programs are shown one.

use serde::Serialize;
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;

use super::reach::{Reach, reach};
use super::{Customer, CustomerId, CustomerState, Standing};
use crate::attribute::{MASK, Masking};
use crate::consent::{Consent, ConsentState};
use crate::criteria::Kind;
use crate::identity::{Identifier, IdentifierKind};
use crate::interaction::ContactStatus;

/// Identifiers shown in a list.
const ROW_IDENTIFIERS: usize = 10;

/// A customer in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerRow {
    /// Their id.
    pub customer_id: CustomerId,
    /// How we call them: name, e-mail address or the best identifier; empty when nothing is known.
    pub label: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Known or anonymous.
    pub standing: Standing,
    /// What points to them; at most ten in a list.
    pub identifiers: Vec<Identifier>,
    /// When we first heard of them; absent when only we have spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen_at: Option<Timestamp>,
    /// When we last heard of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// An attribute of a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttributeView {
    /// Its key.
    pub key: String,
    /// Its value; `•••` when it is hidden from the caller.
    pub value: Value,
    /// What kind of value it is.
    pub kind: Kind,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it tells who somebody is or how to reach them.
    pub personal: bool,
    /// Whether the value is hidden from the caller.
    pub masked: bool,
    /// When it was said.
    pub stated_at: Timestamp,
}

/// A standing statement about what the customer allows.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentView {
    /// Channel.
    pub channel: String,
    /// Purpose.
    pub purpose: String,
    /// Yes or no.
    pub state: ConsentState,
    /// Whether it allows a contact now; a yes may have run out.
    pub allows: bool,
    /// Where it was said.
    pub source: String,
    /// When it was said.
    pub occurred_at: Timestamp,
    /// When a yes runs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// What proves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<String>,
}

/// Somebody who was merged into the customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Member {
    /// Who.
    pub customer_id: CustomerId,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_at: Option<Timestamp>,
    /// Why: `login`, `alias` or `manual`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How much there is of a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CustomerCounts)]
pub struct Counts {
    /// Rows in the log.
    pub rows: u64,
    /// Recent contacts that were presented.
    pub contacts: usize,
    /// Recent responses.
    pub responses: usize,
}

/// Everything about a customer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerView {
    /// Who.
    #[serde(flatten)]
    pub row: CustomerRow,
    /// Set when another id was asked for, which is merged into this customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<CustomerId>,
    /// Who was merged into this customer.
    pub members: Vec<Member>,
    /// Attributes by key.
    pub attributes: Vec<AttributeView>,
    /// What the customer allows, per channel and purpose.
    pub consents: Vec<ConsentView>,
    /// Where a marketing message could reach them now, and why not.
    pub reachable: Vec<Reach>,
    /// How much there is of them.
    pub counts: Counts,
    /// Their time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Their language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The name a customer has told us.
fn name(state: &CustomerState) -> Option<String> {
    if let Some(name) = state.text("name") {
        return Some(name.to_owned());
    }
    let parts = ["first_name", "firstName", "last_name", "lastName"];
    let parts: Vec<&str> = parts.iter().filter_map(|key| state.text(key)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

/// How we call a customer, in lists; of what is not personal there is only the company's number.
pub fn label(state: &CustomerState, masking: &Masking) -> String {
    let label = state.label();
    let number = state.identifier(IdentifierKind::UserId) == Some(label.as_str());
    let open = label.is_empty() || (number && name(state).is_none() && !label.contains('@'));
    match masking.hides() && !open {
        true => MASK.to_owned(),
        false => label,
    }
}

/// A customer as a row of a list.
pub fn row(customer: &Customer, masking: &Masking) -> CustomerRow {
    let state = &customer.state;
    let shown = state.identifiers.iter().take(ROW_IDENTIFIERS);
    CustomerRow {
        customer_id: customer.id,
        label: label(state, masking),
        name: name(state).map(|name| masking.text(&name)),
        email: state.email().map(|email| masking.text(email)),
        standing: state.standing(),
        identifiers: shown.map(|known| masking.identifier(known)).collect(),
        first_seen_at: Some(state.first_seen_at).filter(|at| at.0 != i64::MAX),
        last_seen_at: Some(state.last_seen_at).filter(|at| at.0 != 0),
    }
}

/// A customer with everything, as asked for by `asked` (perhaps the id of a merged one).
pub fn view(
    customer: &Customer,
    asked: CustomerId,
    members: Vec<Member>,
    masking: &Masking,
    now: Timestamp,
) -> CustomerView {
    let state = &customer.state;
    let mut row = row(customer, masking);
    row.identifiers = state
        .identifiers
        .iter()
        .map(|known| masking.identifier(known))
        .collect();
    let presented = |status| status == ContactStatus::Presented;
    CustomerView {
        row,
        merged_into: (asked != customer.id).then_some(customer.id),
        members,
        attributes: attributes(state, masking),
        consents: state
            .consents
            .iter()
            .map(|consent| consent_view(consent, now))
            .collect(),
        reachable: reach(state, now),
        counts: Counts {
            rows: state.rows_count,
            contacts: state
                .contacts
                .iter()
                .filter(|mark| presented(mark.status))
                .count(),
            responses: state.responses.len(),
        },
        zone: state.zone.clone(),
        language: state.language.clone(),
    }
}

fn attributes(state: &CustomerState, masking: &Masking) -> Vec<AttributeView> {
    let known = masking.attributes();
    let shown = |(key, attribute): (&String, &super::Attribute)| {
        let definition = known.get(key);
        let masked = masking.hides_key(key);
        AttributeView {
            key: key.clone(),
            value: if masked {
                MASK.into()
            } else {
                attribute.value.to_json()
            },
            kind: definition.map_or(attribute.value.kind(), |definition| definition.kind),
            description: definition
                .map(|definition| definition.description.clone())
                .filter(|text| !text.is_empty()),
            personal: known.personal(key),
            masked,
            stated_at: attribute.at,
        }
    };
    state.attributes.iter().map(shown).collect()
}

/// A statement with what it means now.
pub fn consent_view(consent: &Consent, now: Timestamp) -> ConsentView {
    let said = consent.clone();
    ConsentView {
        allows: consent.allows(now),
        channel: said.channel,
        purpose: said.purpose,
        state: said.state,
        source: said.source,
        occurred_at: said.at,
        expires_at: said.expires_at,
        proof: said.proof,
    }
}

#[test]
fn a_label_tells_no_more_than_its_reader_may_see() {
    use crate::attribute::Attributes;
    let known = |kind, value: &str| {
        let identifier = Identifier {
            kind,
            value: value.to_owned(),
            since: Timestamp(0),
        };
        CustomerState {
            identifiers: vec![identifier].into(),
            ..CustomerState::default()
        }
    };
    for (kind, value, open, hidden) in [
        (IdentifierKind::UserId, "u-1", "u-1", "u-1"),
        (IdentifierKind::UserId, "a@b.example", "a@b.example", MASK),
        (IdentifierKind::Email, "a@b.example", "a@b.example", MASK),
        (IdentifierKind::LoyaltyCard, "7001", "7001", MASK),
        (IdentifierKind::Phone, "+4420", "+4420", MASK),
        (IdentifierKind::AnonymousId, "browser", "", ""),
    ] {
        let state = known(kind, value);
        let shown = |hides| label(&state, &Masking::new(Attributes::default(), hides));
        assert_eq!(
            (shown(false), shown(true)),
            (open.to_owned(), hidden.to_owned())
        );
    }
}
