//! Learning over HTTP.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use gate::audit::{self, Entry};
use gate::{Json, Page, PageQuery, Path, Permission, ProblemDocument, Query, Result, User};
use serde::{Deserialize, Serialize};
use store::Timestamp;
use store::job::{self, Job, JobId, State as JobState};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::db::{self, Wish};
use super::learned::{DAY_MS, model_key};
use super::rebuild::{KIND, ended};
use super::view::{BudgetView, ModelRow, ModelView, Overview, Week};
use crate::{Channel, Decider, Error};

/// How far back the days of a model go.
const DAYS: i64 = 90;
/// Days of a week.
const WEEK: i64 = 7;

/// Routes of learning.
pub fn routes() -> OpenApiRouter<Decider> {
    OpenApiRouter::default()
        .routes(routes!(overview))
        .routes(routes!(models))
        .routes(routes!(model))
        .routes(routes!(reset))
        .routes(routes!(freeze))
        .routes(routes!(thaw))
        .routes(routes!(rebuilding, rebuild))
        .routes(routes!(stop_rebuild))
}

/// Read what learning does: what is chosen, how much it tries out and what that costs.
#[utoipa::path(get, path = "/api/learning", tag = "learning",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Overview), (status = 403, body = ProblemDocument)))]
async fn overview(user: User, State(decider): State<Decider>) -> Result<Json<Overview>> {
    user.require(Permission::ViewReports)?;
    let catalog = decider.catalog();
    let strategy = catalog.record.strategy.as_ref();
    let strategy = strategy.map(|(key, version)| format!("{key}@{version}"));
    let learning = &catalog.strategy.learning;
    let learned = decider.learned();
    let mut currencies = HashMap::new();
    for model in learned.models.values() {
        if !currencies.contains_key(&model.offer)
            && let Some(currency) = decider.currency_of(&model.offer).await?
        {
            currencies.insert(model.offer.clone(), currency);
        }
    }
    let db = decider.memory().db();
    let now = db.now();
    let tried = db::tried_since(db, now.plus_ms(-WEEK * DAY_MS)).await?;
    let week = Week::of(&tried, &learned, &currencies);
    let spent = *decider.tried_out();
    let budget = learning.budget;
    let budget = budget.map(|budget| BudgetView::of(budget, spent, &catalog, now));
    let cost = (week, budget);
    Ok(Json(Overview::of(
        &learned,
        learning,
        strategy,
        &currencies,
        cost,
    )))
}

/// Which models to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ModelsQuery {
    /// Key of the offer.
    offer: Option<String>,
    /// Channel.
    channel: Option<Channel>,
}

/// List models: one per offer and channel, by offer.
#[utoipa::path(get, path = "/api/learning/models", tag = "learning",
    params(PageQuery, ModelsQuery), extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Page<ModelRow>), (status = 403, body = ProblemDocument)))]
async fn models(
    user: User,
    State(decider): State<Decider>,
    Query(page): Query<PageQuery>,
    Query(query): Query<ModelsQuery>,
) -> Result<Json<Page<ModelRow>>> {
    user.require(Permission::ViewReports)?;
    let from = page.after::<usize>()?.unwrap_or(0);
    let until = from + page.limit() as usize;
    let rows = decider.models(query.offer.as_deref(), query.channel);
    let next = (rows.len() > until).then_some(until);
    let items = rows.into_iter().take(until).skip(from).collect();
    Ok(Json(Page::until(items, next)))
}

/// Read what was learned about an offer in a channel.
#[utoipa::path(get, path = "/api/learning/models/{channel}/{offer}", tag = "learning",
    params(("channel" = Channel, Path), ("offer" = String, Path)),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = ModelView), (status = 404, body = ProblemDocument)))]
async fn model(
    user: User,
    State(decider): State<Decider>,
    Path((channel, offer)): Path<(Channel, String)>,
) -> Result<Json<ModelView>> {
    user.require(Permission::ViewReports)?;
    Ok(Json(decider.model(&offer, channel).await?))
}

