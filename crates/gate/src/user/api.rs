//! Users over HTTP.

use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Account, AccountChange, NewAccount, Permission, User, UserId, db, password};
use crate::audit::{self, Entry};
use crate::problem::{FieldProblem, Problem, ProblemDocument, Result, code};
use crate::{Created, GateState, Json, Page, PageQuery, Path, Query, session, setup};

/// Routes of users.
pub fn routes() -> OpenApiRouter<GateState> {
    OpenApiRouter::default()
        .routes(routes!(list, create))
        .routes(routes!(one, change))
        .routes(routes!(reset_password))
        .routes(routes!(change_own_password))
}

/// List the accounts.
#[utoipa::path(get, path = "/api/users", tag = "users", params(PageQuery),
    extensions(("x-permission" = json!("manage_users"))),
    responses((status = 200, body = Page<Account>), (status = 403, body = ProblemDocument)))]
async fn list(
    user: User,
    gate: GateState,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Account>>> {
    user.require(Permission::ManageUsers)?;
    let after = UserId(page.after()?.unwrap_or(0));
    let rows = db::list(&gate.db, after, page.limit() + 1).await?;
    Ok(Json(Page::of(rows, page.limit(), |account| account.id.0)))
}

/// Create an account.
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = NewAccount,
    extensions(("x-permission" = json!("manage_users"))),
    responses((status = 201, body = Account), (status = 409, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn create(
    user: User,
    gate: GateState,
    Json(new): Json<NewAccount>,
) -> Result<Created<Account>> {
    user.require(Permission::ManageUsers)?;
    let problems = super::problems(&new);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let account = setup::new_account(&gate, &new).await?;
    let hash = gate.passwords.hash(new.password).await;
    let mut tx = gate.db.begin().await?;
    db::insert(&mut tx, &account, &hash)
        .await
        .map_err(|error| {
            if error.is_unique_violation() {
                return Problem::new(code::CONFLICT)
                    .detail("there is an account with this address");
            }
            error.into()
        })?;
    let entry = Entry::new("create", "user", &account.id.to_string()).after(&account);
    audit::append(&mut tx, gate.db.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(Created(account))
}

/// Read an account.
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)),
    extensions(("x-permission" = json!("manage_users"))),
    responses((status = 200, body = Account), (status = 404, body = ProblemDocument)))]
async fn one(user: User, gate: GateState, Path(id): Path<UserId>) -> Result<Json<Account>> {
    user.require(Permission::ManageUsers)?;
    let account = db::one(&gate.db, id).await?;
    Ok(Json(account.ok_or_else(|| no_account(id))?))
}

/// Change name or role of an account, close it or open it again.
#[utoipa::path(patch, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)),
    request_body = AccountChange,
    extensions(("x-permission" = json!("manage_users"))),
    responses((status = 200, body = Account), (status = 409, body = ProblemDocument)))]
async fn change(
    user: User,
    gate: GateState,
    Path(id): Path<UserId>,
    Json(change): Json<AccountChange>,
) -> Result<Json<Account>> {
    user.require(Permission::ManageUsers)?;
    if let Some(problem) = change.name.as_deref().and_then(super::name_problem) {
        return Err(Problem::invalid(vec![problem]));
    }
    let mut tx = gate.db.begin().await?;
    let administrators = db::lock_administrators(&mut tx).await?;
    let before = db::locked(&mut tx, id).await?;
    let before = before.ok_or_else(|| no_account(id))?;
    if super::leaves_nobody(&before, &change, administrators) {
        return Err(
            Problem::new(code::LAST_ADMINISTRATOR).hint("make somebody else administrator first")
        );
    }
    let after = Account {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        role: change.role.unwrap_or(before.role),
        disabled: change.disabled.unwrap_or(before.disabled),
        updated_at: gate.db.now(),
        ..before.clone()
    };
    db::update(&mut tx, &after).await?;
    let entry = Entry::new("change", "user", &id.to_string());
    let entry = entry.before(&before).after(&after);
    audit::append(&mut tx, gate.db.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(Json(after))
}

/// A new password for somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    /// At least 12 characters.
    #[schema(example = "violet tractor 9")]
    password: String,
}

/// Give an account a new password; its sessions end.
#[utoipa::path(post, path = "/api/users/{id}/password", tag = "users",
    params(("id" = UserId, Path)), request_body = NewPassword,
    extensions(("x-permission" = json!("manage_users"))),
    responses((status = 204), (status = 422, body = ProblemDocument)))]
async fn reset_password(
    user: User,
    gate: GateState,
    Path(id): Path<UserId>,
    Json(new): Json<NewPassword>,
) -> Result<StatusCode> {
    user.require(Permission::ManageUsers)?;
    let account = db::one(&gate.db, id).await?;
    let account = account.ok_or_else(|| no_account(id))?;
    replace_password(&gate, &user, &account, new.password, "").await
}

/// One's own new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnPassword {
    /// The password until now.
    #[schema(example = "violet tractor 9")]
    current: String,
    /// At least 12 characters.
    #[schema(example = "violet tractor 10")]
    password: String,
}

/// Change one's own password; other sessions end.
#[utoipa::path(post, path = "/api/session/password", tag = "session", request_body = OwnPassword,
    extensions(("x-permission" = json!("signed_in"))),
    responses((status = 204), (status = 422, body = ProblemDocument)))]
async fn change_own_password(
    user: User,
    gate: GateState,
    headers: HeaderMap,
    Json(new): Json<OwnPassword>,
) -> Result<StatusCode> {
    let id = user
        .id()
        .ok_or_else(|| Problem::new(code::NOT_ALLOWED).detail("a program has no password"))?;
    gate.limits.sign_in(&user.address, &id.to_string())?;
    let kept = db::password_hash(&gate.db, id).await?;
    if !gate.passwords.verify(new.current, kept).await {
        let problem = FieldProblem::new("/current", "this is not the password until now");
        return Err(Problem::invalid(vec![
            problem.hint("type the password with which you signed in"),
        ]));
    }
    let account = db::one(&gate.db, id).await?;
    let account = account.ok_or_else(|| no_account(id))?;
    let own = session::token(&headers).map(|token| session::token_hash(&token));
    replace_password(
        &gate,
        &user,
        &account,
        new.password,
        &own.unwrap_or_default(),
    )
    .await
}

async fn replace_password(
    gate: &GateState,
    user: &User,
    account: &Account,
    password: String,
    except: &str,
) -> Result<StatusCode> {
    if let Some(problem) = password::problem(&password, &account.email) {
        return Err(Problem::invalid(vec![problem]));
    }
    let hash = gate.passwords.hash(password).await;
    let now = gate.db.now();
    let mut tx = gate.db.begin().await?;
    db::replace_password(&mut tx, account.id, &hash, except, now).await?;
    let entry = Entry::new("replace_password", "user", &account.id.to_string());
    audit::append(&mut tx, now, user, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn no_account(id: UserId) -> Problem {
    Problem::not_found(format!("there is no account {id}"))
}
