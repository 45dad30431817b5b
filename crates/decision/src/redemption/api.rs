//! Redemptions over HTTP, as tills call them.

use axum::extract::State;
use gate::problem::{Code, FieldProblem, code};
use gate::{
    Json, Key, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, Scope,
    User,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Timestamp;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, DoubleRedemption, Redemption};
use super::{NewRedemption, Redeemed, Refused};
use crate::Decider;
use crate::coupon::Invalid;

/// The code or coupon was redeemed before.
pub const ALREADY_REDEEMED: Code = Code {
    name: "already_redeemed",
    status: 409,
    title: "This was redeemed before",
    hint: "do not take it",
};
/// The code or coupon has ended.
pub const CODE_ENDED: Code = Code {
    name: "code_ended",
    status: 409,
    title: "This code or coupon has ended",
    hint: "make the customer another offer",
};
/// The offer was recalled.
pub const OFFER_RECALLED: Code = Code {
    name: "offer_recalled",
    status: 409,
    title: "The offer was recalled",
    hint: "do not take it; make the customer another offer",
};

/// Every code of redemptions.
pub const CODES: &[Code] = &[ALREADY_REDEEMED, CODE_ENDED, OFFER_RECALLED];

/// The most redemptions in one call.
const LARGEST_BATCH: usize = 500;
/// Double redemptions that are listed.
const DOUBLES: i64 = 100;

/// Routes of redemptions.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(redeem))
        .routes(routes!(merge))
        .routes(routes!(list))
        .routes(routes!(doubles))
}

fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::Unknown => Problem::not_found("there is no such code")
            .hint("check the letters; a code that no customer has cannot be redeemed"),
        Refused::Invalid(invalid) => {
            let place = match invalid {
                Invalid::Holder | Invalid::NoHolder => "/user_id",
                Invalid::Form | Invalid::Key | Invalid::Signature | Invalid::Ended => "/code",
            };
            let problem = FieldProblem::new(place, invalid.to_string());
            Problem::invalid(vec![problem.hint(match invalid {
                Invalid::Holder => "send the number of the customer whom the coupon was made for",
                Invalid::NoHolder => "ask the customer for it and send it as user_id",
                Invalid::Form => "send the whole text of the coupon, from RPC1. on",
                Invalid::Key | Invalid::Signature => "do not take it",
                Invalid::Ended => "make the customer another offer",
            })])
        }
        Refused::Already(first) => Problem::new(ALREADY_REDEEMED)
            .detail(format!(
                "it was redeemed at {} by {}",
                first.redeemed_at, first.till
            ))
            .hint("do not take it; a till that has given it away already sends offline: true")
            .with("first", json!(first)),
        Refused::Ended(at) => Problem::new(CODE_ENDED)
            .detail(format!("it ended at {at}"))
            .with("ended_at", at.to_string()),
        Refused::Recalled(recall) => Problem::new(OFFER_RECALLED)
            .detail(format!(
                "it was recalled at {}: {}",
                recall.recalled_at, recall.reason
            ))
            .with("recall", json!(recall)),
    }
}

/// Redeem a code or coupon. The first redemption counts and accepts the offer for the contact it
/// was made with; a second one is refused with the time of the first. Sent again with the same
/// `redemption_id`, it is answered again and counts once.
#[utoipa::path(post, path = "/v1/redemptions", tag = "redemptions",
    request_body = NewRedemption, extensions(("x-scope" = json!("redeem"))),
    responses((status = 200, body = Redeemed), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 422, body = ProblemDocument)))]
async fn redeem(
    key: Key,
    State(decider): State<Decider>,
    Json(new): Json<NewRedemption>,
) -> Result<Json<Redeemed>> {
    key.require(Scope::Redeem)?;
    let problems = new.problems();
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    Ok(Json(decider.redeem(&new).await?.map_err(refusal)?))
}

/// Redemptions that a till has collected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Collected {
    /// At most 500.
    redemptions: Vec<NewRedemption>,
}

