//! Titles and summaries: what an item says in a few words, built from its data.

use serde_json::Value;

use super::ItemKind;
use super::body::CALL;

/// Longest summary, in characters.
const SUMMARY_CHARS: usize = 160;
/// Properties shown of an event that we have no words for.
const SHOWN_PROPERTIES: usize = 3;

/// The title and the summary of an item.
pub(super) fn wording(kind: ItemKind, source_id: i64, body: &Value) -> (String, String) {
    let (title, summary) = match kind {
        ItemKind::Event => (text(body, "event").to_owned(), event(body)),
        ItemKind::Identify => identify(source_id, body),
        ItemKind::Contact => contact(body),
        ItemKind::Response => response(body),
        ItemKind::Decision => decision(body),
        ItemKind::Consent => consent(body),
        ItemKind::Merge => {
            let reason = match text(body, "reason") {
                "login" => "the customer signed in",
                "alias" => "a source said that they are one",
                "manual" => "merged by hand",
                other => other,
            };
            (
                format!("Merged with {}", text(body, "merged")),
                reason.to_owned(),
            )
        }
        ItemKind::Unmerge => {
            let parted = format!("Parted from {}", text(body, "merged"));
            (parted, "the merge was taken back".to_owned())
        }
    };
    (title, shortened(&summary))
}

fn text<'a>(body: &'a Value, key: &str) -> &'a str {
    body[key].as_str().unwrap_or_default()
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SUMMARY_CHARS {
        return text.to_owned();
    }
    let short: String = text.chars().take(SUMMARY_CHARS - 1).collect();
    short + "…"
}

/// A number with two decimals and its currency.
fn money(amount: &Value, currency: &str) -> String {
    let amount = amount.as_f64().or_else(|| amount.as_str()?.parse().ok());
    let Some(amount) = amount else {
        return String::new();
    };
    format!("{amount:.2} {currency}").trim_end().to_owned()
}

fn cents(amount: &Value, currency: &str) -> String {
    let Some(cents) = amount.as_i64() else {
        return String::new();
    };
    format!("{:.2} {currency}", cents as f64 / 100.0)
        .trim_end()
        .to_owned()
}

fn event(body: &Value) -> String {
    let properties = &body["properties"];
    let currency = text(properties, "currency");
    if text(body, "event") == CALL {
        let way = if properties["direction"] == "out" {
            "we called"
        } else {
            "the customer called"
        };
        return joined([way.to_owned(), text(properties, "note").to_owned()]);
    }
    let amounts = ["total", "revenue", "value"];
    let total = amounts
        .iter()
        .map(|key| &properties[*key])
        .find(|amount| !amount.is_null());
    let total = total.map_or(String::new(), |amount| money(amount, currency));
    if let Some(products) = properties["products"].as_array() {
        return order(products.len(), total, text(properties, "order_id"));
    }
    let name = thing(body);
    if name.is_empty() {
        return if total.is_empty() {
            some_of(properties)
        } else {
            total
        };
    }
    let price = money(&properties["price"], currency);
    let quantity = match properties["quantity"].as_f64() {
        Some(quantity) if quantity != 1.0 => format!("× {quantity}"),
        Some(_) | None => String::new(),
    };
    joined([name.to_owned(), quantity, price, total])
}

fn order(products: usize, total: String, order_id: &str) -> String {
    let count = match products {
        1 => "1 product".to_owned(),
        count => format!("{count} products"),
    };
    let order = match order_id {
        "" => String::new(),
        id => format!("order {id}"),
    };
    joined([count, total, order])
}

/// What an event is about: a product, a page, a search.
fn thing(body: &Value) -> &str {
    const NAMES: [&str; 8] = [
        "name",
        "title",
        "product",
        "product_id",
        "sku",
        "path",
        "url",
        "query",
    ];
    let properties = NAMES.iter().map(|key| text(&body["properties"], key));
    let page = &body["context"]["page"];
    let mut all = properties.chain([text(page, "title"), text(page, "path")]);
    all.find(|name| !name.is_empty()).unwrap_or_default()
}

