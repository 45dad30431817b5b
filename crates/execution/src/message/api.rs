//! The outbox and its mailbox over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::problem::code;
use gate::setting::{self, OUTBOUND_HOLD};
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
};
use memory::CustomerId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, Filter};
use super::outbox::{Message, MessageId};
use super::report::{Pause, STREAM_PAUSE};
use super::state::{Event, Refusal, Suppression};
use super::view::{FullMessage, MessageState, MessageView, OutboxState, OutboxView, full, view};
use crate::ExecutionState;

/// Routes of messages.
pub fn routes() -> OpenApiRouter<ExecutionState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(cancel))
        .routes(routes!(resolve))
        .routes(routes!(outbox))
        .routes(routes!(resume))
}

/// Narrows the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only those in this state.
    state: Option<MessageState>,
    /// Only those of this journey.
    journey: Option<String>,
    /// Only those written with this template.
    template: Option<String>,
    /// Only those to this customer.
    #[param(value_type = Option<String>, example = "cus_1a2b")]
    customer_id: Option<CustomerId>,
}

/// List messages, newest first.
#[utoipa::path(get, path = "/api/messages", tag = "messages", params(PageQuery, Wanted),
    extensions(("x-permission" = json!("view_messages"))),
    responses((status = 200, body = Page<MessageView>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(state): State<ExecutionState>,
    Query(page): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<MessageView>>> {
    user.require(Permission::ViewMessages)?;
    let filter = Filter {
        state: wanted.state.map(|state| state.word().to_owned()),
        journey: wanted.journey,
        template: wanted.template,
        customers: everyone(&state, wanted.customer_id).await?,
    };
    let before = page.after()?.unwrap_or(i64::MAX);
    let rows = db::page(&state.db, &filter, before, page.limit() + 1).await?;
    let rows = Page::of(rows, page.limit(), |message| message.id.0);
    let mut items = Vec::with_capacity(rows.items.len());
    for message in rows.items {
        items.push(view(&state.memory, message).await?);
    }
    Ok(Json(Page {
        items,
        next_cursor: rows.next_cursor,
    }))
}

/// Show a message with its history and how it looks.
#[utoipa::path(get, path = "/api/messages/{id}", tag = "messages", params(("id" = MessageId, Path)),
    extensions(("x-permission" = json!("view_messages"))),
    responses((status = 200, body = FullMessage), (status = 404, body = ProblemDocument)))]
async fn one(
    user: User,
    State(state): State<ExecutionState>,
    Path(id): Path<MessageId>,
) -> Result<Json<FullMessage>> {
    user.require(Permission::ViewMessages)?;
    let message = db::one(&state.db, id)
        .await?
        .ok_or_else(|| no_message(id))?;
    Ok(Json(full(&state, message).await?))
}

/// Cancel a message that is not on its way yet.
#[utoipa::path(post, path = "/api/messages/{id}/cancel", tag = "messages",
    params(("id" = MessageId, Path)),
    extensions(("x-permission" = json!("edit_journeys"))),
    responses((status = 200, body = MessageView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn cancel(
    user: User,
    State(state): State<ExecutionState>,
    Path(id): Path<MessageId>,
) -> Result<Json<MessageView>> {
    user.require(Permission::EditJourneys)?;
    let event = Event::Suppress {
        reason: Suppression::Cancelled,
    };
    let detail = format!("cancelled by {}", user.name);
    let message = change(&state, &user, id, event, "cancel", detail).await?;
    Ok(Json(view(&state.memory, message).await?))
}

/// What somebody found out about an uncertain message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// What became of it.
    outcome: ResolvedAs,
}

/// What became of an uncertain message.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ResolvedAs {
    /// It arrived, or the provider has it.
    Sent,
    /// The provider never had it.
    NotSent,
}

/// Settle an uncertain message: somebody has looked with the provider.
#[utoipa::path(post, path = "/api/messages/{id}/resolve", tag = "messages",
    params(("id" = MessageId, Path)), request_body = Resolution,
    extensions(("x-permission" = json!("edit_journeys"))),
    responses((status = 200, body = MessageView), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument)))]
