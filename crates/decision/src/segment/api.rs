//! Segments over HTTP: counting, figures, reach, splits. Members are in `member`.

use axum::extract::State;
use gate::{GateState, Json, Path, Permission, ProblemDocument, Query, Result, User, problem};
use memory::attribute::api::allow_rule;
use memory::criteria::batch::ConditionCount;
use memory::criteria::{Criteria, Language};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::{self, Definition, ProblemCode, Said};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::count::{Moment, count};
use super::days::{day_of, start_of};
use super::reach::{self, ReachCount};
use super::sample::{SampledCustomer, explained};
use super::split::{self, SplitGroup, SplitReason};
use super::uses::{self, SegmentUse};
use super::validate::tangled;
use super::{Household, Membership, db, fill};
use crate::{Channel, Decider};

/// Segments of one split.
const SPLIT_LIMIT: usize = 50;
/// Customers of a draft whose households are counted: each of them is looked at.
const HOUSEHOLDS_OF: u64 = 100_000;
/// Days of a curve.
const DAYS_LIMIT: u32 = 400;
/// Customers shown of each group of a split.
const SHOWN: u64 = 5;

/// What handlers of segments need. Cheap to clone.
#[derive(Clone)]
pub struct SegmentState {
    /// The decision, with the published segments and the memory of customers.
    pub decider: Decider,
    /// The entry, with all definitions.
    pub gate: GateState,
    /// Callers who may not see customers are told numbers in whole multiples of this.
    pub least_customers: u64,
}

/// Routes of segments.
pub fn routes() -> OpenApiRouter<SegmentState> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(count_draft))
        .routes(routes!(reach_of))
        .routes(routes!(split_up))
        .routes(routes!(days))
        .routes(routes!(used_by))
        .merge(super::member::api::routes())
}

/// A published segment and its figures.
#[derive(Debug, Serialize, ToSchema)]
struct SegmentFigures {
    /// Its key.
    segment: String,
    /// Live or static.
    membership: Membership,
    /// True when it has one member for each household.
    households: bool,
    /// How many are in it.
    size: i64,
    /// How many came in today.
    entered_today: i64,
    /// How many went out today.
    left_today: i64,
    /// How fresh the members are; null until they were found the first time.
    as_of: Option<Timestamp>,
}

/// List the published segments with their sizes.
#[utoipa::path(get, path = "/api/segments", tag = "segments",
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<SegmentFigures>)))]
async fn list(user: User, State(state): State<SegmentState>) -> Result<Json<Vec<SegmentFigures>>> {
    user.require(Permission::ViewReports)?;
    let store = state.decider.memory().db();
    let standings = db::standings(store).await?;
    let today = start_of(day_of(store.now()));
    let mut figures = vec![];
    let least = state.least(&user);
    for entry in state.decider.catalog().segments.iter() {
        let (size, entered_today, left_today) = db::figures(store, &entry.key, today).await?;
        figures.push(SegmentFigures {
            segment: entry.key.clone(),
            membership: entry.membership,
            households: entry.household.is_some(),
            size: told_row(size, least),
            entered_today: told_row(entered_today, least),
            left_today: told_row(left_today, least),
            as_of: standings.get(&entry.key).map(|standing| standing.as_of_at),
        });
    }
    Ok(Json(figures))
}

/// A rule to be counted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CountWish {
    /// The rule.
    #[schema(value_type = Criteria)]
    criteria: Value,
    /// A moment in the past; now when absent.
    #[serde(default)]
    at: Option<Timestamp>,
    /// Count the households, too.
    #[serde(default)]
    household: Option<Household>,
    /// Language of the reasons.
    #[serde(default)]
    language: Language,
}

/// How many customers satisfy a rule, and some of them.
#[derive(Debug, Serialize, ToSchema)]
struct RuleCount {
    /// Numbers are told in whole multiples of this, rounded down; 1 where they are exact.
    least_customers: u64,
    /// How many satisfy the rule.
    count: u64,
    /// How many households they are; absent unless asked for, in the past, and of very many.
    #[serde(skip_serializing_if = "Option::is_none")]
    households: Option<u64>,
    /// How many customers there are.
    population: u64,
    /// The moment that was asked about.
    at: Timestamp,
    /// How long it took.
    took_ms: u64,
    /// The count of each condition, as the rule is nested.
    conditions: ConditionCount,
    /// Some of the customers, each with the reason; empty for whoever may not see customers.
    sample: Vec<SampledCustomer>,
}

