//! Live events over HTTP, as server-sent events.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream;
use gate::problem::code;
use gate::{Permission, Problem, ProblemDocument, Query, Result, SourceId, User};
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::watch;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{HELD, LiveItem, Waiting, Watch, item};
use crate::api::MemoryState;
use crate::attribute::{MASK, Masking};
use crate::customer::view;
use crate::log::{LogRow, RowKind, db as log_db};
use crate::source::Names;
use crate::{CustomerId, Memory};

/// How often what waits is sent: often enough to look live, seldom enough to be read.
const SEND_EVERY: Duration = Duration::from_millis(250);
/// How long one answer lasts; browsers call again by themselves.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Watchers at once.
const WATCHERS_LIMIT: usize = 100;

static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// Routes of the live view.
pub fn routes() -> OpenApiRouter<MemoryState> {
    OpenApiRouter::default().routes(routes!(events))
}

/// What is wanted of what happens.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only of this source.
    source_id: Option<SourceId>,
    /// Only events whose name contains this.
    name: Option<String>,
    /// Only of this customer.
    customer_id: Option<CustomerId>,
}

/// Counts a watcher for as long as the answer lasts.
struct Seat;

impl Seat {
    fn take() -> Result<Seat> {
        if WATCHERS.fetch_add(1, Ordering::Relaxed) >= WATCHERS_LIMIT {
            WATCHERS.fetch_sub(1, Ordering::Relaxed);
            return Err(Problem::new(code::UNAVAILABLE)
                .detail(format!("{WATCHERS_LIMIT} people watch already"))
                .retry_after(10));
        }
        Ok(Seat)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        WATCHERS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One watcher.
struct Watcher {
    memory: Memory,
    live: Receiver<std::sync::Arc<Vec<LogRow>>>,
    closing: watch::Receiver<bool>,
    ticks: tokio::time::Interval,
    until: tokio::time::Instant,
    wanted: Watch,
    names: Names,
    masking: Masking,
    waiting: Waiting,
    ready: std::vec::IntoIter<Event>,
    _seat: Seat,
}

fn told(item: &LiveItem) -> Event {
    let event = Event::default().event("item").id(item.seq.to_string());
    event.json_data(item).unwrap_or_default()
}

/// Waits for the signal to stop.
async fn closed(closing: &mut watch::Receiver<bool>) {
    if closing.wait_for(|closing| *closing).await.is_err() {
        // Nobody can give the signal any more.
        std::future::pending::<()>().await;
    }
}

impl Watcher {
    fn note(&mut self, rows: &[LogRow]) {
        for row in rows.iter().filter(|row| self.wanted.wants(row)) {
            self.waiting.push(item(row, &self.names, &self.masking));
        }
    }

    /// Says how we call the customers of items, unless that is personal or cannot be read now:
    /// one question to memory for all of them.
    async fn label(&self, items: &mut [LiveItem]) {
        let mut ids: Vec<CustomerId> = items.iter().map(|item| item.customer_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut labels = HashMap::new();
        for customer in self.memory.customers(&ids).await.unwrap_or_default() {
            let label = view::label(&customer.state, &self.masking).replace(MASK, "");
            let members = customer.state.members.iter().copied();
            labels.extend(members.chain([customer.id]).map(|id| (id, label.clone())));
        }
        for item in items {
            item.customer_label = labels.get(&item.customer_id).cloned().unwrap_or_default();
        }
    }

    /// The next event to send; `None` ends the answer.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.next() {
                return Some(event);
            }
            tokio::select! {
                () = closed(&mut self.closing) => return None,
                rows = self.live.recv() => match rows {
                    Ok(rows) => self.note(&rows),
                    Err(RecvError::Lagged(groups)) => self.waiting.skip(groups),
                    Err(RecvError::Closed) => return None,
                },
                now = self.ticks.tick() => {
                    if now >= self.until {
                        return None;
                    }
                    let (mut items, skipped) = self.waiting.take();
                    self.label(&mut items).await;
                    let mut events: Vec<Event> = items.iter().map(told).collect();
                    if skipped > 0 {
                        let body = serde_json::json!({"count": skipped});
                        events.push(Event::default().event("skipped").data(body.to_string()));
                    }
                    self.ready = events.into_iter();
                }
            }
        }
    }
}

/// Watch what is taken in at this moment, beginning with the newest events. Server-sent events:
/// `item` holds one row with personal values hidden, `skipped` tells how many were too many to
/// show.
#[utoipa::path(get, path = "/api/events/live", tag = "data", params(Wanted),
    extensions(("x-permission" = json!("view_data"))),
    responses((status = 200, body = LiveItem, content_type = "text/event-stream"),
        (status = 403, body = ProblemDocument), (status = 503, body = ProblemDocument)))]
async fn events(
    user: User,
    State(state): State<MemoryState>,
    Query(wanted): Query<Wanted>,
) -> Result<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    user.require(Permission::ViewData)?;
    let seat = Seat::take()?;
    let store = state.memory.db();
    let customers = match wanted.customer_id {
        None => None,
        Some(id) => {
            let customer = state.customer(id).await?;
            let members = customer.state.members.iter().copied();
            Some(members.chain([customer.id]).collect())
        }
    };
    let wanted = Watch {
        source_id: wanted.source_id.map(|id| id.0 as i64),
        name: wanted.name.map(|name| name.to_lowercase()),
        customers,
    };
    let attributes = crate::attribute::db::all(store).await?;
    let live = state.memory.live();
    let newest = log_db::of_kind(store, RowKind::Event, u64::MAX, HELD as i64).await?;
    let mut watcher = Watcher {
        memory: state.memory.clone(),
        live,
        closing: state.closing.clone(),
        ticks: tokio::time::interval(SEND_EVERY),
        until: tokio::time::Instant::now() + LONGEST,
        wanted,
        names: crate::source::db::names(store).await?,
        // A screen in an office: nobody needs names to see that events arrive.
        masking: Masking::new(attributes, true),
        waiting: Waiting::default(),
        ready: vec![].into_iter(),
        _seat: seat,
    };
    let newest: Vec<LogRow> = newest.into_iter().rev().collect();
    watcher.note(&newest);
    let events = stream::unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
