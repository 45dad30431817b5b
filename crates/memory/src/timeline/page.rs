//! Pages of a timeline: recent rows in order of time, older ones in order of receipt.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use store::Timestamp;

use super::body::item;
use super::{Filter, Item};
use crate::attribute::Masking;
use crate::interaction::ContactId;
use crate::log::{ContactMoved, Entry, LogRow};
use crate::source::Names;
use crate::{Customer, CustomerId, Error, Memory};

/// Rows read at once where the positions are not known.
const CHUNK: i64 = 500;
/// Chunks read for one page; a page may then hold fewer items than asked for.
const CHUNKS_LIMIT: usize = 40;

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At an item among the recent rows.
    Recent(Timestamp, u64),
    /// Before a position among the older rows.
    Older(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Recent(at, seq) => write!(f, "r{}.{seq}", at.0),
            Place::Older(seq) => write!(f, "o{seq}"),
        }
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Place, ()> {
        if let Some(seq) = text.strip_prefix('o') {
            return seq.parse().map(Place::Older).map_err(drop);
        }
        let place = text.strip_prefix('r').and_then(|rest| rest.split_once('.'));
        let (at, seq) = place.ok_or(())?;
        let at = Timestamp(at.parse().map_err(drop)?);
        Ok(Place::Recent(at, seq.parse().map_err(drop)?))
    }
}

/// What became of contacts later.
pub(super) type Moves = HashMap<ContactId, Vec<(Timestamp, ContactMoved)>>;

/// What items are made with.
pub(super) struct Making<'a> {
    pub customer: &'a Customer,
    pub names: &'a Names,
    pub masking: &'a Masking,
    pub moves: Moves,
}

/// At most `limit` items after a place, and where the next page begins.
pub async fn page(
    memory: &Memory,
    customer: &Customer,
    (names, masking): (&Names, &Masking),
    filter: &Filter,
    (after, limit): (Option<Place>, usize),
) -> Result<(Vec<Item>, Option<Place>), Error> {
    let state = &customer.state;
    let leaves: Vec<CustomerId> = state.members.iter().copied().chain([customer.id]).collect();
    let moves = Moves::new();
    let mut making = Making {
        customer,
        names,
        masking,
        moves,
    };
    let oldest = state.recent.first().copied().unwrap_or(u64::MAX);
    let mut items = vec![];
    let mut before = match after {
        Some(Place::Older(seq)) => seq,
        None | Some(Place::Recent(..)) => {
            let rows = memory.lake().of_customers(&leaves, &state.recent).await?;
            items = made(&mut making, &rows, filter);
            items.sort_by_key(|item| std::cmp::Reverse((item.occurred_at, item.seq)));
            if let Some(Place::Recent(at, seq)) = after {
                items.retain(|item| (item.occurred_at, item.seq) < (at, seq));
            }
            oldest
        }
    };
    let known = state.recent.len() as u64;
    if items.len() > limit || state.rows_count <= known {
        let place = (items.len() > limit).then(|| &items[limit - 1]);
        let place = place.map(|last| Place::Recent(last.occurred_at, last.seq));
        items.truncate(limit);
        return Ok((items, place));
    }
    for _ in 0..CHUNKS_LIMIT {
        if items.len() >= limit {
            break;
        }
        let rows = memory.lake().older(&leaves, before, CHUNK).await?;
        let last = (rows.len() as i64) < CHUNK;
        let room = limit - items.len();
        let more = made(&mut making, &rows, filter);
        if more.len() > room {
            items.extend(more.into_iter().take(room));
            return Ok((
                items.clone(),
                items.last().map(|item| Place::Older(item.seq)),
            ));
        }
        items.extend(more);
        if last {
            return Ok((items, None));
        }
        before = rows.last().map_or(0, |row| row.seq);
    }
    Ok((items, Some(Place::Older(before))))
}

/// The wanted items of some rows, newest first; rows that move a contact on become part of it.
fn made(making: &mut Making<'_>, rows: &[LogRow], filter: &Filter) -> Vec<Item> {
    for row in rows {
        if let Entry::ContactMoved(moved) = &row.entry {
            let moves = making.moves.entry(moved.contact_id).or_default();
            moves.push((row.occurred_at, moved.clone()));
        }
    }
    let items = rows.iter().filter_map(|row| item(making, row));
    items.filter(|item| filter.wants(item)).collect()
}
