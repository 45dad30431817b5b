//! Rules over the lake.

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::{Expr, col, lit};
use futures::StreamExt;
use jiff::tz::TimeZone;
use roaring::RoaringTreemap;
use serde_json::value::RawValue;
use store::Timestamp;

use super::super::tree::Criteria;
use super::super::window::Keep;
use super::column::{Texts, Wholes};
use super::plan::{Needs, Plan};
use super::query;
use super::reader::Promoted;
use super::rows::{Sources, Zones};
use super::run::{Counted, Given, answer, attribute_sources, event_columns};
use super::selection::Selection;
use crate::Error;
use crate::customer::CustomerId;
use crate::event::wire::EventKind;
use crate::lake::{Scan, Table, View};
use crate::log::EventBody;

/// A rule over all customers.
pub struct Request<'a> {
    /// The rule.
    pub criteria: &'a Criteria,
    /// The moment that is asked about.
    pub now_ms: i64,
    /// Whether that moment lies in the past: attributes and consents are then what had been said
    /// until then, and customers those we had heard of.
    pub past: bool,
    /// Stands in where the zone of a customer is unknown.
    pub zone: TimeZone,
    /// The members of a segment; `None` for one that is not known.
    pub segment: &'a (dyn Fn(&str) -> Option<RoaringTreemap> + Sync),
}

/// Answers a rule from one consistent state of the lake. Dropping the future stops the work.
pub async fn over_lake(view: &View, request: Request<'_>) -> Result<Counted, Error> {
    let plan = match request.past {
        true => Plan::of_the_past(request.criteria),
        false => Plan::new(request.criteria),
    };
    let needs = plan.needs();
    let promoted = |event: &str, path: &str| {
        let columns = view.property(event, path);
        Promoted {
            text: columns.text,
            number: columns.number,
        }
    };
    let attribute = |key: &str| {
        let column = view.attribute(key)?;
        Some((column.name, column.kind))
    };
    let (population, zones) = population(view, &request, &needs).await?;
    let given = Given {
        now_ms: request.now_ms,
        zones: Arc::new(zones),
        segment: request.segment,
        promoted: &promoted,
        attribute: &attribute,
    };
    let answers = match view.far() {
        true => far(view, &plan, &given).await?,
        false => here(view, &plan, &given).await?,
    };
    Ok(plan.count(&answers, &population))
}

/// The answers of passes over files that this process reads.
async fn here(view: &View, plan: &Plan, given: &Given<'_>) -> Result<Vec<Selection>, Error> {
    let sources = sources(view, plan, given).await?;
    Ok(answer(plan, sources, given)
        .await
        .map_err(store::Error::from)?)
}

/// The answers of a cluster, and of passes for the conditions that no query can express.
async fn far(view: &View, plan: &Plan, given: &Given<'_>) -> Result<Vec<Selection>, Error> {
    let asked = query::queries(plan, given);
    let found = query::ask(view.session().await?, plan, &asked, given);
    let found = found.await.map_err(store::Error::from)?;
    let passed = here(view, &found.rest, given).await?;
    Ok(found.with(passed))
}

/// Everybody there is (or was, at a moment in the past), and their zones where a rule needs them.
async fn population(
    view: &View,
    request: &Request<'_>,
    needs: &Needs,
) -> Result<(RoaringTreemap, Zones), Error> {
    let mut columns = vec!["customer_id", "first_seen_at"];
    columns.extend(needs.zones.then_some("zone"));
    let mut population = RoaringTreemap::new();
    let mut zones = Zones::new(request.zone.clone());
    for mut stream in everybody(view, &columns).await? {
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(store::Error::from)?;
            let ids = Wholes::of(&batch, "customer_id").map_err(store::Error::from)?;
            let seen = Wholes::of(&batch, "first_seen_at").map_err(store::Error::from)?;
            let names = needs.zones.then(|| Texts::of(&batch, "zone")).transpose();
            let names = names.map_err(store::Error::from)?;
            for row in 0..batch.num_rows() {
                let late = seen.get(row).is_some_and(|at| at > request.now_ms);
                let Some(id) = ids.get(row).filter(|_| !(request.past && late)) else {
                    continue;
                };
                population.insert(id as u64);
                if let Some(name) = names.as_ref().and_then(|names| names.get(row)) {
                    zones.put(id as u64, name);
                }
            }
        }
    }
    Ok((population, zones))
}

/// The customers, from whoever answers queries.
async fn everybody(view: &View, columns: &[&str]) -> Result<Vec<SendableRecordBatchStream>, Error> {
    if !view.far() {
        return scan(view, Table::Customers, columns, None).await;
    }
    let table = view.session().await?.table(Table::Customers.word()).await;
    let frame = table
        .and_then(|table| table.select_columns(columns))
        .map_err(store::Error::from)?;
    Ok(vec![
        frame.execute_stream().await.map_err(store::Error::from)?,
    ])
}

