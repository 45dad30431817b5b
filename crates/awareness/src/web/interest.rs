//! Interests: which categories somebody looks at, with older interest fading.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use store::Timestamp;
use utoipa::ToSchema;

/// After so many days an event counts half.
pub const HALF_LIFE_DAYS: f64 = 14.0;
/// Interests shown.
const SHOWN: usize = 8;
const DAY_MS: f64 = 86_400_000.0;

/// What events say about interest, and how much.
pub const WEIGHTS: [(&str, f64); 7] = [
    ("Product Viewed", 1.0),
    ("Product List Viewed", 1.0),
    ("Product Clicked", 1.0),
    ("Product Added to Wishlist", 2.0),
    ("Product Added", 3.0),
    ("Product Shared", 2.0),
    ("Order Completed", 5.0),
];

/// An interest in a category.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = CustomerInterest)]
pub struct Interest {
    /// The category.
    pub category: String,
    /// Its strength: views count 1, additions to a cart 3, purchases 5, each half as much after
    /// two weeks.
    pub strength: f64,
    /// Its share of all interests.
    pub share: f64,
    /// How strong it is, in a word.
    pub level: Level,
    /// How often products of it were looked at.
    pub viewed: u64,
    /// How often something of it was put into a cart.
    pub added: u64,
    /// How often something of it was bought.
    pub bought: u64,
    /// When it last showed.
    pub last_at: Timestamp,
}

/// How strong an interest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InterestLevel)]
pub enum Level {
    /// Several signs, or one that weighs much, in the last days.
    High,
    /// Some signs.
    Some,
    /// It is fading.
    Fading,
}

/// One event that may show an interest.
#[derive(Debug, Clone, PartialEq)]
pub struct Sign {
    /// The name of the event.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// Its properties.
    pub properties: Value,
}

/// The categories an event is about, each once.
fn categories(properties: &Value) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let products = properties["products"].as_array().into_iter().flatten();
    for one in std::iter::once(properties).chain(products) {
        if let Some(category) = one["category"].as_str().filter(|text| !text.is_empty())
            && !found.contains(&category)
        {
            found.push(category);
        }
    }
    found
}

/// The interests that signs show at a moment, the strongest first.
pub fn interests(signs: &[Sign], now: Timestamp) -> Vec<Interest> {
    let mut by: BTreeMap<&str, Interest> = BTreeMap::new();
    for sign in signs {
        let Some((_, weight)) = WEIGHTS.iter().find(|(name, _)| *name == sign.name) else {
            continue;
        };
        let days = now.since_ms(sign.at).max(0) as f64 / DAY_MS;
        let strength = weight * 0.5_f64.powf(days / HALF_LIFE_DAYS);
        for category in categories(&sign.properties) {
            let interest = by.entry(category).or_insert_with(|| Interest {
                category: category.to_owned(),
                strength: 0.0,
                share: 0.0,
                level: Level::Fading,
                viewed: 0,
                added: 0,
                bought: 0,
                last_at: sign.at,
            });
            interest.strength += strength;
            interest.last_at = interest.last_at.max(sign.at);
            match sign.name.as_str() {
                "Order Completed" => interest.bought += 1,
                "Product Added" | "Product Added to Wishlist" => interest.added += 1,
                _ => interest.viewed += 1,
            }
        }
    }
    let sum: f64 = by.values().map(|interest| interest.strength).sum();
    let mut interests: Vec<Interest> = by.into_values().collect();
    for interest in &mut interests {
        interest.share = if sum > 0.0 {
            interest.strength / sum
        } else {
            0.0
        };
        interest.level = match interest.strength {
            strength if strength >= 3.0 => Level::High,
            strength if strength >= 1.0 => Level::Some,
            _ => Level::Fading,
        };
    }
    interests.sort_by(|one, other| {
        let by_strength = other.strength.total_cmp(&one.strength);
        by_strength.then_with(|| one.category.cmp(&other.category))
    });
    interests.truncate(SHOWN);
    interests
}

#[test]
fn interest_fades_by_half_in_two_weeks() {
    let day = |days: i64| Timestamp(days * 86_400_000);
    let sign = |name: &str, at: Timestamp, properties: Value| Sign {
        name: name.to_owned(),
        at,
        properties,
    };
    let bags = serde_json::json!({ "category": "bags" });
    let order = serde_json::json!({ "products": [
        { "category": "bags" }, { "category": "toys" }, { "category": "toys" } ] });
    let signs = [
        sign("Product Viewed", day(0), bags.clone()),
        sign("Product Added", day(14), bags),
        sign("Order Completed", day(0), order),
        sign("Search", day(14), serde_json::json!({ "category": "none" })),
    ];
    let found = interests(&signs, day(14));
    let shown: Vec<(&str, f64, Level)> = found
        .iter()
        .map(|one| (one.category.as_str(), one.strength, one.level))
        .collect();
    assert_eq!(
        shown,
        [("bags", 6.0, Level::High), ("toys", 2.5, Level::Some)]
    );
    assert_eq!(
        (found[0].viewed, found[0].added, found[0].bought),
        (1, 1, 1)
    );
    assert_eq!(interests(&signs, day(140))[1].level, Level::Fading);
}
