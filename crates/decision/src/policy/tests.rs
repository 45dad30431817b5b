//! Contact policy: windows, quiet hours, bodies.

use std::sync::Arc;

use jiff::tz::TimeZone;
use memory::CustomerState;
use memory::interaction::{ContactId, ContactMark, ContactStatus};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::Timestamp;

use super::limits::{Ready, Room};
use super::quiet::Quiet;
use super::{KIND, Limit, Policy, QuietHours};
use crate::Channel;

const HOUR: i64 = 3_600_000;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn mark(when: &str, channel: &str, status: ContactStatus) -> ContactMark {
    ContactMark {
        contact_id: ContactId(1),
        at: at(when),
        channel: channel.into(),
        placement: None,
        message: None,
        offer: None,
        offer_version: None,
        variant: None,
        category: Some("bags".into()),
        status,
        counts: true,
        control: false,
        expires_at: Some(at(when).plus_ms(24 * HOUR)),
        decision_id: None,
        claims: vec![],
    }
}

fn limit(body: Value) -> Ready {
    let limit: Limit = serde_json::from_value(body).unwrap();
    Ready::new("rules", &limit)
}

fn allows(limit: Ready, contacts: Vec<ContactMark>, now: &str, zone: &str) -> bool {
    let state = CustomerState {
        contacts: contacts.into(),
        ..CustomerState::default()
    };
    let zone = TimeZone::get(zone).unwrap();
    Room::of(&[limit], &state, at(now), &zone).allows(0)
}

#[test]
fn a_rolling_window_forgets_to_the_millisecond() {
    let rule = || limit(json!({"key": "day", "at_most": 1, "window": {"rolling_ms": 86_400_000}}));
    let made = || {
        vec![mark(
            "2026-03-01T10:00:00Z",
            "web",
            ContactStatus::Presented,
        )]
    };
    assert!(!allows(rule(), made(), "2026-03-02T09:59:59.999Z", "UTC"));
    assert!(allows(rule(), made(), "2026-03-02T10:00:00Z", "UTC"));
}

#[test]
fn a_calendar_day_is_the_customers_day() {
    let rule = || limit(json!({"key": "day", "at_most": 1, "window": {"calendar": "day"}}));
    let made = || {
        vec![mark(
            "2026-03-01T23:30:00Z",
            "web",
            ContactStatus::Presented,
        )]
    };
    let now = "2026-03-02T00:30:00Z";
    for (zone, allowed) in [
        ("UTC", true),
        ("America/New_York", false),
        ("Asia/Shanghai", false),
    ] {
        assert_eq!(allows(rule(), made(), now, zone), allowed, "{zone}");
    }
}

#[test]
fn a_day_with_25_hours_is_one_day() {
    let rule = || limit(json!({"key": "day", "at_most": 1, "window": {"calendar": "day"}}));
    let made = || {
        vec![mark(
            "2026-10-24T23:10:00Z",
            "web",
            ContactStatus::Presented,
        )]
    };
    assert!(!allows(
        rule(),
        made(),
        "2026-10-25T23:30:00Z",
        "Europe/London"
    ));
    assert!(allows(
        rule(),
        made(),
        "2026-10-26T00:00:00Z",
        "Europe/London"
    ));
}

#[test]
fn a_promise_counts_in_every_window_until_it_expires() {
    let rule = || limit(json!({"key": "hour", "at_most": 1, "window": {"rolling_ms": HOUR}}));
    let made = |status| vec![mark("2026-03-01T10:00:00Z", "email", status)];
    let later = "2026-03-01T20:00:00Z";
    assert!(!allows(rule(), made(ContactStatus::Reserved), later, "UTC"));
    assert!(allows(rule(), made(ContactStatus::Presented), later, "UTC"));
    assert!(allows(rule(), made(ContactStatus::Released), later, "UTC"));
    assert!(allows(
        rule(),
        made(ContactStatus::Reserved),
        "2026-03-02T10:00:00Z",
        "UTC"
    ));
}

#[test]
fn a_limit_concerns_its_channels_and_categories() {
    let by_channel = json!({"key": "l", "channels": ["email"], "at_most": 1,
        "window": {"rolling_ms": HOUR}});
    let by_category = json!({"key": "l", "categories": ["bags"], "at_most": 1,
        "window": {"rolling_ms": HOUR}});
    for (rule, channel, category, concerned) in [
        (&by_channel, "email", Some("bags"), true),
        (&by_channel, "web", Some("bags"), false),
        (&by_channel, "email", None, true),
        (&by_category, "web", Some("bags"), true),
        (&by_category, "web", Some("hats"), false),
        (&by_category, "web", None, false),
    ] {
        let rule = limit(rule.clone());
        assert_eq!(
            rule.concerns(channel, category),
            concerned,
            "{rule:?} {channel}"
        );
    }
}

