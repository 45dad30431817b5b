//! Feeds: data that Rapport fetches by itself, as pulls of files and queries on a schedule, or as
//! streams of messages that it reads on and on.

pub mod api;
pub mod db;
mod folder;
mod hold;
mod job;
mod kafka;
mod look;
mod nats;
#[cfg(test)]
mod place_tests;
pub mod places;
mod pull;
mod query;
mod schedule;
mod stream;
#[cfg(test)]
mod tests;
mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Timestamp;
use store::definition::{Definition, Kind, Problem};
use store::job::Lease;
use utoipa::ToSchema;

use super::import::ImportId;
use super::import::mapping::{Mapping, Target};

pub use job::work;
pub use places::Places;
pub use schedule::Schedule;

/// Feeds as definitions.
pub const KIND: Kind = Kind {
    name: "feed",
    validate,
};

/// Longest query.
const SQL_LIMIT_BYTES: usize = 20_000;
/// Longest path, pattern, subject or name.
const TEXT_LIMIT_BYTES: usize = 1_000;

store::id!(
    /// A run of a pull.
    RunId,
    "run"
);

/// Data that Rapport fetches by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// What it is called, by language.
    #[schema(value_type = BTreeMap<String, String>)]
    pub name: BTreeMap<String, String>,
    /// The key of the source its events belong to; the one of all imports unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Where the data comes from.
    pub from: Origin,
    /// How rows are read; of pulls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
    /// When a pull runs; by hand only unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
}

/// Where data comes from. Addresses and passwords stand in the configuration; here are names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = FeedOrigin)]
pub enum Origin {
    /// Files in a folder of the server.
    Folder {
        /// The folder, below the one that the configuration opens to feeds.
        #[serde(default)]
        path: String,
        /// Which files: `*` stands for any letters, `?` for one.
        #[schema(example = "orders-*.csv")]
        files: String,
    },
    /// Files in a bucket that speaks S3.
    Bucket {
        /// Its name in the configuration.
        bucket: String,
        /// The folder, below the one of the configuration.
        #[serde(default)]
        path: String,
        /// Which files.
        files: String,
    },
    /// A query on a database.
    Query {
        /// Its name in the configuration.
        database: String,
        /// The query, without a semicolon.
        sql: String,
        /// The column that only rises; only rows with new values are fetched.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// A stream of NATS JetStream.
    Nats {
        /// The server's name in the configuration.
        server: String,
        /// The stream.
        stream: String,
        /// Only messages of this subject.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        /// Where reading begins.
        #[serde(default)]
        start: Start,
    },
    /// A topic of Kafka.
    Kafka {
        /// The cluster's name in the configuration.
        server: String,
        /// The topic.
        topic: String,
        /// Where reading begins.
        #[serde(default)]
        start: Start,
    },
}

/// Where reading a stream begins the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StreamStart)]
pub enum Start {
    /// With the oldest message there is.
    #[default]
    Oldest,
    /// With what comes from now on.
    Newest,
}

impl Origin {
    /// Whether it is read on and on, and not from time to time.
    pub fn streams(&self) -> bool {
        match self {
            Origin::Nats { .. } | Origin::Kafka { .. } => true,
            Origin::Folder { .. } | Origin::Bucket { .. } | Origin::Query { .. } => false,
        }
    }
}

/// How far a stream was read, written in the commit of what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The feed.
    pub feed: String,
    /// Which stream; another one under the same name is another place.
    pub place: String,
    /// How far each part moves.
    pub moves: Vec<Move>,
    /// The right to read; the commit fails when another node has it now.
    pub lease: Option<Lease>,
}

/// How far one part of a stream moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The partition; 0 where there is only one.
    pub part: i64,
    /// The next message as it is known now; `None` when nothing was read yet.
    pub from: Option<i64>,
    /// The next message afterwards.
    pub to: i64,
}

/// How far a query was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The largest value so far.
    pub value: String,
    /// Rows that have it, so that a row with the same value that comes later is not missed.
    pub rows: Vec<String>,
}

/// A run of a pull.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub id: RunId,
    pub feed: String,
    pub state: RunState,
    pub body: RunBody,
    pub error: Option<String>,
    pub author: String,
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FeedRunState)]
pub enum RunState {
    /// It works.
    Running,
    /// It has brought in what there was.
    Done,
    /// It could not.
    Failed,
}

impl RunState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::Done => "done",
            RunState::Failed => "failed",
        }
    }

    pub(crate) fn of_word(word: &str) -> RunState {
        match word {
            "running" => RunState::Running,
            "done" => RunState::Done,
            _ => RunState::Failed,
        }
    }
}

/// What a run keeps: what came of it, and what it has in hand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RunBody {
    #[serde(flatten)]
    pub numbers: Numbers,
    /// What is being brought in.
    pub in_hand: Option<InHand>,
    /// True when files that failed before are tried again.
    pub again: bool,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
#[schema(as = FeedNumbers)]
pub struct Numbers {
    /// Files that were brought in, or parts of a query's answer.
    pub files: u64,
    /// Those that could not be brought in.
    pub failed_files: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Events and customers that were taken in.
    pub accepted: u64,
    /// Those that stood in the log already.
    pub duplicates: u64,
    /// Rows that were rejected; the report of the import tells why.
    pub rejected_rows: u64,
}

/// A file, or a part of a query's answer, that is being brought in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InHand {
    pub import_id: ImportId,
    pub path: String,
    pub mark: String,
    /// How far the query is read when it is done.
    #[serde(default)]
    pub cursor: Option<Cursor>,
}