async fn resolve(
    user: User,
    State(state): State<ExecutionState>,
    Path(id): Path<MessageId>,
    Json(resolution): Json<Resolution>,
) -> Result<Json<MessageView>> {
    user.require(Permission::EditJourneys)?;
    let found = db::one(&state.db, id)
        .await?
        .ok_or_else(|| no_message(id))?;
    if MessageState::from(&found.row.state) != MessageState::Uncertain {
        return Err(wrong_state(&found).hint("only uncertain messages are settled by hand"));
    }
    let (event, words) = match resolution.outcome {
        ResolvedAs::Sent => (Event::Confirm, "sent"),
        ResolvedAs::NotSent => (
            Event::Bounce {
                refusal: Refusal::Soft,
            },
            "not sent",
        ),
    };
    let detail = format!("{words}, says {}", user.name);
    let message = change(&state, &user, id, event, "resolve", detail).await?;
    Ok(Json(view(&state.memory, message).await?))
}

/// Lets an event happen to a message because somebody wants it, and keeps who it was.
async fn change(
    state: &ExecutionState,
    user: &User,
    id: MessageId,
    event: Event,
    action: &'static str,
    detail: String,
) -> Result<Message> {
    let found = db::one(&state.db, id)
        .await?
        .ok_or_else(|| no_message(id))?;
    let now = state.db.now();
    let mut tx = state.db.begin().await?;
    let locked = db::locked(&mut tx, found.customer_id, id).await?;
    let mut message = locked.ok_or_else(|| no_message(id))?;
    if message.happen(event, Some(detail), now).is_err() {
        return Err(wrong_state(&message));
    }
    message.told = false;
    db::save(&mut tx, &message).await?;
    let entry = Entry::new(action, "message", &id.to_string())
        .before(&found.row.state.name())
        .after(&message.row.state.name());
    audit::append(&mut tx, now, user, entry).await?;
    tx.commit().await?;
    Ok(message)
}

/// Show whether messages go out, and how many stand where.
#[utoipa::path(get, path = "/api/outbox", tag = "messages",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = OutboxView)))]
async fn outbox(user: User, State(state): State<ExecutionState>) -> Result<Json<OutboxView>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(outbox_view(&state).await?))
}

async fn outbox_view(state: &ExecutionState) -> Result<OutboxView> {
    let hold: Option<serde_json::Value> = setting::db::get(&state.db, OUTBOUND_HOLD).await?;
    let pause: Option<Pause> = setting::db::get(&state.db, STREAM_PAUSE).await?;
    let now = match (&hold, &pause) {
        (Some(_), _) => OutboxState::Held,
        (None, Some(_)) => OutboxState::Paused,
        (None, None) => OutboxState::Running,
    };
    let counts = db::counts(&state.db).await?.into_iter().collect();
    Ok(OutboxView {
        state: now,
        pause,
        counts,
    })
}

/// Let messages go out again after the provider refused us.
#[utoipa::path(post, path = "/api/outbox/resume", tag = "messages",
    extensions(("x-permission" = json!("manage_system"))),
    responses((status = 200, body = OutboxView), (status = 403, body = ProblemDocument)))]
async fn resume(user: User, State(state): State<ExecutionState>) -> Result<Json<OutboxView>> {
    user.require(Permission::ManageSystem)?;
    let pause: Option<Pause> = setting::db::get(&state.db, STREAM_PAUSE).await?;
    if let Some(pause) = pause {
        setting::db::remove(&state.db, STREAM_PAUSE).await?;
        let entry = Entry::new("resume", "system", "outbox").before(&pause);
        audit::record(&state.db, &user, entry).await?;
    }
    Ok(Json(outbox_view(&state).await?))
}

/// A customer with everybody merged into them; nobody when nobody is asked for.
pub(super) async fn everyone(
    state: &ExecutionState,
    customer: Option<CustomerId>,
) -> Result<Vec<CustomerId>> {
    let Some(id) = customer else {
        return Ok(vec![]);
    };
    let Some(found) = state.memory.customer(id).await? else {
        return Ok(vec![id]);
    };
    Ok(found
        .state
        .members
        .iter()
        .copied()
        .chain([found.id])
        .collect())
}

fn no_message(id: MessageId) -> Problem {
    Problem::not_found(format!("there is no message {id}"))
}

fn wrong_state(message: &Message) -> Problem {
    let name = message.row.state.name();
    Problem::new(code::CONFLICT)
        .detail(format!("message {} is {name}", message.id))
        .with("state", name)
}
