//! Events and responses that a touchpoint reports in a session.

use gate::{FieldProblem, Key, Problem, Result};
use memory::CustomerId;
use memory::api::source_of;
use memory::event::wire::{EventKind, Form, Item, parse_item};
use memory::event::{about_known, prepare};
use memory::identity::IdentifierKind;
use memory::interaction::api::answered_contact;
use memory::interaction::{Answered, Reaction, Said};
use memory::log::{Command, EventBody, Verdict};
use serde_json::json;

use super::Session;
use super::command::{EventTaken, PostEvent, PostResponse};
use crate::{Decider, Error};

/// Longest message id, in characters.
const LONGEST_MESSAGE_ID: usize = 100;

/// Takes an event of the session's customer in.
pub async fn take(
    decider: &Decider,
    key: &Key,
    session: &Session,
    said: PostEvent,
) -> Result<EventTaken> {
    if !(1..=200).contains(&said.event.trim().chars().count()) {
        let problem = FieldProblem::new("/event", "an event has a name of 1 to 200 characters");
        let hint = "name it, for example Call Started";
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    message_id(said.message_id.as_deref())?;
    let memory = decider.memory();
    let who = &session.customer;
    let known = match decider.resolve(who).await? {
        Some(id) => memory.customer(id).await?,
        None => None,
    };
    let identifier = |kind| known.as_ref().and_then(|c| c.state.identifier(kind));
    let user_id = who
        .user_id
        .as_deref()
        .or(identifier(IdentifierKind::UserId));
    let anonymous_id = who.anonymous_id.as_deref();
    let anonymous_id = match user_id {
        Some(_) => anonymous_id,
        None => anonymous_id.or(identifier(IdentifierKind::AnonymousId)),
    };
    if user_id.is_none() && anonymous_id.is_none() {
        // Known by an address alone: no source can name them, we can.
        let customer = known.ok_or(Error::NoCustomer(who.customer_id.unwrap_or(CustomerId(0))))?;
        return of_known(decider, source_of(key), customer.id, said).await;
    }
    let now = memory.db().now();
    let mut event = json!({
        "type": "track", "event": said.event.trim(), "properties": said.properties,
        "userId": user_id, "anonymousId": anonymous_id, "messageId": said.message_id,
        "context": { "session_id": session.id, "channel": session.channel },
    });
    // Only what the caller says: a repetition has to say the same.
    if let Some(at) = said.occurred_at {
        event["timestamp"] = json!(at.min(now));
    }
    let unusable =
        |detail: &str, hint: &str| Problem::invalid(vec![FieldProblem::new("", detail).hint(hint)]);
    let Item::Event(event) = parse_item(Form::Batch, &event.to_string()) else {
        let hint = "send fewer or shorter properties, and check whom the session is about";
        return Err(unusable("the event is too large or names nobody", hint));
    };
    let prepared = prepare(event, source_of(key), now, memory.db().random());
    let incoming = prepared.map_err(|_| {
        let hint = "switch the session to whom it is about, by an identifier of their own";
        unusable("the identifier of the customer is blocked", hint)
    })?;
    let verdicts = memory.ingest(vec![incoming]).await?;
    match verdicts.into_iter().next() {
        Some(Verdict::Accepted { customer_id, .. }) => Ok(EventTaken {
            customer_id: Some(customer_id),
            duplicate: false,
        }),
        Some(Verdict::Duplicate) => Ok(EventTaken {
            customer_id: known.map(|customer| customer.id),
            duplicate: true,
        }),
        Some(Verdict::Conflicting { .. }) | None => {
            let problem = FieldProblem::new("/message_id", "it was used for another event");
            Err(Problem::invalid(vec![
                problem.hint("give every event an id of its own"),
            ]))
        }
    }
}

async fn of_known(
    decider: &Decider,
    source_id: i64,
    customer: CustomerId,
    said: PostEvent,
) -> Result<EventTaken> {
    let memory = decider.memory();
    let (random, now) = (memory.db().random(), memory.db().now());
    let body = EventBody::ours(
        random,
        EventKind::Track,
        said.event.trim(),
        &said.properties,
    );
    let mut body = body.map_err(Problem::internal)?;
    body.message_id = said.message_id.unwrap_or(body.message_id);
    let occurred_at = said.occurred_at.map_or(now, |at| at.min(now));
    let appended = memory
        .append(Command {
            customer,
            rows: vec![about_known(body, source_id, occurred_at)],
            expect: None,
        })
        .await?;
    Ok(EventTaken {
        customer_id: Some(appended.customer_id),
        duplicate: appended.seqs.is_empty(),
    })
}

fn message_id(given: Option<&str>) -> Result<()> {
    let length = given.map_or(1, |text| text.chars().count());
    if (1..=LONGEST_MESSAGE_ID).contains(&length) {
        return Ok(());
    }
    let message = format!("this has 1 to {LONGEST_MESSAGE_ID} characters");
    let problem = FieldProblem::new("/message_id", message);
    let hint = "send a shorter id of your own, or none";
    Err(Problem::invalid(vec![problem.hint(hint)]))
}

/// Notes how a customer reacted to a contact.
pub async fn respond(decider: &Decider, key: &Key, said: PostResponse) -> Result<Answered> {
    let mut problems = Reaction {
        kind: said.kind,
        name: said.name.as_deref(),
        value_cents: said.value_cents,
        currency: said.currency.as_deref(),
        message_id: said.message_id.as_deref(),
    }
    .problems();
    let code = said.treatment_code.as_deref();
    let contact = answered_contact(said.contact_id, code, &mut problems);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let unknown = || {
        Problem::not_found("there is no such contact")
            .hint("send contact_id or treatment_code as it was answered with the offer")
    };
    let contact = contact.ok_or_else(unknown)?;
    let memory = decider.memory();
    let made = memory.contact(contact).await?.ok_or_else(unknown)?;
    let said = Said {
        kind: said.kind,
        name: said.name,
        value_cents: said.value_cents,
        currency: said.currency,
        note: None,
        occurred_at: memory.db().now(),
        message_id: said.message_id,
        source_id: source_of(key),
    };
    Ok(memory.answer(contact, made, said).await?)
}
