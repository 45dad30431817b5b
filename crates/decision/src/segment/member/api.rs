//! Members of segments over HTTP: pages, snapshots, uploads, the segments of one customer.

use axum::extract::{DefaultBodyLimit, State};
use gate::audit::{self, Entry};
use gate::{Json, Page, PageQuery, Path, Permission, ProblemDocument, Query, Result, User};
use memory::CustomerId;
use roaring::RoaringTreemap;
use serde::Serialize;
use store::Timestamp;
use store::definition::ProblemCode;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::segment::api::SegmentState;
use crate::segment::count::{Moment, count};
use crate::segment::upload::{self, Listed, NAMED_LIMIT, Upload, UploadReport, Way};
use crate::segment::{Membership, book, db, fill};
use crate::{Decider, Name};

/// The largest upload: a million lines of ordinary addresses.
pub(crate) const UPLOAD_LIMIT: usize = 32 << 20;

/// Routes of members.
pub(crate) fn routes() -> OpenApiRouter<SegmentState> {
    OpenApiRouter::default()
        .routes(routes!(members))
        .routes(routes!(snapshot))
        .routes(routes!(of_customer))
        .merge(
            OpenApiRouter::default()
                .routes(routes!(upload_members))
                .layer(DefaultBodyLimit::max(UPLOAD_LIMIT)),
        )
}

/// A member of a segment.
#[derive(Debug, Serialize, ToSchema)]
struct SegmentMember {
    /// The customer.
    customer_id: CustomerId,
    /// How we call them.
    label: String,
    /// Since when they are in it.
    since: Timestamp,
    /// How often they came in.
    times: i64,
}

/// List the members of a segment.
#[utoipa::path(get, path = "/api/segments/{key}/members", tag = "segments",
    params(("key" = String, Path), PageQuery),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<SegmentMember>)))]
async fn members(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<SegmentMember>>> {
    user.require(Permission::ViewCustomers)?;
    let memory = state.decider.memory();
    let after = CustomerId(query.after()?.unwrap_or(0));
    let rows = db::page(memory.db(), &key, after, query.limit() + 1).await?;
    let ids: Vec<CustomerId> = rows.iter().map(|row| row.customer_id).collect();
    let known = memory.customers(&ids).await?;
    let label = |id: CustomerId| {
        let known = known.iter().find(|customer| customer.id == id);
        known
            .map(|customer| customer.state.label())
            .unwrap_or_default()
    };
    let rows = rows.into_iter().map(|row| SegmentMember {
        customer_id: row.customer_id,
        label: label(row.customer_id),
        since: row.since_at,
        times: row.times,
    });
    Ok(Json(Page::of(rows.collect(), query.limit(), |member| {
        member.customer_id.0
    })))
}

/// A segment that a customer is or was in.
#[derive(Debug, Serialize, ToSchema)]
struct CustomerSegment {
    /// Its key.
    segment: String,
    /// What it is called, by language.
    name: Name,
    /// In, or out again.
    inside: bool,
    /// Since when.
    since: Timestamp,
    /// How often they came in.
    times: i64,
}

/// List the segments a customer is in, and those they left, newest first.
#[utoipa::path(get, path = "/api/customers/{id}/segments", tag = "segments",
    params(("id" = CustomerId, Path)),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Vec<CustomerSegment>), (status = 404, body = ProblemDocument)))]
async fn of_customer(
    user: User,
    State(state): State<SegmentState>,
    Path(id): Path<CustomerId>,
) -> Result<Json<Vec<CustomerSegment>>> {
    user.require(Permission::ViewCustomers)?;
    let memory = state.decider.memory();
    let found = memory.customer(id).await?;
    let customer = found.ok_or(memory::Error::NoCustomer(id))?;
    let catalog = state.decider.catalog();
    let mut shown: Vec<CustomerSegment> = db::of_customers(memory.db(), &[customer.id])
        .await?
        .into_iter()
        .filter_map(|member| {
            Some(CustomerSegment {
                name: catalog.segments.get(&member.segment)?.name.clone(),
                segment: member.segment,
                inside: member.inside,
                since: member.since_at,
                times: member.times,
            })
        })
        .collect();
    shown.sort_by_key(|segment| (!segment.inside, std::cmp::Reverse(segment.since)));
    Ok(Json(shown))
}

/// What a snapshot took.
#[derive(Debug, Serialize, ToSchema)]
struct Snapshot {
    /// How many are members now.
    size: u64,
    /// When it was taken.
    taken_at: Timestamp,
}

