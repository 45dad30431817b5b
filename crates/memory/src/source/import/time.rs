//! Times as files write them: in several forms, and without a zone more often than not.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a column writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// 2026-03-01 10:00, with or without seconds and zone.
    #[default]
    Iso,
    /// 1/3/2026 10:00 is in March.
    DayFirst,
    /// 1/3/2026 10:00 is in January.
    MonthFirst,
    /// Seconds since 1970.
    UnixSeconds,
    /// Milliseconds since 1970.
    UnixMillis,
}

impl TimeFormat {
    /// Whether such times are nothing but digits.
    pub fn only_digits(self) -> bool {
        match self {
            TimeFormat::UnixSeconds | TimeFormat::UnixMillis => true,
            TimeFormat::Iso | TimeFormat::DayFirst | TimeFormat::MonthFirst => false,
        }
    }

    /// An example, for messages.
    pub fn example(self) -> &'static str {
        match self {
            TimeFormat::Iso => "2026-03-01 10:00",
            TimeFormat::DayFirst => "31/01/2026 10:00",
            TimeFormat::MonthFirst => "01/31/2026 10:00",
            TimeFormat::UnixSeconds => "1772359200",
            TimeFormat::UnixMillis => "1772359200000",
        }
    }
}

/// Reads a time in milliseconds since 1970; `zone` counts where the text names none.
pub fn parse(text: &str, format: TimeFormat, zone: &TimeZone) -> Option<i64> {
    let text = text.trim();
    match format {
        TimeFormat::UnixSeconds => unix(text, 1_000.0),
        TimeFormat::UnixMillis => unix(text, 1.0),
        TimeFormat::Iso => iso(text, zone),
        TimeFormat::DayFirst => slashed(text, zone, |first, second| (second, first)),
        TimeFormat::MonthFirst => slashed(text, zone, |first, second| (first, second)),
    }
}

fn unix(text: &str, factor: f64) -> Option<i64> {
    let number: f64 = text.parse().ok()?;
    let millis = number * factor;
    (millis.abs() < 8.64e15).then_some(millis as i64)
}

fn iso(text: &str, zone: &TimeZone) -> Option<i64> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.as_millisecond());
    }
    let text = text.replace('/', "-");
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((&text, ""));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    at(
        year.parse().ok()?,
        month.parse().ok()?,
        day.parse().ok()?,
        time,
        zone,
    )
}

fn slashed(text: &str, zone: &TimeZone, order: fn(i8, i8) -> (i8, i8)) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T', ',']).unwrap_or((text, ""));
    let mut parts = date.split(['/', '.', '-']);
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (month, day) = order(first.parse().ok()?, second.parse().ok()?);
    let short = year.len() == 2;
    let year: i16 = year.parse().ok()?;
    // Two digits: 1970 to 2069, as POSIX reads them nearly.
    let year = match short {
        true if year < 70 => year + 2_000,
        true => year + 1_900,
        false => year,
    };
    at(year, month, day, time, zone)
}

