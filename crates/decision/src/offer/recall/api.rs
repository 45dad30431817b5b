//! Recalling offers over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::{
    FieldProblem, GateState, Json, Path, Permission, Problem, ProblemDocument, Result, User,
};
use serde::Deserialize;
use store::definition::{self, ProblemCode};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{LARGEST_REASON, Recall, db};
use crate::Decider;

/// Routes of recalls.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(put, remove))
}

/// Why an offer is recalled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RecallWish {
    /// Why, for everybody who asks later.
    reason: String,
    /// Whether codes and coupons that customers have already are still honoured.
    #[serde(default)]
    honours: bool,
}

/// List the offers that are recalled, the newest first.
#[utoipa::path(get, path = "/api/recalls", tag = "offers",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<Recall>), (status = 403, body = ProblemDocument)))]
async fn list(user: User, State(decider): State<Decider>) -> Result<Json<Vec<Recall>>> {
    user.require(Permission::ViewDefinitions)?;
    Ok(Json(db::all(decider.memory().db()).await?))
}

/// Recall an offer: within a second nobody makes it any more, anywhere; messages that wait with it
/// are not sent, and its codes and coupons are refused unless the recall honours them.
#[utoipa::path(put, path = "/api/offers/{key}/recall", tag = "offers",
    extensions(("x-permission" = json!("publish"))), params(("key" = String, Path)),
    request_body = RecallWish,
    responses((status = 200, body = Recall), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn put(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
    Json(wish): Json<RecallWish>,
) -> Result<Json<Recall>> {
    user.require(Permission::Publish)?;
    let reason = wish.reason.trim();
    if reason.is_empty() || reason.chars().count() > LARGEST_REASON {
        let said = (
            ProblemCode::EmptyOrTooLong,
            "the reason is empty or too long",
        );
        let problem = FieldProblem::new("/reason", said).with("most", LARGEST_REASON);
        let hint = "say in a sentence why; agents and tills see it";
        return Err(Problem::invalid(vec![problem.hint(hint)]));
    }
    let kind = crate::offer::KIND.name;
    if definition::one(&gate.db, kind, &offer).await?.is_none() {
        return Err(Problem::not_found(format!("there is no offer {offer}")));
    }
    let recall = Recall {
        offer,
        reason: reason.to_owned(),
        honours: wish.honours,
        author: user.name.clone(),
        recalled_at: gate.db.now(),
    };
    let mut tx = gate.db.begin().await?;
    db::put(&mut tx, &recall).await?;
    let entry = Entry::new("recall", kind, &recall.offer).after(&recall);
    audit::append(&mut tx, gate.db.now(), &user, entry).await?;
    tx.commit().await?;
    decider.refresh_stopped().await?;
    Ok(Json(recall))
}

/// Undo the recall of an offer.
#[utoipa::path(delete, path = "/api/offers/{key}/recall", tag = "offers",
    extensions(("x-permission" = json!("publish"))), params(("key" = String, Path)),
    responses((status = 200, body = Vec<Recall>, description = "What is recalled still"),
        (status = 404, body = ProblemDocument)))]
async fn remove(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<Vec<Recall>>> {
    user.require(Permission::Publish)?;
    let mut tx = gate.db.begin().await?;
    if !db::remove(&mut tx, &offer).await? {
        return Err(Problem::not_found(format!(
            "the offer {offer} is not recalled"
        )));
    }
    let entry = Entry::new("undo_recall", crate::offer::KIND.name, &offer);
    audit::append(&mut tx, gate.db.now(), &user, entry).await?;
    tx.commit().await?;
    decider.refresh_stopped().await?;
    Ok(Json(db::all(&gate.db).await?))
}
