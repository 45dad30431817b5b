//! Conflicts over HTTP.

use axum::extract::State;
use gate::{GateState, Json, Permission, ProblemDocument, Result, User};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::{self, Definition};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Conflict, conflicts};
use crate::Decider;

/// Routes of conflicts.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(check))
}

/// Everything that stands in its own way.
#[derive(Debug, Serialize, ToSchema)]
struct Conflicts {
    /// When this was looked at.
    as_of: Timestamp,
    /// The conflicts, by kind and key.
    conflicts: Vec<Conflict>,
}

/// List what stands in its own way among the definitions in use: offers that can never be made,
/// policies that starve a placement, placements nobody fills, lists that are empty.
#[utoipa::path(get, path = "/api/conflicts", tag = "conflicts",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Conflicts), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
) -> Result<Json<Conflicts>> {
    user.require(Permission::ViewDefinitions)?;
    let spent = decider.spent().await?;
    let definitions = definition::published(&gate.db).await?;
    let as_of = gate.db.now();
    let conflicts =
        tokio::task::spawn_blocking(move || conflicts(&definitions, as_of, &spent)).await;
    Ok(Json(Conflicts {
        as_of,
        conflicts: conflicts.map_err(gate::Problem::internal)?,
    }))
}

/// A definition that somebody is about to put into use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConflictWish {
    /// Its kind.
    kind: String,
    /// Its key.
    key: String,
    /// Its body; absent when it is about to be retired.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

/// What would change with the definition.
#[derive(Debug, Serialize, ToSchema)]
struct ConflictChange {
    /// Conflicts that would come with it, its own included.
    new: Vec<Conflict>,
    /// Conflicts that would go.
    gone: Vec<Conflict>,
}

/// Show which conflicts would come and go if a definition were put into use as it is written now,
/// or retired. Nothing is changed.
#[utoipa::path(post, path = "/api/conflicts/check", tag = "conflicts",
    extensions(("x-permission" = json!("view_definitions"))), request_body = ConflictWish,
    responses((status = 200, body = ConflictChange), (status = 403, body = ProblemDocument)))]
async fn check(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Json(wish): Json<ConflictWish>,
) -> Result<Json<ConflictChange>> {
    user.require(Permission::ViewDefinitions)?;
    let spent = decider.spent().await?;
    let before = definition::published(&gate.db).await?;
    let now = gate.db.now();
    let change = move || {
        let mut after = before.clone();
        after.retain(|d| d.kind != wish.kind || d.key != wish.key);
        let (kind, key) = (wish.kind.clone(), wish.key.clone());
        after.extend(
            wish.body
                .map(|body| Definition::in_use(&kind, &key, body, now)),
        );
        let mine = |c: &Conflict| c.kind == wish.kind && c.key == wish.key;
        let of = |definitions: &[Definition]| conflicts(definitions, now, &spent);
        let (old, new) = (of(&before), of(&after));
        ConflictChange {
            new: new
                .iter()
                .filter(|c| mine(c) || !old.contains(c))
                .cloned()
                .collect(),
            gone: old.into_iter().filter(|c| !new.contains(c)).collect(),
        }
    };
    let change = tokio::task::spawn_blocking(change).await;
    Ok(Json(change.map_err(gate::Problem::internal)?))
}