/// An instant of a date and a time like `7:45`, `07:45:30.5`, `7:45 PM`, `07:45+01:00` or nothing.
fn at(year: i16, month: i8, day: i8, time: &str, zone: &TimeZone) -> Option<i64> {
    let date = Date::new(year, month, day).ok()?;
    let mut time = time.trim();
    let mut zone = zone.clone();
    if let Some(rest) = time.strip_suffix(['Z', 'z']) {
        (time, zone) = (rest.trim_end(), TimeZone::UTC);
    } else if let Some(place) = time.rfind(['+', '-']) {
        zone = TimeZone::fixed(offset(&time[place..])?);
        time = time[..place].trim_end();
    }
    let upper = time.to_ascii_uppercase();
    let half = ["AM", "PM"].into_iter().find(|half| upper.ends_with(half));
    let digits = half.map_or(time, |_| time[..time.len() - 2].trim_end());
    let mut parts = digits.split(':');
    let number = |part: Option<&str>| match part {
        None | Some("") => Some(0i8),
        Some(part) => part.parse().ok(),
    };
    let (mut hour, minute) = (number(parts.next())?, number(parts.next())?);
    let seconds = parts.next().unwrap_or("0");
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let second: i8 = whole.parse().ok()?;
    let fraction = format!("{fraction:0<3}");
    let millis: i32 = fraction.get(..3)?.parse().ok()?;
    match half {
        Some("AM") if hour == 12 => hour = 0,
        Some("PM") if hour < 12 => hour += 12,
        Some(_) | None => {}
    }
    if parts.next().is_some() {
        return None;
    }
    let time = Time::new(hour, minute, second, millis * 1_000_000).ok()?;
    let zoned = DateTime::from_parts(date, time).to_zoned(zone).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn offset(text: &str) -> Option<jiff::tz::Offset> {
    let negative = text.starts_with('-');
    let digits: String = text[1..].chars().filter(|sign| *sign != ':').collect();
    let number: i32 = digits.parse().ok()?;
    let seconds = match digits.len() {
        1 | 2 => number * 3_600,
        4 => number / 100 * 3_600 + number % 100 * 60,
        _ => return None,
    };
    jiff::tz::Offset::from_seconds(if negative { -seconds } else { seconds }).ok()
}

/// The format that reads most of these texts; `None` when they are no times. A few wrong cells do
/// not hide what a column is.
pub fn guess<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Option<TimeFormat> {
    let count = texts.clone().count();
    let digits = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fitting = |format: TimeFormat| match format {
        TimeFormat::UnixSeconds => texts.clone().filter(|text| digits(text, 10)).count(),
        TimeFormat::UnixMillis => texts.clone().filter(|text| digits(text, 13)).count(),
        TimeFormat::Iso | TimeFormat::DayFirst | TimeFormat::MonthFirst => {
            let reads = |text: &&str| parse(text, format, &TimeZone::UTC).is_some();
            texts.clone().filter(reads).count()
        }
    };
    let best = [
        TimeFormat::UnixMillis,
        TimeFormat::UnixSeconds,
        TimeFormat::MonthFirst,
        TimeFormat::DayFirst,
        TimeFormat::Iso,
    ]
    .into_iter()
    // Of equally good ones the last is taken.
    .max_by_key(|format| fitting(*format))?;
    most(fitting(best), count).then_some(best)
}

/// Whether so many of all are enough to tell what a column is: three quarters.
pub fn most(fitting: usize, all: usize) -> bool {
    fitting > 0 && fitting * 4 >= all * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: TimeFormat, zone: &str) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        parse(text, format, &zone).map(|ms| store::Timestamp(ms).to_string())
    }

    #[test]
    fn times_are_read_in_every_form() {
        let table = [
            (
                "2009-12-01T07:45",
                TimeFormat::Iso,
                "UTC",
                "2009-12-01T07:45:00.000Z",
            ),
            (
                "2010-07-01 07:45:30",
                TimeFormat::Iso,
                "Europe/London",
                "2010-07-01T06:45:30.000Z",
            ),
            (
                "2010-07-01",
                TimeFormat::Iso,
                "UTC",
                "2010-07-01T00:00:00.000Z",
            ),
            (
                "2010-07-01T07:45:30.25+02:00",
                TimeFormat::Iso,
                "UTC",
                "2010-07-01T05:45:30.250Z",
            ),
            (
                "2010-07-01 07:45+0200",
                TimeFormat::Iso,
                "UTC",
                "2010-07-01T05:45:00.000Z",
            ),
            (
                "1/12/2009 7:45",
                TimeFormat::DayFirst,
                "UTC",
                "2009-12-01T07:45:00.000Z",
            ),
            (
                "12/1/09 7:45 PM",
                TimeFormat::MonthFirst,
                "UTC",
                "2009-12-01T19:45:00.000Z",
            ),
            (
                "01.12.2009",
                TimeFormat::DayFirst,
                "UTC",
                "2009-12-01T00:00:00.000Z",
            ),
            (
                "1259653500",
                TimeFormat::UnixSeconds,
                "UTC",
                "2009-12-01T07:45:00.000Z",
            ),
            (
                "1259653500000",
                TimeFormat::UnixMillis,
                "UTC",
                "2009-12-01T07:45:00.000Z",
            ),
        ];
        for (text, format, zone, expected) in table {
            assert_eq!(
                read(text, format, zone).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        for text in [
            "soon",
            "2009-13-01",
            "32/12/2009",
            "2009-12-01 25:00",
            "1-2",
            "",
        ] {
            assert_eq!(read(text, TimeFormat::Iso, "UTC"), None, "{text}");
        }
    }

    #[test]
    fn the_form_is_guessed_from_all_values() {
        let of = |texts: &[&'static str]| guess(texts.iter().copied());
        assert_eq!(of(&["1/2/2009", "13/2/2009"]), Some(TimeFormat::DayFirst));
        assert_eq!(of(&["1/2/2009", "2/13/2009"]), Some(TimeFormat::MonthFirst));
        assert_eq!(of(&["2009-12-01 07:45"]), Some(TimeFormat::Iso));
        assert_eq!(of(&["1259653500"]), Some(TimeFormat::UnixSeconds));
        assert_eq!(of(&["12", "13"]), None);
        assert_eq!(of(&["red"]), None);
        assert_eq!(of(&[]), None);
    }
}
