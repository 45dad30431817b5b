//! Worths over HTTP.

use awareness::increment::Terms;
use awareness::increment::effect::{GroupEffect, OTHERS};
use axum::extract::State;
use gate::{GateState, Json, Permission, ProblemDocument, Result, User};
use serde::Serialize;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::group_keys;
use crate::{Decider, Name};

/// Routes of worths.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default().routes(routes!(worths))
}

/// What acceptances are worth, by offer and customer group.
#[derive(Debug, Serialize, ToSchema)]
struct WorthReport {
    /// When it was counted.
    as_of: Timestamp,
    /// Whether some placement decides by it; otherwise offers are worth what they state.
    in_use: bool,
    /// The customer groups, in the order in which they are asked; the last are all others.
    groups: Vec<GroupName>,
    /// Every published offer.
    offers: Vec<OfferWorth>,
}

/// A customer group.
#[derive(Debug, Serialize, ToSchema)]
struct GroupName {
    /// Its key.
    key: String,
    /// What it is called, by language.
    name: Name,
}

/// What an acceptance of one offer is worth.
#[derive(Debug, Serialize, ToSchema)]
struct OfferWorth {
    /// Key of the offer.
    offer: String,
    /// What the offer states.
    stated_cents: i64,
    /// Its currency.
    currency: String,
    /// What is known by customer group, in the order of the groups; null without evidence.
    effects: Vec<Option<GroupEffect>>,
}

/// Read what an acceptance of each offer is worth in arbitration, by customer group, and the
/// evidence for it from control groups.
#[utoipa::path(get, path = "/api/offer_worths", tag = "incremental_value",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = WorthReport), (status = 403, body = ProblemDocument)))]
async fn worths(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
) -> Result<Json<WorthReport>> {
    user.require(Permission::ViewReports)?;
    let terms = Terms::of(&gate.published.now().definitions);
    let effects = decider.effects(&terms).await?;
    let catalog = decider.catalog();
    let keys = group_keys(&catalog);
    let named = |key: &&str| {
        let group = catalog
            .strategy
            .groups
            .iter()
            .find(|group| group.key == **key);
        GroupName {
            key: (*key).to_owned(),
            name: group.map(|group| group.name.clone()).unwrap_or_default(),
        }
    };
    let offers = catalog.offers.iter().map(|offer| {
        let known = effects.get(&offer.key);
        let of_group = |key: &&str| known.and_then(|known| known.get(*key).copied());
        OfferWorth {
            offer: offer.key.clone(),
            stated_cents: offer.body.value_cents,
            currency: offer.body.currency.clone(),
            effects: keys.iter().map(of_group).collect(),
        }
    });
    debug_assert_eq!(keys.last(), Some(&OTHERS));
    Ok(Json(WorthReport {
        as_of: gate.db.now(),
        in_use: catalog
            .placements
            .iter()
            .any(|placement| placement.incremental),
        groups: keys.iter().map(named).collect(),
        offers: offers.collect(),
    }))
}
