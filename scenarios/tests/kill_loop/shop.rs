//! A shop that thanks for every order by a marketing mail, and its customers.

use anyhow::ensure;
use reqwest::Method;
use scenarios::Program;
use serde_json::{Value, json};

/// Customers who order and are written to.
pub const CUSTOMERS: u64 = 80;

const MJML: &str = "<mjml><mj-body><mj-section><mj-column><mj-text>Thank you \
    <a href=\"{{ links.unsubscribe }}\">No more of this</a></mj-text></mj-column></mj-section>\
    </mj-body></mjml>";

/// Publishes the journey and its template, and has customers who allow to be written to.
pub async fn open(program: &Program) -> anyhow::Result<()> {
    let template = json!({"name": {"en": "Thanks"}, "channel": "email", "purpose": "marketing",
        "variants": {"en": {"subject": "Thank you", "mjml": MJML}}});
    let journey = json!({"name": {"en": "Thanks"},
        "entry": {"on": ["Order Completed"], "key": "order_id"},
        "steps": [{"id": "write", "kind": "message", "template": "thanks"}]});
    for (kind, body) in [("template", template), ("journey", journey)] {
        let path = format!("/api/definitions/{kind}/thanks");
        program
            .call(Method::PUT, &path, Some(json!({ "body": body })))
            .await?;
        program.post(&format!("{path}/publish"), json!({})).await?;
    }
    program.until_in_use().await?;
    let person = |n: u64| {
        json!({"type": "identify", "userId": format!("c{n}"), "messageId": format!("c{n}"),
            "traits": {"email": format!("c{n}@kunde.example")}})
    };
    let everyone: Vec<Value> = (0..CUSTOMERS).map(person).collect();
    program
        .post("/v1/batch", json!({ "batch": everyone }))
        .await?;
    for n in 0..CUSTOMERS {
        let yes = json!({"customer": {"user_id": format!("c{n}")}, "channel": "email",
            "purpose": "marketing", "state": "granted", "source": "checkout"});
        let said = program.post("/v1/consents", yes).await?;
        ensure!(said["state"] == "granted", "{said}");
    }
    Ok(())
}
