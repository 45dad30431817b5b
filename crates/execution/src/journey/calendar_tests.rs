//! Tests of the time engine: known nights, and a search minute by minute around clock changes.

use std::sync::LazyLock;

use super::*;
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;
/// Two days and a half cover every wait of these tests.
const SEARCH_MINUTES: i64 = 60 * 60;

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn quiet(from: &str, until: &str) -> Option<QuietHours> {
    Some(QuietHours {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
    })
}

fn tz(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

#[test]
fn quiet_hours_follow_the_customers_clock() {
    let table = [
        // an ordinary night
        (
            "Europe/London",
            "2026-01-10T22:30:00Z",
            "2026-01-11T08:00:00Z",
        ),
        (
            "Europe/London",
            "2026-01-10T20:59:59.999Z",
            "2026-01-10T20:59:59.999Z",
        ),
        (
            "Europe/London",
            "2026-01-10T21:00:00Z",
            "2026-01-11T08:00:00Z",
        ),
        (
            "Asia/Shanghai",
            "2026-01-10T15:00:00Z",
            "2026-01-11T00:00:00Z",
        ),
        (
            "Asia/Kathmandu",
            "2026-01-10T15:15:00Z",
            "2026-01-11T02:15:00Z",
        ),
        // the night summer time begins is an hour shorter, the night it ends an hour longer
        (
            "Europe/London",
            "2026-03-28T22:00:00Z",
            "2026-03-29T07:00:00Z",
        ),
        (
            "Europe/London",
            "2026-10-24T22:00:00Z",
            "2026-10-25T08:00:00Z",
        ),
        // Samoa had no 30 December 2011
        (
            "Pacific/Apia",
            "2011-12-30T09:00:00Z",
            "2011-12-30T18:00:00Z",
        ),
    ];
    for (zone, now, expected) in table {
        let allowed = next_allowed(at(now), &tz(zone), quiet("21:00", "08:00"));
        assert_eq!(allowed, at(expected), "{zone} {now}");
    }
}

#[test]
fn quiet_hours_within_a_day_and_empty_ones_work() {
    let london = tz("Europe/London");
    let noon = at("2026-01-10T12:30:00Z");
    assert_eq!(
        next_allowed(noon, &london, quiet("12:00", "14:00")),
        at("2026-01-10T14:00:00Z")
    );
    assert_eq!(next_allowed(noon, &london, quiet("12:00", "12:00")), noon);
    assert_eq!(next_allowed(noon, &london, None), noon);
}

#[test]
fn a_jump_of_the_clock_can_end_the_quiet_hours() {
    // At 01:00 the clock in London shows 02:00.
    let now = at("2026-03-29T00:30:00Z");
    let allowed = next_allowed(now, &tz("Europe/London"), quiet("00:00", "01:30"));
    assert_eq!(allowed, at("2026-03-29T01:00:00Z"));
}

#[test]
fn a_local_time_is_waited_for_on_the_customers_clock() {
    let table = [
        (
            "Europe/London",
            "2026-01-10T08:00:00Z",
            "09:00",
            "2026-01-10T09:00:00Z",
        ),
        (
            "Europe/London",
            "2026-01-10T09:00:00Z",
            "09:00",
            "2026-01-10T09:00:00Z",
        ),
        (
            "Europe/London",
            "2026-01-10T09:00:00.001Z",
            "09:00",
            "2026-01-11T09:00:00Z",
        ),
        // skipped: as soon as the clock has jumped over it
        (
            "Europe/London",
            "2026-03-29T00:00:00Z",
            "01:30",
            "2026-03-29T01:00:00Z",
        ),
        // twice: only the first time
        (
            "Europe/London",
            "2026-10-25T00:00:00Z",
            "01:30",
            "2026-10-25T00:30:00Z",
        ),
        (
            "Europe/London",
            "2026-10-25T00:45:00Z",
            "01:30",
            "2026-10-26T01:30:00Z",
        ),
        // a day that does not exist is skipped
        (
            "Pacific/Apia",
            "2011-12-30T09:59:00Z",
            "09:00",
            "2011-12-30T19:00:00Z",
        ),
    ];
    for (zone, now, local, expected) in table {
        let reached = wait_until(at(now), &tz(zone), local.parse().unwrap());
        assert_eq!(reached, at(expected), "{zone} {now} {local}");
    }
}

#[test]
fn elapsed_time_knows_no_clock_changes_and_never_goes_back() {
    let now = at("2026-03-28T22:00:00Z");
    assert_eq!(
        wait_for(now, 24 * 60 * MINUTE_MS),
        at("2026-03-29T22:00:00Z")
    );
    assert_eq!(wait_for(now, -5), now);
    assert_eq!(wait_for(Timestamp(i64::MAX), 5), Timestamp(i64::MAX));
}

#[test]
fn only_a_time_of_day_is_one() {
    for text in [
        "",
        "9:00",
        "24:00",
        "12:60",
        "12",
        "12:0",
        "+1:00",
        "12:00:00",
        "一二:00",
    ] {
        assert!(text.parse::<LocalTime>().is_err(), "{text}");
    }
    assert_eq!("07:05".parse::<LocalTime>().unwrap().to_string(), "07:05");
    let json = serde_json::json!({ "from": "21:00", "until": "08:00" });
    let read: QuietHours = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), json);
}

