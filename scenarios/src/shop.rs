//! What happens in a shop, as its site would report it.

use serde_json::{Value, json};

use crate::Program;

/// One customer's browser.
pub struct Visitor<'a> {
    program: &'a Program,
    anonymous_id: String,
    user_id: Option<String>,
    count: std::cell::Cell<u32>,
}

impl<'a> Visitor<'a> {
    /// A new browser.
    pub fn new(program: &'a Program, anonymous_id: &str) -> Visitor<'a> {
        let anonymous_id = anonymous_id.to_owned();
        Visitor {
            program,
            anonymous_id,
            user_id: None,
            count: 0.into(),
        }
    }

    /// Signs in, with attributes.
    pub async fn signs_in(&mut self, user_id: &str, attributes: Value) -> anyhow::Result<()> {
        self.user_id = Some(user_id.to_owned());
        self.send(json!({"type": "identify", "traits": attributes}))
            .await
    }

    /// Does something.
    pub async fn does(&self, event: &str, properties: Value) -> anyhow::Result<()> {
        self.send(json!({"type": "track", "event": event, "properties": properties}))
            .await
    }

    /// Sends one event as it is, with this browser's identifiers.
    pub async fn send(&self, mut event: Value) -> anyhow::Result<()> {
        self.count.set(self.count.get() + 1);
        let object = event.as_object_mut().expect("an event is an object");
        object.insert("anonymousId".into(), self.anonymous_id.clone().into());
        if let Some(user_id) = &self.user_id {
            object.insert("userId".into(), user_id.clone().into());
        }
        let id = format!("{}-{}", self.anonymous_id, self.count.get());
        object.entry("messageId").or_insert(id.into());
        self.program
            .post("/v1/batch", json!({"batch": [event]}))
            .await?;
        Ok(())
    }

    /// The id of this customer in Rapport.
    pub async fn customer_id(&self) -> anyhow::Result<String> {
        let who = self.user_id.as_ref().unwrap_or(&self.anonymous_id);
        let page = self.program.get(&format!("/api/customers?q={who}")).await?;
        let id = page["items"][0]["customer_id"].as_str();
        Ok(id
            .ok_or_else(|| anyhow::anyhow!("nobody is found by {who}: {page}"))?
            .to_owned())
    }
}
