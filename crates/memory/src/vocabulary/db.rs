//! What is known of events, in the store.

use std::collections::{BTreeMap, BTreeSet};

use store::{Db, Error, FromRow, Row, Tx, Value, in_list, params};

use super::{EVENTS_LIMIT, Frequent, KnownEvent, KnownProperty, PROPERTIES_LIMIT};
use crate::attribute::db::{kind_of_word, kind_word};

/// What stands in the store where values of several kinds were seen.
const MIXED: &str = "mixed";

/// Rows that all properties together can have; some more, because several processes may learn.
const PROPERTY_ROWS: i64 = (EVENTS_LIMIT * PROPERTIES_LIMIT * 2) as i64;

impl FromRow for KnownEvent {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(KnownEvent {
            name: row.next()?,
            seen_count: row.next()?,
            looked_count: row.next()?,
            first_seen_at: row.next()?,
            last_seen_at: row.next()?,
            properties: BTreeMap::new(),
        })
    }
}

struct PropertyRow {
    event: String,
    path: String,
    property: KnownProperty,
}

impl FromRow for PropertyRow {
    fn from_row(row: &mut Row) -> Result<Self, Error> {
        Ok(PropertyRow {
            event: row.next()?,
            path: row.next()?,
            property: KnownProperty {
                kind: Some(row.next::<String>()?)
                    .filter(|word| word != MIXED)
                    .map(|word| kind_of_word(&word)),
                looked_count: row.next()?,
                frequent: Frequent::from_json(&row.next::<String>()?),
            },
        })
    }
}

/// Everything that is known, by name.
pub async fn all(db: &Db) -> Result<BTreeMap<String, KnownEvent>, Error> {
    let events: Vec<KnownEvent> = db
        .fetch_all(
            "SELECT name, seen_count, looked_count, first_seen_at, last_seen_at
             FROM event_names ORDER BY name LIMIT $1",
            params![2 * EVENTS_LIMIT as i64],
        )
        .await?;
    let mut events: BTreeMap<String, KnownEvent> = events
        .into_iter()
        .map(|event| (event.name.clone(), event))
        .collect();
    let properties: Vec<PropertyRow> = db
        .fetch_all(
            "SELECT event, path, kind, looked_count, frequent
             FROM event_properties ORDER BY event, path LIMIT $1",
            params![PROPERTY_ROWS],
        )
        .await?;
    for row in properties {
        if let Some(event) = events.get_mut(&row.event) {
            event.properties.insert(row.path, row.property);
        }
    }
    Ok(events)
}

/// The paths that are known of each event.
pub async fn paths(db: &Db) -> Result<BTreeMap<String, BTreeSet<String>>, Error> {
    let known = all(db).await?.into_iter();
    Ok(known
        .map(|(name, event)| (name, event.properties.into_keys().collect()))
        .collect())
}

/// Adds what was seen.
pub async fn learn(db: &Db, seen: &BTreeMap<String, KnownEvent>) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    save_events(&mut tx, seen).await?;
    // The rows of the events are locked now, so nobody else changes their properties meanwhile.
    let names: Vec<&String> = seen.keys().collect();
    let mut rows = vec![];
    for chunk in names.chunks(100) {
        let frequent = frequent(&mut tx, chunk).await?;
        for name in chunk {
            for (path, property) in &seen[*name].properties {
                let mut values = property.frequent.clone();
                if let Some(before) = frequent.get(&((*name).clone(), path.clone())) {
                    values.add(before);
                }
                rows.push(params![
                    name.as_str(),
                    path.as_str(),
                    property.kind.map_or(MIXED, kind_word),
                    property.looked_count,
                    values.to_json()
                ]);
            }
        }
    }
    tx.insert_many(
        "event_properties",
        &["event", "path", "kind", "looked_count", "frequent"],
        rows,
        "ON CONFLICT (event, path) DO UPDATE SET
             looked_count = event_properties.looked_count + excluded.looked_count,
             frequent = excluded.frequent,
             kind = CASE WHEN event_properties.kind = excluded.kind
                         THEN event_properties.kind ELSE 'mixed' END",
    )
    .await?;
    tx.commit().await
}

async fn save_events(tx: &mut Tx, seen: &BTreeMap<String, KnownEvent>) -> Result<(), Error> {
    let rows = seen.values().map(|event| {
        params![
            event.name.as_str(),
            event.seen_count,
            event.looked_count,
            event.first_seen_at,
            event.last_seen_at
        ]
    });
    let columns = [
        "name",
        "seen_count",
        "looked_count",
        "first_seen_at",
        "last_seen_at",
    ];
    tx.insert_many(
        "event_names",
        &columns,
        rows.collect(),
        "ON CONFLICT (name) DO UPDATE SET
             seen_count = event_names.seen_count + excluded.seen_count,
             looked_count = event_names.looked_count + excluded.looked_count,
             last_seen_at = CASE WHEN event_names.last_seen_at < excluded.last_seen_at
                                 THEN excluded.last_seen_at ELSE event_names.last_seen_at END",
    )
    .await?;
    Ok(())
}

/// The frequent values of the properties of some events, by event and path.
async fn frequent(
    tx: &mut Tx,
    names: &[&String],
) -> Result<BTreeMap<(String, String), Frequent>, Error> {
    let sql = format!(
        "SELECT event, path, kind, looked_count, frequent FROM event_properties
         WHERE event IN ({}) ORDER BY event, path LIMIT {PROPERTY_ROWS}",
        in_list(names.len(), 1)
    );
    let names = names.iter().map(|name| Value::from(name.as_str()));
    let rows: Vec<PropertyRow> = tx.fetch_all(&sql, names.collect()).await?;
    let by_place = |row: PropertyRow| ((row.event, row.path), row.property.frequent);
    Ok(rows.into_iter().map(by_place).collect())
}
