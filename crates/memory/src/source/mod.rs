//! Sources: where events come from.

pub mod db;

use std::collections::HashMap;

use gate::SourceId;
use serde::Serialize;
use store::Timestamp;

/// The source that takes what keys without a source of their own send.
pub const DEFAULT: SourceId = SourceId(1);

/// A place that sends events: a site, an import, a program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its key, a readable slug.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// What kind of place: `web`, `app`, `server`, `import`, `http` …
    pub kind: String,
    /// How many events it has sent.
    pub events_count: i64,
    /// When it last sent one.
    pub last_event_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How sources are called; 0 is Rapport itself.
#[derive(Debug, Clone, Default)]
pub struct Names(HashMap<i64, String>);

impl Names {
    /// The names of these sources.
    pub fn new(sources: &[Source]) -> Names {
        let name = |source: &Source| (source.id.0 as i64, source.key.clone());
        Names(sources.iter().map(name).collect())
    }

    /// The name of a source.
    pub fn of(&self, source_id: i64) -> String {
        match self.0.get(&source_id) {
            Some(name) => name.clone(),
            None if source_id == 0 => "rapport".to_owned(),
            None => SourceId(source_id.unsigned_abs()).to_string(),
        }
    }
}
