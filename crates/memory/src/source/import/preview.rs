//! Preview: the first rows of a file and the events they become.

use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::build::{Builder, Built, RowProblem};
use super::file::{Facts, Unreadable};
use super::mapping::{Mapping, Target};
use super::read::{Row, Rows};
use crate::event::wire::WireEvent;

/// Items of a preview.
const ITEMS: usize = 10;
/// Rows that are looked at for it.
const ROWS: usize = 3_000;
/// Rows shown of one group.
const GROUP_ROWS: usize = 5;

/// What becomes of a row, or of the rows of one event.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewItem {
    /// The rows as they stand in the file; of a long group the first ones.
    #[schema(value_type = Vec<Object>)]
    pub rows: Vec<Map<String, Value>>,
    /// The number of the first row.
    pub first_row: u64,
    /// How many rows there are.
    pub rows_count: usize,
    /// The event or the customer they become.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub event: Option<Value>,
    /// True when a rule leaves them out.
    pub skipped: bool,
    /// Why they would be rejected.
    pub problems: Vec<RowProblem>,
}

/// The first items of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The items.
    pub items: Vec<PreviewItem>,
    /// How many of the rows looked at would be taken in.
    pub accepted_rows: usize,
    /// How many would be rejected.
    pub rejected_rows: usize,
    /// How many a rule leaves out.
    pub skipped_rows: usize,
    /// Whether these were all the rows of the file.
    pub complete: bool,
    /// The first problems met anywhere in the rows looked at.
    pub problems: Vec<RowProblem>,
}

/// Reads the first rows with a mapping.
pub fn preview(path: &Path, facts: &Facts, mapping: &Mapping) -> Result<Preview, Unreadable> {
    let builder = Builder::new(mapping.clone(), facts.names());
    let mut reader = Rows::open(path, facts)?;
    let mut groups: Vec<(Option<String>, Vec<Row>)> = vec![];
    let mut complete = false;
    for _ in 0..ROWS {
        let Some(row) = reader.next()? else {
            complete = true;
            break;
        };
        let key = builder.group_key(&row);
        // Groups of a preview lie close together; looking back further would cost too much.
        let known = groups.iter_mut().rev().take(200);
        let known = known
            .into_iter()
            .find(|(known, _)| key.is_some() && *known == key);
        match known {
            Some((_, rows)) => rows.push(row),
            None => groups.push((key, vec![row])),
        }
    }
    if !complete && builder.grouped() && groups.len() > 1 {
        // The last one is probably cut.
        groups.pop();
    }
    let mut preview = Preview {
        items: vec![],
        accepted_rows: 0,
        rejected_rows: 0,
        skipped_rows: 0,
        complete,
        problems: vec![],
    };
    for (_, rows) in &groups {
        let item = item(&builder, facts, mapping.target, rows);
        let count = match (&item.event, item.skipped) {
            (Some(_), _) => &mut preview.accepted_rows,
            (None, true) => &mut preview.skipped_rows,
            (None, false) => &mut preview.rejected_rows,
        };
        *count += rows.len();
        let room = (ITEMS * 2).saturating_sub(preview.problems.len());
        preview
            .problems
            .extend(item.problems.iter().take(room).cloned());
        if preview.items.len() < ITEMS {
            preview.items.push(item);
        }
    }
    Ok(preview)
}

fn item(builder: &Builder, facts: &Facts, target: Target, rows: &[Row]) -> PreviewItem {
    let named = |row: &Row| {
        let cells = facts.columns.iter().enumerate();
        cells
            .map(|(at, column)| (column.name.clone(), row.cell(at).clone()))
            .collect()
    };
    let (mut event, mut problems, mut skipped) = (None, vec![], false);
    match builder.build(rows) {
        Built::Event(built) => event = Some(shown(&built, target)),
        Built::Skipped => skipped = true,
        Built::Rejected(found) => problems = found,
    }
    PreviewItem {
        rows: rows.iter().take(GROUP_ROWS).map(named).collect(),
        first_row: rows.first().map_or(0, |row| row.number),
        rows_count: rows.len(),
        event,
        skipped,
        problems,
    }
}

fn shown(event: &WireEvent, target: Target) -> Value {
    let parsed = |raw: &serde_json::value::RawValue| -> Value {
        serde_json::from_str(raw.get()).unwrap_or_default()
    };
    let mut shown = json!({
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "occurred_at": event.timestamp.map(store::Timestamp),
    });
    match target {
        Target::Customers => shown["attributes"] = parsed(&event.properties),
        Target::Events => {
            shown["event"] = event.name.clone().into();
            shown["properties"] = parsed(&event.properties);
            if let Some(attributes) = &event.attributes {
                shown["attributes"] = parsed(attributes);
            }
        }
    }
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}
