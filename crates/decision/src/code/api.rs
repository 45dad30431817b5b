//! Pools of codes and promises over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::{
    FieldProblem, GateState, Json, Path, Permission, Problem, ProblemDocument, Result, User,
};
use memory::CustomerId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::definition::ProblemCode;
use store::{Random, definition};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, CodeCounts};
use super::promise::Promise;
use super::{CodeKind, WARN_BELOW};
use crate::Decider;
use crate::body::Check;
use crate::offer::Offer;
use crate::redemption::{self, normal};

/// The most codes in one call.
const LARGEST_BATCH: usize = 50_000;
/// Letters and digits that nobody takes for each other: no I, O, 0 and 1.
const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Routes of codes and promises.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(stock, add, withdraw))
        .routes(routes!(promises))
}

/// What is left of the codes of an offer.
#[derive(Debug, Serialize, ToSchema)]
struct CodeStock {
    /// Key of the offer.
    offer: String,
    /// Where its codes come from; null when it comes without one.
    kind: Option<CodeKind>,
    /// How many codes are in each state.
    #[serde(flatten)]
    counts: CodeCounts,
    /// How many codes or coupons were redeemed.
    redeemed: u64,
    /// How many free codes are too few.
    warn_below: u32,
    /// True when there are fewer.
    low: bool,
}

/// Read what is left of the codes of an offer.
#[utoipa::path(get, path = "/api/offers/{key}/codes", tag = "codes",
    extensions(("x-permission" = json!("view_reports"))), params(("key" = String, Path)),
    responses((status = 200, body = CodeStock), (status = 404, body = ProblemDocument)))]
async fn stock(
    user: User,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<CodeStock>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(stock_of(&decider, offer).await?))
}

async fn stock_of(decider: &Decider, offer: String) -> Result<CodeStock> {
    let db = decider.memory().db();
    let body = body_of(decider, &offer).await?;
    let counts = db::counts(db, &offer).await?;
    let rule = body.code;
    let warn_below = rule
        .as_ref()
        .and_then(|rule| rule.warn_below)
        .unwrap_or(WARN_BELOW);
    let kind = rule.map(|rule| rule.kind);
    Ok(CodeStock {
        redeemed: redemption::db::count(db, &offer).await?,
        low: kind == Some(CodeKind::Pool) && counts.free < u64::from(warn_below),
        warn_below,
        kind,
        counts,
        offer,
    })
}

async fn body_of(decider: &Decider, offer: &str) -> Result<Offer> {
    let kind = crate::offer::KIND.name;
    let found = definition::one(decider.memory().db(), kind, offer).await?;
    let missing = || Problem::not_found(format!("there is no offer {offer}"));
    let body = found.ok_or_else(missing)?.body;
    crate::body::read(&body).map_err(Problem::invalid)
}

/// Codes to be added: those given, or so many new ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCodes {
    /// The codes themselves.
    #[serde(default)]
    codes: Vec<String>,
    /// How to make codes, instead.
    generate: Option<Generate>,
}

/// How codes are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Generate {
    /// How many, 1 to 50000.
    count: u32,
    /// What each begins with, for example `SPRING-`.
    #[serde(default)]
    prefix: String,
    /// How many random letters and digits follow, 8 to 24.
    #[serde(default = "random_length")]
    length: u32,
}

fn random_length() -> u32 {
    10
}

/// What came of adding codes.
#[derive(Debug, Serialize, ToSchema)]
struct AddedCodes {
    /// How many were added.
    added: u64,
    /// How many were there already, in this pool or another.
    known: u64,
    /// What is left now.
    stock: CodeStock,
}

