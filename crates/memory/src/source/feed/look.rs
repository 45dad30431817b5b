//! A look at what a feed would bring: the first rows, or the newest messages, and what they become.

use std::path::{Path, PathBuf};

use gate::problem::FieldProblem;
use serde::Serialize;
use serde_json::{Value, json};
use store::foreign::Question;
use utoipa::ToSchema;

use super::folder::Shelf;
use super::pull::Failure;
use super::stream::{Batch, Message, Opened, Reader, open};
use super::{Origin, query};
use crate::api::MemoryState;
use crate::event::wire::{EventKind, Item, WireEvent};
use crate::source::import;
use crate::source::import::file::{Column, Facts, inspect};
use crate::source::import::guess::guess;
use crate::source::import::mapping::{Mapping, Place, Target};
use crate::source::import::preview::{Preview, preview};

/// Rows of a query that are looked at.
const ROWS: u64 = 200;
/// Messages that are shown.
const MESSAGES: usize = 10;
/// Bytes of a file in a bucket that are fetched to look at them.
const HEAD_BYTES: u64 = 8 << 20;
/// Largest Parquet file in a bucket that is fetched for it: what it is stands at its end.
const PARQUET_BYTES: u64 = 256 << 20;
/// How often messages are waited for.
const TRIES: usize = 10;
/// Characters of a message that are shown.
const SHOWN_CHARS: usize = 400;

/// What a feed would bring.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = FeedLooked)]
pub struct Looked {
    /// The file that was looked at, the newest that fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How many files fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_count: Option<usize>,
    /// The columns of its rows.
    pub columns: Vec<Column>,
    /// The mapping that was used: the one given, or a guess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// What is wrong with the mapping; then there is no preview.
    pub errors: Vec<FieldProblem>,
    /// The first ten rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// The newest messages of a stream.
    pub messages: Vec<MessageLook>,
}

/// A message of a stream, and what it becomes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeedMessage)]
pub struct MessageLook {
    /// Its partition.
    pub part: i64,
    /// Its place there.
    pub offset: i64,
    /// Its beginning.
    pub text: String,
    /// The events it becomes.
    #[schema(value_type = Vec<Object>)]
    pub events: Vec<Value>,
    /// Why it, or one of its events, would go to quarantine.
    pub problems: Vec<String>,
}

/// A file that vanishes when nobody looks any more.
struct Fleeting(PathBuf);

impl Drop for Fleeting {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Looks at what an origin would bring.
pub(super) async fn look(
    state: &MemoryState,
    origin: &Origin,
    mapping: Option<Mapping>,
    target: Option<Target>,
) -> Result<Looked, Failure> {
    if origin.streams() {
        return of_stream(state, origin).await;
    }
    let folder = import::folder(&state.data_folder);
    std::fs::create_dir_all(&folder)?;
    let number = state.memory.db().random().u64();
    let part = Fleeting(folder.join(format!("look-{number:016x}.part")));
    let mut looked = Looked::default();
    if let Origin::Query {
        database,
        sql,
        cursor,
    } = origin
    {
        let foreign = query::database(&state.places, database)?;
        let question = Question {
            sql,
            cursor: cursor.as_deref(),
            since: None,
            limit: ROWS,
        };
        let fetched = query::fetch(foreign, question, None, &part.0).await?;
        if fetched.rows == 0 {
            return Err(Failure::Said("the query finds no rows".to_owned()));
        }
    } else {
        let shelf = Shelf::of(&state.places, origin)?;
        let found = shelf.list(origin).await?;
        let Some(newest) = found.last() else {
            return Err(Failure::Said("no file fits".to_owned()));
        };
        (looked.file, looked.files_count) = (Some(newest.name.clone()), Some(found.len()));
        let whole = newest.name.ends_with(".parquet") && newest.size_bytes <= PARQUET_BYTES;
        let head = (!whole && newest.size_bytes > HEAD_BYTES).then_some(HEAD_BYTES);
        shelf.fetch(newest, &part.0, head).await?;
    }
    let by_content = matches!(origin, Origin::Query { .. });
    let path = part.0.clone();
    let read = tokio::task::spawn_blocking(move || rows(&path, mapping, target, by_content));
    let (facts, mapping, errors, shown) = read.await.map_err(std::io::Error::other)??;
    looked.columns = facts.columns;
    (looked.mapping, looked.errors, looked.preview) = (Some(mapping), errors, shown);
    Ok(looked)
}

type Read = (Facts, Mapping, Vec<FieldProblem>, Option<Preview>);

fn rows(
    path: &Path,
    mapping: Option<Mapping>,
    target: Option<Target>,
    by_content: bool,
) -> Result<Read, Failure> {
    let facts = inspect(path, "look")?;
    let mapping = match mapping {
        Some(mapping) => mapping,
        None if by_content => ungrouped(guess(&facts, target)),
        None => guess(&facts, target),
    };
    let errors = mapping.problems(&facts.names());
    let shown = match errors.is_empty() {
        true => Some(preview(path, &facts, &mapping)?),
        false => None,
    };
    Ok((facts, mapping, errors, shown))
}

/// A guess for rows that come in parts: each is an event of its own.
fn ungrouped(mut mapping: Mapping) -> Mapping {
    mapping.group = None;
    for field in &mut mapping.fields {
        if field.to == Place::Line {
            field.to = Place::Property;
        }
    }
    mapping
}

async fn of_stream(state: &MemoryState, origin: &Origin) -> Result<Looked, Failure> {
    let (mut reader, found) = Reader::find(state, origin).await.map_err(Failure::Said)?;
    let back = MESSAGES as i64;
    let newest = |(part, (oldest, next)): (&i64, &(i64, i64))| (*part, (*next - back).max(*oldest));
    let at = found.parts.iter().map(newest).collect();
    reader.begin(&at).await.map_err(Failure::Said)?;
    let there: i64 = found
        .parts
        .iter()
        .map(|(part, (_, next))| next - at[part])
        .sum();
    let mut messages: Vec<Message> = vec![];
    for _ in 0..TRIES {
        if messages.len() as i64 >= there {
            break;
        }
        let Batch { messages: more, .. } = reader.next().await.map_err(Failure::Said)?;
        messages.extend(more);
    }
    let newest = messages.len().saturating_sub(MESSAGES);
    Ok(Looked {
        messages: messages[newest..].iter().map(of_message).collect(),
        ..Looked::default()
    })
}

fn of_message(message: &Message) -> MessageLook {
    let text = String::from_utf8_lossy(&message.payload);
    let (mut events, mut problems) = (vec![], vec![]);
    match open(&message.payload) {
        Opened::Broken { detail, .. } => problems.push(detail),
        Opened::Items(items) => {
            for item in items {
                match item {
                    Item::Event(event) => events.push(shown(&event)),
                    Item::Rejected(bad) => problems.push(bad.message),
                }
            }
        }
    }
    MessageLook {
        part: message.part,
        offset: message.offset,
        text: text.chars().take(SHOWN_CHARS).collect(),
        events,
        problems,
    }
}

fn shown(event: &WireEvent) -> Value {
    let told: Value = serde_json::from_str(event.properties.get()).unwrap_or_default();
    let field = match event.kind {
        EventKind::Identify | EventKind::Group => "attributes",
        EventKind::Track | EventKind::Page | EventKind::Screen | EventKind::Alias => "properties",
    };
    let mut shown = json!({
        "type": event.kind.name(),
        "event": (!event.name.is_empty()).then_some(&event.name),
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "occurred_at": event.timestamp.map(store::Timestamp),
        field: told,
    });
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    shown
}
