//! An offer as it was made: one variant, its attributes in its texts, and the code of its contact.

use serde_json::{Value, json};

use super::{Offer, placeholder};

/// The body of an offer with a variant in the place of what it says differently, and the code in
/// the place of the rule for it. Templates of messages read it.
pub fn as_made(body: &Value, variant: Option<&str>, code: Option<&str>) -> Value {
    let Ok(offer) = serde_json::from_value::<Offer>(body.clone()) else {
        return body.clone();
    };
    let place = offer.variant_place(variant);
    let attributes = offer.attributes_of(place);
    let mut creatives = vec![];
    for (channel, language) in offer.all_creatives().map(|(_, c)| (c.channel, &c.language)) {
        let best = offer.creative_of(place, channel, Some(language));
        let Some(creative) = best.and_then(|best| offer.creative_at(best)) else {
            continue;
        };
        let filled = placeholder::with_attributes(creative, &attributes);
        let filled = match code {
            Some(code) => placeholder::with_code(&filled, code),
            None => filled,
        };
        if !creatives.contains(&filled) {
            creatives.push(filled);
        }
    }
    let mut made = body.clone();
    made["attributes"] = Value::Object(attributes);
    made["creatives"] = json!(creatives);
    made["code"] = json!(code);
    made
}

#[test]
fn a_template_sees_the_variant_and_the_code() {
    let creative = |title: &str| json!({"channel": "email", "language": "en", "title": title});
    let body = crate::test_support::offer_body(json!({
        "channels": ["email"], "code": {"kind": "pool"},
        "attributes": {"off": 0.1},
        "creatives": [creative("{{ offer.attributes.off | percent }}, {{ offer.code }}")],
        "variants": [{"key": "more", "attributes": {"off": 0.2}},
            {"key": "other", "creatives": [creative("Other")]}],
    }));
    let made = as_made(&body, Some("more"), Some("A1"));
    assert_eq!(made["creatives"][0]["title"], "20 %, A1");
    assert_eq!(
        (&made["code"], &made["attributes"]["off"]),
        (&json!("A1"), &json!(0.2))
    );
    let made = as_made(&body, Some("other"), None);
    assert_eq!(made["creatives"].as_array().unwrap().len(), 1);
    assert_eq!(made["creatives"][0]["title"], "Other");
    assert_eq!(made["code"], Value::Null);
}
