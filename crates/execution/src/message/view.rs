//! Messages as the API shows them.

use std::collections::BTreeMap;

use memory::interaction::{ContactId, DecisionId};
use memory::{CustomerId, Memory};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::{self, Problem};
use utoipa::ToSchema;

use super::outbox::{Message, MessageId, Moment};
use super::render;
use super::report::Pause;
use super::state::State;
use crate::journey::InstanceId;
use crate::template::{Compiled, Data, Rendered, Template};
use crate::{Error, ExecutionState};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waits for its time.
    Planned,
    /// Is being made ready.
    Claimed,
    /// The provider is being called.
    Handing,
    /// The provider took it.
    Accepted,
    /// The provider or the recipient's server refused it for good.
    Rejected,
    /// It may or may not have arrived; a second copy is not risked.
    Uncertain,
    /// We decided not to send it.
    Suppressed,
}

/// A message in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// To whom.
    pub customer_id: CustomerId,
    /// How we call this customer.
    pub customer_label: String,
    /// Where it stands.
    pub state: MessageState,
    /// Why it is rejected or suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The provider's words, or where the template failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Channel.
    pub channel: String,
    /// `marketing` or `service`.
    pub purpose: String,
    /// Category, for the contact policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Key of the template.
    pub template: String,
    /// Version of the template, once written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template_version: Option<i64>,
    /// The offer it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// The contact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// The decision that chose the offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<DecisionId>,
    /// The journey it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub journey: Option<String>,
    /// The customer's way through that journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,
    /// The step of the journey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Language it is written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Address it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its subject, once written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The provider's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// How often it was handed over.
    pub attempts: u32,
    /// Not before this time.
    pub due_at: Timestamp,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A message with its history and how it looks.
#[derive(Debug, Serialize, ToSchema)]
pub struct FullMessage {
    /// The message.
    #[serde(flatten)]
    pub message: MessageView,
    /// What happened to it, oldest first.
    pub history: Vec<Moment>,
    /// Where its links lead, in order.
    pub links: Vec<String>,
    /// Data of the template that is not the customer's or the offer's.
    #[schema(value_type = Object)]
    pub data: Value,
    /// How it looks, written with today's data. Links lead nowhere else than the author meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Rendered>,
    /// Why it cannot be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview_problem: Option<Problem>,
}

/// The outbox as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxView {
    /// Whether messages go out.
    pub state: OutboxState,
    /// Present when the provider refused us and the stream stands still.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// How many messages stand in each state.
    pub counts: BTreeMap<String, i64>,
}

/// Whether messages go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutboxState {
    /// They go out.
    Running,
    /// Everything that would go out is held back; see the system.
    Held,
    /// The provider refused us.
    Paused,
}

impl From<&State> for MessageState {
    fn from(state: &State) -> MessageState {
        match state {
            State::Planned => MessageState::Planned,
            State::Claimed { .. } => MessageState::Claimed,
            State::Handing { .. } => MessageState::Handing,
            State::Accepted { .. } => MessageState::Accepted,
            State::Rejected { .. } => MessageState::Rejected,
            State::Uncertain => MessageState::Uncertain,
            State::Suppressed { .. } => MessageState::Suppressed,
        }
    }
}

impl MessageState {
    /// The word in the store.
    pub fn word(self) -> &'static str {
        match self {
            MessageState::Planned => "planned",
            MessageState::Claimed => "claimed",
            MessageState::Handing => "handing",
            MessageState::Accepted => "accepted",
            MessageState::Rejected => "rejected",
            MessageState::Uncertain => "uncertain",
            MessageState::Suppressed => "suppressed",
        }
    }
}

/// A message as lists show it.
pub async fn view(memory: &Memory, message: Message) -> Result<MessageView, Error> {
    let customer = memory.customer(message.customer_id).await?;
    let provider_id = match &message.row.state {
        State::Accepted { provider_id } => provider_id.clone(),
        State::Planned
        | State::Claimed { .. }
        | State::Handing { .. }
        | State::Rejected { .. }
        | State::Uncertain
        | State::Suppressed { .. } => None,
    };
    Ok(MessageView {
        id: message.id,
        customer_id: customer
            .as_ref()
            .map_or(message.customer_id, |customer| customer.id),
        customer_label: customer
            .map(|customer| customer.state.label())
            .unwrap_or_default(),
        state: (&message.row.state).into(),
        reason: message.row.state.reason(),
        detail: message.detail,
        channel: message.channel,
        purpose: message.purpose,
        category: message.category,
        template: message.template,
        template_version: message.template_version,
        offer: message.offer,
        contact_id: message.contact_id,
        decision_id: message.decision_id,
        journey: message.journey,
        instance_id: message.instance_id,
        step: message.step,
        language: message.language,
        address: message.address,
        subject: message.subject,
        provider_id,
        attempts: message.row.attempts,
        due_at: Timestamp(message.row.due_ms),
        created_at: message.created_at,
        updated_at: message.updated_at,
    })
}

/// A message with its history and how it looks.
pub async fn full(state: &ExecutionState, message: Message) -> Result<FullMessage, Error> {
    let (preview, preview_problem) = match preview(state, &message).await? {
        Ok(rendered) => (Some(rendered), None),
        Err(problem) => (None, Some(problem)),
    };
    Ok(FullMessage {
        history: message.history.clone(),
        links: message.links.clone(),
        data: message.data.clone(),
        message: view(&state.memory, message).await?,
        preview,
        preview_problem,
    })
}

/// Writes a message again, in the version of the template it was written with.
async fn preview(
    state: &ExecutionState,
    message: &Message,
) -> Result<Result<Rendered, Problem>, Error> {
    let published = state
        .playbook
        .load()
        .templates
        .get(&message.template)
        .cloned();
    let version = message
        .template_version
        .or(published.map(|published| published.version));
    let missing = || Problem::new("", format!("there is no template {}", message.template));
    let Some(version) = version else {
        return Ok(Err(missing()));
    };
    let found = definition::version(&state.db, "template", &message.template, version).await?;
    let template = found.and_then(|found| serde_json::from_value::<Template>(found.body).ok());
    let Some(template) = template else {
        return Ok(Err(missing()));
    };
    let Some(customer) = state.memory.customer(message.customer_id).await? else {
        return Ok(Err(Problem::new("", "there is no such customer any more")));
    };
    let language = match &message.language {
        Some(language) => language.clone(),
        None => render::language(&customer),
    };
    let offer = match (&message.offer, message.offer_version) {
        (Some(key), Some(version)) => {
            let body = state.offer_as_made(message).await?;
            body.map(|body| render::offer_data(key, version, &body, &message.channel, &language))
        }
        (_, _) => None,
    };
    let urls = render::sample_urls(&state.settings.base_url);
    let data = render::data(&customer, offer, Some(message), urls, state.db.now());
    Ok(written(template, language, data).await)
}

/// Renders a template that was not published, off the threads that serve calls.
pub async fn written(
    template: Template,
    language: String,
    data: Value,
) -> Result<Rendered, Problem> {
    let work = move || {
        let compiled = Compiled::compile(&template).map_err(|flaws| {
            let first = flaws.first().map(|(place, flaw)| {
                let path = format!("/variants/{}/{}", place.language, place.part.key());
                Problem::new(path, flaw.message.clone()).hint(flaw.hint.clone())
            });
            first.unwrap_or_else(|| Problem::new("/variants", "the template has no variant"))
        })?;
        let rendered = compiled.render(&language, &Data::new(data));
        rendered.map_err(|error| error.problem())
    };
    let broke_off = || Problem::new("", "the template broke off");
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(broke_off()))
}