#[test]
fn an_unknown_zone_falls_back_to_the_departments() {
    let london = zone(None, "Europe/London");
    assert_eq!(london.iana_name(), Some("Europe/London"));
    assert_eq!(
        zone(Some("Mars/Base"), "Europe/London").iana_name(),
        Some("Europe/London")
    );
    assert_eq!(
        zone(Some("Asia/Tokyo"), "Europe/London").iana_name(),
        Some("Asia/Tokyo")
    );
    assert_eq!(zone(None, "nonsense"), TimeZone::UTC);
}

/// Minutes on which every offset of the period is exact, so a search by minutes finds all.
fn wall(zone: &TimeZone, minute: i64) -> DateTime {
    zone.to_datetime(jiff::Timestamp::from_millisecond(minute * MINUTE_MS).unwrap())
}

fn searched_allowed(now: i64, zone: &TimeZone, quiet: QuietHours) -> i64 {
    (now..now + SEARCH_MINUTES)
        .find(|minute| !quiet.cover(wall(zone, *minute).time()))
        .expect("no quiet hours last for days")
}

/// The first minute of each day that shows at least the time, then the first of those not past.
fn searched_reached(now: i64, zone: &TimeZone, local: LocalTime) -> i64 {
    let mut done = std::collections::BTreeSet::new();
    for minute in now - 2 * 24 * 60..now + SEARCH_MINUTES + 24 * 60 {
        let wall = wall(zone, minute);
        if wall.time() >= local.time() && done.insert(wall.date()) && minute >= now {
            return minute;
        }
    }
    panic!("every few days have every time");
}

/// The changes of a zone's clock, as minutes since the epoch.
fn changes(zone: &TimeZone, from: &str, until: &str) -> Vec<i64> {
    let (from, until) = (at(from), at(until));
    zone.following(instant(from).unwrap())
        .map(|change| change.timestamp().as_millisecond())
        .take_while(|change| *change < until.0)
        .map(|change| change.div_euclid(MINUTE_MS))
        .collect()
}

static ZONES: LazyLock<Vec<TimeZone>> = LazyLock::new(|| {
    let names = jiff::tz::db().available().map(|name| name.to_string());
    let zones: Vec<TimeZone> = names.filter_map(|name| TimeZone::get(&name).ok()).collect();
    assert!(zones.len() > 300, "the zone data are complete");
    zones
});

fn compare(zone: &TimeZone, now: i64, quiet: QuietHours) {
    let name = zone.iana_name().unwrap_or("?");
    let moment = Timestamp(now * MINUTE_MS);
    let allowed = next_allowed(moment, zone, Some(quiet));
    let searched = searched_allowed(now, zone, quiet) * MINUTE_MS;
    assert_eq!(
        allowed.0, searched,
        "{name}: from {moment} out of {quiet:?}"
    );
    let reached = wait_until(moment, zone, quiet.until);
    let searched = searched_reached(now, zone, quiet.until) * MINUTE_MS;
    assert_eq!(
        reached.0, searched,
        "{name}: from {moment} to {}",
        quiet.until
    );
}

fn local_time() -> impl Strategy<Value = LocalTime> {
    (0_u16..24, 0_u16..60).prop_map(|(hour, minute)| LocalTime::new(hour, minute).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn around_every_clock_change_the_answer_is_that_of_a_search_by_minutes(
        zone in any::<prop::sample::Index>(),
        change in any::<prop::sample::Index>(),
        offset in -30 * 60_i64..6 * 60,
        from in local_time(),
        until in local_time(),
    ) {
        let zone = zone.get(&ZONES);
        let changes = changes(zone, "2000-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        let change = if changes.is_empty() { 18_000_000 } else { *change.get(&changes) };
        compare(zone, change + offset, QuietHours { from, until });
    }
}

/// Every 307th change by default; `RAPPORT_ZONE_STEP=1` takes all, and an hour.
#[test]
fn all_zones_and_all_clock_changes_from_2000_to_2040() {
    let step = std::env::var("RAPPORT_ZONE_STEP")
        .ok()
        .and_then(|step| step.parse().ok());
    let step: usize = step.unwrap_or(307);
    let pairs = [
        ("21:00", "08:00"),
        ("22:30", "01:30"),
        ("00:00", "02:15"),
        ("02:30", "03:00"),
    ];
    for (index, zone) in ZONES.iter().enumerate() {
        let changes = changes(zone, "2000-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        for (number, change) in changes.iter().enumerate() {
            if !(index + number).is_multiple_of(step) {
                continue;
            }
            for (from, until) in pairs {
                let quiet = quiet(from, until).unwrap();
                for hours in [-26, -10, -3, -1, 0, 1, 3] {
                    compare(zone, change + hours * 60, quiet);
                }
            }
        }
    }
}