/// The first few plain properties.
fn some_of(properties: &Value) -> String {
    let Some(properties) = properties.as_object() else {
        return String::new();
    };
    let shown = properties.iter().filter_map(|(key, value)| match value {
        Value::String(text) => Some(format!("{key} {text}")),
        Value::Number(number) => Some(format!("{key} {number}")),
        Value::Bool(truth) => Some(format!("{key} {truth}")),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    });
    joined(shown.take(SHOWN_PROPERTIES))
}

fn identify(source_id: i64, body: &Value) -> (String, String) {
    let title = match text(body, "user_id") {
        _ if source_id == 0 => "Attributes changed by hand".to_owned(),
        "" => "Attributes told".to_owned(),
        user => format!("Identified as {user}"),
    };
    let keys: Vec<&str> = body["traits"]
        .as_object()
        .map(|traits| traits.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let summary = match keys.len() {
        0..=4 => keys.join(", "),
        more => format!("{} and {} more", keys[..3].join(", "), more - 3),
    };
    (title, summary)
}

/// A channel in words.
fn channel(word: &str) -> &str {
    match word {
        "email" => "e-mail",
        "sms" => "SMS",
        "call_center" => "the call centre",
        "point_of_sale" => "the till",
        "direct_mail" => "mail",
        other => other,
    }
}

fn subject(body: &Value) -> String {
    match (text(body, "offer"), text(body, "message")) {
        ("", "") => "Something".to_owned(),
        ("", _) => "Message".to_owned(),
        (offer, _) => format!("Offer {offer}"),
    }
}

fn contact(body: &Value) -> (String, String) {
    let channel_word = text(body, "channel");
    let outbound = !text(body, "message").is_empty();
    let place = match text(body, "placement") {
        "" if outbound => format!("by {}", channel(channel_word)),
        "" => format!("in {}", channel(channel_word)),
        placement => format!("on {placement}"),
    };
    let control = body["control"] == true;
    let verb = match text(body, "status") {
        _ if control => "withheld for comparison",
        "reserved" => "promised",
        "released" => "withdrawn",
        _ if outbound => "sent",
        _ if channel_word == "call_center" => "made",
        _ => "shown",
    };
    let subject = subject(body);
    let version = body["offer_version"].as_i64();
    let summary = joined([
        text(body, "category").to_owned(),
        version.map_or(String::new(), |version| format!("version {version}")),
        text(body, "reason").replace('_', " "),
    ]);
    (format!("{subject} {verb} {place}"), summary)
}

fn response(body: &Value) -> (String, String) {
    let verb = match (text(body, "kind"), text(body, "name")) {
        ("view", _) => "seen",
        ("click", _) => "followed",
        ("accept", _) => "accepted",
        ("reject", _) => "rejected",
        ("ignored", _) => "left unanswered",
        (_, "") => "answered",
        (_, name) => name,
    };
    let inferred = body["inferred"] == true;
    let value = cents(&body["value_cents"], text(body, "currency"));
    let credit = match body["credit"].as_f64() {
        Some(credit) if credit < 1.0 => format!("{:.0} % of the credit", credit * 100.0),
        Some(_) | None => String::new(),
    };
    let summary = joined([
        if inferred {
            "inferred from a purchase".to_owned()
        } else {
            String::new()
        },
        if body["in_control"] == true {
            "in the control group".to_owned()
        } else {
            String::new()
        },
        value,
        credit,
        text(body, "note").to_owned(),
    ]);
    (format!("{} {verb}", subject(body)), summary)
}

fn decision(body: &Value) -> (String, String) {
    let placements = body["placements"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let asked: Vec<&str> = placements
        .iter()
        .map(|asked| text(asked, "placement"))
        .collect();
    let title = match asked.join(", ") {
        asked if asked.is_empty() => "Decision".to_owned(),
        asked => format!("Decision for {asked}"),
    };
    let told = placements.iter().map(|placement| {
        let offers = placement["offers"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let offers: Vec<&str> = offers.iter().map(|offer| text(offer, "offer")).collect();
        match offers.join(", ") {
            offers if offers.is_empty() => text(placement, "reason").replace('_', " "),
            offers => offers,
        }
    });
    (title, joined(told))
}

fn consent(body: &Value) -> (String, String) {
    let title = format!(
        "Consent for {} {} {} at {}",
        channel(text(body, "channel")),
        text(body, "purpose"),
        text(body, "state"),
        text(body, "source").replace('_', " "),
    );
    let expires = match text(body, "expires_at") {
        "" => String::new(),
        end => format!("until {}", end.split('T').next().unwrap_or(end)),
    };
    (title, joined([expires, text(body, "proof").to_owned()]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_told_in_a_few_words() {
        let order = json!({"event": "Order Completed", "properties":
            {"products": [{}, {}, {}], "total": 41.2, "currency": "GBP", "order_id": "7"}});
        let table = [
            (
                ItemKind::Event,
                order,
                "Order Completed",
                "3 products · 41.20 GBP · order 7",
            ),
            (
                ItemKind::Event,
                json!({"event": "Product Viewed", "properties":
                {"name": "Red mug", "price": "4.5", "currency": "GBP", "quantity": 2}}),
                "Product Viewed",
                "Red mug · × 2 · 4.50 GBP",
            ),
            (
                ItemKind::Event,
                json!({"event": "Page Viewed", "context": {"page": {"path": "/a"}}}),
                "Page Viewed",
                "/a",
            ),
            (
                ItemKind::Event,
                json!({"event": "Gift Bought", "properties": {"value": 5, "currency": "GBP"}}),
                "Gift Bought",
                "5.00 GBP",
            ),
            (
                ItemKind::Event,
                json!({"event": "Quiz Done", "properties": {"score": 7, "won": true}}),
                "Quiz Done",
                "score 7 · won true",
            ),
            (
                ItemKind::Contact,
                json!({"channel": "web", "offer": "winter_sale",
                "placement": "home_banner", "status": "presented"}),
                "Offer winter_sale shown on home_banner",
                "",
            ),
            (
                ItemKind::Contact,
                json!({"channel": "email", "message": "msg_1",
                "status": "released", "reason": "consent_denied"}),
                "Message withdrawn by e-mail",
                "consent denied",
            ),
            (
                ItemKind::Response,
                json!({"kind": "accept", "offer": "winter_sale",
                "inferred": true, "value_cents": 1250, "currency": "GBP", "credit": 0.5}),
                "Offer winter_sale accepted",
                "inferred from a purchase · 12.50 GBP · 50 % of the credit",
            ),
            (
                ItemKind::Consent,
                json!({"channel": "email", "purpose": "marketing",
                "state": "granted", "source": "checkout", "expires_at": "2027-01-01T00:00:00Z"}),
                "Consent for e-mail marketing granted at checkout",
                "until 2027-01-01",
            ),
            (
                ItemKind::Decision,
                json!({"placements": [
                {"placement": "home_banner", "offers": [{"offer": "winter_sale"}]},
                {"placement": "cart", "offers": [], "reason": "nothing_eligible"}]}),
                "Decision for home_banner, cart",
                "winter_sale · nothing eligible",
            ),
            (
                ItemKind::Identify,
                json!({"user_id": "7", "traits":
                {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}}),
                "Identified as 7",
                "a, b, c and 2 more",
            ),
        ];
        for (kind, body, title, summary) in table {
            let told = wording(kind, 1, &body);
            assert_eq!((told.0.as_str(), told.1.as_str()), (title, summary));
        }
    }
}
