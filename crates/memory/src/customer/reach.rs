//! Where a marketing message could reach a customer now, and why not.

use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;

use super::CustomerState;
use crate::consent::ConsentState;
use crate::identity::IdentifierKind;

/// Every channel, and whether it only answers customers who come by themselves.
pub const CHANNELS: [(&str, bool); 7] = [
    ("web", true),
    ("email", false),
    ("sms", false),
    ("push", false),
    ("call_center", true),
    ("point_of_sale", true),
    ("direct_mail", false),
];

/// Whether a word is a channel.
pub fn channel(word: &str) -> bool {
    CHANNELS.iter().any(|(channel, _)| *channel == word)
}

/// One channel of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reach {
    /// The channel.
    pub channel: String,
    /// Whether a marketing message could reach the customer there now.
    pub reachable: bool,
    /// What is in the way.
    pub obstacles: Vec<Obstacle>,
}

/// What is in the way of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// We have no address, number or device.
    AddressMissing,
    /// The customer has never said yes.
    ConsentMissing,
    /// The customer has said no.
    ConsentDenied,
    /// The yes has run out.
    ConsentExpired,
}

/// Every channel of a customer. Where customers come by themselves silence is no obstacle; where
/// we would go to them, only a yes allows it.
pub fn reach(state: &CustomerState, now: Timestamp) -> Vec<Reach> {
    let one = |(channel, inbound): (&str, bool)| {
        let mut obstacles = vec![];
        if !addressable(state, channel) {
            obstacles.push(Obstacle::AddressMissing);
        }
        let said = state
            .consents
            .iter()
            .find(|consent| consent.channel == channel && consent.purpose == "marketing");
        obstacles.extend(match said {
            None if inbound => None,
            None => Some(Obstacle::ConsentMissing),
            Some(said) if said.allows(now) => None,
            Some(said) if said.state == ConsentState::Denied => Some(Obstacle::ConsentDenied),
            Some(_) => Some(Obstacle::ConsentExpired),
        });
        Reach {
            channel: channel.to_owned(),
            reachable: obstacles.is_empty(),
            obstacles,
        }
    };
    CHANNELS.into_iter().map(one).collect()
}

/// Whether we have an address, number or device of a customer in a channel.
pub fn addressable(state: &CustomerState, channel: &str) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| state.attributes.contains_key(*key));
    match channel {
        "email" => state.email().is_some(),
        "sms" => has(&["phone"]) || state.identifier(IdentifierKind::Phone).is_some(),
        "push" => has(&["push_token", "device_token"]),
        "direct_mail" => has(&["address", "street", "postcode", "postal_code", "zip"]),
        _ => true,
    }
}

#[test]
fn silence_stops_us_where_we_would_go_to_the_customer() {
    use crate::consent::Consent;
    let mut state = CustomerState::default();
    state.consents.push(Consent {
        channel: "web".into(),
        purpose: "marketing".into(),
        state: ConsentState::Denied,
        source: "banner".into(),
        at: Timestamp(1),
        expires_at: None,
        proof: None,
    });
    let all = reach(&state, Timestamp(9));
    assert_eq!(all[0].obstacles, [Obstacle::ConsentDenied]);
    assert_eq!(
        all[1].obstacles,
        [Obstacle::AddressMissing, Obstacle::ConsentMissing]
    );
    assert!(all[4].reachable, "a customer who calls may be told");
}