/// Make whoever satisfies the rule of a static segment now its members.
#[utoipa::path(post, path = "/api/segments/{key}/snapshot", tag = "segments",
    params(("key" = String, Path)),
    extensions(("x-permission" = json!("edit_journeys"))),
    responses((status = 200, body = Snapshot), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn snapshot(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
) -> Result<Json<Snapshot>> {
    user.require(Permission::EditJourneys)?;
    let entry = static_segment(&state, &key)?;
    let Some(rule) = &entry.rule else {
        let message = "the segment has no rule to take a snapshot by";
        return Err(state.wrong(
            "/criteria",
            message,
            "give the segment a rule and publish it",
        ));
    };
    let counted = count(&state.decider, rule, Moment::Now).await?;
    let memory = state.decider.memory();
    let now = memory.db().now();
    fill::replace(memory, &entry, &counted.customers, now, false).await?;
    let size = counted.customers.len();
    let done = Entry::new("snapshot", "segment", &key).after(&size);
    audit::record(memory.db(), &user, done).await?;
    Ok(Json(Snapshot {
        size,
        taken_at: now,
    }))
}

/// Add the customers of a list of identifiers to a static segment, take them out of it, or make
/// them its only members. Identifiers of nobody we know are reported.
#[utoipa::path(post, path = "/api/segments/{key}/members", tag = "segments",
    params(("key" = String, Path)), request_body = Upload,
    extensions(("x-permission" = json!("edit_journeys"))),
    responses((status = 200, body = UploadReport), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument)))]
async fn upload_members(
    user: User,
    State(state): State<SegmentState>,
    Path(key): Path<String>,
    Json(upload): Json<Upload>,
) -> Result<Json<UploadReport>> {
    user.require(Permission::EditJourneys)?;
    let entry = static_segment(&state, &key)?;
    let listed = upload::read(&upload);
    state.some(
        "/text",
        listed.len(),
        upload::LINES_LIMIT,
        "identifiers, one a line",
    )?;
    let (mut report, found) = find(&state.decider, &listed).await?;
    let memory = state.decider.memory();
    let now = memory.db().now();
    match upload.way {
        Way::Add => report.added = fill::change_some(memory, &entry, &found, true, now).await?,
        Way::Remove => {
            report.removed = fill::change_some(memory, &entry, &found, false, now).await?
        }
        Way::Replace if found.is_empty() => {
            let message = "nobody of these is a customer we know; the members stay as they are";
            let said = (ProblemCode::NobodyKnown, message);
            return Err(state.wrong("/text", said, "check the identifiers"));
        }
        Way::Replace => {
            let counts = fill::replace(memory, &entry, &found, now, false).await?;
            (report.added, report.removed) = counts;
        }
    }
    let counts = serde_json::json!({ "added": report.added, "removed": report.removed });
    let done = Entry::new("upload", "segment", &key).after(&counts);
    audit::record(memory.db(), &user, done).await?;
    Ok(Json(report))
}

fn static_segment(state: &SegmentState, key: &str) -> Result<book::Entry> {
    let entry = state.published(key)?;
    if entry.membership == Membership::Static {
        return Ok(entry);
    }
    let message = "the members of a live segment follow from its rule";
    let hint = "change its rule, or name a segment with the membership static";
    Err(state.wrong("/membership", message, hint))
}

/// Whom identifiers name.
async fn find(decider: &Decider, listed: &[Listed]) -> Result<(UploadReport, RoaringTreemap)> {
    let memory = decider.memory();
    let mut report = UploadReport {
        lines: listed.len() as u64,
        ..UploadReport::default()
    };
    let mut found = RoaringTreemap::new();
    for value in listed {
        let leaf = match value {
            Listed::Customer(id) => Some(*id),
            Listed::Identifier(kind, text) => memory.find(*kind, text).await?,
        };
        let customer = match leaf {
            Some(leaf) => memory.customer(leaf).await?,
            None => None,
        };
        match customer {
            Some(customer) if found.insert(customer.id.0) => report.known += 1,
            Some(_) => report.repeated += 1,
            None => {
                report.unknown += 1;
                if report.unknown_values.len() < NAMED_LIMIT {
                    report.unknown_values.push(match value {
                        Listed::Customer(id) => id.to_string(),
                        Listed::Identifier(_, text) => text.clone(),
                    });
                }
            }
        }
    }
    Ok((report, found))
}
