//! The size of segments per day.

use memory::criteria::DAY_MS;
use store::{Db, Timestamp};

use super::book::Book;
use super::count::{self, Moment};
use super::db::{self, Day};
use crate::{Decider, Error};

/// Days before the publication for which the size is found out from history.
const LOOK_BACK_DAYS: i64 = 14;

/// The day of an instant, in days since 1970 (UTC).
pub(super) fn day_of(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY_MS)
}

/// The beginning of a day.
pub(super) fn start_of(day: i64) -> Timestamp {
    Timestamp(day * DAY_MS)
}

/// Writes today's figures of every segment.
pub(super) async fn write_today(db: &Db, book: &Book, now: Timestamp) -> Result<(), Error> {
    let day = day_of(now);
    for entry in book.iter() {
        let (size, entered, departed) = db::figures(db, &entry.key, start_of(day)).await?;
        let today = Day {
            day,
            size,
            entered,
            departed,
        };
        db::save_days(db, &entry.key, &[today]).await?;
    }
    Ok(())
}

/// Finds out how large new segments would have been on the days before. A failure only leaves the
/// curve shorter.
pub(super) async fn look_back(decider: &Decider, new: &[String], now: Timestamp) {
    for key in new {
        if let Err(error) = look_back_one(decider, key, now).await {
            tracing::info!(%error, segment = key, "the size on earlier days stays unknown");
        }
    }
}

async fn look_back_one(decider: &Decider, key: &str, now: Timestamp) -> Result<(), Error> {
    let db = decider.memory().db();
    let today = day_of(now);
    let known = db::days(db, key, today - LOOK_BACK_DAYS).await?;
    let catalog = decider.catalog();
    let Some(rule) = catalog
        .segments
        .get(key)
        .and_then(|entry| entry.rule.as_ref())
    else {
        return Ok(());
    };
    let mut days = vec![];
    for day in today - LOOK_BACK_DAYS..today {
        if known.iter().any(|known| known.day == day) {
            continue;
        }
        let at = Timestamp(start_of(day + 1).0 - 1);
        let counted = count::count(decider, rule, Moment::Past(at)).await?;
        days.push(Day {
            day,
            size: i64::try_from(counted.customers.len()).unwrap_or(i64::MAX),
            entered: 0,
            departed: 0,
        });
    }
    db::save_days(db, key, &days).await?;
    Ok(())
}