/// Let a model forget everything. It begins again within a second, with the marketer's estimate.
#[utoipa::path(post, path = "/api/learning/models/{channel}/{offer}/reset", tag = "learning",
    params(("channel" = Channel, Path), ("offer" = String, Path)),
    extensions(("x-permission" = json!("edit_policies"))),
    responses((status = 202), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn reset(
    user: User,
    State(decider): State<Decider>,
    Path(model): Path<(Channel, String)>,
) -> Result<StatusCode> {
    wish(&decider, &user, model, "reset", Wish::Reset).await
}

/// Keep a model as it is: it learns nothing more until it is thawed.
#[utoipa::path(post, path = "/api/learning/models/{channel}/{offer}/freeze", tag = "learning",
    params(("channel" = Channel, Path), ("offer" = String, Path)),
    extensions(("x-permission" = json!("edit_policies"))),
    responses((status = 202), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn freeze(
    user: User,
    State(decider): State<Decider>,
    Path(model): Path<(Channel, String)>,
) -> Result<StatusCode> {
    wish(&decider, &user, model, "freeze", Wish::Freeze).await
}

/// Let a frozen model learn again.
#[utoipa::path(post, path = "/api/learning/models/{channel}/{offer}/thaw", tag = "learning",
    params(("channel" = Channel, Path), ("offer" = String, Path)),
    extensions(("x-permission" = json!("edit_policies"))),
    responses((status = 202), (status = 403, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn thaw(
    user: User,
    State(decider): State<Decider>,
    Path(model): Path<(Channel, String)>,
) -> Result<StatusCode> {
    wish(&decider, &user, model, "thaw", Wish::Thaw).await
}

/// The newest wish to learn everything anew, and how far it is.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = LearningRebuilding)]
struct Rebuilding {
    /// Null when nobody has wanted it yet.
    newest: Option<Rebuild>,
}

/// Learning everything anew from the log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LearningRebuild)]
struct Rebuild {
    /// How far it is.
    state: JobState,
    /// Positions of the log that are read again.
    done_count: i64,
    /// Positions there are; null before it has begun.
    total_count: Option<i64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Who wanted it.
    author: String,
    /// When it was wanted.
    created_at: Timestamp,
    /// When it last came on.
    updated_at: Timestamp,
}

impl From<Job> for Rebuild {
    fn from(job: Job) -> Rebuild {
        Rebuild {
            state: job.state,
            done_count: job.done_count,
            total_count: job.total_count,
            error: job.error,
            author: job.author,
            created_at: job.created_at,
            updated_at: job.updated_at,
        }
    }
}

async fn newest(decider: &Decider) -> Result<Option<Job>> {
    let jobs = job::list(decider.memory().db(), KIND, JobId(u64::MAX), 1).await?;
    Ok(jobs.into_iter().next())
}

/// Read how far learning everything anew is.
#[utoipa::path(get, path = "/api/learning/rebuild", tag = "learning",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Rebuilding), (status = 403, body = ProblemDocument)))]
async fn rebuilding(user: User, State(decider): State<Decider>) -> Result<Json<Rebuilding>> {
    user.require(Permission::ViewReports)?;
    let newest = newest(&decider).await?.map(Rebuild::from);
    Ok(Json(Rebuilding { newest }))
}

/// Learn everything anew from the log, with what has left it for files. Meanwhile decisions go on
/// with what is known. One that waits or runs already is not begun again.
#[utoipa::path(post, path = "/api/learning/rebuild", tag = "learning",
    extensions(("x-permission" = json!("edit_policies"))),
    responses((status = 202, body = Rebuild), (status = 403, body = ProblemDocument)))]
async fn rebuild(
    user: User,
    State(decider): State<Decider>,
) -> Result<(StatusCode, Json<Rebuild>)> {
    user.require(Permission::EditPolicies)?;
    let db = decider.memory().db();
    let running = newest(&decider).await?.filter(|job| !ended(job.state));
    let job = match running {
        Some(job) => job,
        None => {
            let id = job::create(db, KIND, &serde_json::json!({}), &user.name).await?;
            let wish = db.take_numbers("learning_wishes", 1).await?;
            let entry = Entry::new("rebuild", "learning", &id.to_string());
            let now = db.now();
            let mut tx = db.begin().await?;
            db::wish(&mut tx, wish, Wish::Rebuild(id.0), now).await?;
            audit::append(&mut tx, now, &user, entry).await?;
            tx.commit().await?;
            job::get(db, id).await?.ok_or(store::Error::NoRow)?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(Rebuild::from(job))))
}

/// Stop learning everything anew; what is known stays as it is.
#[utoipa::path(post, path = "/api/learning/rebuild/cancel", tag = "learning",
    extensions(("x-permission" = json!("edit_policies"))),
    responses((status = 202), (status = 403, body = ProblemDocument)))]
