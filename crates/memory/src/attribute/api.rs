//! Attributes over HTTP.

use axum::extract::State;
use gate::audit::{self, Entry};
use gate::problem::FieldProblem;
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
};
use serde::{Deserialize, Serialize};
use store::{Db, Timestamp};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sample::{Facts, Sample, sample};
use super::{Attributes, Definition, MASK, db};
use crate::api::MemoryState;
use crate::criteria::{Criteria, Kind};

/// Longest description, in characters.
const DESCRIPTION_CHARS: usize = 1_000;

/// Routes of attributes.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default()
        .routes(routes!(list_attributes))
        .routes(routes!(describe))
}

/// By which definitions names are personal, for a caller who may not ask for them; nothing for
/// those who talk with customers.
pub async fn withheld_from(db: &Db, user: &User) -> Result<Option<Attributes>> {
    if user.may(Permission::RecordResponses) {
        return Ok(None);
    }
    Ok(Some(super::db::all(db).await?))
}

/// The answer to a caller who asks for a name that is withheld from them.
pub fn refused(name: &str) -> Problem {
    Problem::new(gate::problem::code::NOT_ALLOWED)
        .detail(format!("{name:?} tells who somebody is"))
        .hint("choose something that is not personal, or ask for another role")
}

/// Refuses a rule that asks who somebody is, unless the caller talks with customers: one who is
/// not shown a value must not find it out by counting.
pub async fn allow_rule(db: &Db, user: &User, rule: &Criteria) -> Result<()> {
    let withheld = withheld_from(db, user).await?;
    let name = withheld.as_ref().and_then(|known| known.personal_in(rule));
    name.map_or(Ok(()), |name| Err(refused(name)))
}

/// What is known of an attribute.
#[derive(Debug, Serialize, ToSchema)]
struct AttributeRecord {
    /// Its key.
    key: String,
    /// The kind of its values: learned, or fixed by somebody.
    kind: Kind,
    /// True when somebody fixed the kind.
    fixed: bool,
    /// What it means.
    description: String,
    /// True when it tells who somebody is or how to reach them.
    personal: bool,
    /// How often sources have stated it.
    seen_count: i64,
    /// The share of customers that have it, among those seen last.
    fill_rate: f64,
    /// How many customers that share was taken from.
    sample_size: usize,
    /// Some of its values; hidden when it is personal.
    examples: Vec<String>,
    /// When it was first stated.
    first_seen_at: Timestamp,
    /// When it was last learned or described.
    updated_at: Timestamp,
}

/// What somebody says of an attribute; absent fields stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AttributeChange {
    /// The kind of its values; it is not learned any more.
    kind: Option<Kind>,
    /// What it means.
    description: Option<String>,
    /// Whether it tells who somebody is or how to reach them.
    personal: Option<bool>,
}

fn record(definition: Definition, sample: &Sample) -> AttributeRecord {
    let nothing = Facts::default();
    let facts = sample.facts.get(&definition.key).unwrap_or(&nothing);
    let hidden = || {
        facts
            .examples
            .iter()
            .map(|_| MASK.to_owned())
            .take(1)
            .collect()
    };
    let examples = if definition.personal {
        hidden()
    } else {
        facts.examples.clone()
    };
    AttributeRecord {
        fill_rate: facts.count as f64 / sample.size.max(1) as f64,
        sample_size: sample.size,
        examples,
        key: definition.key,
        kind: definition.kind,
        fixed: definition.fixed,
        description: definition.description,
        personal: definition.personal,
        seen_count: definition.seen_count,
        first_seen_at: definition.first_seen_at,
        updated_at: definition.updated_at,
    }
}

/// List what is known of attributes: kinds are learned from data until somebody fixes them.
#[utoipa::path(get, path = "/api/attributes", tag = "attributes", params(PageQuery),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = Page<AttributeRecord>),
        (status = 403, body = ProblemDocument)))]
async fn list_attributes(
    user: User,
    State(state): State<MemoryState>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AttributeRecord>>> {
    user.require(Permission::ViewData)?;
    let (store, limit) = (state.memory.db(), page.limit());
    let after = page.after::<String>()?.unwrap_or_default();
    let mut definitions = db::list(store).await?;
    definitions.retain(|definition| definition.key > after);
    definitions.truncate(
        usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_add(1),
    );
    let page = Page::of(definitions, limit, |definition| definition.key.clone());
    let sample = sample(store).await?;
    let items = page
        .items
        .into_iter()
        .map(|definition| record(definition, &sample));
    Ok(Json(Page {
        items: items.collect(),
        next_cursor: page.next_cursor,
    }))
}

/// Say what an attribute means, fix its kind, or mark it as personal.
#[utoipa::path(patch, path = "/api/attributes/{key}", tag = "attributes",
    params(("key" = String, Path)), request_body = AttributeChange,
    extensions(("x-permission" = json!("edit_data"))),
    responses((status = 200, body = AttributeRecord), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn describe(
    user: User,
    State(state): State<MemoryState>,
    Path(key): Path<String>,
    Json(change): Json<AttributeChange>,
) -> Result<Json<AttributeRecord>> {
    user.require(Permission::EditData)?;
    let long = |text: &String| text.chars().count() > DESCRIPTION_CHARS;
    if change.description.as_ref().is_some_and(long) {
        let message = format!("a description has at most {DESCRIPTION_CHARS} characters");
        return Err(Problem::invalid(vec![FieldProblem::new(
            "/description",
            message,
        )]));
    }
    let store = state.memory.db();
    let before = db::get(store, &key).await?;
    let before = before
        .ok_or_else(|| Problem::not_found(format!("no source has stated an attribute {key}")))?;
    let mut after = before.clone();
    after.fixed = before.fixed || change.kind.is_some();
    after.kind = change.kind.unwrap_or(before.kind);
    after.personal = change.personal.unwrap_or(before.personal);
    after.description = change.description.unwrap_or(after.description);
    after.updated_at = store.now();
    let mut tx = store.begin().await?;
    db::describe(&mut tx, &after).await?;
    let entry = Entry::new("update", "attribute", &key)
        .before(&before)
        .after(&after);
    audit::append(&mut tx, store.now(), &user, entry).await?;
    tx.commit().await?;
    Ok(Json(record(after, &sample(store).await?)))
}
