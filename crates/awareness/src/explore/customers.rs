//! Customers in the lake: their attributes, and those who satisfy a rule.

use std::collections::{BTreeSet, HashMap};

use futures::StreamExt;
use jiff::tz::TimeZone;
use memory::Memory;
use memory::criteria::batch::{Request, over_lake};
use memory::criteria::{Criteria, ValueView};
use memory::lake::{Scan, Table, View};
use roaring::RoaringTreemap;
use serde_json::{Map, Value};
use store::Timestamp;

use super::attributes::Attributes;
use super::db;
use super::error::Error;
use super::read::{text_at, wholes};
use super::timeline::Cell;

fn scan(table: Table, columns: &[&str]) -> Scan {
    Scan {
        table,
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        names: None,
        since: None,
        until: None,
        rough: false,
    }
}

/// Every customer with the values of these attributes.
pub async fn attributes(view: &View, names: BTreeSet<String>) -> Result<Attributes, Error> {
    let mut columns = vec!["customer_id"];
    if !names.is_empty() {
        columns.push("attributes");
    }
    let reads = !names.is_empty();
    let mut attributes = Attributes::new(names);
    let mut batches = Vec::new();
    for mut stream in view.scan(&scan(Table::Customers, &columns)).await? {
        while let Some(batch) = stream.next().await {
            batches.push(batch?);
        }
    }
    // Ranges are disjoint, not necessarily in order.
    let first = |batch: &datafusion::arrow::array::RecordBatch| {
        wholes(batch, "customer_id")
            .ok()
            .filter(|ids| !ids.is_empty())
            .map(|ids| ids.value(0))
    };
    batches.sort_by_key(first);
    for batch in &batches {
        let ids = wholes(batch, "customer_id")?;
        let said = batch.column_by_name("attributes");
        for row in 0..batch.num_rows() {
            let text = said
                .filter(|_| reads)
                .and_then(|said| text_at(&**said, row));
            let known: Map<String, Value> = text
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            attributes.push(ids.value(row).unsigned_abs(), |name, names| {
                let value = known.get(name).and_then(ValueView::from_json);
                value.map_or(Cell::Missing, |value| names.cell(value))
            });
        }
        tokio::task::consume_budget().await;
    }
    Ok(attributes)
}

/// Everyone who satisfies a rule now.
pub async fn audience(
    memory: &Memory,
    view: &View,
    rule: &Criteria,
    now: Timestamp,
) -> Result<RoaringTreemap, Error> {
    let mut members: HashMap<String, RoaringTreemap> = HashMap::new();
    for segment in segments(rule) {
        let found = db::members(memory.db(), &segment).await?;
        members.insert(segment, found);
    }
    let request = Request {
        criteria: rule,
        now_ms: now.0,
        past: false,
        zone: TimeZone::UTC,
        segment: &|key: &str| members.get(key).cloned(),
    };
    Ok(over_lake(view, request).await?.customers)
}

/// The segments a rule refers to.
fn segments(rule: &Criteria) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    rule.walk(&mut |part| {
        if let Criteria::Segment(key) = part {
            keys.insert(key.clone());
        }
    });
    keys
}
