//! Reading on in the log from where one was, without missing a row that commits late.
//!
//! Rows are read in the order in which they become visible, and only so far that no transaction
//! that is still open can add one behind.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::{Db, Timestamp};

use super::db::{self, Stretch};
use super::{LogRow, RowKind};
use crate::Error;

/// Transactions may be that much out of step with the times at which they took rows in.
const SLACK_MS: i64 = 60_000;

/// How far the log was read: the last place in its order, and the last position there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor {
    pub(super) place: i64,
    seq: i64,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The rows.
    pub rows: Vec<Arc<LogRow>>,
    /// True when there may be more to read at once.
    pub more: bool,
}

impl Cursor {
    /// A cursor behind a position, where rows become visible in the order of their positions.
    pub(super) fn behind(position: u64) -> Cursor {
        Cursor {
            place: position as i64,
            seq: i64::MAX,
        }
    }

    /// A cursor before every row received since an instant.
    pub async fn before(db: &Db, since: Timestamp) -> Result<Cursor, Error> {
        let place = db::place_before(db, since.plus_ms(-SLACK_MS)).await?;
        Ok(Cursor {
            place,
            seq: i64::MAX,
        })
    }

    /// Reads on: rows of some kinds, at most `limit`, and not beyond `upto`.
    pub async fn read(
        &mut self,
        db: &Db,
        kinds: &[RowKind],
        upto: Option<Cursor>,
        limit: i64,
    ) -> Result<Read, Error> {
        let order = db.log_order();
        let mut tx = db.begin_read().await?;
        let end = match tx.settled().await? {
            Some(settled) => settled,
            None => db::newest_in(&mut tx).await? + 1,
        };
        let whole = Cursor {
            place: end - 1,
            seq: i64::MAX,
        };
        let upto = upto.map_or(whole, |upto| upto.min(whole));
        let stretch = Stretch {
            after: (self.place, self.seq),
            upto: (upto.place, upto.seq),
        };
        let rows = db::of_kinds(&mut tx, order, kinds, stretch, limit).await?;
        let more = rows.len() as i64 >= limit;
        *self = match rows.last() {
            Some((place, row)) if more => Cursor {
                place: *place,
                seq: row.seq as i64,
            },
            Some(_) | None => upto.max(*self),
        };
        Ok(Read {
            rows: rows.into_iter().map(|(_, row)| Arc::new(row)).collect(),
            more,
        })
    }
}