/// What came of each redemption, in the order in which they were sent.
#[derive(Debug, Serialize, ToSchema)]
struct Merged {
    /// One for each.
    redemptions: Vec<MergedItem>,
}

/// What came of one redemption.
#[derive(Debug, Serialize, ToSchema)]
struct MergedItem {
    /// The till's id of it.
    redemption_id: String,
    /// What was answered, when it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    redeemed: Option<Redeemed>,
    /// The code of the problem, when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The problem in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// Merge redemptions that a till has accepted while it was offline. Each is answered for itself.
#[utoipa::path(post, path = "/v1/redemptions/batch", tag = "redemptions",
    request_body = Collected, extensions(("x-scope" = json!("redeem"))),
    responses((status = 200, body = Merged), (status = 422, body = ProblemDocument)))]
async fn merge(
    key: Key,
    State(decider): State<Decider>,
    Json(collected): Json<Collected>,
) -> Result<Json<Merged>> {
    key.require(Scope::Redeem)?;
    if collected.redemptions.len() > LARGEST_BATCH {
        let message = format!("{} redemptions", collected.redemptions.len());
        let problem = FieldProblem::new("/redemptions", message);
        return Err(Problem::invalid(vec![
            problem.hint("send at most 500 in one call"),
        ]));
    }
    let mut redemptions = vec![];
    for new in collected.redemptions {
        let problems = new.problems();
        let (redeemed, problem, detail) = if let Some(first) = problems.first() {
            let detail = format!("{}: {}", first.path, first.message);
            (None, Some(code::INVALID_BODY.name.to_owned()), Some(detail))
        } else {
            match decider.redeem(&new).await? {
                Ok(redeemed) => (Some(redeemed), None, None),
                Err(refused) => {
                    let (name, detail) = in_words(&refused);
                    (None, Some(name.to_owned()), Some(detail))
                }
            }
        };
        redemptions.push(MergedItem {
            redemption_id: new.redemption_id,
            redeemed,
            problem,
            detail,
        });
    }
    Ok(Json(Merged { redemptions }))
}

fn in_words(refused: &Refused) -> (&'static str, String) {
    match refused {
        Refused::Unknown => (code::NOT_FOUND.name, "there is no such code".to_owned()),
        Refused::Invalid(invalid) => (code::INVALID_BODY.name, invalid.to_string()),
        Refused::Already(first) => {
            let detail = format!("it was redeemed at {} by {}", first.redeemed_at, first.till);
            (ALREADY_REDEEMED.name, detail)
        }
        Refused::Ended(at) => (CODE_ENDED.name, format!("it ended at {at}")),
        Refused::Recalled(recall) => (OFFER_RECALLED.name, recall.reason.clone()),
    }
}

/// List the redemptions of an offer, newest first.
#[utoipa::path(get, path = "/api/offers/{key}/redemptions", tag = "redemptions",
    extensions(("x-permission" = json!("view_customers"))),
    params(("key" = String, Path), PageQuery),
    responses((status = 200, body = Page<Redemption>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Redemption>>> {
    user.require(Permission::ViewCustomers)?;
    let before: i64 = page.after()?.unwrap_or(i64::MAX);
    let db = decider.memory().db();
    let rows = db::of_offer(db, &offer, Timestamp(before), page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |row| {
        row.first.received_at.0
    })))
}

/// List the redemptions of an offer that tills had accepted offline and that were not the first of
/// their code, newest first.
#[utoipa::path(get, path = "/api/offers/{key}/double-redemptions", tag = "redemptions",
    extensions(("x-permission" = json!("view_reports"))), params(("key" = String, Path)),
    responses((status = 200, body = Vec<DoubleRedemption>), (status = 403, body = ProblemDocument)))]
async fn doubles(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<Vec<DoubleRedemption>>> {
    user.require(Permission::ViewReports)?;
    let rows = db::doubles(decider.memory().db(), &offer, DOUBLES).await?;
    Ok(Json(rows))
}