/// Add codes to the pool of an offer: upload them, or let them be made.
#[utoipa::path(post, path = "/api/offers/{key}/codes", tag = "codes",
    extensions(("x-permission" = json!("edit_offers"))), params(("key" = String, Path)),
    request_body = NewCodes,
    responses((status = 200, body = AddedCodes), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn add(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
    Json(new): Json<NewCodes>,
) -> Result<Json<AddedCodes>> {
    user.require(Permission::EditOffers)?;
    let body = body_of(&decider, &offer).await?;
    let mut problems = problems(&new);
    if body
        .code
        .as_ref()
        .is_none_or(|rule| rule.kind != CodeKind::Pool)
    {
        let message = "the offer does not take its codes from a pool";
        let problem = FieldProblem::new("/codes", (ProblemCode::OnlyPools, message));
        problems.push(problem.hint("give the offer a code of the kind pool first"));
    }
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let (added, sent) = match &new.generate {
        Some(wish) => {
            let added = generated(&decider, &offer, wish).await?;
            (added, u64::from(wish.count))
        }
        None => {
            let codes: Vec<String> = new.codes.iter().map(|code| normal(code)).collect();
            let added = db::add(&gate.db, &offer, &codes).await?;
            (added, codes.len() as u64)
        }
    };
    let entry = Entry::new("add_codes", crate::offer::KIND.name, &offer);
    audit::record(&gate.db, &user, entry.after(&json!({ "added": added }))).await?;
    *decider.codes().empty.lock() = None;
    decider.refresh_stopped().await?;
    Ok(Json(AddedCodes {
        added,
        known: sent.saturating_sub(added),
        stock: stock_of(&decider, offer).await?,
    }))
}

fn problems(new: &NewCodes) -> Vec<FieldProblem> {
    let mut problems = vec![];
    if new.codes.is_empty() == new.generate.is_none() {
        let message = "there is nothing to add, or too much is said";
        let problem = FieldProblem::new("/codes", (ProblemCode::Empty, message));
        problems.push(problem.hint("send either codes or generate"));
    }
    if new.codes.len() > LARGEST_BATCH {
        let said = (ProblemCode::TooMany, format!("{} codes", new.codes.len()));
        let problem = FieldProblem::new("/codes", said).with("most", LARGEST_BATCH);
        problems.push(problem.hint(format!("send at most {LARGEST_BATCH} in one call")));
    }
    let wrong = new
        .codes
        .iter()
        .enumerate()
        .filter(|(_, code)| !good(&normal(code)));
    for (place, code) in wrong.take(20) {
        let said = (ProblemCode::NotACode, format!("{code:?} is not a code"));
        let problem = FieldProblem::new(format!("/codes/{place}"), said);
        let problem = problem.with("code", code.as_str());
        problems.push(problem.hint("use 4 to 64 letters, digits, - and _"));
    }
    if let Some(wish) = &new.generate {
        let mut check = Check::default();
        let count = f64::from(wish.count);
        check.within(count, 1.0, LARGEST_BATCH as f64, "/generate/count");
        // Shorter ones could be guessed.
        let length = f64::from(wish.length);
        check.within(length, 8.0, 24.0, "/generate/length");
        problems.extend(check.0);
        let prefix = normal(&wish.prefix);
        if prefix.len() > 32 || !prefix.bytes().all(letter) {
            let said = (ProblemCode::NotAPrefix, "this is no beginning of a code");
            let problem = FieldProblem::new("/generate/prefix", said);
            problems.push(problem.hint("use at most 32 letters, digits, - and _"));
        }
    }
    problems
}

fn letter(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

fn good(code: &str) -> bool {
    (4..=64).contains(&code.len()) && code.bytes().all(letter)
}

/// Makes codes for an offer until so many are free.
pub async fn fill(decider: &Decider, offer: &str, prefix: &str, count: u32) -> Result<()> {
    let db = decider.memory().db();
    let free = db::free_up_to(db, offer, i64::from(count)).await?;
    let wish = Generate {
        count: count.saturating_sub(u32::try_from(free).unwrap_or(count)),
        prefix: prefix.to_owned(),
        length: random_length(),
    };
    generated(decider, offer, &wish).await?;
    *decider.codes().empty.lock() = None;
    Ok(decider.refresh_stopped().await?)
}

async fn generated(decider: &Decider, offer: &str, wish: &Generate) -> Result<u64> {
    /// A code that exists already is made again; with 8 letters that hardly ever happens.
    const ROUNDS: usize = 5;
    let db = decider.memory().db();
    let prefix = normal(&wish.prefix);
    let mut added = 0;
    for _ in 0..ROUNDS {
        let missing = u64::from(wish.count) - added;
        if missing == 0 {
            break;
        }
        let make = |_| format!("{prefix}{}", random_code(db.random(), wish.length));
        let codes: Vec<String> = (0..missing).map(make).collect();
        added += db::add(db, offer, &codes).await?;
    }
    Ok(added)
}

/// Letters of equal chance: 32 of them, so that a byte has no remainder.
fn random_code(random: &Random, length: u32) -> String {
    let bytes: [u8; 24] = random.bytes();
    let letters = bytes.iter().take(length as usize);
    letters
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// What came of withdrawing codes.
#[derive(Debug, Serialize, ToSchema)]
struct WithdrawnCodes {
    /// How many were taken out.
    withdrawn: u64,
    /// What is left now.
    stock: CodeStock,
}

/// Take all free codes out of the pool of an offer. Codes that customers have stay valid.
#[utoipa::path(delete, path = "/api/offers/{key}/codes", tag = "codes",
    extensions(("x-permission" = json!("edit_offers"))), params(("key" = String, Path)),
    responses((status = 200, body = WithdrawnCodes), (status = 404, body = ProblemDocument)))]
async fn withdraw(
    user: User,
    gate: GateState,
    State(decider): State<Decider>,
    Path(offer): Path<String>,
) -> Result<Json<WithdrawnCodes>> {
    user.require(Permission::EditOffers)?;
    body_of(&decider, &offer).await?;
    let withdrawn = db::withdraw(&gate.db, &offer).await?;
    let entry = Entry::new("withdraw_codes", crate::offer::KIND.name, &offer);
    audit::record(
        &gate.db,
        &user,
        entry.after(&json!({ "withdrawn": withdrawn })),
    )
    .await?;
    *decider.codes().empty.lock() = None;
    decider.refresh_stopped().await?;
    Ok(Json(WithdrawnCodes {
        withdrawn,
        stock: stock_of(&decider, offer).await?,
    }))
}

/// List what a customer was offered, in the versions that were made, with their codes, and until
/// when each is honoured. The newest first.
#[utoipa::path(get, path = "/api/customers/{customer_id}/promises", tag = "codes",
    extensions(("x-permission" = json!("view_customers"))),
    params(("customer_id" = CustomerId, Path)),
    responses((status = 200, body = Vec<Promise>), (status = 404, body = ProblemDocument)))]
async fn promises(
    user: User,
    State(decider): State<Decider>,
    Path(id): Path<CustomerId>,
) -> Result<Json<Vec<Promise>>> {
    user.require(Permission::ViewCustomers)?;
    Ok(Json(decider.promises(id).await?))
}
