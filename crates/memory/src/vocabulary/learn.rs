//! Learning: which events there are and what they carry, from rows as they are committed.
//!
//! Every event is counted; only some are looked into, so that a busy source costs little.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;
use store::{Db, Error, Timestamp};

use super::look::look;
use super::{
    EVENTS_LIMIT, Frequent, KnownEvent, KnownProperty, NAME_LIMIT_BYTES, PROPERTIES_LIMIT, db,
    joined,
};
use crate::log::{Entry, EventBody, LogRow};

/// Events of one name that are looked into between two writes.
const LOOKS_PER_NAME: i64 = 32;
/// Events that are looked into between two writes, whatever their name.
const LOOKS: usize = 1_000;
/// Largest body that is looked into, in bytes.
const LOOK_LIMIT_BYTES: usize = 32_768;

/// What was seen and is not yet in the store.
#[derive(Debug, Default)]
pub struct Learner {
    seen: BTreeMap<String, KnownEvent>,
    looks: usize,
    /// The paths of every event in the store, as far as this process knows; read at first need.
    known: Option<BTreeMap<String, BTreeSet<String>>>,
}

impl Learner {
    /// Looks at committed rows.
    pub fn note(&mut self, rows: &[LogRow]) {
        for row in rows {
            if let Entry::Event(body) = &row.entry {
                self.event(body, row.received_at);
            }
        }
    }

    fn event(&mut self, body: &EventBody, at: Timestamp) {
        if body.name.is_empty() || body.name.len() > NAME_LIMIT_BYTES {
            return;
        }
        if !self.seen.contains_key(&body.name) {
            if self.seen.len() >= EVENTS_LIMIT {
                return;
            }
            self.seen.insert(body.name.clone(), first(&body.name, at));
        }
        let Some(event) = self.seen.get_mut(&body.name) else {
            return;
        };
        event.seen_count += 1;
        event.last_seen_at = event.last_seen_at.max(at);
        if event.looked_count < LOOKS_PER_NAME && self.looks < LOOKS {
            self.looks += 1;
            look_into(event, body);
        }
    }

    /// Writes what was seen; it is kept when that fails.
    pub async fn flush(&mut self, store: &Db) -> Result<(), Error> {
        if self.seen.is_empty() {
            return Ok(());
        }
        if self.known.is_none() {
            self.known = Some(db::paths(store).await?);
        }
        let known = self.known.get_or_insert_default();
        keep_known(&mut self.seen, known);
        db::learn(store, &self.seen).await?;
        for (name, event) in std::mem::take(&mut self.seen) {
            let paths = known.entry(name).or_default();
            paths.extend(event.properties.into_keys());
        }
        self.looks = 0;
        Ok(())
    }
}

fn first(name: &str, at: Timestamp) -> KnownEvent {
    KnownEvent {
        name: name.to_owned(),
        seen_count: 0,
        looked_count: 0,
        first_seen_at: at,
        last_seen_at: at,
        properties: BTreeMap::new(),
    }
}

fn look_into(event: &mut KnownEvent, body: &EventBody) {
    let context = body.context.as_deref().map(parsed);
    let found = look(&parsed(&body.properties), context.as_ref());
    event.looked_count += 1;
    for (path, found) in found {
        let full = event.properties.len() >= PROPERTIES_LIMIT;
        if full && !event.properties.contains_key(&path) {
            continue;
        }
        let property = event.properties.entry(path).or_insert(KnownProperty {
            kind: found.kind,
            looked_count: 0,
            frequent: Frequent::default(),
        });
        property.kind = joined(property.kind, found.kind);
        property.looked_count += 1;
        for value in &found.values {
            property.frequent.note(value);
        }
    }
}

fn parsed(json: &RawValue) -> Value {
    if json.get().len() > LOOK_LIMIT_BYTES {
        return Value::Null;
    }
    serde_json::from_str(json.get()).unwrap_or_default()
}

/// Leaves out what there is no room for beside what the store knows already.
fn keep_known(seen: &mut BTreeMap<String, KnownEvent>, known: &BTreeMap<String, BTreeSet<String>>) {
    let mut room = EVENTS_LIMIT.saturating_sub(known.len());
    let none = BTreeSet::new();
    seen.retain(|name, event| {
        if !known.contains_key(name) {
            if room == 0 {
                return false;
            }
            room -= 1;
        }
        let paths = known.get(name).unwrap_or(&none);
        let mut room = PROPERTIES_LIMIT.saturating_sub(paths.len());
        event.properties.retain(|path, _| {
            let fits = paths.contains(path) || room > 0;
            room -= usize::from(fits && !paths.contains(path));
            fits
        });
        true
    });
}
