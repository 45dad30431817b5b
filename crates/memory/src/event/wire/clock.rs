//! Clocks: when an event happened by our clock, although clients' clocks are wrong.

/// How far ahead of us an event may claim to be before it is flagged.
const FAR_AHEAD_MS: i64 = 24 * 60 * 60 * 1000;

/// When an event happened by our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurred {
    /// Milliseconds since the epoch, never later than the receipt.
    pub at_ms: i64,
    /// The event claims to be more than a day in the future.
    pub far_ahead: bool,
}

/// Corrects the client's clock: the time between happening and sending is right even when the
/// clock is not, so it is counted back from the receipt.
pub fn occurred(received: i64, timestamp: Option<i64>, sent_at: Option<i64>) -> Occurred {
    let claimed = match (timestamp, sent_at) {
        (None, _) => received,
        (Some(timestamp), None) => timestamp,
        (Some(timestamp), Some(sent_at)) => {
            received.saturating_sub(sent_at.saturating_sub(timestamp))
        }
    };
    Occurred {
        at_ms: claimed.clamp(0, received.max(0)),
        far_ahead: claimed.saturating_sub(received) > FAR_AHEAD_MS,
    }
}

#[test]
fn a_wrong_clock_is_corrected_by_the_time_of_sending() {
    const DAY: i64 = FAR_AHEAD_MS;
    const NOW: i64 = 400 * DAY;
    let table = [
        ("no time at all", None, None, NOW, false),
        ("only a sending time", None, Some(NOW - 5), NOW, false),
        (
            "right clock",
            Some(NOW - 70),
            Some(NOW - 20),
            NOW - 50,
            false,
        ),
        (
            "an hour ahead",
            Some(NOW + 3_600_000),
            Some(NOW + 3_600_400),
            NOW - 400,
            false,
        ),
        (
            "ten years behind",
            Some(NOW - 3650 * DAY),
            Some(NOW - 3650 * DAY + 9),
            NOW - 9,
            false,
        ),
        (
            "old event, right clock",
            Some(NOW - 9 * DAY),
            Some(NOW),
            NOW - 9 * DAY,
            false,
        ),
        (
            "old event, no sending time",
            Some(NOW - 9 * DAY),
            None,
            NOW - 9 * DAY,
            false,
        ),
        ("tomorrow", Some(NOW + DAY), None, NOW, false),
        ("after tomorrow", Some(NOW + DAY + 1), None, NOW, true),
        (
            "sent before it happened",
            Some(NOW + 10),
            Some(NOW),
            NOW,
            false,
        ),
        (
            "sent days before it happened",
            Some(NOW + 3 * DAY),
            Some(NOW),
            NOW,
            true,
        ),
        ("before the epoch", Some(-5), None, 0, false),
        ("the end of time", Some(i64::MAX), Some(i64::MIN), NOW, true),
        (
            "the beginning of time",
            Some(i64::MIN),
            Some(i64::MAX),
            0,
            false,
        ),
    ];
    for (name, timestamp, sent_at, at_ms, far_ahead) in table {
        assert_eq!(
            occurred(NOW, timestamp, sent_at),
            Occurred { at_ms, far_ahead },
            "{name}"
        );
    }
}
