//! Drafts of criteria over HTTP.

use axum::extract::State;
use gate::{GateState, Json, Permission, User};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::MemoryState;
use crate::criteria::{Checked, Draft, Vocabulary};

/// Channels that criteria may name.
const CHANNELS: [&str; 7] = [
    "web",
    "email",
    "sms",
    "push",
    "call_center",
    "point_of_sale",
    "direct_mail",
];

/// The routes of drafts.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default().routes(routes!(check))
}

/// Check a rule in text or JSON: what it says in both languages, or what must be mended.
#[utoipa::path(
    post, path = "/api/criteria/check", tag = "criteria", request_body = Draft,
    responses((status = 200, body = Checked)),
    extensions(("x-permission" = json!("view_definitions")))
)]
async fn check(
    user: User,
    State(state): State<MemoryState>,
    Json(draft): Json<Draft>,
) -> gate::Result<Json<Checked>> {
    user.require(Permission::ViewDefinitions)?;
    let vocabulary = vocabulary(&state).await?;
    Ok(Json(crate::criteria::check(&draft, &vocabulary)))
}

/// The names that exist in this installation. Events are not checked: new ones may come any time.
async fn vocabulary(state: &MemoryState) -> gate::Result<Vocabulary> {
    let channels = CHANNELS.map(str::to_owned).into();
    let mut vocabulary = Vocabulary {
        channels,
        ..Vocabulary::default()
    };
    let attributes = crate::attribute::db::all(state.memory.db()).await?;
    vocabulary.attributes.extend(attributes.kinds());
    add_published(&state.gate, &mut vocabulary);
    Ok(vocabulary)
}

fn add_published(gate: &GateState, vocabulary: &mut Vocabulary) {
    for definition in gate.published.now().definitions.iter() {
        let category = definition.body.get("category").and_then(Value::as_str);
        match definition.kind.as_str() {
            "offer" => {
                vocabulary.offers.insert(definition.key.clone());
                vocabulary.categories.extend(category.map(str::to_owned));
            }
            "placement" => {
                vocabulary.placements.insert(definition.key.clone());
            }
            _ => {}
        }
    }
}
