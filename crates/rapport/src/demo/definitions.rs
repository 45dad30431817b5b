//! The definitions a shop would have: offers, placements, policy, strategy, templates, journey.

use rust_embed::RustEmbed;
use serde_json::Value;

#[derive(RustEmbed)]
#[folder = "src/demo/definitions"]
struct Files;

/// Where the shop is in the files; replaced by where the demo really runs.
const SHOP: &str = "https://shop.example.com";

/// In an order in which each kind may name those before it.
pub const KINDS: [&str; 13] = [
    "segment",
    "suppression_list",
    "offer_template",
    "template",
    "placement",
    "offer",
    "offer_list",
    "cap",
    "policy",
    "strategy",
    "journey",
    "goal",
    "experiment",
];

/// A definition as a file: `{kind}/{key}.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// For example `offer`.
    pub kind: String,
    /// The readable name within its kind.
    pub key: String,
    /// What the department would author.
    pub body: Value,
}

/// All definitions of the demo, with links to the shop at `base_url`, in the order of [`KINDS`].
pub fn all(base_url: &str) -> Vec<Definition> {
    let mut all: Vec<Definition> = Files::iter()
        .filter_map(|path| {
            let (kind, key) = path.strip_suffix(".json")?.split_once('/')?;
            let file = Files::get(&path)?;
            let text = String::from_utf8_lossy(&file.data);
            let text = text.replace(SHOP, base_url.trim_end_matches('/'));
            Some(Definition {
                kind: kind.to_owned(),
                key: key.to_owned(),
                body: serde_json::from_str(&text).expect("the files are JSON"),
            })
        })
        .collect();
    let place = |kind: &str| KINDS.iter().position(|known| *known == kind);
    all.sort_by(|a, b| (place(&a.kind), &a.key).cmp(&(place(&b.kind), &b.key)));
    all
}

/// Drafts that wait to be tried in the simulator: a strategy that holds coupons back.
pub fn drafts(base_url: &str) -> Vec<Definition> {
    let strategies = all(base_url).into_iter();
    let strategies = strategies.filter(|one| one.kind == "strategy");
    let with_lever = strategies.map(|mut one| {
        one.body["levers"]["category:coupon"] = serde_json::json!(0.5);
        one
    });
    with_lever.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn of(kind: &str) -> BTreeMap<String, Value> {
        let all = all("http://127.0.0.1:8080").into_iter();
        let wanted = all.filter(|one| one.kind == kind);
        wanted.map(|one| (one.key, one.body)).collect()
    }

    #[test]
    fn every_file_is_of_a_known_kind_and_links_to_the_demo() {
        let all = all("http://127.0.0.1:8080/");
        assert!(all.iter().all(|one| KINDS.contains(&one.kind.as_str())));
        assert_eq!((of("offer").len(), of("placement").len()), (10, 5));
        let text = all
            .iter()
            .map(|one| one.body.to_string())
            .collect::<String>();
        assert!(text.contains("\"http://127.0.0.1:8080/shop/cart\"") && !text.contains(SHOP));
    }

    #[test]
    fn offers_name_existing_templates_placements_and_offers() {
        let (templates, placements) = (of("offer_template"), of("placement"));
        let (mails, offers) = (of("template"), of("offer"));
        for (key, offer) in &offers {
            assert!(
                templates.contains_key(offer["template"].as_str().unwrap()),
                "{key}"
            );
            for placement in offer["placements"].as_array().unwrap() {
                assert!(
                    placements.contains_key(placement.as_str().unwrap()),
                    "{key}"
                );
            }
            for other in offer["suppress"]["related"].as_array().unwrap() {
                assert!(offers.contains_key(other.as_str().unwrap()), "{key}");
            }
            for creative in offer["creatives"].as_array().unwrap() {
                let mail = creative["template"].as_str();
                assert!(mail.is_none_or(|mail| mails.contains_key(mail)), "{key}");
            }
        }
    }

    #[test]
    fn offers_have_what_their_templates_demand() {
        let templates = of("offer_template");
        for (key, offer) in of("offer") {
            let template = &templates[offer["template"].as_str().unwrap()];
            let template: decision::offer::OfferTemplate =
                serde_json::from_value(template.clone()).unwrap();
            let problems = template.problems(offer["attributes"].as_object().unwrap());
            assert_eq!(problems, [], "{key}");
        }
    }

    #[test]
    fn a_voucher_is_accepted_at_the_till_and_not_by_any_purchase() {
        let voucher = &of("offer")["store_voucher"];
        assert_eq!(voucher["code"]["kind"], "coupon");
        assert!(voucher.get("relevant").is_none(), "{voucher}");
    }

    #[test]
    fn every_offer_speaks_both_languages_in_each_of_its_channels() {
        for (key, offer) in of("offer") {
            for channel in offer["channels"].as_array().unwrap() {
                for language in ["en", "zh"] {
                    let creatives = offer["creatives"].as_array().unwrap();
                    let found = creatives
                        .iter()
                        .any(|one| one["channel"] == *channel && one["language"] == language);
                    assert!(found, "{key} {channel} {language}");
                }
            }
        }
    }

    #[test]
    fn rules_of_offers_and_journeys_are_criteria() {
        let offers = of("offer").into_iter();
        let mut rules: Vec<Value> = offers
            .map(|(_, offer)| offer["eligibility"].clone())
            .collect();
        for (_, journey) in of("journey") {
            for step in journey["steps"].as_array().unwrap() {
                let branches = step["branches"].as_array().into_iter().flatten();
                rules.extend(branches.map(|branch| branch["when"].clone()));
            }
        }
        assert!(rules.len() > 8);
        for rule in rules {
            let read = memory::criteria::read(&rule);
            assert!(read.is_ok(), "{rule}: {read:?}");
        }
    }

    #[test]
    fn the_steps_of_a_journey_lead_to_steps() {
        for (key, journey) in of("journey") {
            let steps = journey["steps"].as_array().unwrap();
            let known = |id: &Value| id.is_null() || steps.iter().any(|step| step["id"] == *id);
            for step in steps {
                for next in ["next", "next_offer", "next_nothing", "otherwise"] {
                    assert!(known(&step[next]), "{key} {step}");
                }
            }
        }
    }

    #[test]
    fn mails_are_valid_and_can_be_written_in_both_languages() {
        let data = json!({
            "customer": { "name": "Customer 17984" },
            "offer": { "title": "10 % off", "text": "This week", "link_url": "http://x.example/" },
            "cart": { "products": [
                { "name": "Doormat hearts", "quantity": 2, "price": 7.49 },
                { "name": "Red gingham rose jewellery box", "quantity": 1, "price": 4 },
            ] },
            "event": { "order_id": "W1", "total": 18.98, "products": [
                { "name": "Doormat hearts", "quantity": 2, "price": 7.49 },
            ] },
            "links": { "unsubscribe": "http://x.example/u/1" },
        });
        for (key, body) in of("template") {
            let problems = execution::template::validate(&body);
            assert!(problems.is_empty(), "{key}: {problems:?}");
            let template: execution::template::Template = serde_json::from_value(body).unwrap();
            for language in ["en", "zh"] {
                let data = execution::template::Data::new(data.clone());
                let written = execution::template::render(&template, language, &data).unwrap();
                assert_eq!(written.language, language);
                assert!(written.text.contains("£14.98"), "{key}: {}", written.text);
            }
        }
    }
}