/// Count the customers of a rule exactly, condition by condition. Dropping the call stops it.
#[utoipa::path(post, path = "/api/segments/count", tag = "segments", request_body = CountWish,
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = RuleCount), (status = 422, body = ProblemDocument)))]
async fn count_draft(
    user: User,
    State(state): State<SegmentState>,
    Json(wish): Json<CountWish>,
) -> Result<Json<RuleCount>> {
    user.require(Permission::ViewReports)?;
    let rule = state.rule(&user, &wish.criteria).await?;
    let now = state.decider.memory().db().now();
    let at = wish.at.filter(|at| *at < now);
    let started = std::time::Instant::now();
    let moment = at.map_or(Moment::Now, Moment::Past);
    let counted = count(&state.decider, &rule, moment).await?;
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let sample = if user.may(Permission::ViewCustomers) {
        let customers = &counted.customers;
        explained(&state.decider, &rule, customers, moment, wish.language).await?
    } else {
        vec![]
    };
    let least = state.least(&user);
    let few = at.is_none() && counted.customers.len() <= HOUSEHOLDS_OF;
    let households = match wish.household.filter(|_| few) {
        Some(household) => {
            let memory = state.decider.memory();
            Some(fill::counted(memory, &household, &counted.customers).await?)
        }
        None => None,
    };
    Ok(Json(RuleCount {
        least_customers: least,
        households: households.map(|count| told(count, least)),
        count: told(counted.customers.len(), least),
        population: told(counted.population, least),
        at: at.unwrap_or(now),
        took_ms,
        conditions: counted.conditions.map(&|count| told(count, least)),
        sample,
    }))
}

/// A group and a channel.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReachWish {
    /// The rule of the group.
    #[schema(value_type = Criteria)]
    criteria: Value,
    /// The channel.
    channel: Channel,
    /// Category of what would be said, for the contact policy.
    #[serde(default)]
    category: Option<String>,
}

/// Find out how many of a group would get something in a channel now, and what keeps the others.
#[utoipa::path(post, path = "/api/segments/reach", tag = "segments", request_body = ReachWish,
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<ReachCount>), (status = 422, body = ProblemDocument)))]
async fn reach_of(
    user: User,
    State(state): State<SegmentState>,
    Json(wish): Json<ReachWish>,
) -> Result<Json<Vec<ReachCount>>> {
    user.require(Permission::ViewReports)?;
    let rule = state.rule(&user, &wish.criteria).await?;
    let counted = count(&state.decider, &rule, Moment::Now).await?;
    let category = wish.category.as_deref();
    let passed = reach::reach(&state.decider, &counted.customers, wish.channel, category).await?;
    let least = state.least(&user);
    Ok(Json(reach::counts(passed.map(|left| told(left, least)))))
}

/// Segments in an order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitWish {
    /// Keys of published segments; the first that takes a customer keeps them.
    segments: Vec<String>,
}

/// A group of a split with some of its customers.
#[derive(Debug, Serialize, ToSchema)]
struct SplitPart {
    /// The group.
    #[serde(flatten)]
    group: SplitGroup,
    /// Some of its customers, each with the reason; empty for whoever may not see customers.
    sample: Vec<SplitCustomer>,
}

/// A customer of a group.
#[derive(Debug, Serialize, ToSchema)]
struct SplitCustomer {
    /// The customer.
    customer_id: memory::CustomerId,
    /// How we call them.
    label: String,
    /// Why they are in this group.
    reason: SplitReason,
}

/// Split all customers by segments in an order: everybody is in exactly one group.
#[utoipa::path(post, path = "/api/segments/split", tag = "segments", request_body = SplitWish,
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<SplitPart>), (status = 422, body = ProblemDocument)))]
async fn split_up(
    user: User,
    State(state): State<SegmentState>,
    Json(wish): Json<SplitWish>,
) -> Result<Json<Vec<SplitPart>>> {
    user.require(Permission::ViewReports)?;
    state.some("/segments", wish.segments.len(), SPLIT_LIMIT, "segments")?;
    let (segments, population) = state.members_of(&wish.segments).await?;
    let memory = state.decider.memory();
    let may_see = user.may(Permission::ViewCustomers);
    let least = state.least(&user);
    let mut parts = vec![];
    for (group, members) in split::split(&segments, &population) {
        let shown = if may_see { members.len().min(SHOWN) } else { 0 };
        let ids = (0..shown).filter_map(|rank| members.select(rank));
        let ids: Vec<memory::CustomerId> = ids.map(memory::CustomerId).collect();
        let customers = memory.customers(&ids).await?;
        let sample = customers.iter().map(|customer| SplitCustomer {
            customer_id: customer.id,
            label: customer.state.label(),
            reason: split::reason(&segments, customer.id.0),
        });
        let sample = sample.collect();
        let group = group.map(&|count| told(count, least));
        parts.push(SplitPart { group, sample });
    }
    Ok(Json(parts))
}

/// How far a curve reaches back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DaysQuery {
    /// Days, 1 to 400; 30 unless given.
    days: Option<u32>,
}

/// One day of a segment.
#[derive(Debug, Serialize, ToSchema)]
struct SegmentDay {
    /// The day (UTC).
    day: String,
    /// How many were in the segment at its end.
    size: i64,
    /// How many came in; absent when the size was found out afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    entered: Option<i64>,
    /// How many went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<i64>,
}

/// Read the size of a segment per day.
#[utoipa::path(get, path = "/api/segments/{key}/days", tag = "segments",
    params(("key" = String, Path), DaysQuery),
    extensions(("x-permission" = json!("view_reports"))),
    responses((status = 200, body = Vec<SegmentDay>)))]