#[test]
fn what_was_forgotten_is_refused() {
    let rule = limit(json!({"key": "year", "channels": ["email"], "at_most": 5,
        "window": {"rolling_ms": 365 * 24 * HOUR}}));
    let many = vec![mark("2026-03-01T10:00:00Z", "web", ContactStatus::Presented); 1_000];
    assert!(!allows(rule, many, "2026-03-01T12:00:00Z", "UTC"));
}

fn quiet(from: &str, until: &str) -> Quiet {
    Quiet::new(&QuietHours {
        from: from.into(),
        until: until.into(),
        channels: vec![Channel::Email],
    })
    .unwrap()
}

#[test]
fn quiet_ends_in_the_customers_morning() {
    let night = quiet("21:00", "08:00");
    for (now, zone, end) in [
        ("2026-03-02T12:00:00Z", "UTC", None),
        ("2026-03-02T21:00:00Z", "UTC", Some("2026-03-03T08:00:00Z")),
        (
            "2026-03-03T07:59:59.999Z",
            "UTC",
            Some("2026-03-03T08:00:00Z"),
        ),
        ("2026-03-03T08:00:00Z", "UTC", None),
        (
            "2026-03-02T14:00:00Z",
            "Asia/Shanghai",
            Some("2026-03-03T00:00:00Z"),
        ),
        // The clocks go forward at 01:00 UTC: the night is an hour shorter.
        (
            "2026-03-28T22:00:00Z",
            "Europe/London",
            Some("2026-03-29T07:00:00Z"),
        ),
    ] {
        let zone = TimeZone::get(zone).unwrap();
        assert_eq!(
            night.until(Channel::Email, at(now), &zone),
            end.map(at),
            "{now}"
        );
        assert_eq!(night.until(Channel::Web, at(now), &zone), None);
    }
}

#[test]
fn an_end_that_the_clock_skips_is_the_moment_after_the_gap() {
    let zone = TimeZone::get("Europe/London").unwrap();
    let night = quiet("22:00", "01:30");
    let end = night.until(Channel::Email, at("2026-03-29T00:10:00Z"), &zone);
    assert_eq!(end, Some(at("2026-03-29T01:00:00Z")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]
    #[test]
    fn quiet_hours_agree_with_a_scan_minute_by_minute(
        from in 0i64..48, until in 0i64..48, start in 946_684_800_000i64..2_208_988_800_000,
        zone in prop::sample::select(vec!["Europe/London", "America/New_York", "Asia/Shanghai",
            "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
    ) {
        prop_assume!(from != until);
        let text = |half: i64| format!("{:02}:{:02}", half / 2, half % 2 * 30);
        let zone = TimeZone::get(zone).unwrap();
        let hours = quiet(&text(from), &text(until));
        let now = Timestamp(start / 60_000 * 60_000);
        let is_quiet = |at: Timestamp| hours.until(Channel::Email, at, &zone).is_some();
        let local_half = |at: Timestamp| {
            let time = zone.to_datetime(at.to_jiff()).time();
            i64::from(time.hour()) * 60 + i64::from(time.minute())
        };
        let inside = |at: Timestamp| {
            let (minute, from, until) = (local_half(at), from * 30, until * 30);
            if from < until { (from..until).contains(&minute) } else { minute >= from || minute < until }
        };
        prop_assert_eq!(is_quiet(now), inside(now));
        let mut scan = now;
        while inside(scan) {
            scan = scan.plus_ms(60_000);
        }
        let end = hours.until(Channel::Email, now, &zone).unwrap_or(now);
        prop_assert_eq!(end, scan);
    }
}

#[test]
fn what_is_wrong_with_a_policy_is_named_with_its_place() {
    let body = json!({
        "name": {"en": "House rules"},
        "limits": [
            {"key": "week", "at_most": 3, "window": {"rolling_ms": 604_800_000}},
            {"key": "week", "channels": [], "at_most": 3, "window": {"calendar": "day"}},
            {"key": "Day", "at_most": 3, "window": {"rolling_ms": 0}},
        ],
        "quiet_hours": {"from": "21", "until": "08:00", "channels": ["email"]},
        "default_zone": "Europe/Londn",
    });
    let problems = (KIND.validate)(&body);
    let found: Vec<&str> = problems
        .iter()
        .map(|problem| problem.path.as_str())
        .collect();
    assert_eq!(
        found,
        [
            "/limits/1/key",
            "/limits/1/channels",
            "/limits/2/key",
            "/limits/2/window/rolling_ms",
            "/quiet_hours/from",
            "/default_zone"
        ]
    );
    let typo = json!({"name": {"en": "x"}, "limits": [{"key": "a", "atmost": 3}]});
    let problems = (KIND.validate)(&typo);
    assert_eq!(problems[0].path, "/limits/0/atmost");
    let good = json!({"name": {"en": "x"}, "limits": [
        {"key": "a", "at_most": 3, "window": {"calendar": "week"}}]});
    let policy: Policy = serde_json::from_value(good.clone()).unwrap();
    assert_eq!(Arc::new(policy).limits[0].at_most, 3);
    assert_eq!((KIND.validate)(&good), []);
}
