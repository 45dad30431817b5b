//! Drafts of criteria over HTTP.

use axum::extract::State;
use gate::{GateState, Json, Permission, User};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::MemoryState;
use crate::criteria::{Checked, Draft, Vocabulary};
use crate::vocabulary::api::CHANNELS;

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

/// The names that exist in this installation. An unknown event is only noted unless it resembles a
/// known one: new ones may come any time.
async fn vocabulary(state: &MemoryState) -> gate::Result<Vocabulary> {
    let channels = CHANNELS.map(str::to_owned).into();
    let mut vocabulary = Vocabulary {
        channels,
        ..Vocabulary::default()
    };
    let attributes = crate::attribute::db::all(state.memory.db()).await?;
    vocabulary.attributes.extend(attributes.kinds());
    for (name, event) in crate::vocabulary::db::all(state.memory.db()).await? {
        let kinds = event.properties.into_iter();
        let kinds = kinds.map(|(path, property)| (path, property.kind));
        vocabulary.events.insert(name, kinds.collect());
    }
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
            "segment" => {
                vocabulary.segments.insert(definition.key.clone());
            }
            "placement" => {
                vocabulary.placements.insert(definition.key.clone());
            }
            _ => {}
        }
    }
}
