//! Offer lists over HTTP, besides what every definition has.

use gate::{GateState, Json, Permission, Problem, ProblemDocument, Result, User};
use memory::criteria::{Checked, Draft};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::definition;
use store::definition::{Definition, State as DefinitionState};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::words::{Word, checked, words};
use super::{KIND, OfferList};
use crate::Decider;
use crate::offer::Offer;

/// Offers read at once.
const CHUNK: i64 = 500;

/// Routes of offer lists.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(preview))
        .routes(routes!(vocabulary))
        .routes(routes!(check))
}

/// A list that somebody is writing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ListDraft {
    /// The body of the list.
    #[schema(value_type = OfferList)]
    body: Value,
}

/// What is in a list now.
#[derive(Debug, Serialize, ToSchema)]
struct ListPreview {
    /// Its offers, in order.
    offers: Vec<ListedOffer>,
    /// Keys that a fixed list names and that are no offers.
    missing: Vec<String>,
}

/// An offer in a list.
#[derive(Debug, Serialize, ToSchema)]
struct ListedOffer {
    /// Key.
    key: String,
    /// Title.
    title: String,
    /// Category.
    category: String,
    /// Where its definition stands; only published ones are made.
    state: DefinitionState,
}

/// Show which offers are in a list as it is written, named or not; drafts and retired ones too.
#[utoipa::path(post, path = "/api/offer-lists/preview", tag = "offers",
    extensions(("x-permission" = json!("view_definitions"))), request_body = ListDraft,
    responses((status = 200, body = ListPreview), (status = 422, body = ProblemDocument)))]
async fn preview(
    user: User,
    gate: GateState,
    Json(draft): Json<ListDraft>,
) -> Result<Json<ListPreview>> {
    user.require(Permission::ViewDefinitions)?;
    let mut problems = (KIND.validate)(&draft.body);
    problems.retain(|problem| !problem.path.starts_with("/name"));
    if !problems.is_empty() {
        for problem in &mut problems {
            problem.path.insert_str(0, "/body");
        }
        return Err(Problem::invalid(problems));
    }
    let list: OfferList = crate::body::read(&draft.body).map_err(Problem::invalid)?;
    let offers = every_offer(&gate).await?;
    let members = list.members(&known(&offers));
    let found = members
        .iter()
        .filter_map(|key| offers.iter().find(|(d, _)| d.key == *key));
    let listed = found.map(|(definition, body)| ListedOffer {
        key: definition.key.clone(),
        title: definition.title.clone(),
        category: body.category.clone(),
        state: definition.state,
    });
    let named = list.offers.iter().flatten();
    let missing = named
        .filter(|key| !members.contains(&key.as_str()))
        .cloned();
    Ok(Json(ListPreview {
        offers: listed.collect(),
        missing: missing.collect(),
    }))
}

/// List the attributes of offers that a rule of a list can ask for, with texts that stand there.
#[utoipa::path(get, path = "/api/offer-lists/vocabulary", tag = "offers",
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<Word>), (status = 403, body = ProblemDocument)))]
async fn vocabulary(user: User, gate: GateState) -> Result<Json<Vec<Word>>> {
    user.require(Permission::ViewDefinitions)?;
    let offers = every_offer(&gate).await?;
    Ok(Json(words(&known(&offers))))
}

/// Check a rule of a list, in text or JSON: what it says, or what must be mended.
#[utoipa::path(post, path = "/api/offer-lists/check", tag = "offers",
    extensions(("x-permission" = json!("view_definitions"))), request_body = Draft,
    responses((status = 200, body = Checked), (status = 403, body = ProblemDocument)))]
async fn check(user: User, gate: GateState, Json(draft): Json<Draft>) -> Result<Json<Checked>> {
    user.require(Permission::ViewDefinitions)?;
    let offers = every_offer(&gate).await?;
    Ok(Json(checked(&draft, &known(&offers))))
}

/// All offers that can be read, by key: drafts and retired ones too.
async fn every_offer(gate: &GateState) -> Result<Vec<(Definition, Offer)>> {
    let (mut offers, mut after) = (vec![], String::new());
    loop {
        let kind = crate::offer::KIND.name;
        let chunk = definition::list(&gate.db, (kind, None), &after, CHUNK).await?;
        let Some(last) = chunk.last() else { break };
        after.clone_from(&last.key);
        offers.extend(chunk.into_iter().filter_map(|definition| {
            let body = crate::body::read::<Offer>(&definition.body).ok()?;
            Some((definition, body))
        }));
    }
    Ok(offers)
}

fn known(offers: &[(Definition, Offer)]) -> Vec<(&str, &Offer)> {
    offers.iter().map(|(d, o)| (d.key.as_str(), o)).collect()
}
