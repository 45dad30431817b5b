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
            followed: true,
        };
        db::save_days(db, &entry.key, &[today]).await?;
    }
    Ok(())
}

/// The days before today of which it is not known how large a segment was.
pub(super) async fn unknown(db: &Db, key: &str, now: Timestamp) -> Result<Vec<i64>, Error> {
    let today = day_of(now);
    let known = db::days(db, key, today - LOOK_BACK_DAYS).await?;
    let mut days: Vec<i64> = (today - LOOK_BACK_DAYS..today).collect();
    days.retain(|day| known.iter().all(|known| known.day != *day));
    Ok(days)
}

/// Finds out how large a segment would have been on a day before it was published. A failure only
/// leaves the curve shorter.
pub(super) async fn look_back(decider: &Decider, key: &str, day: i64) {
    if let Err(error) = look_back_on(decider, key, day).await {
        tracing::info!(%error, segment = key, "the size on an earlier day stays unknown");
    }
}

async fn look_back_on(decider: &Decider, key: &str, day: i64) -> Result<(), Error> {
    let catalog = decider.catalog();
    let entry = catalog.segments.get(key);
    let Some(rule) = entry.and_then(|entry| entry.rule.as_ref()) else {
        return Ok(());
    };
    let at = Timestamp(start_of(day + 1).0 - 1);
    let counted = count::count(decider, rule, Moment::Past(at)).await?;
    let day = Day {
        day,
        size: i64::try_from(counted.customers.len()).unwrap_or(i64::MAX),
        entered: 0,
        departed: 0,
        followed: false,
    };
    db::save_days(decider.memory().db(), key, &[day]).await?;
    Ok(())
}
