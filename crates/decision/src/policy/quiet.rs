//! Quiet hours: when a customer is left in peace, and when that ends.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use store::Timestamp;

use super::QuietHours;
use crate::Channel;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Quiet hours, ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Quiet {
    /// First quiet millisecond of the day.
    from: i64,
    /// First millisecond of the day that is not quiet any more.
    until: i64,
    channels: Vec<Channel>,
}

/// A time like `21:00`.
pub fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn ms_of_day(time: Time) -> i64 {
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    (minutes * 60 + i64::from(time.second())) * 1_000 + i64::from(time.millisecond())
}

impl Quiet {
    /// Makes quiet hours ready; `None` when a time is not one.
    pub fn new(hours: &QuietHours) -> Option<Quiet> {
        Some(Quiet {
            from: ms_of_day(time_of_day(&hours.from)?),
            until: ms_of_day(time_of_day(&hours.until)?),
            channels: hours.channels.clone(),
        })
    }

    /// When the quiet in which `now` lies ends; `None` when a contact is allowed.
    ///
    /// Between two changes of the zone's offset the local clock runs evenly, so we go from change
    /// to change until the local time is outside the quiet hours.
    pub fn until(&self, channel: Channel, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if !self.channels.contains(&channel) {
            return None;
        }
        let mut at = now;
        // One quiet stretch can be cut by a few changes at most.
        for _ in 0..16 {
            let instant = at.to_jiff();
            let local = ms_of_day(zone.to_datetime(instant).time());
            if !self.contains(local) {
                break;
            }
            let end = at.plus_ms((self.until - local).rem_euclid(DAY_MS));
            let change = zone.following(instant).next();
            let change = change.map(|change| change.timestamp().as_millisecond());
            at = Timestamp(end.0.min(change.unwrap_or(i64::MAX)));
        }
        (at != now).then_some(at)
    }

    fn contains(&self, local: i64) -> bool {
        if self.from < self.until {
            self.from <= local && local < self.until
        } else {
            local >= self.from || local < self.until
        }
    }
}
