//! Units of the calendar by number: which hour, day, week or month a moment lies in.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::question::Unit;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 1970-01-01 was a Thursday; weeks begin on Monday.
const THURSDAY: i64 = 3;

/// Units of one size in one zone, numbered from the epoch.
#[derive(Debug, Clone)]
pub struct Calendar {
    unit: Unit,
    zone: TimeZone,
    utc: bool,
}

impl Calendar {
    /// Units in a zone.
    pub fn new(unit: Unit, zone: TimeZone) -> Calendar {
        let utc = zone == TimeZone::UTC || zone.iana_name() == Some("UTC");
        Calendar { unit, zone, utc }
    }

    /// The number of the unit a moment lies in.
    pub fn number(&self, at_ms: i64) -> i64 {
        let local_ms = at_ms + self.offset_ms(at_ms);
        let day = local_ms.div_euclid(DAY_MS);
        match self.unit {
            Unit::Hour => local_ms.div_euclid(HOUR_MS),
            Unit::Day => day,
            Unit::Week => (day + THURSDAY).div_euclid(7),
            Unit::Month => month_of_day(day),
        }
    }

    /// When the unit of a number begins.
    pub fn start_ms(&self, number: i64) -> i64 {
        let local_ms = match self.unit {
            Unit::Hour => number * HOUR_MS,
            Unit::Day => number * DAY_MS,
            Unit::Week => (number * 7 - THURSDAY) * DAY_MS,
            Unit::Month => day_of_month(number) * DAY_MS,
        };
        if self.utc {
            return local_ms;
        }
        let there = jiff::civil::DateTime::from(Date::constant(1970, 1, 1))
            .checked_add(Span::new().milliseconds(local_ms))
            .ok()
            .and_then(|local| local.to_zoned(self.zone.clone()).ok());
        there.map_or(local_ms, |there| there.timestamp().as_millisecond())
    }

    fn offset_ms(&self, at_ms: i64) -> i64 {
        if self.utc {
            return 0;
        }
        let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
        i64::from(self.zone.to_offset(at).seconds()) * 1_000
    }
}

/// Months since January 1970 of a day since the epoch (days to civil, Howard Hinnant).
fn month_of_day(day: i64) -> i64 {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let in_era = shifted.rem_euclid(146_097);
    let year_in_era = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_in_era + era * 400 + i64::from(month <= 2);
    (year - 1970) * 12 + month - 1
}

/// The day since the epoch on which a month since January 1970 begins.
fn day_of_month(number: i64) -> i64 {
    let (year, month) = (1970 + number.div_euclid(12), number.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_in_era = year.rem_euclid(400);
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let in_year = (153 * from_march + 2) / 5;
    let in_era = year_in_era * 365 + year_in_era / 4 - year_in_era / 100 + in_year;
    era * 146_097 + in_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn units_begin_where_the_zone_says() {
        let cases = [
            (
                Unit::Month,
                "UTC",
                "2010-02-28T23:59:59Z",
                "2010-02-01T00:00:00Z",
            ),
            (
                Unit::Month,
                "UTC",
                "2012-02-29T12:00:00Z",
                "2012-02-01T00:00:00Z",
            ),
            (
                Unit::Month,
                "Asia/Shanghai",
                "2010-02-28T20:00:00Z",
                "2010-02-28T16:00:00Z",
            ),
            (
                Unit::Week,
                "UTC",
                "2026-03-01T10:00:00Z",
                "2026-02-23T00:00:00Z",
            ),
            (
                Unit::Week,
                "UTC",
                "2026-03-02T00:00:00Z",
                "2026-03-02T00:00:00Z",
            ),
            (
                Unit::Day,
                "Europe/London",
                "2026-06-01T23:30:00Z",
                "2026-06-01T23:00:00Z",
            ),
            (
                Unit::Hour,
                "Asia/Kolkata",
                "2026-06-01T10:45:00Z",
                "2026-06-01T10:30:00Z",
            ),
        ];
        for (unit, zone, at, start) in cases {
            let calendar = Calendar::new(unit, TimeZone::get(zone).unwrap());
            let number = calendar.number(ms(at));
            assert_eq!(calendar.start_ms(number), ms(start), "{unit:?} {zone} {at}");
            assert!(calendar.start_ms(number + 1) > ms(at));
        }
    }

    #[test]
    fn every_day_of_four_centuries_lies_in_its_month() {
        for day in -60_000..90_000 {
            let month = month_of_day(day);
            assert!(
                day_of_month(month) <= day && day < day_of_month(month + 1),
                "{day}"
            );
        }
    }
}
