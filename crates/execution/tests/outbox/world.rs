//! A shop with customers, a template and a mail server that records what it took.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use decision::{Catalog, Decider};
use execution::channel::email::sink::Sink;
use execution::channel::email::smtp::{Security, Settings as SmtpSettings, Smtp};
use execution::channel::email::{Mailbox, Provider};
use execution::journey::playbook::Playbook;
use execution::message::db;
use execution::message::outbox::{Message, MessageId, NewMessage};
use execution::message::state::Guarantee;
use execution::{ExecutionState, Sender, Settings};
use memory::consent::{Consent, ConsentState};
use memory::event::prepare;
use memory::event::wire::{Form, Item, parse_item};
use memory::log::{Entry, Verdict};
use memory::{CustomerId, Memory};
use serde_json::{Value, json};
use store::Db;
use store::definition::{self, Definition, Draft};
use store::test_support::published;

pub const BASE_URL: &str = "https://rapport.example";

/// The running shop. Dropping it without an orderly stop is a crash.
pub struct World {
    pub db: Db,
    pub memory: Memory,
    pub state: ExecutionState,
    pub sender: Arc<Sender>,
}

pub async fn sink() -> Sink {
    Sink::start().await.unwrap()
}

/// The provider that speaks to the sink.
pub fn smtp(sink: &Sink) -> Arc<dyn Provider> {
    Arc::new(Smtp::new(SmtpSettings {
        host: sink.address().ip().to_string(),
        port: sink.address().port(),
        security: Security::Plain,
        credentials: None,
        hello_name: "shop.example".into(),
        connections: 4,
        timeout: Duration::from_secs(2),
    }))
}

/// Opens the shop, for the first time or after a crash.
pub async fn open(db: &Db, sink: &Sink) -> World {
    open_with(db, smtp(sink)).await
}

pub async fn open_with(db: &Db, provider: Arc<dyn Provider>) -> World {
    let memory = Memory::open(db.clone()).await.unwrap();
    let settings = Settings {
        base_url: BASE_URL.to_owned(),
        from: Mailbox {
            name: Some("Shop".into()),
            address: "hello@shop.example".into(),
        },
        bounces_to: Some("bounces@shop.example".into()),
    };
    for new in definitions() {
        let draft = Draft {
            kind: &new.kind,
            key: &new.key,
            title: &new.title,
            body: &new.body,
            author: "test",
            note: "",
        };
        definition::save(db, draft, None).await.unwrap();
    }
    let (catalog, problems) = Catalog::compile(&definitions());
    assert!(problems.is_empty(), "{problems:?}");
    let decider = Decider::new(memory.clone());
    decider.install(catalog).await.unwrap();
    let (playbook, problems) = Playbook::compile(&definitions());
    assert!(problems.is_empty(), "{problems:?}");
    let playbook = Arc::new(ArcSwap::from_pointee(playbook));
    let state = ExecutionState::open(memory.clone(), decider, playbook, settings)
        .await
        .unwrap();
    let sender = Arc::new(Sender::new(state.clone(), provider));
    World {
        db: db.clone(),
        memory,
        state,
        sender,
    }
}

fn definitions() -> Vec<Definition> {
    let mjml = |words: &str| {
        format!(
            "<mjml><mj-body><mj-section><mj-column><mj-text>{words}\n\
             <a href=\"https://shop.example/cart\">Cart</a>\n\
             <a href=\"{{{{ links.unsubscribe }}}}\">Unsubscribe</a>\
             <a href=\"{{{{ links.preferences }}}}\">Choose</a></mj-text>\
             </mj-column></mj-section></mj-body></mjml>"
        )
    };
    let body = |words: &str| {
        json!({
            "name": {"en": "Reminder"}, "channel": "email", "purpose": "marketing",
            "variants": {"en": {"subject": "Hello {{ customer.name }}", "mjml": mjml(words)}},
        })
    };
    let name = "Dear {{ customer.name }}";
    vec![
        published("template", "reminder", body(name)),
        published("template", "needy", body("{{ customer.shoe_size }}")),
        published(
            "template",
            "offering",
            body("{{ offer.title }}: {{ offer.attributes.code }}"),
        ),
        published("offer_template", "voucher", voucher()),
        published("offer", "winter", winter()),
        published("policy", "calm", calm()),
    ]
}

fn voucher() -> Value {
    let code = json!({
        "key": "code", "kind": "text", "required": true, "description": {"en": "What to type"},
    });
    json!({"name": {"en": "Voucher"}, "attributes": [code]})
}