/// How the events of a feed's import are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OfFeed {
    /// The feed.
    pub feed: String,
    /// True when a row is known by its content, whichever file it comes in.
    pub by_content: bool,
}

/// The published feeds, by key.
pub(crate) fn published<'a>(
    definitions: impl Iterator<Item = &'a Definition>,
) -> Vec<(String, Feed)> {
    let feed = |definition: &Definition| {
        let feed = serde_json::from_value(definition.body.clone()).ok()?;
        Some((definition.key.clone(), feed))
    };
    definitions.filter_map(feed).collect()
}

fn validate(body: &Value) -> Vec<Problem> {
    let feed: Feed = match serde_json::from_value(body.clone()) {
        Ok(feed) => feed,
        Err(error) => return vec![Problem::new("", error.to_string())],
    };
    let mut problems = vec![];
    if !feed.name.values().any(|name| !name.trim().is_empty()) {
        let hint = "give a name in at least one language, for example {\"en\": \"Orders\"}";
        problems.push(Problem::new("/name", "the name is empty").hint(hint));
    }
    let from = feed.from.problems().into_iter();
    problems.extend(from.map(|problem| within("/from", problem)));
    if let Some(schedule) = &feed.schedule {
        let wrong = schedule.problems().into_iter();
        problems.extend(wrong.map(|problem| within("/schedule", problem)));
    }
    if feed.from.streams() {
        of_stream(&feed, &mut problems);
    } else {
        of_pull(&feed, &mut problems);
    }
    problems
}

fn within(place: &str, problem: Problem) -> Problem {
    Problem {
        path: format!("{place}{}", problem.path),
        ..problem
    }
}

fn of_stream(feed: &Feed, problems: &mut Vec<Problem>) {
    let hint = "leave it out; messages are events in the form of the tracking API";
    if feed.mapping.is_some() {
        problems.push(Problem::new("/mapping", "a stream has no mapping").hint(hint));
    }
    if feed.schedule.is_some() {
        let hint = "leave it out; a stream is read all the time";
        problems.push(Problem::new("/schedule", "a stream has no schedule").hint(hint));
    }
}

fn of_pull(feed: &Feed, problems: &mut Vec<Problem>) {
    let Some(mapping) = &feed.mapping else {
        let problem = Problem::new("/mapping", "nothing says what the columns mean");
        problems.push(problem.hint("look at the first rows and choose"));
        return;
    };
    let wrong = mapping.problems(&mapping.columns()).into_iter();
    problems.extend(wrong.map(|problem| within("/mapping", problem)));
    let Origin::Query { cursor, .. } = &feed.from else {
        return;
    };
    if mapping.group.is_some() {
        let problem = Problem::new("/mapping/group", "rows of a query cannot be grouped");
        let hint = "answers come in parts; let the query make one row of each event";
        problems.push(problem.hint(hint));
    }
    if mapping.target == Target::Events && cursor.is_none() {
        let problem = Problem::new("/from/cursor", "events need a column that only rises");
        let hint = "name the column, so that each event is fetched once, for example id";
        problems.push(problem.hint(hint));
    }
}

impl Origin {
    fn problems(&self) -> Vec<Problem> {
        let mut problems = vec![];
        let mut text = |path: &str, text: &str, what: &str, needed: bool| {
            if needed && text.trim().is_empty() {
                problems.push(Problem::new(path, format!("{what} is missing")));
            } else if text.len() > TEXT_LIMIT_BYTES {
                let message = format!("{what} has more than {TEXT_LIMIT_BYTES} bytes");
                problems.push(Problem::new(path, message));
            }
        };
        match self {
            Origin::Folder { path, files } => {
                text("/path", path, "the folder", false);
                text("/files", files, "the pattern of the files", true);
                problems.extend(folder::problem(path));
            }
            Origin::Bucket {
                bucket,
                path,
                files,
            } => {
                text("/bucket", bucket, "the bucket", true);
                text("/path", path, "the folder", false);
                text("/files", files, "the pattern of the files", true);
                problems.extend(folder::problem(path));
            }
            Origin::Query {
                database,
                sql,
                cursor,
            } => {
                text("/database", database, "the database", true);
                let cursor = cursor.as_deref();
                text("/cursor", cursor.unwrap_or("-"), "the column", true);
                problems.extend(sql_problem(sql));
            }
            Origin::Nats {
                server,
                stream,
                subject,
                ..
            } => {
                text("/server", server, "the server", true);
                text("/stream", stream, "the stream", true);
                let subject = subject.as_deref();
                text("/subject", subject.unwrap_or("-"), "the subject", true);
            }
            Origin::Kafka { server, topic, .. } => {
                text("/server", server, "the cluster", true);
                text("/topic", topic, "the topic", true);
            }
        }
        problems
    }
}

fn sql_problem(sql: &str) -> Option<Problem> {
    if sql.trim().is_empty() {
        let problem = Problem::new("/sql", "the query is missing");
        return Some(problem.hint("for example SELECT id, email, city FROM customers"));
    }
    if sql.len() > SQL_LIMIT_BYTES {
        let message = format!("the query has more than {SQL_LIMIT_BYTES} bytes");
        return Some(Problem::new("/sql", message).hint("make a view of it in the database"));
    }
    sql.contains(';').then(|| {
        let problem = Problem::new("/sql", "the query has a semicolon");
        problem.hint("write one query without any; make a view if a text in it needs one")
    })
}
