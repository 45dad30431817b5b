//! Makes a claimed message ready: customer, address, text, links, a place in the contact policy.

use std::sync::Arc;

use decision::Channel;
use memory::Customer;
use serde_json::Value;
use store::Timestamp;

use super::check::{MARKETING, Verdict, may_write};
use super::contact::{Place, reserve};
use super::link::Kind;
use super::outbox::Message;
use super::render::{self, Links, Written};
use super::state::Suppression;
use crate::channel::email::mime::bounce_address;
use crate::channel::email::{Mail, Mailbox};
use crate::template::{self, Data};
use crate::{Error, ExecutionState};

/// How long a message waits when it could not be made ready for a reason that may pass.
const AGAIN_MS: i64 = 60_000;

/// A message that is ready to be checked and handed over.
#[derive(Debug)]
pub struct Prepared {
    /// The message, with what was found out while it was written.
    pub message: Message,
    /// What the provider gets.
    pub mail: Mail,
    /// When the offer it carries ends.
    pub offer_until: Option<Timestamp>,
}

/// A message that is not ready, and what follows from that.
pub type NotReady = Box<(Message, Verdict)>;

/// Makes a message ready. A failure concerns this message alone.
pub async fn prepare(state: &ExecutionState, message: Message) -> Result<Prepared, NotReady> {
    let mut message = message;
    match ready(state, &mut message).await {
        Ok(Ok((mail, offer_until))) => Ok(Prepared {
            message,
            mail,
            offer_until,
        }),
        Ok(Err(verdict)) => Err(Box::new((message, verdict))),
        Err(error) => {
            tracing::warn!(%error, message = %message.id, "a message could not be made ready");
            let until = state.db.now().plus_ms(AGAIN_MS);
            Err(Box::new((
                message,
                Verdict::Wait {
                    until,
                    what: "it could not be made ready",
                },
            )))
        }
    }
}

type Ready = (Mail, Option<Timestamp>);

async fn ready(
    state: &ExecutionState,
    message: &mut Message,
) -> Result<Result<Ready, Verdict>, Error> {
    let suppress = |reason, detail: String| Ok(Err(Verdict::suppress(reason, detail)));
    if message.channel != "email" {
        let detail = format!("nothing is set up for the channel {}", message.channel);
        return suppress(Suppression::NoAddress, detail);
    }
    let Some(customer) = state.memory.customer(message.customer_id).await? else {
        return suppress(
            Suppression::NoAddress,
            "there is no such customer any more".to_owned(),
        );
    };
    let Some(address) = customer.state.email().map(str::to_owned) else {
        return suppress(
            Suppression::NoAddress,
            "the customer has no e-mail address".to_owned(),
        );
    };
    let now = state.db.now();
    if !may_write(&customer.state, &message.channel, &message.purpose, now) {
        let detail = format!("no consent for {} by {}", message.purpose, message.channel);
        return suppress(Suppression::NoConsent, detail);
    }
    message.address = Some(address.clone());
    let offer = state.offer_as_made(message).await?;
    let written = match write(state, message, &customer, offer.as_deref()).await? {
        Ok(written) => written,
        Err(detail) => return suppress(Suppression::NotRenderable, detail),
    };
    message.language = Some(written.rendered.language.clone());
    message.subject = Some(written.rendered.subject.clone());
    message.links.clone_from(&written.targets);
    let marketing = message.purpose == MARKETING;
    let quiet_until = match marketing {
        true => {
            state
                .decider
                .quiet_until(customer.id, Channel::Email)
                .await?
        }
        false => None,
    };
    // The policy is asked when the quiet is over: by then another day may have begun.
    if let Some(until) = quiet_until {
        let what = "quiet hours";
        return Ok(Err(Verdict::Wait { until, what }));
    }
    if message.contact_id.is_none() {
        match reserve(&state.decider, message, Channel::Email).await? {
            Place::Reserved(contact_id) => message.contact_id = Some(contact_id),
            Place::Later(until) => {
                return Ok(Err(Verdict::Wait {
                    until,
                    what: "quiet hours",
                }));
            }
            Place::None { reason, detail } => return suppress(reason, detail),
        }
    }
    let mail = mail(state, message, &customer, address, written, now);
    let until = offer
        .as_deref()
        .and_then(|body| body["valid_until"].as_str());
    Ok(Ok((mail, until.and_then(Timestamp::parse))))
}

/// Renders off the threads that serve calls; what is wrong with the template is kept in words.
async fn write(
    state: &ExecutionState,
    message: &mut Message,
    customer: &Customer,
    offer: Option<&Value>,
) -> Result<Result<Written, String>, Error> {
    let published = state
        .playbook
        .load()
        .templates
        .get(&message.template)
        .cloned();
    let Some(published) = published else {
        return Ok(Err(format!(
            "the template {} is not published",
            message.template
        )));
    };
    message.template_version = Some(published.version);
    let language = render::language(customer);
    let links = Links {
        keys: &state.keys,
        base_url: &state.settings.base_url,
        customer_id: message.customer_id,
        message_id: message.id,
    };
    let offer = match (offer, &message.offer, message.offer_version) {
        (Some(body), Some(key), Some(version)) => Some(render::offer_data(
            key,
            version,
            body,
            &message.channel,
            &language,
        )),
        (_, _, _) => None,
    };
    let urls = render::urls(&links);
    let data = render::data(customer, offer, Some(message), urls, state.db.now());
    let rendered = rendered(published.template, language, data).await;
    Ok(rendered.and_then(|rendered| render::with_tracking(rendered, &links)))
}

/// A template that panics is a template that cannot be rendered.
async fn rendered(
    template: Arc<template::Compiled>,
    language: String,
    data: Value,
) -> Result<template::Rendered, String> {
    let work = move || template.render(&language, &Data::new(data));
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(rendered)) => Ok(rendered),
        Ok(Err(error)) => {
            let problem = error.problem();
            let hint = problem
                .hint
                .map(|hint| format!(" — {hint}"))
                .unwrap_or_default();
            Err(format!("{}{hint}", problem.message))
        }
        Err(error) => Err(format!("the template broke off: {error}")),
    }
}

fn mail(
    state: &ExecutionState,
    message: &Message,
    customer: &Customer,
    address: String,
    written: Written,
    now: Timestamp,
) -> Mail {
    let links = Links {
        keys: &state.keys,
        base_url: &state.settings.base_url,
        customer_id: message.customer_id,
        message_id: message.id,
    };
    let key = message.id.to_string();
    let bounces_to = state.settings.bounces_to.as_deref();
    let unsubscribe = || links.url(Kind::Unsubscribe, 0);
    Mail {
        from: state.settings.from.clone(),
        reply_to: None,
        bounces_to: bounces_to.and_then(|mailbox| bounce_address(mailbox, &key)),
        key,
        to: Mailbox {
            name: customer.state.text("name").map(str::to_owned),
            address,
        },
        subject: written.rendered.subject,
        html: written.html,
        text: written.rendered.text,
        unsubscribe_url: (message.purpose == MARKETING).then(unsubscribe),
        sent_at: now,
    }
}