async fn days(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
    Query(query): Query<DaysQuery>,
) -> Result<Json<Vec<SegmentDay>>> {
    user.require(Permission::ViewReports)?;
    let store = state.decider.memory().db();
    let back = i64::from(query.days.unwrap_or(30).clamp(1, DAYS_LIMIT));
    let days = db::days(store, &key, day_of(store.now()) - back + 1).await?;
    let least = state.least(&user);
    let shown = days.into_iter().map(|day| SegmentDay {
        day: start_of(day.day).to_jiff().strftime("%Y-%m-%d").to_string(),
        size: told_row(day.size, least),
        entered: day.followed.then(|| told_row(day.entered, least)),
        left: day.followed.then(|| told_row(day.departed, least)),
    });
    Ok(Json(shown.collect()))
}

/// List the definitions that use a segment.
#[utoipa::path(get, path = "/api/segments/{key}/uses", tag = "segments",
    params(("key" = String, Path)),
    extensions(("x-permission" = json!("view_definitions"))),
    responses((status = 200, body = Vec<SegmentUse>)))]
async fn used_by(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
) -> Result<Json<Vec<SegmentUse>>> {
    user.require(Permission::ViewDefinitions)?;
    Ok(Json(uses::uses(&key, &state.definitions().await?)))
}

/// A number of customers as a caller is told it: rounded down, so that nobody can tell a few
/// customers from none.
fn told(count: u64, least: u64) -> u64 {
    count - count % least.max(1)
}

fn told_row(count: i64, least: u64) -> i64 {
    told(count.unsigned_abs(), least).cast_signed()
}

impl SegmentState {
    /// In which multiples a caller is told numbers of customers.
    fn least(&self, user: &User) -> u64 {
        match user.may(Permission::ViewCustomers) {
            true => 1,
            false => self.least_customers.max(1),
        }
    }

    /// A rule as it was sent, checked, with the rules of live segments put in.
    async fn rule(&self, user: &User, json: &Value) -> Result<Criteria> {
        let vocabulary = memory::criteria::Vocabulary::default();
        let rule = memory::criteria::read_checked(json, &vocabulary);
        let rule = rule.map_err(|problems| {
            let problems = problems.into_iter().map(|problem| definition::Problem {
                path: format!("/criteria{}", problem.path),
                ..problem
            });
            gate::Problem::invalid(problems.collect())
        })?;
        allow_rule(self.decider.memory().db(), user, &rule).await?;
        let book = &self.decider.catalog().segments;
        book.resolve(&rule)
            .map_err(|tangle| gate::Problem::invalid(vec![tangled("/criteria", &tangle)]))
    }

    pub(crate) fn wrong(&self, path: &str, said: impl Into<Said>, hint: &str) -> gate::Problem {
        gate::Problem::invalid(vec![problem::FieldProblem::new(path, said).hint(hint)])
    }

    /// Refuses a list that is empty or too long.
    pub(crate) fn some(&self, path: &str, count: usize, most: usize, what: &str) -> Result<()> {
        if (1..=most).contains(&count) {
            return Ok(());
        }
        let said = (ProblemCode::EmptyOrTooMany, format!("{what}: 1 to {most}"));
        let problem = problem::FieldProblem::new(path, said);
        let problem = problem.with("most", most);
        let hint = format!("send at least one, and at most {most} in one call");
        Err(gate::Problem::invalid(vec![problem.hint(hint)]))
    }

    /// The published segment of a key.
    pub(crate) fn published(&self, key: &str) -> Result<super::book::Entry> {
        let found = self.decider.catalog().segments.get(key).cloned();
        found.ok_or_else(|| {
            gate::Problem::not_found(format!("there is no published segment {key}"))
                .hint("publish it first")
        })
    }

    /// The newest versions of all definitions.
    pub(super) async fn definitions(&self) -> Result<Vec<Definition>> {
        let mut all = vec![];
        for managed in self.gate.kinds {
            let mut after = String::new();
            loop {
                let kind = managed.kind.name;
                let page = definition::list(&self.gate.db, (kind, None), &after, 500).await?;
                let Some(last) = page.last() else { break };
                after.clone_from(&last.key);
                all.extend(page);
            }
        }
        all.retain(|definition| definition.state != definition::State::Retired);
        Ok(all)
    }

    /// Whom each segment would take now, and everybody there is.
    async fn members_of(
        &self,
        keys: &[String],
    ) -> Result<(Vec<(String, RoaringTreemap)>, RoaringTreemap)> {
        let mut segments = vec![];
        for (place, key) in keys.iter().enumerate() {
            let Ok(entry) = self.published(key) else {
                let path = format!("/segments/{place}");
                let message = format!("there is no published segment {key}");
                return Err(self.wrong(&path, message, "publish it first"));
            };
            let members = match entry.rule.filter(|_| entry.household.is_none()) {
                Some(rule) if entry.membership == Membership::Live => {
                    count(&self.decider, &rule, Moment::Now).await?.customers
                }
                Some(_) | None => db::members(self.decider.memory().db(), key).await?,
            };
            segments.push((key.clone(), members));
        }
        let everybody = count(&self.decider, &Criteria::All(vec![]), Moment::Now).await?;
        Ok((segments, everybody.customers))
    }
}
