//! Sources: where events come from.

pub mod activity;
pub mod api;
pub mod db;
pub mod feed;
pub mod import;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use gate::SourceId;
use serde::{Deserialize, Serialize};
use store::Timestamp;
use utoipa::ToSchema;

/// The source that takes what keys without a source of their own send.
pub const DEFAULT: SourceId = SourceId(1);

/// What kind of place events come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A site with the browser tag.
    Web,
    /// An app on a device.
    App,
    /// A server of the company, with one of the stock libraries.
    Server,
    /// Files.
    Import,
    /// Any other program.
    Http,
}

impl SourceKind {
    /// The word in the store and on the wire.
    pub fn word(self) -> &'static str {
        match self {
            SourceKind::Web => "web",
            SourceKind::App => "app",
            SourceKind::Server => "server",
            SourceKind::Import => "import",
            SourceKind::Http => "http",
        }
    }

    fn of_word(word: &str) -> SourceKind {
        match word {
            "web" => SourceKind::Web,
            "app" => SourceKind::App,
            "server" => SourceKind::Server,
            "import" => SourceKind::Import,
            _ => SourceKind::Http,
        }
    }
}

/// A place that sends events: a site, an import, a program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// Its key, a readable slug.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// What kind of place.
    pub kind: SourceKind,
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
