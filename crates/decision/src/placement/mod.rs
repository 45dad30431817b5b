//! Placements: positions at a touchpoint that ask for offers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition::{Kind, Problem, ProblemCode};
use utoipa::ToSchema;

use crate::body::{Check, read};
use crate::offer::template::web_address;
use crate::{Channel, Name};

/// Placements as definitions.
pub const KIND: Kind = Kind {
    name: "placement",
    validate,
};

/// The longest reservation: a month, for messages that wait for their hour.
const LONGEST_RESERVATION_MS: i64 = 31 * 86_400_000;
/// How long a placement reserves unless it says otherwise: half an hour.
const RESERVES_MS: i64 = 1_800_000;
/// The most offers one placement can ask for.
pub const LARGEST_COUNT: u32 = 20;

/// A position at a touchpoint that asks for offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// What it is called, by language.
    pub name: Name,
    /// Its channel.
    pub channel: Channel,
    /// The place in the channel that talks to us, for example `shop`.
    #[serde(default)]
    pub touchpoint: String,
    /// How many offers it shows at once.
    #[serde(default = "one")]
    pub count: u32,
    /// What it shows when there is no offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<Fallback>,
    /// How long an offer made here is reserved: it counts against contact policies until it was
    /// presented or this time is over.
    #[serde(default = "reserves_ms")]
    pub reserves_ms: i64,
    /// Offer lists whose offers it may show; every offer of its channel when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lists: Vec<String>,
    /// How long after a view without a reaction the offer counts as ignored; never when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored_after_ms: Option<i64>,
    /// Offer category → factor by which it fits this placement more or less; 1 unless given.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context_weights: BTreeMap<String, f64>,
}

/// What a placement shows when there is no offer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fallback {
    /// Heading.
    pub title: String,
    /// Text.
    pub text: String,
    /// Where a click leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_url: Option<String>,
    /// Picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

fn one() -> u32 {
    1
}

fn reserves_ms() -> i64 {
    RESERVES_MS
}

fn validate(body: &Value) -> Vec<Problem> {
    let placement: Placement = match read(body) {
        Ok(placement) => placement,
        Err(problems) => return problems,
    };
    let mut check = Check::default();
    check.name(&placement.name);
    let (count, most) = (f64::from(placement.count), f64::from(LARGEST_COUNT));
    check.within(count, 1.0, most, "/count");
    let reserves = (1_000..=LONGEST_RESERVATION_MS).contains(&placement.reserves_ms);
    let hint = "use milliseconds from 1000 (a second) to 2678400000 (31 days)";
    let message = (ProblemCode::NotADuration, "this is no time to reserve for");
    check.demand(reserves, "/reserves_ms", message, hint);
    for (place, list) in placement.lists.iter().enumerate() {
        check.key(list, format!("/lists/{place}"));
        let twice = placement.lists[..place].contains(list);
        let path = format!("/lists/{place}");
        check.demand(
            !twice,
            path,
            (ProblemCode::Twice, "the list is there twice"),
            "remove one of them",
        );
    }
    let patience = placement.ignored_after_ms;
    let good = patience.is_none_or(|ms| (1_000..=LONGEST_RESERVATION_MS).contains(&ms));
    let message = (
        ProblemCode::NotADuration,
        "this is no time to wait for a reaction",
    );
    check.demand(good, "/ignored_after_ms", message, hint);
    for (category, weight) in &placement.context_weights {
        let path = format!("/context_weights/{category}");
        check.within(*weight, 0.0, 1_000.0, path);
    }
    if let Some(fallback) = &placement.fallback {
        let addresses = [
            ("image_url", &fallback.image_url),
            ("link_url", &fallback.link_url),
        ];
        for (field, address) in addresses {
            let good = address.as_deref().is_none_or(web_address);
            let hint = "use an address that starts with https:// or a path that starts with /";
            let path = format!("/fallback/{field}");
            check.demand(
                good,
                path,
                (ProblemCode::NotAnAddress, "this is not a web address"),
                hint,
            );
        }
    }
    check.0
}

#[test]
fn what_is_wrong_with_a_placement_is_named_with_its_place() {
    let good = serde_json::json!({ "name": {"en": "Home"}, "channel": "web" });
    assert_eq!(validate(&good), []);
    let places = |body: serde_json::Value| -> Vec<String> {
        validate(&body)
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    };
    let bad = serde_json::json!({
        "name": {}, "channel": "web", "count": 0, "reserves_ms": 5,
        "fallback": { "link_url": "javascript:alert(1)" }, "context_weights": { "bags": -1 },
    });
    assert_eq!(
        places(bad),
        [
            "/name",
            "/count",
            "/reserves_ms",
            "/context_weights/bags",
            "/fallback/link_url"
        ]
    );
    let typo = serde_json::json!({ "name": {"en": "Home"}, "channel": "wep" });
    assert_eq!(places(typo), ["/channel"]);
}
