//! Pulls of queries: new rows become lines of JSON, and those a file that is brought in.

use std::io::Write;
use std::path::Path;

use store::foreign::{Foreign, Question, Told};

use super::pull::{Failure, Puller};
use super::{Cursor, Origin, Places, places};
use crate::source::import::hash_of;

/// Rows of one part of an answer; the next part follows at once.
const ROWS_AT_ONCE: u64 = 500_000;
/// Rows that may have the same value of the cursor.
const SAME_LIMIT: usize = 10_000;

/// A part of an answer, in a file.
pub(super) struct Fetched {
    /// Rows in the file.
    pub(super) rows: u64,
    /// How far the query is read with them.
    pub(super) cursor: Option<Cursor>,
    /// Whether there are probably more.
    pub(super) full: bool,
}

/// Which rows the cursor counts for: those of another database or column are others.
pub(super) fn place(origin: &Origin) -> String {
    match origin {
        Origin::Query {
            database, cursor, ..
        } => hash_of(&(database, cursor)),
        Origin::Folder { .. }
        | Origin::Bucket { .. }
        | Origin::Nats { .. }
        | Origin::Kafka { .. } => String::new(),
    }
}

/// The database of a query.
pub(super) fn database<'a>(places: &'a Places, name: &str) -> Result<&'a Foreign, Failure> {
    let named = places::named(&places.databases, "database", "feeds.databases", name);
    named.map_err(Failure::Said)
}

/// Brings in what is new, part by part.
pub(super) async fn pull(puller: &mut Puller<'_>) -> Result<(), Failure> {
    let Origin::Query {
        database: name,
        sql,
        cursor,
    } = &puller.feed.from
    else {
        return Ok(());
    };
    let foreign = database(&puller.state.places, name)?;
    let here = place(&puller.feed.from);
    loop {
        puller.check()?;
        let standing = &puller.standing;
        let known = standing.cursor.clone();
        let known = known.filter(|_| standing.place.as_ref() == Some(&here));
        let question = Question {
            sql,
            cursor: cursor.as_deref(),
            since: known.as_ref().map(|known| known.value.as_str()),
            limit: ROWS_AT_ONCE,
        };
        let part = puller.part()?;
        let fetched = fetch(foreign, question, known.as_ref(), &part).await?;
        if fetched.rows == 0 {
            let _ = std::fs::remove_file(&part);
            return Ok(());
        }
        let facts = match puller.read(&part).await {
            Ok(facts) => facts,
            Err(Failure::File(error)) => {
                let _ = std::fs::remove_file(&part);
                let text = format!("{}; {}", error.message, error.hint);
                return Err(Failure::Said(text));
            }
            Err(other) => return Err(other),
        };
        let title = match &known {
            Some(known) => format!("{name}, from {} on", known.value),
            None => name.clone(),
        };
        let taken = puller.take(title, None, facts, fetched.cursor);
        let in_hand = taken.await?;
        puller.bring_in(in_hand).await?;
        if !fetched.full || cursor.is_none() {
            return Ok(());
        }
    }
}

/// Writes the rows that are not known yet into a file.
pub(super) async fn fetch(
    foreign: &Foreign,
    question: Question<'_>,
    known: Option<&Cursor>,
    part: &Path,
) -> Result<Fetched, Failure> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(part)?);
    let (mut rows, mut cursor) = (0, known.cloned());
    let mut crowded = false;
    let read = foreign.read(question, |told: Told| {
        let hash = hash_of(&told.json);
        let known = known.filter(|known| Some(&known.value) == told.cursor.as_ref());
        if known.is_some_and(|known| known.rows.contains(&hash)) {
            return Ok(());
        }
        if let Some(value) = told.cursor {
            let mut last = cursor.take().unwrap_or_default();
            if last.value != value {
                (last.value, last.rows) = (value, vec![]);
            }
            last.rows.push(hash);
            crowded |= last.rows.len() > SAME_LIMIT;
            cursor = Some(last);
        }
        rows += 1;
        file.write_all(told.json.as_bytes())?;
        file.write_all(b"\n")
    });
    let read = read
        .await
        .map_err(|error| Failure::Said(error.to_string()))?;
    if crowded {
        let column = question.cursor.unwrap_or_default();
        return Err(Failure::Said(format!(
            "more than {SAME_LIMIT} rows have the same value of {column}; \
             choose a column that tells rows apart, for example a number that rises"
        )));
    }
    file.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(Fetched {
        rows,
        cursor: cursor.filter(|_| question.cursor.is_some()),
        full: read == question.limit,
    })
}
