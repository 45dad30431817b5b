//! Learning: which attributes sources state, and of what kind, from rows as they are committed.

use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;
use store::{Db, Error, Timestamp};

use super::{DEFINITIONS_LIMIT, db};
use crate::criteria::{AttributeValue, Kind};
use crate::customer::edit::KEY_LIMIT_BYTES;
use crate::log::{Entry, LogRow};

/// What was seen of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The kind that fits all its values.
    pub kind: Kind,
    /// How often.
    pub count: i64,
    /// When first, by our clock.
    pub first_at: Timestamp,
}

/// What was seen and is not yet in the store.
#[derive(Debug, Default)]
pub struct Learner {
    seen: HashMap<String, Seen>,
    known: HashSet<String>,
}

/// The kind of values of both kinds.
pub fn joined(one: Kind, other: Kind) -> Kind {
    if one == other { one } else { Kind::Text }
}

impl Learner {
    /// Looks at committed rows.
    pub fn note(&mut self, rows: &[LogRow]) {
        for row in rows {
            let (body, stated) = match &row.entry {
                Entry::Identify(body) => (body, Some(&body.properties)),
                Entry::Event(body) => (body, None),
                Entry::Consent(_)
                | Entry::Contact(_)
                | Entry::Response(_)
                | Entry::Decision(_)
                | Entry::Merge(_)
                | Entry::Unmerge(_)
                | Entry::ContactMoved(_) => continue,
            };
            let stated = stated.into_iter().chain(&body.traits);
            for attributes in stated.chain(&body.traits_once) {
                self.state(attributes, row.received_at);
            }
        }
    }

    fn state(&mut self, attributes: &RawValue, at: Timestamp) {
        let given: Result<serde_json::Map<_, _>, _> = serde_json::from_str(attributes.get());
        for (key, value) in given.unwrap_or_default() {
            let value = AttributeValue::from_json(&value);
            let Some(kind) = value.as_ref().map(AttributeValue::kind) else {
                continue;
            };
            if key.is_empty() || key.len() > KEY_LIMIT_BYTES {
                continue;
            }
            let known = self.known.len() + self.seen.len() < DEFINITIONS_LIMIT as usize
                || self.known.contains(&key);
            if let Some(seen) = self.seen.get_mut(&key) {
                seen.kind = joined(seen.kind, kind);
                seen.count += 1;
            } else if known {
                self.seen.insert(
                    key,
                    Seen {
                        kind,
                        count: 1,
                        first_at: at,
                    },
                );
            }
        }
    }

    /// Writes what was seen; it is kept when that fails.
    pub async fn flush(&mut self, store: &Db) -> Result<(), Error> {
        if self.seen.is_empty() {
            return Ok(());
        }
        if self.known.is_empty() {
            let definitions = db::list(store).await?;
            self.known = definitions.into_iter().map(|known| known.key).collect();
        }
        let room = (DEFINITIONS_LIMIT as usize).saturating_sub(self.known.len());
        let mut new = self
            .seen
            .keys()
            .filter(|key| !self.known.contains(*key))
            .count();
        self.seen.retain(|key, _| {
            let drop = new > room && !self.known.contains(key);
            new -= usize::from(drop);
            !drop
        });
        db::learn(store, &self.seen).await?;
        self.known.extend(self.seen.drain().map(|(key, _)| key));
        Ok(())
    }
}
