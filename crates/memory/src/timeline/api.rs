//! The timeline over HTTP.

use axum::extract::State;
use gate::{
    Json, Page, PageQuery, Path, Permission, Problem, ProblemDocument, Query, Result, User,
    problem::code,
};
use serde::Deserialize;
use store::Timestamp;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Filter, Item, ItemKind, Side, page};
use crate::CustomerId;
use crate::api::MemoryState;

/// Routes of the timeline.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default().routes(routes!(timeline))
}

/// What of the conversation is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only one side.
    side: Option<Side>,
    /// Only these kinds, separated by commas: `event,contact,response`.
    kind: Option<String>,
    /// Only one channel.
    channel: Option<String>,
    /// Not before this instant.
    from: Option<Timestamp>,
    /// Only before this instant: how to jump to a date.
    before: Option<Timestamp>,
}

impl Wanted {
    fn filter(self) -> Result<Filter> {
        let mut kinds = vec![];
        for word in self.kind.iter().flat_map(|words| words.split(',')) {
            kinds.push(ItemKind::of_word(word.trim()).ok_or_else(|| {
                Problem::new(code::INVALID_QUERY)
                    .detail(format!("{word:?} is no kind of a timeline's items"))
                    .hint("event, identify, contact, response, decision, consent, merge, unmerge")
            })?);
        }
        let Wanted {
            side,
            channel,
            from,
            before,
            ..
        } = self;
        Ok(Filter {
            side,
            kinds,
            channel,
            from,
            before,
        })
    }
}

/// The conversation with a customer, both sides, newest first.
#[utoipa::path(get, path = "/api/customers/{customer_id}/timeline", tag = "customers",
    params(("customer_id" = CustomerId, Path), PageQuery, Wanted),
    extensions(("x-permission" = json!("view_customers"))),
    responses((status = 200, body = Page<Item>), (status = 400, body = ProblemDocument),
        (status = 404, body = ProblemDocument)))]
async fn timeline(
    user: User,
    State(state): State<MemoryState>,
    Path(id): Path<CustomerId>,
    Query(paging): Query<PageQuery>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page<Item>>> {
    user.require(Permission::ViewCustomers)?;
    let filter = wanted.filter()?;
    let customer = state.customer(id).await?;
    let names = crate::source::db::names(state.memory.db()).await?;
    let masking = state.masking(&user).await?;
    let limit = usize::try_from(paging.limit()).unwrap_or(1);
    let place = (paging.after()?, limit);
    let (items, next) = page(&state.memory, &customer, (&names, &masking), &filter, place).await?;
    Ok(Json(Page::until(items, next)))
}