fn winter() -> Value {
    let creative = |language: &str, title: &str| json!({"channel": "email", "language": language, "title": title, "text": "…"});
    json!({
        "name": {"en": "Winter"}, "template": "voucher", "attributes": {"code": "BRR"},
        "category": "season", "value_cents": 500, "currency": "GBP", "propensity": 0.1,
        "channels": ["email"],
        "creatives": [creative("en", "Winter sale"), creative("zh", "冬季特卖")],
        "valid_until": "2026-03-20T00:00:00Z",
    })
}

/// Two reminders a day at most, and silence at night.
fn calm() -> Value {
    let limit = json!({
        "key": "reminders", "channels": ["email"], "categories": ["reminder"], "at_most": 2,
        "window": {"calendar": "day"},
    });
    json!({
        "name": {"en": "Calm"}, "limits": [limit], "default_zone": "Europe/London",
        "quiet_hours": {"from": "22:00", "until": "07:00", "channels": ["email"]},
    })
}

impl World {
    /// A customer who wants to hear from us.
    pub async fn customer(&self, name: &str) -> CustomerId {
        let traits = json!({"name": name, "email": format!("{name}@kunde.example")});
        let event = json!({"type": "identify", "userId": name, "traits": traits});
        let item = parse_item(Form::Batch, &event.to_string());
        let Item::Event(event) = item else {
            panic!("not an event")
        };
        let incoming = prepare(event, 1, self.db.now(), self.db.random()).unwrap();
        let verdicts = self.memory.ingest(vec![incoming]).await.unwrap();
        let Verdict::Accepted { customer_id, .. } = verdicts[0] else {
            panic!("{verdicts:?}")
        };
        self.consent(customer_id, ConsentState::Granted).await;
        customer_id
    }

    pub async fn consent(&self, customer: CustomerId, state: ConsentState) {
        let consent = Consent {
            channel: "email".into(),
            purpose: "marketing".into(),
            state,
            source: "checkout".into(),
            at: self.db.now(),
            expires_at: None,
            proof: None,
        };
        self.memory
            .append_one(customer, Entry::Consent(consent))
            .await
            .unwrap();
    }

    /// Plans one message.
    pub async fn plan(&self, customer: CustomerId, purpose: &str, template: &str) -> MessageId {
        self.plan_with(customer, purpose, template, |_| {}).await
    }

    /// Plans one message that is special.
    pub async fn plan_with(
        &self,
        customer: CustomerId,
        purpose: &str,
        template: &str,
        special: impl FnOnce(&mut NewMessage),
    ) -> MessageId {
        let id = self.db.take_numbers("messages", 1).await.unwrap();
        let id = MessageId(id.unsigned_abs());
        let mut message = NewMessage {
            id,
            customer_id: customer,
            once_key: format!("test:{id}"),
            guarantee: match purpose {
                "service" => Guarantee::AtLeastOnce,
                _ => Guarantee::AtMostOnce,
            },
            due_at: self.db.now(),
            channel: "email".into(),
            purpose: purpose.into(),
            category: Some("reminder".into()),
            template: template.into(),
            offer: None,
            contact: None,
            journey: None,
            data: json!({"cart": {"cart_id": "c1"}}),
        };
        special(&mut message);
        let mut tx = self.db.begin().await.unwrap();
        assert!(db::plan(&mut tx, &message, self.db.now()).await.unwrap());
        assert!(
            !db::plan(&mut tx, &message, self.db.now()).await.unwrap(),
            "planned once"
        );
        tx.commit().await.unwrap();
        id
    }

    pub async fn message(&self, id: MessageId) -> Message {
        db::one(&self.db, id).await.unwrap().unwrap()
    }

    pub async fn state_of(&self, id: MessageId) -> String {
        self.message(id).await.row.state.name().to_owned()
    }

    /// Works until everything is settled, however long the waits are.
    pub async fn finish(&self) {
        for _ in 0..60 {
            while self.sender.round().await.unwrap() > 0 {}
            let open = ["planned", "claimed", "handing"];
            let counts = db::counts(&self.db).await.unwrap();
            if counts
                .iter()
                .all(|(state, _)| !open.contains(&state.as_str()))
            {
                return;
            }
            self.db.clock().advance_ms(30 * 60_000);
        }
        panic!("not settled: {:?}", db::counts(&self.db).await.unwrap());
    }
}

/// How often the server took each message.
pub fn copies(sink: &Sink) -> HashMap<String, usize> {
    let mut copies = HashMap::new();
    for receipt in sink.receipts() {
        *copies.entry(receipt.message_key).or_default() += 1;
    }
    copies
}