async fn stop_rebuild(user: User, State(decider): State<Decider>) -> Result<StatusCode> {
    user.require(Permission::EditPolicies)?;
    let db = decider.memory().db();
    if let Some(job) = newest(&decider).await?
        && job::request_cancel(db, job.id).await?
    {
        let entry = Entry::new("cancel", "learning", &job.id.to_string());
        audit::record(db, &user, entry).await?;
    }
    Ok(StatusCode::ACCEPTED)
}

/// Notes what is wanted, with who wants it; the learner takes it up.
async fn wish(
    decider: &Decider,
    user: &User,
    (channel, offer): (Channel, String),
    action: &'static str,
    wish: fn(u64) -> Wish,
) -> Result<StatusCode> {
    user.require(Permission::EditPolicies)?;
    let key = model_key(&offer, channel);
    let known = decider.learned().models.get(&key).cloned();
    let known = known.ok_or_else(|| Error::NoModel(offer.clone(), channel))?;
    let db = decider.memory().db();
    let now = db.now();
    let currency = decider.currency_of(&offer).await?;
    let before = ModelRow::of(&known, &decider.catalog().strategy.learning, currency, now);
    let name = format!("{}/{offer}", channel.word());
    let entry = Entry::new(action, "learning_model", &name).before(&before);
    let id = db.take_numbers("learning_wishes", 1).await?;
    let mut tx = db.begin().await?;
    db::wish(&mut tx, id, wish(key), now).await?;
    audit::append(&mut tx, now, user, entry).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

impl Decider {
    /// What lists say of the models, by offer and channel.
    pub fn models(&self, offer: Option<&str>, channel: Option<Channel>) -> Vec<ModelRow> {
        let (learned, catalog, now) = (self.learned(), self.catalog(), self.memory().db().now());
        let mut rows: Vec<ModelRow> = learned
            .models
            .values()
            .filter(|model| offer.is_none_or(|offer| model.offer == offer))
            .filter(|model| channel.is_none_or(|channel| model.channel == channel))
            .map(|model| {
                let currency = catalog.offer(&model.offer).map(|o| o.body.currency.clone());
                ModelRow::of(model, &catalog.strategy.learning, currency, now)
            })
            .collect();
        rows.sort_by(|a, b| (&a.offer, a.channel).cmp(&(&b.offer, b.channel)));
        rows
    }

    /// Everything about one model.
    pub async fn model(
        &self,
        offer: &str,
        channel: Channel,
    ) -> std::result::Result<ModelView, Error> {
        let (learned, catalog) = (self.learned(), self.catalog());
        let db = self.memory().db();
        let key = model_key(offer, channel);
        let model = learned.models.get(&key);
        let model = model.ok_or_else(|| Error::NoModel(offer.to_owned(), channel))?;
        let now = db.now();
        let hours = db::hours(db, key, now.plus_ms(-DAYS * DAY_MS)).await?;
        let (names, learning) = (learned.book.names(), &catalog.strategy.learning);
        let currency = self.currency_of(offer).await?;
        Ok(ModelView::of(
            model,
            names,
            learning,
            &hours,
            (currency, now),
        ))
    }

    /// The currency of an offer, published or not; `None` when there is no such offer any more.
    async fn currency_of(&self, offer: &str) -> std::result::Result<Option<String>, Error> {
        if let Some(entry) = self.catalog().offer(offer) {
            return Ok(Some(entry.body.currency.clone()));
        }
        let kind = crate::offer::KIND.name;
        let found = store::definition::one(self.memory().db(), kind, offer).await?;
        let body =
            found.and_then(|found| crate::body::read::<crate::offer::Offer>(&found.body).ok());
        Ok(body.map(|body| body.currency))
    }
}