async fn sources(view: &View, plan: &Plan, given: &Given<'_>) -> Result<Sources, Error> {
    let (needs, now_ms) = (plan.needs(), given.now_ms);
    let attributes = attribute_sources(plan, given.attribute);
    let mut sources = Sources::default();
    if let Some(keep) = needs.events_keep {
        let mut columns: Vec<String> = ["customer_id", "occurred_at", "name"]
            .map(str::to_owned)
            .to_vec();
        columns.extend(event_columns(plan, given.promoted));
        let scan = Scan {
            table: Table::Events,
            columns,
            names: Some(needs.events.iter().cloned().collect()),
            since: since(keep, now_ms),
            until: Some(Timestamp(now_ms.saturating_add(1))),
            rough: true,
        };
        sources.events = view.scan(&scan).await?;
    }
    let times = ["customer_id", "occurred_at"];
    if let Some(keep) = needs.contacts {
        let more = [
            "channel",
            "placement",
            "offer",
            "category",
            "status",
            "control",
        ];
        let columns = [&["customer_id", "presented_at"], &more[..]].concat();
        sources.contacts = view.presented(&columns, since(keep, now_ms)).await?;
    }
    if let Some(keep) = needs.responses {
        let more = [
            "kind",
            "name",
            "offer",
            "category",
            "inferred",
            "in_control",
            "value_cents",
        ];
        let columns = [&times[..], &more[..]].concat();
        sources.responses = scan(view, Table::Responses, &columns, since(keep, now_ms)).await?;
    }
    if needs.past {
        if needs.consents {
            let more = ["channel", "purpose", "state", "expires_at"];
            let columns = [&times[..], &more[..]].concat();
            sources.consents = scan(view, Table::Consents, &columns, None).await?;
        }
        if !attributes.is_empty() {
            let until = Timestamp(now_ms.saturating_add(1));
            sources.statements = view.statements(until).await?;
        }
    } else if !attributes.is_empty() || needs.consents {
        let mut columns = vec!["customer_id"];
        let named = attributes
            .iter()
            .filter_map(|source| source.column.as_ref());
        columns.extend(named.map(|(name, _)| name.as_str()));
        let json = attributes.iter().any(|source| source.column.is_none());
        columns.extend(json.then_some("attributes"));
        columns.extend(needs.consents.then_some("consents"));
        sources.customers = scan(view, Table::Customers, &columns, None).await?;
    }
    Ok(sources)
}

fn since(keep: Keep, now_ms: i64) -> Option<Timestamp> {
    let floor = keep.floor(now_ms);
    (floor > i64::MIN).then_some(Timestamp(floor))
}

async fn scan(
    view: &View,
    table: Table,
    columns: &[&str],
    since: Option<Timestamp>,
) -> Result<Vec<SendableRecordBatchStream>, Error> {
    let scan = Scan {
        table,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        names: None,
        since,
        until: None,
        rough: false,
    };
    view.scan(&scan).await
}

/// The events of some names of a few customers (roots), with their times.
pub async fn events_of(
    view: &View,
    customers: &[CustomerId],
    names: &[&str],
) -> Result<Vec<(CustomerId, Timestamp, EventBody)>, Error> {
    if customers.is_empty() || names.is_empty() {
        return Ok(vec![]);
    }
    let ids: Vec<Expr> = customers.iter().map(|id| lit(id.0 as i64)).collect();
    let names: Vec<Expr> = names.iter().map(|name| lit(*name)).collect();
    let columns = [
        "customer_id",
        "occurred_at",
        "name",
        "properties",
        "context",
    ];
    let table = view.session().await?.table("events").await;
    let frame = table
        .and_then(|table| table.filter(col("customer_id").in_list(ids, false)))
        .and_then(|table| table.filter(col("name").in_list(names, false)))
        .and_then(|table| table.select_columns(&columns))
        .map_err(store::Error::from)?;
    let mut events = vec![];
    for batch in frame.collect().await.map_err(store::Error::from)? {
        let ids = Wholes::of(&batch, "customer_id").map_err(store::Error::from)?;
        let times = Wholes::of(&batch, "occurred_at").map_err(store::Error::from)?;
        let text = |name: &str| Texts::of(&batch, name).map_err(store::Error::from);
        let (names, properties, contexts) = (text("name")?, text("properties")?, text("context")?);
        for row in 0..batch.num_rows() {
            let (Some(id), Some(at)) = (ids.get(row), times.get(row)) else {
                continue;
            };
            let name = names.get(row).unwrap_or_default();
            let body = event(name, properties.get(row), contexts.get(row))?;
            events.push((CustomerId(id as u64), Timestamp(at), body));
        }
    }
    Ok(events)
}

fn event(name: &str, properties: Option<&str>, context: Option<&str>) -> Result<EventBody, Error> {
    let raw = |text: &str| RawValue::from_string(text.to_owned());
    Ok(EventBody {
        kind: EventKind::Track,
        name: name.to_owned(),
        message_id: String::new(),
        user_id: None,
        anonymous_id: None,
        previous_id: None,
        group_id: None,
        properties: raw(properties.unwrap_or("{}"))?,
        traits: None,
        traits_once: None,
        context: context.map(raw).transpose()?,
        clock_ahead: false,
    })
}
