//! Activity: how many events each source sends, minute by minute, as this process commits them.

use std::collections::HashMap;

use parking_lot::Mutex;
use store::Timestamp;

use crate::log::LogRow;

/// Minutes that are remembered.
pub const MINUTES: usize = 60;
/// Minutes over which the rate is taken.
const RATE_MINUTES: usize = 5;
const MINUTE_MS: i64 = 60_000;

/// Counts of one source.
#[derive(Debug, Clone)]
struct Counts {
    /// The minute of the newest count.
    minute: i64,
    /// Counts by minute modulo [`MINUTES`].
    by_minute: [u32; MINUTES],
    /// What is not yet written: how many, and when the last one came.
    unwritten: i64,
    last_at: Timestamp,
}

/// Events of every source in the last hour.
#[derive(Debug, Default)]
pub struct Activity(Mutex<HashMap<i64, Counts>>);

/// What waits to be written for a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritten {
    /// The source.
    pub source_id: i64,
    /// Events since the last write.
    pub count: i64,
    /// When the last one came.
    pub last_at: Timestamp,
}

impl Counts {
    /// Forgets the minutes that have passed since the newest count.
    fn roll(&mut self, minute: i64) {
        let passed = (minute - self.minute).clamp(0, MINUTES as i64);
        for step in 1..=passed {
            self.by_minute[(self.minute + step).rem_euclid(MINUTES as i64) as usize] = 0;
        }
        if passed == MINUTES as i64 {
            self.by_minute = [0; MINUTES];
        }
        self.minute = self.minute.max(minute);
    }
}

impl Activity {
    /// Counts committed rows.
    pub fn note(&self, rows: &[LogRow]) {
        let mut sources = self.0.lock();
        for row in rows.iter().filter(|row| row.source_id != 0) {
            let minute = row.received_at.0 / MINUTE_MS;
            let counts = sources.entry(row.source_id).or_insert_with(|| Counts {
                minute,
                by_minute: [0; MINUTES],
                unwritten: 0,
                last_at: row.received_at,
            });
            counts.roll(minute);
            counts.by_minute[minute.rem_euclid(MINUTES as i64) as usize] += 1;
            counts.unwritten += 1;
            counts.last_at = counts.last_at.max(row.received_at);
        }
    }

    /// Events of a source in each of the last [`MINUTES`] minutes, oldest first; the last one is
    /// the minute that runs.
    pub fn by_minute(&self, source_id: i64, now: Timestamp) -> Vec<u32> {
        let mut sources = self.0.lock();
        let Some(counts) = sources.get_mut(&source_id) else {
            return vec![0; MINUTES];
        };
        let minute = now.0 / MINUTE_MS;
        counts.roll(minute);
        let ago = (0..MINUTES as i64).rev();
        ago.map(|ago| counts.by_minute[(minute - ago).rem_euclid(MINUTES as i64) as usize])
            .collect()
    }

    /// What is not yet written; it counts as written from now on.
    pub fn take(&self) -> Vec<Unwritten> {
        let mut sources = self.0.lock();
        let mut taken = vec![];
        for (source_id, counts) in sources
            .iter_mut()
            .filter(|(_, counts)| counts.unwritten > 0)
        {
            let count = std::mem::take(&mut counts.unwritten);
            let (source_id, last_at) = (*source_id, counts.last_at);
            taken.push(Unwritten {
                source_id,
                count,
                last_at,
            });
        }
        taken.sort_by_key(|unwritten| unwritten.source_id);
        taken
    }

    /// Takes back what could not be written.
    pub fn put_back(&self, unwritten: &[Unwritten]) {
        let mut sources = self.0.lock();
        for back in unwritten {
            if let Some(counts) = sources.get_mut(&back.source_id) {
                counts.unwritten += back.count;
            }
        }
    }
}

/// Events a minute, over the last few whole minutes and the running one.
pub fn rate(by_minute: &[u32]) -> f64 {
    let recent = by_minute.iter().rev().take(RATE_MINUTES);
    f64::from(recent.sum::<u32>()) / RATE_MINUTES as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CustomerId;
    use crate::consent::{Consent, ConsentState};
    use crate::log::Entry;

    fn row(minute: i64) -> LogRow {
        let at = Timestamp(minute * MINUTE_MS);
        let consent = Consent {
            channel: "email".into(),
            purpose: "marketing".into(),
            state: ConsentState::Granted,
            source: "test".into(),
            at,
            expires_at: None,
            proof: None,
        };
        LogRow {
            seq: 1,
            customer_id: CustomerId(1),
            occurred_at: at,
            received_at: at,
            source_id: 7,
            entry: Entry::Consent(consent),
        }
    }

    #[test]
    fn minutes_roll_and_nothing_is_written_twice() {
        let activity = Activity::default();
        activity.note(&[row(100), row(100), row(102)]);
        let minutes = activity.by_minute(7, Timestamp(103 * MINUTE_MS));
        assert_eq!(minutes[MINUTES - 4..], [2, 0, 1, 0]);
        assert_eq!(rate(&minutes), 0.6);
        let taken = activity.take();
        assert_eq!((taken[0].count, activity.take().len()), (3, 0));
        activity.put_back(&taken);
        assert_eq!(activity.take()[0].count, 3);
        assert_eq!(
            activity.by_minute(7, Timestamp(500 * MINUTE_MS)),
            [0; MINUTES]
        );
    }
}
