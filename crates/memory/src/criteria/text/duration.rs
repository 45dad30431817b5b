//! Durations in words: an amount and the greatest unit that divides it.

use crate::criteria::value::DAY_MS;

/// The units of time, greatest first, with the words of the text form.
pub(super) const UNITS: [(&str, i64); 6] = [
    ("week", 7 * DAY_MS),
    ("day", DAY_MS),
    ("hour", 3_600_000),
    ("minute", 60_000),
    ("second", 1_000),
    ("millisecond", 1),
];

/// The unit a word names, in milliseconds.
pub(super) fn unit_ms(word: &str) -> Option<i64> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    UNITS
        .iter()
        .find(|(unit, _)| *unit == singular)
        .map(|(_, ms)| *ms)
}

/// The amount and unit to write a duration with; weeks are written as days.
pub(super) fn split(ms: i64) -> (i64, &'static str) {
    let fitting = UNITS.iter().skip(1).find(|(_, unit_ms)| ms % unit_ms == 0);
    fitting.map_or((ms, "millisecond"), |(unit, unit_ms)| (ms / unit_ms, *unit))
}

#[test]
fn a_duration_is_written_in_the_greatest_unit_that_divides_it() {
    for (ms, expected) in [
        (14 * DAY_MS, (14, "day")),
        (5_400_000, (90, "minute")),
        (7_200_000, (2, "hour")),
        (1_001, (1_001, "millisecond")),
        (0, (0, "day")),
    ] {
        assert_eq!(split(ms), expected);
    }
}
